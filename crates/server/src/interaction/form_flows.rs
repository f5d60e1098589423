//! Forms of the hosted pages. Each function handles one submitted form. It applies the same events that a single-page
//! client sends in several requests of the Experience API.

use flow::error::MissingProfile;
use flow::mfa::MfaFactor;
use flow::unicode::normalize_identifier;
use flow::{Event, Identifier, IdentifierType, InteractionEvent, ProfilePatch};
use kernel::id;
use serde_json::{Map, Value};

use super::audit::AuditDetails;
use super::body_reader::MAX_TEXT_CHARS;
use super::browser::InteractionBrowser;
use super::password_attempt::SurroundingEvents;
use super::to_api_error;
use super::transaction::StepsOutcome;
use crate::ApiError;

/// What the page does after a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormOutcome {
    /// The user is signed in; redirect to this URL (303).
    Redirect(String),
    /// The account lacks these parts. Ask for them and call [`submit_missing_part`].
    MissingParts(Vec<MissingProfile>),
    /// The code for a forgotten password was right; a new one can be set.
    NewPassword,
    /// A passkey could be made; `passkey_forms` makes or declines it.
    CreatePasskey,
    /// The sign-in waits for a second factor.
    SecondFactor(FactorStep),
}

/// What a sign-in waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorStep {
    /// One of the bound factors must be shown, the preferred first.
    Verify(Vec<MfaFactor>),
    /// A factor is suggested to somebody who has none; [`FactorChoice::Skip`] declines it.
    Suggest,
    /// A factor must be bound, or may be.
    Bind { available: Vec<MfaFactor>, is_skippable: bool },
    /// A factor is suggested beside codes to an address; [`FactorChoice::SkipFurther`] declines it.
    BindFurther(Vec<MfaFactor>),
    /// Backup codes must be saved.
    SaveBackupCodes,
}

impl FactorStep {
    /// The factors that can be bound now, and what a form sends to go on without one, where that is allowed.
    pub fn bindable(&self) -> Option<(&[MfaFactor], Option<&'static str>)> {
        match self {
            Self::Bind { available, is_skippable } => Some((available, is_skippable.then_some(SKIP))),
            Self::BindFurther(available) => Some((available, Some(SKIP_FURTHER))),
            Self::Verify(_) | Self::Suggest | Self::SaveBackupCodes => None,
        }
    }
}

const SKIP: &str = "skip";
const SKIP_FURTHER: &str = "skip-further";

/// What a person decides about second factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorChoice {
    Enable,
    Skip,
    SkipFurther,
}

impl FactorChoice {
    /// What the button of a form sent.
    pub fn of_form(value: &str) -> Option<Self> {
        match value {
            "enable" => Some(Self::Enable),
            SKIP => Some(Self::Skip),
            SKIP_FURTHER => Some(Self::SkipFurther),
            _ => None,
        }
    }
}

/// Signs in with a password: starts a new interaction, verifies, identifies and submits.
///
/// # Errors
/// 422 `session.invalid_credentials`, 401 `user.suspended`, 422 `password.expired`, 422
/// `user.sign_in_method_not_enabled`, 400 `session.verification_blocked_too_many_attempts`, 503 if the hashing queue is full.
pub async fn sign_in(
    browser: &InteractionBrowser,
    identifier: Identifier,
    password: &str,
) -> Result<FormOutcome, ApiError> {
    if identifier.value.chars().count() > MAX_TEXT_CHARS {
        return Err(to_api_error(&flow::FlowError::InvalidCredentials));
    }
    let surrounding = SurroundingEvents {
        before: vec![start_event(browser, InteractionEvent::SignIn)],
        after: vec![identify_by_latest_record(), Event::Submit],
    };
    let details = AuditDetails::with_payload(serde_json::json!({"identifier": identifier, "password": "******"}));
    let (_, outcome) = browser.verify_password(identifier, password, surrounding, &details).await?;
    to_outcome(outcome)
}

/// Registers with a username and a password, and signs in. `extra` holds the custom profile fields of the form.
///
/// # Errors
/// 422 `user.username_*`, 422 `password.rejected` (issues in `data`), 403 `auth.forbidden` if registration is disabled.
pub async fn register(
    browser: &InteractionBrowser,
    username: &str,
    password: &str,
    extra: Option<Map<String, Value>>,
) -> Result<FormOutcome, ApiError> {
    if username.chars().count() > MAX_TEXT_CHARS {
        let error = flow::error::UsernameError::TooLong { max: 128 };
        return Err(to_api_error(&flow::FlowError::Username(error)));
    }
    let identifier = Identifier::new(IdentifierType::Username, normalize_identifier(username));
    let mut surrounding =
        SurroundingEvents { before: vec![start_event(browser, InteractionEvent::Register)], after: Vec::new() };
    surrounding.after.extend(extra.map(|values| Event::AddProfile(ProfilePatch::Extra(values))));
    surrounding.after.extend([identify_by_latest_record(), Event::Submit]);
    let details = AuditDetails::with_payload(serde_json::json!({"identifier": identifier, "password": "******"}));
    let verification_id = id::entity_id(&browser.app.rng);
    let build_event = move |digest, _| Event::NewPasswordIdentity {
        id: verification_id.clone(),
        identifier: identifier.clone(),
        digest,
    };
    to_outcome(browser.set_new_password(password, surrounding, build_event, &details).await?)
}

/// Adds a missing part and submits again; a registration creates its account.
///
/// # Errors
/// 404 `session.interaction_not_found` or `session.identifier_not_found` if no sign-in or registration waits for the
/// part; otherwise as [`register`].
pub async fn submit_missing_part(browser: &InteractionBrowser, part: MissingPart) -> Result<FormOutcome, ApiError> {
    // The account of a registration is known by its profile; the latest record may be a code to a further address, which waits.
    let is_new = browser
        .state()
        .await?
        .is_some_and(|state| state.interaction_event == InteractionEvent::Register && state.user_id.is_none());
    let identify = match is_new {
        true => Event::Identify { verification_id: None, link_social_identity: false },
        false => identify_by_latest_record(),
    };
    let surrounding = SurroundingEvents { before: Vec::new(), after: vec![identify, Event::Submit] };
    let patch = match part {
        MissingPart::Username(username) => ProfilePatch::Username(normalize_identifier(&username)),
        MissingPart::Extra(values) => ProfilePatch::Extra(values),
        MissingPart::Password(password) => {
            let details = AuditDetails::with_payload(serde_json::json!({"type": "password", "value": "******"}));
            let build_event = |digest, _| Event::AddProfile(ProfilePatch::Password(digest));
            return to_outcome(browser.set_new_password(&password, surrounding, build_event, &details).await?);
        }
    };
    let mut events = vec![Event::AddProfile(patch)];
    events.extend(surrounding.after);
    apply_events(browser, events).await
}

/// A missing part that a form can provide.
#[derive(Debug, Clone)]
pub enum MissingPart {
    Username(String),
    Password(String),
    Extra(Map<String, Value>),
}

/// Wants or declines second factors and submits again.
///
/// # Errors
/// 404 if no user is identified, 422 `session.mfa.mfa_policy_not_user_controlled`.
pub async fn choose_factors(browser: &InteractionBrowser, choice: FactorChoice) -> Result<FormOutcome, ApiError> {
    let event = match choice {
        FactorChoice::Enable => Event::EnableMfa,
        FactorChoice::Skip => Event::SkipMfa,
        FactorChoice::SkipFurther => Event::SkipMfaSuggestion,
    };
    apply_events(browser, vec![event, Event::Submit]).await
}

/// What the sign-in waits for now. None if it waits for nothing that a page of factors could ask for.
///
/// # Errors
/// 404 if no sign-in has begun; a failure of the database.
pub async fn waiting_for(browser: &InteractionBrowser) -> Result<Option<FactorStep>, ApiError> {
    Ok(browser.trial(Event::Submit).await?.as_ref().and_then(to_factor_step))
}

/// Verifies a code of the bound authenticator app and submits again.
///
/// # Errors
/// As [`InteractionBrowser::verify_app`].
pub async fn verify_app(
    browser: &InteractionBrowser,
    code: &str,
    trusts_device: bool,
) -> Result<FormOutcome, ApiError> {
    to_outcome(browser.verify_app(code, None, browser.ending(trusts_device).await?).await?.1)
}

/// Uses up a backup code and submits again.
///
/// # Errors
/// As [`InteractionBrowser::verify_backup_code`].
pub async fn verify_backup_code(browser: &InteractionBrowser, code: &str) -> Result<FormOutcome, ApiError> {
    to_outcome(browser.verify_backup_code(code, vec![Event::Submit]).await?.1)
}

/// Confirms the authenticator app that is being set up, binds it and submits again.
///
/// # Errors
/// As [`InteractionBrowser::verify_app`]; 403 and 422 of [`Event::BindFactor`].
pub async fn bind_app(
    browser: &InteractionBrowser,
    id: String,
    code: &str,
    trusts_device: bool,
) -> Result<FormOutcome, ApiError> {
    let bind = Event::BindFactor { factor: MfaFactor::Totp, verification_id: id.clone() };
    let after = [vec![bind], browser.ending(trusts_device).await?].concat();
    to_outcome(browser.verify_app(code, Some(id), after).await?.1)
}

/// Binds the backup codes that were shown and submits again.
///
/// # Errors
/// 403 and 422 of [`Event::BindFactor`].
pub async fn bind_backup_codes(browser: &InteractionBrowser, id: String) -> Result<FormOutcome, ApiError> {
    let bind = Event::BindFactor { factor: MfaFactor::BackupCode, verification_id: id };
    apply_events(browser, vec![bind, Event::Submit]).await
}

/// Guesses the type of an identifier among the types that are enabled for sign-in.
pub fn guess_identifier(value: &str, enabled: &[IdentifierType]) -> Identifier {
    let value = normalize_identifier(value);
    let looks_like = |kind| match kind {
        IdentifierType::Email => value.contains('@'),
        IdentifierType::Phone => flow::phone::is_typed_number(&value),
        IdentifierType::Username => flow::has_username_form(&value),
    };
    let kind = [IdentifierType::Email, IdentifierType::Phone, IdentifierType::Username]
        .into_iter()
        .find(|kind| enabled.contains(kind) && looks_like(*kind))
        .or_else(|| enabled.first().copied())
        .unwrap_or(IdentifierType::Username);
    Identifier::new(kind, value)
}

pub(super) async fn apply_events(browser: &InteractionBrowser, events: Vec<Event>) -> Result<FormOutcome, ApiError> {
    let details = AuditDetails::default();
    to_outcome(browser.transaction(move |work, context| context.apply_events(work, events.clone(), &details)).await?)
}

pub(super) fn to_outcome(outcome: StepsOutcome) -> Result<FormOutcome, ApiError> {
    match (outcome.redirect_to, outcome.error) {
        (Some(redirect_to), _) => Ok(FormOutcome::Redirect(redirect_to)),
        (None, Some(flow::FlowError::MissingProfile(parts))) => Ok(FormOutcome::MissingParts(parts)),
        (None, Some(flow::FlowError::PasskeyPreferred)) => Ok(FormOutcome::CreatePasskey),
        (None, Some(error)) => match to_factor_step(&error) {
            Some(step) => Ok(FormOutcome::SecondFactor(step)),
            None => Err(to_api_error(&error)),
        },
        (None, None) => Err(ApiError::internal("a form ended without an outcome")),
    }
}

fn to_factor_step(error: &flow::FlowError) -> Option<FactorStep> {
    match error.clone() {
        flow::FlowError::MfaRequired { available, .. } => Some(FactorStep::Verify(available)),
        flow::FlowError::SuggestMfa => Some(FactorStep::Suggest),
        flow::FlowError::MissingMfa { available, is_skippable } => Some(FactorStep::Bind { available, is_skippable }),
        flow::FlowError::SuggestAdditionalMfa { available, .. } => Some(FactorStep::BindFurther(available)),
        flow::FlowError::BackupCodeRequired => Some(FactorStep::SaveBackupCodes),
        _ => None,
    }
}

pub(super) fn start_event(browser: &InteractionBrowser, interaction_event: InteractionEvent) -> Event {
    Event::Start {
        interaction_event,
        sign_in_context: browser.sign_in_context(),
        captcha_verified: browser.is_captcha_solved,
    }
}

/// Identifies by the only verification record. In a later form the user may already be identified.
fn identify_by_latest_record() -> Event {
    Event::IdentifyByLatestRecord
}
