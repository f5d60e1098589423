//! Forms of the hosted pages that take passkeys.

use flow::mfa::MfaFactor;
use flow::{Event, FlowError, InteractionEvent};
use serde::de::DeserializeOwned;

use super::browser::InteractionBrowser;
use super::form_flows::{FormOutcome, apply_events, start_event, to_outcome};
use super::password_attempt::SurroundingEvents;
use super::to_api_error;
use crate::ApiError;

/// Signs in with the passkey that answered the challenge of the page: begins anew, verifies, identifies and submits.
///
/// # Errors
/// 400 `session.mfa.webauthn_verification_failed`, 401 `user.suspended`, 422 `user.sign_in_method_not_enabled`.
pub async fn sign_in(browser: &InteractionBrowser, credential: &str) -> Result<FormOutcome, ApiError> {
    let surrounding = SurroundingEvents {
        before: vec![start_event(browser, InteractionEvent::SignIn)],
        after: vec![Event::IdentifyByLatestRecord, Event::Submit],
    };
    to_outcome(browser.verify_passkey_sign_in(None, parse(credential)?, surrounding).await?.1)
}

/// A new passkey, as the script of a page sends it.
#[derive(Debug, Clone)]
pub struct SentPasskey {
    pub verification_id: String,
    /// JSON.
    pub credential: String,
    /// What the person calls it.
    pub name: Option<String>,
}

/// Registers and binds a passkey to sign in with, and submits again.
///
/// # Errors
/// 400 `session.mfa.webauthn_verification_failed`; 404 if no sign-in waits for it.
pub async fn create(browser: &InteractionBrowser, new: SentPasskey) -> Result<FormOutcome, ApiError> {
    let bind = Event::BindPasskey { verification_id: new.verification_id.clone() };
    register(browser, new, bind).await
}

/// As [`create`], as a second factor.
///
/// # Errors
/// As [`create`]; 403 and 422 of [`Event::BindFactor`].
pub async fn bind_factor(browser: &InteractionBrowser, new: SentPasskey) -> Result<FormOutcome, ApiError> {
    let bind = Event::BindFactor { factor: MfaFactor::WebAuthn, verification_id: new.verification_id.clone() };
    register(browser, new, bind).await
}

async fn register(browser: &InteractionBrowser, new: SentPasskey, bind: Event) -> Result<FormOutcome, ApiError> {
    let SentPasskey { verification_id, credential, name } = new;
    let (response, after) = (parse(&credential)?, vec![bind, Event::Submit]);
    to_outcome(browser.verify_passkey_registration(verification_id, &response, name, after).await?)
}

/// Shows a bound passkey as a second factor, and submits again.
///
/// # Errors
/// 400 `session.mfa.webauthn_verification_failed`, `session.verification_blocked_too_many_attempts`; 404 if no sign-in waits
/// for it.
pub async fn verify_factor(
    browser: &InteractionBrowser,
    verification_id: String,
    credential: &str,
) -> Result<FormOutcome, ApiError> {
    let response = parse(credential)?;
    to_outcome(browser.verify_passkey_factor(verification_id, response, vec![Event::Submit]).await?)
}

/// Declines a passkey and submits again.
///
/// # Errors
/// 404 if no user is identified.
pub async fn skip(browser: &InteractionBrowser) -> Result<FormOutcome, ApiError> {
    apply_events(browser, vec![Event::SkipPasskey, Event::Submit]).await
}

/// Reads what the script of the page sent.
fn parse<T: DeserializeOwned>(credential: &str) -> Result<T, ApiError> {
    serde_json::from_str(credential).map_err(|_| to_api_error(&FlowError::WebAuthnFailed))
}
