//! The next step of an authorization: a page, the code, or an error. Runs inside one transaction.

use db::Tx;
use kernel::id;
use oauth::authorize::prompt::{self, MissingScopes, SessionInfo};
use oauth::grant::Authorization;
use oauth::token::refresh_token;
use oauth::{OAuthError, ScopeSet};

use crate::oidc::authorization_codes::{self, NewAuthorizationCode, TokenContext};
use crate::oidc::clients::RegisteredClient;
use crate::oidc::interactions::{self, NewInteraction, PendingAuthorization, Prompt};
use crate::oidc::provider_request::ProviderRequest;
use crate::oidc::scopes::UserRoleIds;
use crate::oidc::sessions::Session;
use crate::oidc::{ProviderError, grants, sessions, subject};

/// The next step of an authorization request.
#[derive(Debug, Clone, PartialEq)]
pub enum AuthorizeStep {
    /// To the sign-in page with a new interaction.
    Login { uid: String },
    /// To the consent page with a new interaction.
    Consent { uid: String },
    /// Back to the client with a code.
    Issue { code: String },
    /// Back to the client with an error.
    Error(OAuthError),
}

/// Decides the next step and stores its interaction or code.
pub fn decide(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    registered: &RegisteredClient,
    pending: PendingAuthorization,
    session: Option<Session>,
) -> Result<AuthorizeStep, ProviderError> {
    let tenant = req.tenant_id();
    let mut active = None;
    if let Some(session) = &session
        && let (Some(user_id), Some(auth_time)) = (&session.user_id, session.signed_in_at)
        && subject::find_active(tx, tenant, user_id)?.is_some()
    {
        active = Some((session, SessionInfo { user_id, auth_time }));
    }
    let signed_in = active.map(|(_, signed_in)| signed_in);
    match prompt::needs_login(&pending.request, signed_in, pending.progress, req.now) {
        Err(error) => return Ok(AuthorizeStep::Error(error)),
        Ok(true) => return login(tx, req, pending, session.as_ref()),
        Ok(false) => {}
    }
    let Some((session, signed_in)) = active else { return login(tx, req, pending, None) };
    after_login(tx, req, registered, pending, (session, signed_in))
}

fn login(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    pending: PendingAuthorization,
    session: Option<&Session>,
) -> Result<AuthorizeStep, ProviderError> {
    let session_uid = session.map(|session| session.uid.clone());
    let new = NewInteraction { prompt: Prompt::Login, pending, session_uid, grant_id: None };
    let uid = interactions::create(tx, req.tenant_id(), &new, &req.app.rng, req.now)?;
    Ok(AuthorizeStep::Login { uid })
}

fn after_login(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    registered: &RegisteredClient,
    pending: PendingAuthorization,
    (session, signed_in): (&Session, SessionInfo<'_>),
) -> Result<AuthorizeStep, ProviderError> {
    let (client, request) = (&registered.client, &pending.request);
    let authorization = session.authorizations.get(&client.id);
    let grant = match authorization {
        Some(authorization) => grants::find(tx, req.tenant_id(), &authorization.grant_id, req.now)?,
        None => None,
    };
    let grant = grant.filter(|grant| grant.user_id == signed_in.user_id && grant.client_id == client.id);
    let available = available_scopes(tx, req, registered, &request.resources, signed_in.user_id)?;
    let granted = grant.as_ref().map(|grant| grant.granted.clone()).unwrap_or_default();
    let missing = MissingScopes::between(request, &granted, &available);
    match prompt::needs_consent(request, client.is_native(), grant.is_some(), &missing, pending.progress) {
        Err(error) => return Ok(AuthorizeStep::Error(error)),
        Ok(true) => {
            let session_uid = Some(session.uid.clone());
            let grant_id = grant.map(|grant| grant.id);
            let new = NewInteraction { prompt: Prompt::Consent, pending, session_uid, grant_id };
            let uid = interactions::create(tx, req.tenant_id(), &new, &req.app.rng, req.now)?;
            return Ok(AuthorizeStep::Consent { uid });
        }
        Ok(false) => {}
    }
    let (Some(grant), Some(authorization)) = (grant, authorization) else {
        return Ok(AuthorizeStep::Error(OAuthError::consent_required("requested scopes not granted")));
    };
    let accepted = granted.accepted(&request.scope, &request.resources);
    issue_code(tx, req, registered, &pending, (session, authorization), (grant.id, accepted))
}

/// The scopes of each requested resource that the user may have.
pub fn available_scopes(
    tx: &db::Read<'_>,
    req: &ProviderRequest,
    registered: &RegisteredClient,
    resources: &[String],
    user_id: &str,
) -> Result<Vec<(String, ScopeSet)>, ProviderError> {
    if resources.is_empty() {
        return Ok(Vec::new());
    }
    let roles = UserRoleIds::load(tx, req.tenant_id(), user_id)?;
    let of = |indicator: &String| {
        (indicator.clone(), roles.resource_scopes(&req.config, &registered.client, indicator, None))
    };
    Ok(resources.iter().map(of).collect())
}

fn issue_code(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    registered: &RegisteredClient,
    pending: &PendingAuthorization,
    (session, authorization): (&Session, &Authorization),
    (grant_id, accepted): (String, ScopeSet),
) -> Result<AuthorizeStep, ProviderError> {
    let (client, request) = (&registered.client, &pending.request);
    let offline = accepted.contains("offline_access") && refresh_token::is_issued(client, &accepted);
    if offline && !authorization.persists_logout {
        let mut authorizations = session.authorizations.clone();
        authorizations.insert(client.id.clone(), Authorization { persists_logout: true, ..authorization.clone() });
        sessions::update_authorizations(tx, req.tenant_id(), session, &authorizations)?;
    }
    let wants_sid = client.oidc.backchannel_logout_session_required.unwrap_or(false);
    let context = TokenContext {
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
    let new = NewAuthorizationCode {
        client_id: &client.id,
        redirect_uri: &request.redirect_uri,
        code_challenge: request.code_challenge.clone(),
        context: &context,
    };
    let code = authorization_codes::create(tx, req.tenant_id(), &new, &req.app.rng, req.now)?;
    // Checked again after the insert: a concurrent suspension either deletes the code or is visible here (attack B11).
    subject::get_active(tx, req.tenant_id(), &context.user_id)?;
    sessions::extend(tx, req.tenant_id(), &session.uid, req.session_end())?;
    Ok(AuthorizeStep::Issue { code })
}

/// Points the session's entry for a client to a grant. An existing entry keeps its `sid`.
pub fn put_client_authorization(session: &mut Session, client_id: &str, grant_id: &str, rng: &kernel::Rng) {
    let known = session.authorizations.get(client_id);
    let authorization = Authorization {
        sid: known.map_or_else(|| id::opaque_token(rng), |known| known.sid.clone()),
        grant_id: grant_id.to_owned(),
        persists_logout: known.is_some_and(|known| known.persists_logout && known.grant_id == grant_id),
    };
    session.authorizations.insert(client_id.to_owned(), authorization);
}
