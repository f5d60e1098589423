//! Forms of the hosted pages that take passkeys.

use flow::mfa::MfaFactor;
use flow::{Event, FlowError, InteractionEvent};
use serde::de::DeserializeOwned;

use super::browser::InteractionBrowser;
use super::form_flows::{FormOutcome, apply_events, start_event, to_outcome};
use super::password_attempt::SurroundingEvents;
use super::to_api_error;
use crate::ApiError;
use crate::webauthn::{AuthenticationResponse, ChallengePurpose, RegistrationResponse};

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
    register(browser, new, |verification_id| Event::BindPasskey { verification_id }, false).await
}

/// As [`create`], as a second factor.
///
/// # Errors
/// As [`create`]; 403 and 422 of [`Event::BindFactor`].
pub async fn bind_factor(
    browser: &InteractionBrowser,
    new: SentPasskey,
    trusts_device: bool,
) -> Result<FormOutcome, ApiError> {
    let bind = |verification_id| Event::BindFactor { factor: MfaFactor::WebAuthn, verification_id };
    register(browser, new, bind, trusts_device).await
}

async fn register(
    browser: &InteractionBrowser,
    new: SentPasskey,
    bind: impl FnOnce(String) -> Event,
    trusts_device: bool,
) -> Result<FormOutcome, ApiError> {
    let response: RegistrationResponse = parse(&new.credential)?;
    let id = browser.take_up_challenge(ChallengePurpose::Registration, response.challenge()).await?;
    let after = [vec![bind(id.clone())], browser.ending(trusts_device).await?].concat();
    to_outcome(browser.verify_passkey_registration(id, &response, new.name, after).await?)
}

/// Shows a bound passkey as a second factor, and submits again.
///
/// # Errors
/// 400 `session.mfa.webauthn_verification_failed`, `session.verification_blocked_too_many_attempts`; 404 if no sign-in waits
/// for it.
pub async fn verify_factor(
    browser: &InteractionBrowser,
    credential: &str,
    trusts_device: bool,
) -> Result<FormOutcome, ApiError> {
    let response: AuthenticationResponse = parse(credential)?;
    let id = browser.take_up_challenge(ChallengePurpose::Authentication, response.challenge()).await?;
    to_outcome(browser.verify_passkey_factor(id, response, browser.ending(trusts_device).await?).await?)
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
