//! `GET /oidc/auth/{uid}`: the browser returns from a page (inventory O004).

use axum::extract::Path;
use axum::response::Response;
use kernel::ids::{ApplicationId, UserId};
use oauth::OAuthError;
use oauth::authorize::AuthorizationRequest;

use super::authorize::{self, AuthorizeStep, Decision, respond_to_step, set_session_cookie};
use super::browser_proofs::{self, BrowserProofs};
use super::cookies;
use super::interactions::{self, Interaction, InteractionResult, Prompt};
use super::response::{self, RedirectTarget};
use super::sessions::{self, Session};
use super::{ProviderError, audit, subject};
use crate::callers::{Anyone, RequestContext};
use crate::work::Work;

/// The result of resuming an interaction.
struct ResumeOutcome {
    request: AuthorizationRequest,
    step: AuthorizeStep,
    /// The session's new handle, if it changed.
    handle: Option<String>,
}

/// The browser's session after the result of the pages was applied to it.
struct BrowserSession {
    session: Option<Session>,
    /// Its new handle, if it changed.
    handle: Option<String>,
}

/// `GET /oidc/auth/{uid}`. Only the browser that started the interaction has its cookie, and only the one that signed in has
/// the secret for it (attack B22).
pub async fn resume_authorization(Anyone(req): Anyone, Path(uid): Path<String>) -> Response {
    let mut set_cookies = req.set_cookies();
    let old_handle = req.cookie(cookies::SESSION);
    if req.cookie(cookies::RESUME).as_deref() != Some(uid.as_str()) {
        let error = OAuthError::invalid_request("authorization request has expired");
        return response::authorization_error(&req, &error, None);
    }
    let (inner, handle, inner_uid) = (req.clone(), old_handle.clone(), uid.clone());
    let resumed = req.write_relaxed(move |work| resume(work, &inner, handle.as_deref(), &inner_uid)).await;
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
    if resumed.step.ends_interaction() {
        set_cookies.remove(cookies::RESUME, &format!("/oidc/auth/{uid}"));
    }
    let response = respond_to_step(&req, request, &target, resumed.step.clone(), &mut set_cookies);
    if let Some(handle) = resumed.handle.or(old_handle) {
        set_session_cookie(&mut set_cookies, &req, &handle);
    }
    response::with_cookies(response, set_cookies)
}

fn resume(
    work: &Work<'_>,
    req: &RequestContext,
    handle: Option<&str>,
    uid: &str,
) -> Result<ResumeOutcome, ProviderError> {
    let interaction = interactions::find(work, uid)?;
    let interaction = interaction.ok_or_else(|| OAuthError::invalid_request("interaction session not found"))?;
    // The client may have been deleted or changed since the interaction started.
    let client = req.client_in(work, &interaction.client_id)?;
    let registered = client.ok_or_else(|| OAuthError::unknown_client(&interaction.client_id))?;
    // Nothing is sent to a URI that the client gave up while the page was open.
    if !registered.has_redirect_uri(&interaction.request().redirect_uri) {
        return Err(OAuthError::invalid_redirect_uri().into());
    }
    let session = sessions::find_by_optional_cookie(work, handle)?;
    let mut pending = interaction.pending.clone();
    let BrowserSession { session, handle } = match &interaction.result {
        None | Some(InteractionResult::Denied) => BrowserSession { session, handle: None },
        Some(InteractionResult::Login(login)) => {
            let proofs = BrowserProofs::read(&req.headers, &req.config.keys.cookie_keys);
            if !proofs.secret(uid).is_some_and(|secret| browser_proofs::is_of_browser(&interaction, secret)) {
                return Err(OAuthError::invalid_request("the sign-in was made in another browser").into());
            }
            // Who knew the password before may not know it now.
            if subject::password_changed_since(work, &login.account_id, interaction.password_epoch)? {
                return Err(OAuthError::invalid_request("the password was changed since the sign-in").into());
            }
            pending.progress.signed_in = true;
            sign_in(work, req, session, &login.account_id)?
        }
        Some(InteractionResult::Consent(consent)) => {
            pending.progress.consented = true;
            let session = require_same_session(&interaction, session)?;
            apply_consent(work, req, session, &interaction.client_id, &consent.grant_id)?
        }
    };
    interactions::delete(work, uid)?;
    let request = pending.request.clone();
    let step = match interaction.result {
        Some(InteractionResult::Denied) => {
            AuthorizeStep::Error(OAuthError::access_denied("End-User aborted interaction"))
        }
        _ => Decision { work, req, registered: &registered }.next_step(pending, session.as_ref())?,
    };
    if step.ends_interaction() {
        let event = audit::InteractionEvent {
            key: "Interaction.End",
            uid,
            request: &request,
            session_uid: session.as_ref().map(|session| session.uid.as_str()),
            prompt: None,
        };
        work.audit(&audit::interaction(req, &event))?;
    }
    Ok(ResumeOutcome { request, step, handle })
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
    work: &Work<'_>,
    req: &RequestContext,
    session: Option<Session>,
    user_id: &UserId,
) -> Result<BrowserSession, ProviderError> {
    let mut session = match session {
        Some(session) if session.user_id.as_ref().is_none_or(|known| known == user_id) => session,
        other => {
            if let Some(foreign) = other {
                // A lost sign-in can be repeated, but the end of another user's session must not be lost.
                work.require_durable();
                sessions::delete(work, &foreign.uid)?;
            }
            sessions::create(work, req.session_ttl())?.0
        }
    };
    session.user_id = Some(user_id.to_owned());
    session.signed_in_at = Some(work.now());
    let handle = sessions::update_and_rotate(work, &mut session, req.session_end())?;
    // Checked after the update: a concurrent suspension either deletes the session or is visible here.
    if subject::find_active(work, user_id)?.is_none() {
        sessions::delete(work, &session.uid)?;
        return Ok(BrowserSession { session: None, handle: None });
    }
    Ok(BrowserSession { session: Some(session), handle: Some(handle) })
}

fn apply_consent(
    work: &Work<'_>,
    req: &RequestContext,
    mut session: Session,
    client_id: &ApplicationId,
    grant_id: &str,
) -> Result<BrowserSession, ProviderError> {
    authorize::put_client_authorization(work, &mut session, client_id, grant_id);
    let handle = sessions::update_and_rotate(work, &mut session, req.session_end())?;
    Ok(BrowserSession { session: Some(session), handle: Some(handle) })
}
