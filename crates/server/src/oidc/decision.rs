//! What happens next in an authorization: a page, the code, or a refusal. Runs inside one transaction.

use db::Tx;
use kernel::id;
use oauth::authorize::prompt::{self, Missing, SignedIn};
use oauth::grant::Authorization;
use oauth::token::refresh_token;
use oauth::{OAuthError, ScopeSet};

use super::codes::{self, About, NewCode};
use super::context::Context;
use super::interactions::{self, NewInteraction, Pending, Prompt};
use super::registry::Registered;
use super::rights::UserRoles;
use super::sessions::Session;
use super::{Failure, account, grants, sessions};

/// The next step.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// To the sign-in page with a new interaction.
    Login { uid: String },
    /// To the consent page with a new interaction.
    Consent { uid: String },
    /// Back to the client with a code.
    Issue { code: String },
    /// Back to the client with an error.
    Refuse(OAuthError),
}

/// Decides and does it.
pub fn next(
    tx: &Tx<'_>,
    cx: &Context,
    registered: &Registered,
    pending: Pending,
    session: Option<Session>,
) -> Result<Step, Failure> {
    let tenant = cx.tenant_id();
    let mut active = None;
    if let Some(session) = &session
        && let (Some(user_id), Some(auth_time)) = (&session.user_id, session.signed_in_at)
        && account::active(tx, tenant, user_id)?.is_some()
    {
        active = Some((session, SignedIn { user_id, auth_time }));
    }
    let signed_in = active.map(|(_, signed_in)| signed_in);
    match prompt::needs_login(&pending.request, signed_in, pending.progress, cx.now) {
        Err(error) => return Ok(Step::Refuse(error)),
        Ok(true) => return login(tx, cx, pending, session.as_ref()),
        Ok(false) => {}
    }
    let Some((session, signed_in)) = active else { return login(tx, cx, pending, None) };
    after_login(tx, cx, registered, pending, (session, signed_in))
}

fn login(tx: &Tx<'_>, cx: &Context, pending: Pending, session: Option<&Session>) -> Result<Step, Failure> {
    let session_uid = session.map(|session| session.uid.clone());
    let new = NewInteraction { prompt: Prompt::Login, pending, session_uid, grant_id: None };
    let uid = interactions::create(tx, cx.tenant_id(), &new, &cx.app.rng, cx.now)?;
    Ok(Step::Login { uid })
}

fn after_login(
    tx: &Tx<'_>,
    cx: &Context,
    registered: &Registered,
    pending: Pending,
    (session, signed_in): (&Session, SignedIn<'_>),
) -> Result<Step, Failure> {
    let (client, request) = (&registered.client, &pending.request);
    let authorization = session.authorizations.get(&client.id);
    let grant = match authorization {
        Some(authorization) => grants::by_id(tx, cx.tenant_id(), &authorization.grant_id, cx.now)?,
        None => None,
    };
    let grant = grant.filter(|grant| grant.user_id == signed_in.user_id && grant.client_id == client.id);
    let available = available(tx, cx, registered, &request.resources, signed_in.user_id)?;
    let granted = grant.as_ref().map(|grant| grant.granted.clone()).unwrap_or_default();
    let missing = Missing::of(request, &granted, &available);
    match prompt::needs_consent(request, client.is_native(), grant.is_some(), &missing, pending.progress) {
        Err(error) => return Ok(Step::Refuse(error)),
        Ok(true) => {
            let session_uid = Some(session.uid.clone());
            let grant_id = grant.map(|grant| grant.id);
            let new = NewInteraction { prompt: Prompt::Consent, pending, session_uid, grant_id };
            let uid = interactions::create(tx, cx.tenant_id(), &new, &cx.app.rng, cx.now)?;
            return Ok(Step::Consent { uid });
        }
        Ok(false) => {}
    }
    let (Some(grant), Some(authorization)) = (grant, authorization) else {
        return Ok(Step::Refuse(OAuthError::consent_required("requested scopes not granted")));
    };
    let accepted = granted.accepted(&request.scope, &request.resources);
    issue(tx, cx, registered, &pending, (session, authorization), (grant.id, accepted))
}

/// The scopes the user may have of each requested resource.
pub fn available(
    tx: &db::Read<'_>,
    cx: &Context,
    registered: &Registered,
    resources: &[String],
    user_id: &str,
) -> Result<Vec<(String, ScopeSet)>, Failure> {
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let roles = UserRoles::load(tx, cx.tenant_id(), user_id)?;
    let of = |indicator: &String| {
        (indicator.clone(), roles.resource_scopes(&cx.config, &registered.client, indicator, None))
    };
    Ok(resources.iter().map(of).collect())
}

fn issue(
    tx: &Tx<'_>,
    cx: &Context,
    registered: &Registered,
    pending: &Pending,
    (session, authorization): (&Session, &Authorization),
    (grant_id, accepted): (String, ScopeSet),
) -> Result<Step, Failure> {
    let (client, request) = (&registered.client, &pending.request);
    let offline = accepted.contains("offline_access") && refresh_token::is_issued(client, &accepted);
    if offline && !authorization.persists_logout {
        let mut authorizations = session.authorizations.clone();
        authorizations.insert(client.id.clone(), Authorization { persists_logout: true, ..authorization.clone() });
        sessions::save_authorizations(tx, cx.tenant_id(), session, &authorizations)?;
    }
    let wants_sid = client.oidc.backchannel_logout_session_required.unwrap_or(false);
    let about = About {
        grant_id,
        user_id: session.user_id.clone().unwrap_or_default(),
        session_uid: Some(session.uid.clone()),
        expires_with_session: !offline,
        scope: accepted,
        resources: request.resources.clone(),
        nonce: request.nonce.clone(),
        sid: wants_sid.then(|| authorization.sid.clone()),
        auth_time: request.max_age.and(session.signed_in_at),
    };
    let new = NewCode {
        client_id: &client.id,
        redirect_uri: &request.redirect_uri,
        code_challenge: request.code_challenge.clone(),
        about: &about,
    };
    let code = codes::create(tx, cx.tenant_id(), &new, &cx.app.rng, cx.now)?;
    // Once more: a suspension since the first look either sees the code or is seen here (attack B11).
    account::require(tx, cx.tenant_id(), &about.user_id)?;
    sessions::touch(tx, cx.tenant_id(), &session.uid, cx.session_end())?;
    Ok(Step::Issue { code })
}

/// The authorization of a client in a session: the old one, or a new one with its own `sid`.
pub fn authorize_client(session: &mut Session, client_id: &str, grant_id: &str, rng: &kernel::Rng) {
    let known = session.authorizations.get(client_id);
    let authorization = Authorization {
        sid: known.map_or_else(|| id::opaque(rng), |known| known.sid.clone()),
        grant_id: grant_id.to_owned(),
        persists_logout: known.is_some_and(|known| known.persists_logout && known.grant_id == grant_id),
    };
    session.authorizations.insert(client_id.to_owned(), authorization);
}
