//! Forms of the hosted pages about codes to an address or number that a person typed.

use flow::error::MissingProfile;
use flow::{Event, FlowError, Identifier, IdentifierType, InteractionEvent, ProfilePatch, State, VerificationRecord};

use super::audit::AuditDetails;
use super::browser::InteractionBrowser;
use super::factor_codes::CodeFactor;
use super::form_flows::{FormOutcome, apply_events, start_event, to_outcome};
use super::password_attempt::SurroundingEvents;
use super::to_api_error;
use super::transaction::{StepContext, StepError};
use crate::ApiError;
use crate::work::View;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    SignIn,
    Register,
    ResetPassword,
    /// Adds the address to an account, or to one that is being made.
    AddIdentifier,
}

/// The code that was sent last in an interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCode {
    pub purpose: CodePurpose,
    /// Where it was sent, as it was typed.
    pub identifier: Identifier,
    pub is_verified: bool,
    is_identified: bool,
    verification_id: String,
    event: InteractionEvent,
}

impl SentCode {
    fn of(state: &State) -> Option<Self> {
        let code = |record: &VerificationRecord| match record {
            VerificationRecord::EmailVerificationCode(code) | VerificationRecord::PhoneVerificationCode(code) => {
                Some((code.id().to_owned(), code.members().identifier.clone(), code.is_verified()))
            }
            _ => None,
        };
        let (verification_id, identifier, is_verified) = state.verification_records.iter().rev().find_map(code)?;
        let profile = &state.profile;
        let has_begun = profile.username.is_some()
            || profile.primary_email.is_some()
            || profile.primary_phone.is_some()
            || profile.social_identity.is_some();
        let purpose = match state.interaction_event {
            InteractionEvent::ForgotPassword => CodePurpose::ResetPassword,
            InteractionEvent::SignIn if state.user_id.is_none() => CodePurpose::SignIn,
            InteractionEvent::Register if state.user_id.is_none() && !has_begun => CodePurpose::Register,
            InteractionEvent::SignIn | InteractionEvent::Register => CodePurpose::AddIdentifier,
        };
        Some(Self {
            purpose,
            identifier,
            is_verified,
            is_identified: state.user_id.is_some(),
            verification_id,
            event: state.interaction_event,
        })
    }

    /// Says who the person is.
    fn identify(&self) -> Event {
        Event::Identify { verification_id: Some(self.verification_id.clone()), link_social_identity: false }
    }

    /// What follows the right code.
    fn events_after_code(&self) -> Vec<Event> {
        let verification_id = self.verification_id.clone();
        match (self.purpose, self.is_identified, self.identifier.kind) {
            (CodePurpose::ResetPassword, ..) => vec![self.identify()],
            (CodePurpose::AddIdentifier, true, IdentifierType::Phone) => {
                vec![Event::AddProfile(ProfilePatch::Phone { verification_id }), Event::Submit]
            }
            (CodePurpose::AddIdentifier, true, _) => {
                vec![Event::AddProfile(ProfilePatch::Email { verification_id }), Event::Submit]
            }
            // The proof adds its address to the new account (E029, E056).
            _ => vec![self.identify(), Event::Submit],
        }
    }
}

impl InteractionBrowser {
    /// The state, until it is submitted.
    pub(super) async fn state(&self) -> Result<Option<State>, ApiError> {
        let context = StepContext::of(self);
        let read = move |view: &View<'_>| {
            let state = context.load(view)?.state.filter(|state| !state.submitted);
            Ok::<_, StepError>(state)
        };
        self.read_inline(read).await.map_err(ApiError::from)
    }
}

/// The code that was sent last, if one was.
///
/// # Errors
/// 400 `session.not_found`; a failure of the database.
pub async fn sent_code(browser: &InteractionBrowser) -> Result<Option<SentCode>, ApiError> {
    Ok(browser.state().await?.as_ref().and_then(SentCode::of))
}

/// Begins anew and sends a code.
///
/// # Errors
/// 429 `request.message_rate_limited`; 501 `connector.not_found`; the error of the connector.
pub async fn begin(
    browser: &InteractionBrowser,
    event: InteractionEvent,
    identifier: Identifier,
) -> Result<(), ApiError> {
    let start = start_event(browser, event);
    let details = AuditDetails::default();
    let begin = browser.transaction(move |work, context| context.apply_events(work, vec![start.clone()], &details));
    match begin.await?.error {
        Some(error) => Err(to_api_error(&error)),
        None => browser.send_code(identifier, event).await.map(drop),
    }
}

/// Sends a code to an address that the account lacks.
///
/// # Errors
/// As [`begin`]; 404 `session.interaction_not_found`.
pub async fn send_to_new_identifier(browser: &InteractionBrowser, identifier: Identifier) -> Result<(), ApiError> {
    let state = browser.state().await?.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
    browser.send_code(identifier, state.interaction_event).await.map(drop)
}

/// Sends another code to the same address. The one before is good no more.
///
/// # Errors
/// As [`begin`]; 400 `verification_code.not_found`.
pub async fn resend(browser: &InteractionBrowser) -> Result<(), ApiError> {
    match sent_code(browser).await?.filter(|sent| !sent.is_verified) {
        Some(sent) => browser.send_code(sent.identifier, sent.event).await.map(drop),
        None => Err(ApiError::bad_request("verification_code.not_found")),
    }
}

/// Checks the code and goes on.
///
/// # Errors
/// 400 `verification_code.*`; 400 `session.verification_blocked_too_many_attempts`; 404 `user.user_not_exist`; 422
/// `user.*_already_in_use`, `session.email_blocklist.*`; 401 `user.suspended`.
pub async fn verify(browser: &InteractionBrowser, code: &str) -> Result<FormOutcome, ApiError> {
    let Some(sent) = sent_code(browser).await? else {
        return Err(ApiError::bad_request("verification_code.not_found"));
    };
    let (id, events) = (sent.verification_id.clone(), sent.events_after_code());
    let outcome = browser.verify_code(sent.identifier, id, code, events).await?;
    match (sent.purpose, &outcome.error) {
        (CodePurpose::ResetPassword, None) => Ok(FormOutcome::NewPassword),
        _ => to_outcome(outcome),
    }
}

/// Signs in to the account that has the proven address instead of making one, or makes one instead of signing in.
///
/// # Errors
/// 403 `auth.forbidden` where that is switched off; otherwise as [`verify`].
pub async fn go_other_way(browser: &InteractionBrowser, to: InteractionEvent) -> Result<FormOutcome, ApiError> {
    let sent = sent_code(browser).await?.ok_or_else(|| to_api_error(&FlowError::VerificationNotFound))?;
    if !sent.is_verified {
        return Err(to_api_error(&FlowError::VerificationFailed));
    }
    let events = vec![Event::ChangeEvent { interaction_event: to }, sent.identify(), Event::Submit];
    apply_events(browser, events).await
}

/// Which parts the account lacks before the sign-in can end.
///
/// # Errors
/// A failure of the database.
pub async fn missing_parts(browser: &InteractionBrowser) -> Result<Vec<MissingProfile>, ApiError> {
    let Some(state) = browser.state().await? else { return Ok(Vec::new()) };
    let ask = match state.interaction_event {
        InteractionEvent::Register if state.user_id.is_none() => {
            Event::Identify { verification_id: None, link_social_identity: false }
        }
        _ => Event::Submit,
    };
    match browser.trial(ask).await? {
        Some(FlowError::MissingProfile(parts)) => Ok(parts),
        _ => Ok(Vec::new()),
    }
}

/// Whether the new password of a forgotten one can be set: the code of the account was shown.
///
/// # Errors
/// A failure of the database.
pub async fn may_reset_password(browser: &InteractionBrowser) -> Result<bool, ApiError> {
    let state = browser.state().await?;
    Ok(state.is_some_and(|s| s.interaction_event == InteractionEvent::ForgotPassword && s.user_id.is_some()))
}

/// Sets the new password of a forgotten one. The interaction is over then; nobody is signed in.
///
/// # Errors
/// 404 `session.interaction_not_found`, `session.identifier_not_found`; 422 `password.rejected`, `user.same_password`.
pub async fn reset_password(browser: &InteractionBrowser, password: &str) -> Result<(), ApiError> {
    let surrounding = SurroundingEvents { before: Vec::new(), after: vec![Event::Submit] };
    let build_event = |digest, same| Event::SetPassword { digest, same };
    let outcome = browser.set_new_password(password, surrounding, build_event, &AuditDetails::default()).await?;
    outcome.error.map_or(Ok(()), |error| Err(to_api_error(&error)))
}

/// How far a factor of codes is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorCodeState {
    /// The own address or number of the user.
    pub destination: Identifier,
    /// Whether a code was sent that waits for its answer.
    pub is_sent: bool,
}

/// How far a factor of codes is; none if the user has no such address.
///
/// # Errors
/// 404 `session.interaction_not_found`, `session.identifier_not_found`.
pub async fn factor_state(
    browser: &InteractionBrowser,
    factor: CodeFactor,
) -> Result<Option<FactorCodeState>, ApiError> {
    let Some(destination) = browser.factor_address(factor).await? else { return Ok(None) };
    let is_sent = browser.sent_factor_code(factor).await?.is_some();
    Ok(Some(FactorCodeState { destination, is_sent }))
}

/// Sends a code to the user's own address or number.
///
/// # Errors
/// 400 `session.mfa.mfa_factor_not_enabled`; as [`begin`].
pub async fn send_factor(browser: &InteractionBrowser, factor: CodeFactor) -> Result<(), ApiError> {
    browser.send_factor_code(factor).await.map(drop)
}

/// Checks a code to the user's own address or number, and submits again.
///
/// # Errors
/// As [`verify`].
pub async fn verify_factor(
    browser: &InteractionBrowser,
    factor: CodeFactor,
    code: &str,
    trusts_device: bool,
) -> Result<FormOutcome, ApiError> {
    match browser.sent_factor_code(factor).await? {
        Some(id) => {
            to_outcome(browser.verify_factor_code(factor, id, code, browser.ending(trusts_device).await?).await?)
        }
        None => Err(ApiError::bad_request("verification_code.not_found")),
    }
}
