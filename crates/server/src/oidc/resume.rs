//! `GET /oidc/auth/{uid}`: the browser returns from a page (inventory O004).

use axum::extract::Path;
use axum::response::Response;
use db::Tx;
use kernel::id;
use oauth::OAuthError;
use oauth::authorize::AuthorizationRequest;

use super::authorize::{self, AuthorizeStep};
use super::authorize::{respond_to_step, set_session_cookie};
use super::cookies;
use super::interactions::{self, Interaction, InteractionResult, Prompt};
use super::provider_request::ProviderRequest;
use super::response::{self, RedirectTarget};
use super::sessions::{self, Session};
use super::{ProviderError, audit, subject};

/// The result of resuming an interaction.
struct ResumeOutcome {
    request: AuthorizationRequest,
    step: AuthorizeStep,
    /// The session's new handle, if it changed.
    handle: Option<String>,
    session_uid: Option<String>,
}

/// `GET /oidc/auth/{uid}`. Only the browser that started the interaction has its cookie (attack B22).
pub async fn resume_authorization(req: ProviderRequest, Path(uid): Path<String>) -> Response {
    let mut set_cookies = req.set_cookies();
    let old_handle = req.cookie(cookies::SESSION);
    if req.cookie(cookies::RESUME).as_deref() != Some(uid.as_str()) {
        let error = OAuthError::invalid_request("authorization request has expired");
        return response::authorization_error(&req, &error, None);
    }
    let (inner, handle, inner_uid) = (req.clone(), old_handle.clone(), uid.clone());
    let resumed = req.app.db.write(move |tx| resume_in_tx(tx, &inner, handle.as_deref(), &inner_uid)).await;
    let resumed = match resumed {
        Ok(resumed) => resumed,
        Err(ProviderError(error)) => {
            if let Some(handle) = &old_handle {
                set_session_cookie(&mut set_cookies, &req, handle);
            }
            return response::with_cookies(response::authorization_error(&req, &error, None), set_cookies);
        }
    };
    let request = &resumed.request;
    let target = RedirectTarget {
        redirect_uri: request.redirect_uri.clone(),
        mode: request.response_mode,
        state: request.state.clone(),
    };
    if matches!(resumed.step, AuthorizeStep::Issue { .. } | AuthorizeStep::Error(_)) {
        set_cookies.remove(cookies::RESUME, &format!("/oidc/auth/{uid}"));
        let event = audit::InteractionEvent {
            key: "Interaction.End",
            interaction_id: &id::token_digest(&uid),
            client_id: &request.client_id,
            session_uid: resumed.session_uid.as_deref(),
            params: &request.params,
            prompt: None,
        };
        audit::log_interaction(&req, &event);
    }
    let response = respond_to_step(&req, request, &target, resumed.step.clone(), &mut set_cookies);
    if let Some(handle) = resumed.handle.or(old_handle) {
        set_session_cookie(&mut set_cookies, &req, &handle);
    }
    response::with_cookies(response, set_cookies)
}

fn resume_in_tx(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    handle: Option<&str>,
    uid: &str,
) -> Result<ResumeOutcome, ProviderError> {
    let interaction = interactions::find(tx, req.tenant_id(), uid, req.now)?;
    let interaction = interaction.ok_or_else(|| OAuthError::invalid_request("interaction session not found"))?;
    // The client may have been deleted or changed since the interaction started.
    let client = req.client(&interaction.client_id);
    let registered = client.ok_or_else(|| OAuthError::unknown_client(&interaction.client_id))?;
    let session = match handle {
        Some(handle) => sessions::find_by_cookie(tx, req.tenant_id(), handle, req.now)?,
        None => None,
    };
    let known = session.as_ref().and_then(|session| session.user_id.as_deref());
    let replaces_other_user = matches!((&interaction.result, known), (Some(InteractionResult::Login(login)), Some(known)) if known != login.account_id);
    // A lost sign-in can be repeated, but the deletion of another user's session must be durable.
    if !replaces_other_user {
        tx.relax();
    }
    let mut pending = interaction.pending.clone();
    let (session, handle) = match &interaction.result {
        None | Some(InteractionResult::Denied) => (session, None),
        Some(InteractionResult::Login(login)) => {
            pending.progress.signed_in = true;
            sign_in(tx, req, session, &login.account_id)?
        }
        Some(InteractionResult::Consent(consent)) => {
            pending.progress.consented = true;
            let session = require_same_session(&interaction, session)?;
            apply_consent(tx, req, session, &interaction.client_id, &consent.grant_id)?
        }
    };
    interactions::delete(tx, req.tenant_id(), uid)?;
    let request = pending.request.clone();
    let session_uid = session.as_ref().map(|session| session.uid.clone());
    if interaction.result == Some(InteractionResult::Denied) {
        let step = AuthorizeStep::Error(OAuthError::access_denied("End-User aborted interaction"));
        return Ok(ResumeOutcome { request, step, handle, session_uid });
    }
    let step = authorize::decide(tx, req, &registered, pending, session)?;
    Ok(ResumeOutcome { request, step, handle, session_uid })
}

/// Checks that the session is the one in which consent was given.
fn require_same_session(interaction: &Interaction, session: Option<Session>) -> Result<Session, ProviderError> {
    session
        .filter(|session| {
            interaction.prompt == Prompt::Consent && interaction.session_uid.as_ref() == Some(&session.uid)
        })
        .ok_or_else(|| OAuthError::invalid_request("interaction and browser session do not belong together").into())
}

/// Signs the user in, unless suspended or deleted since (attack B11). The session of another user is replaced by a new one;
/// the handle always changes (attack C16).
fn sign_in(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    session: Option<Session>,
    user_id: &str,
) -> Result<(Option<Session>, Option<String>), ProviderError> {
    let tenant = req.tenant_id();
    let mut session = match session {
        Some(session) if session.user_id.as_deref().is_none_or(|known| known == user_id) => session,
        other => {
            if let Some(origin_denied) = other {
                sessions::delete(tx, tenant, &origin_denied.uid)?;
            }
            sessions::create(tx, tenant, &req.app.rng, req.now, req.session_ttl())?.0
        }
    };
    session.user_id = Some(user_id.to_owned());
    session.signed_in_at = Some(req.now);
    let handle = sessions::update_and_rotate(tx, tenant, &mut session, &req.app.rng, req.session_end())?;
    // Checked after the update: a concurrent suspension either deletes the session or is visible here.
    if subject::find_active(tx, tenant, user_id)?.is_none() {
        sessions::delete(tx, tenant, &session.uid)?;
        return Ok((None, None));
    }
    Ok((Some(session), Some(handle)))
}

fn apply_consent(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    mut session: Session,
    client_id: &str,
    grant_id: &str,
) -> Result<(Option<Session>, Option<String>), ProviderError> {
    authorize::put_client_authorization(&mut session, client_id, grant_id, &req.app.rng);
    let handle = sessions::update_and_rotate(tx, req.tenant_id(), &mut session, &req.app.rng, req.session_end())?;
    Ok((Some(session), Some(handle)))
}
