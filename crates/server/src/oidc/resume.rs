//! `GET /oidc/auth/{uid}` and `GET /oidc/device/{uid}`: the browser returns from a page (inventory O004, O010).

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use kernel::Authentication;
use kernel::ids::{ApplicationId, UserId};
use oauth::authorize::AuthorizationRequest;
use oauth::{GrantType, OAuthError};
use serde_json::{Map, Value};

use super::authorize::{self, Answer, AuthorizeStep, Decision, respond_to_step, set_session_cookie};
use super::browser_proofs::{self, BrowserProofs};
use super::clients::RegisteredClient;
use super::cookies::{self, SetCookies};
use super::interactions::{self, Interaction, InteractionResult, LoginResult, Prompt};
use super::response::{self, RedirectTarget};
use super::sessions::{self, Session};
use super::{ProviderError, audit, device, subject};
use crate::callers::{Anyone, RequestContext};
use crate::client_documents;
use crate::users::trusted_devices::{self, NewTrust};
use crate::users::{self, store};
use crate::work::Work;

/// The result of resuming an interaction.
struct ResumeOutcome {
    request: AuthorizationRequest,
    step: AuthorizeStep,
    /// The session's new handle, if it changed.
    handle: Option<String>,
    /// What the browser gets if its device is trusted from now on.
    trust: Option<NewTrust>,
}

/// The browser's session after the result of the pages was applied to it.
struct BrowserSession {
    session: Option<Session>,
    /// Its new handle, if it changed.
    handle: Option<String>,
}

/// `GET /oidc/auth/{uid}`.
pub async fn resume_authorization(Anyone(req): Anyone, Path(uid): Path<String>) -> Response {
    let mut set_cookies = req.set_cookies();
    let resumed = match resume_here(&req, &uid, Flow::Redirect).await {
        Ok(resumed) => resumed,
        Err(ProviderError(error)) => {
            keep_session(&req, None, &mut set_cookies);
            return response::with_cookies(response::authorization_error(&req, &error, None), set_cookies);
        }
    };
    let request = &resumed.request;
    let target = RedirectTarget {
        redirect_uri: request.redirect_uri.clone(),
        mode: request.response_mode,
        state: request.state.clone(),
    };
    respond(&req, &uid, Answer::Redirect(&target), resumed, set_cookies)
}

/// `GET /oidc/device/{uid}`: as above, for a device that waits for it (inventory O010).
pub async fn resume_device(Anyone(req): Anyone, Path(uid): Path<String>) -> Response {
    let mut set_cookies = req.set_cookies();
    match resume_here(&req, &uid, Flow::Device).await {
        Ok(resumed) => respond(&req, &uid, Answer::Device, resumed, set_cookies),
        Err(ProviderError(error)) => {
            keep_session(&req, None, &mut set_cookies);
            let response = device::respond_error(&req, &error, &mut set_cookies);
            response::with_cookies(response, set_cookies)
        }
    }
}

/// The flow whose interactions may be resumed at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Redirect,
    Device,
}

impl Flow {
    fn of(interaction: &Interaction) -> Self {
        if interaction.pending.device_code.is_some() { Self::Device } else { Self::Redirect }
    }
}

/// Only the browser that started the interaction has its cookie, and only the one that signed in has the secret for it (attack
/// B22).
async fn resume_here(req: &RequestContext, uid: &str, flow: Flow) -> Result<ResumeOutcome, ProviderError> {
    if req.cookie(cookies::RESUME).as_deref() != Some(uid) {
        return Err(OAuthError::invalid_request("authorization request has expired").into());
    }
    if req.config.document_clients.is_enabled() {
        fetch_client(req, uid).await?;
    }
    let (inner, handle, uid) = (req.clone(), req.cookie(cookies::SESSION), uid.to_owned());
    req.write_relaxed(move |work| resume(work, &inner, handle.as_deref(), &uid, flow)).await
}

/// Has the document of the interaction's client at hand, if it has one: a unit of work can't wait for it.
async fn fetch_client(req: &RequestContext, uid: &str) -> Result<(), ProviderError> {
    let uid = uid.to_owned();
    let found = req.read_inline(move |view| Ok::<_, ProviderError>(interactions::find(view, &uid)?)).await?;
    match found.filter(|found| client_documents::is_address(&found.client_id)) {
        Some(found) => req.current_client(&found.client_id).await.map(drop),
        None => Ok(()),
    }
}

/// Sets the cookie of the browser's session again, with its new handle if it has one.
fn keep_session(req: &RequestContext, new: Option<String>, set_cookies: &mut SetCookies) {
    if let Some(handle) = new.or_else(|| req.cookie(cookies::SESSION)) {
        set_session_cookie(set_cookies, req, &handle);
    }
}

fn respond(
    req: &RequestContext,
    uid: &str,
    answer: Answer<'_>,
    resumed: ResumeOutcome,
    mut set_cookies: SetCookies,
) -> Response {
    if resumed.step.ends_interaction() {
        set_cookies.remove(cookies::RESUME, &answer.resume_path(uid));
    }
    if let Some(trust) = &resumed.trust {
        trust.apply(&mut set_cookies);
    }
    let response = respond_to_step(req, &resumed.request, answer, resumed.step, &mut set_cookies);
    keep_session(req, resumed.handle, &mut set_cookies);
    response::with_cookies(response, set_cookies)
}

fn resume(
    work: &Work<'_>,
    req: &RequestContext,
    handle: Option<&str>,
    uid: &str,
    flow: Flow,
) -> Result<ResumeOutcome, ProviderError> {
    let (interaction, registered) = find_open(work, req, uid, flow)?;
    let session = sessions::find_by_optional_cookie(work, handle)?;
    let mut pending = interaction.pending.clone();
    let mut trust = None;
    let BrowserSession { session, handle } = match &interaction.result {
        None | Some(InteractionResult::Denied) => BrowserSession { session, handle: None },
        Some(InteractionResult::Login(login)) => {
            pending.progress.signed_in = true;
            let (signed_in, new_trust) = apply_login(work, req, session, &interaction, login)?;
            trust = new_trust;
            signed_in
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
            if let Some(digest) = &pending.device_code {
                device::codes::deny(work, digest)?;
            }
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
    Ok(ResumeOutcome { request, step, handle, trust })
}

/// The interaction with this uid, and its client.
fn find_open(
    work: &Work<'_>,
    req: &RequestContext,
    uid: &str,
    flow: Flow,
) -> Result<(Interaction, Arc<RegisteredClient>), ProviderError> {
    let interaction = interactions::find(work, uid)?;
    let interaction = interaction
        .filter(|found| Flow::of(found) == flow)
        .ok_or_else(|| OAuthError::invalid_request("interaction session not found"))?;
    // The client may have been deleted or changed since the interaction started.
    let client = req.client_in(work, &interaction.client_id)?;
    let registered = client.ok_or_else(|| OAuthError::unknown_client(&interaction.client_id))?;
    // Nothing is sent to a URI that the client gave up while the page was open.
    match flow {
        Flow::Redirect if !registered.has_redirect_uri(&interaction.request().redirect_uri) => {
            return Err(OAuthError::invalid_redirect_uri().into());
        }
        Flow::Device if !registered.client.allows_grant(GrantType::DeviceCode) => {
            return Err(OAuthError::unknown_client(&interaction.client_id).into());
        }
        Flow::Redirect | Flow::Device => {}
    }
    Ok((interaction, registered))
}

/// Signs the browser in as the pages say, if that still stands, and trusts its device, if that was asked for.
fn apply_login(
    work: &Work<'_>,
    req: &RequestContext,
    session: Option<Session>,
    interaction: &Interaction,
    login: &LoginResult,
) -> Result<(BrowserSession, Option<NewTrust>), ProviderError> {
    let user_id = &login.account_id;
    let standing = require_standing(work, req, interaction, user_id)?;
    let authentication = standing.as_ref().map(|standing| standing.authentication.clone());
    let signed_in = sign_in(work, req, session, user_id, authentication)?;
    let Some(session) = &signed_in.session else { return Ok((signed_in, None)) };
    let state = standing.map(|standing| standing.state);
    let trust = match state.as_ref().filter(|state| state.trusted_device_creation) {
        Some(state) => trusted_devices::trust(work, req, user_id, state, login.protection.as_deref())?,
        None => None,
    };
    let submission = state.as_ref().and_then(last_submission);
    sessions::describe(work, &session.uid, &interaction.client_id, submission.as_ref())?;
    Ok((signed_in, trust))
}

/// A sign-in that still stands.
struct StandingSignIn {
    state: flow::State,
    authentication: Authentication,
}

/// Refuses a sign-in of another browser, and one that would not be accepted any more: whoever holds the address chooses when to resume,
/// and much may have changed since. Returns the sign-in, if its user may have a session.
fn require_standing(
    work: &Work<'_>,
    req: &RequestContext,
    interaction: &Interaction,
    user_id: &UserId,
) -> Result<Option<StandingSignIn>, ProviderError> {
    let refused = |reason| Err(OAuthError::invalid_request(reason).into());
    let proofs = BrowserProofs::read(&req.headers, &req.config.keys.cookie_keys);
    if !proofs.secret(&interaction.uid).is_some_and(|secret| browser_proofs::is_of_browser(interaction, secret)) {
        return refused("the sign-in was made in another browser");
    }
    let is_void = subject::password_changed_since(work, user_id, interaction.password_epoch)?;
    // Whoever is gone or suspended gets no session.
    let Some(user) = store::find(work, user_id)?.filter(|user| !user.is_suspended) else { return Ok(None) };
    // Who knew the password before may not know it now.
    if is_void {
        return refused("the password was changed since the sign-in, or the user was signed out");
    }
    let user = users::flow_user(work, &user)?;
    let state: Result<flow::State, _> = serde_json::from_str(&interaction.state);
    let Some(state) = state.ok().filter(|state| flow::require_standing(state, &user, &req.config.policy).is_ok())
    else {
        return refused("the sign-in would not be accepted any more");
    };
    // Nor may the device be trusted any more that stood for a second factor.
    match &state.trusted_device_fulfillment {
        Some(device) if !trusted_devices::use_device(work, req, user_id, device)? => {
            refused("the device is not trusted any more")
        }
        _ => {
            let authentication = flow::mfa::proven(&state, &user, &req.config.policy.experience);
            Ok(Some(StandingSignIn { state, authentication }))
        }
    }
}

/// Longer descriptions of a sign-in are left out.
const MAX_SUBMISSION_BYTES: usize = 16 << 10;

/// How the user signed in, without secrets, from the last state of the sign-in machine (inventory O110).
fn last_submission(state: &flow::State) -> Option<Map<String, Value>> {
    let Value::Object(mut view) = state.view() else { return None };
    view.retain(|name, _| {
        ["interactionEvent", "userId", "verificationRecords", "signInContext"].contains(&name.as_str())
    });
    (Value::Object(view.clone()).to_string().len() <= MAX_SUBMISSION_BYTES).then_some(view)
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
    authentication: Option<Authentication>,
) -> Result<BrowserSession, ProviderError> {
    let mut session = match session {
        Some(session) if session.user_id.as_ref().is_none_or(|known| known == user_id) => session,
        other => {
            if let Some(foreign) = other {
                // A lost sign-in can be repeated, but the end of another user's session must not be lost.
                sessions::end(work, &foreign.uid)?;
            }
            sessions::create(work, req.session_ttl())?.0
        }
    };
    session.user_id = Some(user_id.to_owned());
    session.signed_in_at = Some(work.now());
    session.authentication = authentication;
    let handle = sessions::update_and_rotate(work, &mut session, req.session_end())?;
    // Checked after the update: a concurrent suspension either deletes the session or is visible here.
    if subject::find_active(work, user_id)?.is_none() {
        sessions::end(work, &session.uid)?;
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
    authorize::put_client_authorization(work, &mut session, client_id, grant_id)?;
    let handle = sessions::update_and_rotate(work, &mut session, req.session_end())?;
    sessions::name_client(work, &session.uid, client_id)?;
    Ok(BrowserSession { session: Some(session), handle: Some(handle) })
}
