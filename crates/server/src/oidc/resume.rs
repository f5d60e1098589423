//! `GET /oidc/auth/{uid}`: the browser comes back from a page (inventory O004).

use axum::extract::Path;
use axum::response::Response;
use db::Tx;
use kernel::id;
use oauth::OAuthError;
use oauth::authorize::AuthorizationRequest;

use super::authorize::{follow, set_session};
use super::context::Context;
use super::cookies;
use super::decision::{self, Step};
use super::interactions::{self, Interaction, Outcome, Prompt};
use super::reply::{self, Destination};
use super::sessions::{self, Session};
use super::{Failure, account, audit};

/// What a resumed interaction led to.
struct Resumed {
    request: AuthorizationRequest,
    step: Step,
    /// The session's new handle, when it got one.
    handle: Option<String>,
    session_uid: Option<String>,
}

/// The handler. Only the browser that began the interaction has its cookie (attack B22).
pub async fn get(cx: Context, Path(uid): Path<String>) -> Response {
    let mut jar = cx.jar();
    let old_handle = cx.cookie(cookies::SESSION);
    if cx.cookie(cookies::RESUME).as_deref() != Some(uid.as_str()) {
        let error = OAuthError::invalid_request("authorization request has expired");
        return reply::authorization_error(&cx, &error, None);
    }
    let (inner, handle, wanted) = (cx.clone(), old_handle.clone(), uid.clone());
    let resumed = cx.app.db.write(move |tx| resume(tx, &inner, handle.as_deref(), &wanted)).await;
    let resumed = match resumed {
        Ok(resumed) => resumed,
        Err(Failure(error)) => {
            if let Some(handle) = &old_handle {
                set_session(&mut jar, &cx, handle);
            }
            return reply::with_cookies(reply::authorization_error(&cx, &error, None), jar);
        }
    };
    let request = &resumed.request;
    let destination = Destination {
        redirect_uri: request.redirect_uri.clone(),
        mode: request.response_mode,
        state: request.state.clone(),
    };
    if matches!(resumed.step, Step::Issue { .. } | Step::Refuse(_)) {
        jar.remove(cookies::RESUME, &format!("/oidc/auth/{uid}"));
        let event = audit::InteractionEvent {
            key: "Interaction.End",
            interaction_id: &id::digest(&uid),
            client_id: &request.client_id,
            session_uid: resumed.session_uid.as_deref(),
            params: &request.params,
            prompt: None,
        };
        audit::interaction(&cx, &event);
    }
    let response = follow(&cx, request, &destination, resumed.step.clone(), &mut jar);
    if let Some(handle) = resumed.handle.or(old_handle) {
        set_session(&mut jar, &cx, &handle);
    }
    reply::with_cookies(response, jar)
}

fn resume(tx: &Tx<'_>, cx: &Context, handle: Option<&str>, uid: &str) -> Result<Resumed, Failure> {
    let interaction = interactions::by_uid(tx, cx.tenant_id(), uid, cx.now)?;
    let interaction = interaction.ok_or_else(|| OAuthError::invalid_request("interaction session not found"))?;
    // The client may have been deleted or changed in the meantime.
    let client = cx.client(&interaction.client_id);
    let registered = client.ok_or_else(|| OAuthError::unknown_client(&interaction.client_id))?;
    let session = match handle {
        Some(handle) => sessions::by_handle(tx, cx.tenant_id(), handle, cx.now)?,
        None => None,
    };
    let known = session.as_ref().and_then(|session| session.user_id.as_deref());
    let ends_another = matches!((&interaction.outcome, known), (Some(Outcome::Login(login)), Some(known)) if known != login.account_id);
    // Signing in is simply done again; somebody's session that was ended for it must not come back.
    if !ends_another {
        tx.relax();
    }
    let mut pending = interaction.pending.clone();
    let (session, handle) = match &interaction.outcome {
        None | Some(Outcome::Denied) => (session, None),
        Some(Outcome::Login(login)) => {
            pending.progress.signed_in = true;
            sign_in(tx, cx, session, &login.account_id)?
        }
        Some(Outcome::Consent(consent)) => {
            pending.progress.consented = true;
            let session = same_session(&interaction, session)?;
            consented(tx, cx, session, &interaction.client_id, &consent.grant_id)?
        }
    };
    interactions::remove(tx, cx.tenant_id(), uid)?;
    let request = pending.request.clone();
    let session_uid = session.as_ref().map(|session| session.uid.clone());
    if interaction.outcome == Some(Outcome::Denied) {
        let step = Step::Refuse(OAuthError::access_denied("End-User aborted interaction"));
        return Ok(Resumed { request, step, handle, session_uid });
    }
    let step = decision::next(tx, cx, &registered, pending, session)?;
    Ok(Resumed { request, step, handle, session_uid })
}

/// Consent counts only for the session that it was asked in.
fn same_session(interaction: &Interaction, session: Option<Session>) -> Result<Session, Failure> {
    session
        .filter(|session| {
            interaction.prompt == Prompt::Consent && interaction.session_uid.as_ref() == Some(&session.uid)
        })
        .ok_or_else(|| OAuthError::invalid_request("interaction and browser session do not belong together").into())
}

/// Puts the user into the session, unless they were suspended or deleted since (attack B11). Another user gets a new
/// session; the handle changes in any case (attack C16).
fn sign_in(
    tx: &Tx<'_>,
    cx: &Context,
    session: Option<Session>,
    user_id: &str,
) -> Result<(Option<Session>, Option<String>), Failure> {
    let tenant = cx.tenant_id();
    let mut session = match session {
        Some(session) if session.user_id.as_deref().is_none_or(|known| known == user_id) => session,
        other => {
            if let Some(foreign) = other {
                sessions::destroy(tx, tenant, &foreign.uid)?;
            }
            sessions::create(tx, tenant, &cx.app.rng, cx.now, cx.session_ttl())?.0
        }
    };
    session.user_id = Some(user_id.to_owned());
    session.signed_in_at = Some(cx.now);
    let handle = sessions::save_rotated(tx, tenant, &mut session, &cx.app.rng, cx.session_end())?;
    // Looked at after the session was written: a suspension at the same time either sees the session or is seen here.
    if account::active(tx, tenant, user_id)?.is_none() {
        sessions::destroy(tx, tenant, &session.uid)?;
        return Ok((None, None));
    }
    Ok((Some(session), Some(handle)))
}

fn consented(
    tx: &Tx<'_>,
    cx: &Context,
    mut session: Session,
    client_id: &str,
    grant_id: &str,
) -> Result<(Option<Session>, Option<String>), Failure> {
    decision::authorize_client(&mut session, client_id, grant_id, &cx.app.rng);
    let handle = sessions::save_rotated(tx, cx.tenant_id(), &mut session, &cx.app.rng, cx.session_end())?;
    Ok((Some(session), Some(handle)))
}
