//! Codes to an address or number that a person types: sending and checking (E009, E010).

use api::connectors::ConnectorType;
use axum::Json;
use axum::http::StatusCode;
use flow::experience::SignInMode;
use flow::verification::{Code, Counted, Pending, Verification};
use flow::{Event, FlowError, Identifier, IdentifierType, InteractionEvent, State, VerificationRecord};
use kernel::id;
use serde_json::{Map, Value, json};

use super::attempt_limit::LimitKey;
use super::audit::AuditDetails;
use super::body_reader::BodyReader;
use super::browser::InteractionBrowser;
use super::codes::{CodeKey, CodeOrder};
use super::counted_attempt::CountedAttempt;
use super::message_limit::{self, CODE_SEND, MessageLimits};
use super::tabs::TabStep;
use super::transaction::{StepContext, StepError, StepsOutcome};
use super::{lookups, to_api_error};
use crate::ApiError;
use crate::connectors::{self, Channel, Message, Recipient, UsageType};
use crate::events::{EventBody, EventKind, InteractionOrigin};
use crate::http::Body;
use crate::routes::Routes;
use crate::users::store::{self, User};
use crate::work::Work;

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/experience/verification/verification-code", send_code)
        .post("/api/experience/verification/verification-code/verify", verify_code)
}

/// A code that was made. There is no channel to send it through when nobody must get it.
struct PreparedCode {
    channel: Option<Channel>,
    message: Message,
}

async fn send_code(browser: InteractionBrowser, Body(body): Body<Map<String, Value>>) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let identifier = reader.address();
    let event = reader.interaction_event();
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Continue).await?;
    let verification_id = browser.send_code(identifier, event).await?;
    Ok(Json(json!({"verificationId": verification_id})))
}

async fn verify_code(
    browser: InteractionBrowser,
    Body(body): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let identifier = reader.address();
    let verification_id = reader.text("verificationId", 0);
    let code = reader.text("code", 0);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::of_verification(Some(&verification_id))).await?;
    let outcome = browser.verify_code(identifier, verification_id.clone(), &code, Vec::new()).await?;
    match outcome.error {
        Some(error) => Err(to_api_error(&error)),
        None => Ok(Json(json!({"verificationId": verification_id}))),
    }
}

impl InteractionBrowser {
    /// Sends a code to an address that was typed, and returns the id of its verification.
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`; 422 `session.captcha_required`; 429 `request.message_rate_limited`; 501
    /// `connector.not_found`; the error of the connector.
    pub(super) async fn send_code(&self, identifier: Identifier, event: InteractionEvent) -> Result<String, ApiError> {
        let verification_id = id::entity_id(&self.app.rng);
        let application = self.application_payload().await?;
        let record_id = verification_id.clone();
        let prepared = self.transaction(move |work, context| {
            let Some(mut prepared) = prepare(work, context, &record_id, &identifier, event)? else { return Ok(None) };
            prepared.message.payload.extend(application.clone().map(|value| ("application".to_owned(), value)));
            Ok(Some(prepared))
        });
        let PreparedCode { channel, message } = prepared.await?.ok_or_else(message_limited)?;
        connectors::deliver(&self.app, self.tenant_id(), self.ip.network(), channel, &message).await?;
        Ok(verification_id)
    }

    /// What messages say of the application that asks for the sign-in.
    pub(super) async fn application_payload(&self) -> Result<Option<Value>, ApiError> {
        let Some(id) = &self.app_id else { return Ok(None) };
        let application = self.tenant.client(&self.config, id).await?;
        Ok(application.map(|found| json!({"id": found.client.id, "name": found.client.name})))
    }

    /// Verifies a code to an address that was typed, and if it is right applies the events.
    ///
    /// # Errors
    /// 400 `verification_code.*`; 404 `session.interaction_not_found`, `session.verification_session_not_found`; 400
    /// `session.verification_blocked_too_many_attempts`.
    pub(super) async fn verify_code(
        &self,
        identifier: Identifier,
        verification_id: String,
        code: &str,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let payload = json!({"identifier": identifier, "verificationId": verification_id, "code": "******"});
        let attempt = CountedAttempt {
            key: LimitKey::for_identifier(identifier.clone(), self.config.policy.experience.sentinel_policy),
            action: match identifier.kind {
                IdentifierType::Phone => "Verification.PhoneVerificationCode.Submit",
                IdentifierType::Email | IdentifierType::Username => "Verification.EmailVerificationCode.Submit",
            },
            wrong: FlowError::VerificationCodeMismatch,
            begun: None,
            details: AuditDetails::with_payload(payload),
        };
        let details = attempt.details.clone();
        let key = CodeKey::new(&self.uid, &identifier);
        let (id, read_key, is_empty) = (verification_id.clone(), key.clone(), code.is_empty());
        let read = move |work: &Work<'_>, context: &StepContext| {
            pending(work, context, &id, &identifier)?;
            if is_empty {
                return Err(ApiError::bad_request("verification_code.not_found").into());
            }
            read_key.begin_try(work, &id, context.policy.experience.verification_code_policy)
        };
        let compare = async |sent: String| Ok(id::constant_time_eq(&sent, code).then_some(true));
        let accept = move |work: &Work<'_>, context: &StepContext, is_right: Counted<bool>| {
            let state = context.load(work)?.state;
            let state = state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
            let record = state.record(&verification_id).map_err(|error| to_api_error(&error))?;
            let (VerificationRecord::EmailVerificationCode(Verification::Pending(pending))
            | VerificationRecord::PhoneVerificationCode(Verification::Pending(pending))) = record
            else {
                return Err(ApiError::bad_request("verification_code.not_found").into());
            };
            key.consume(work, &verification_id)?;
            let kind = pending.question.identifier.kind;
            let failed = |_| to_api_error(&FlowError::VerificationCodeMismatch);
            let proven = pending.clone().prove(is_right).map_err(failed)?;
            let proven = Event::Record(record_of(kind, proven.into()));
            context.apply_events(work, [proven].into_iter().chain(after.clone()).collect(), &details).map(Some)
        };
        attempt.run(self, read, compare, accept).await
    }
}

/// Tells webhooks that the recipient gets no more messages for now (E084).
pub(super) fn announce_message_limit(
    work: &Work<'_>,
    context: &StepContext,
    event: InteractionEvent,
    recipient: &Identifier,
) -> Result<(), StepError> {
    if !message_limit::may_announce(work, recipient, context.browser.ip.network())? {
        return Ok(());
    }
    let interaction = context.load(work)?.interaction;
    let session_id = interaction.log_id();
    work.enter_interaction(InteractionOrigin { event, session_id, client_id: interaction.client_id });
    let recipient = recipient.value.clone();
    let body = || EventBody::default().with("action", CODE_SEND).with("recipient", recipient);
    Ok(work.emit(EventKind::MessageRateLimited, body)?)
}

/// Refuses a message to somebody who got enough of them.
pub(crate) fn message_limited() -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "request.message_rate_limited")
}

/// Makes record and code. None means that the recipient gets no more messages for now.
fn prepare(
    work: &Work<'_>,
    context: &StepContext,
    verification_id: &str,
    identifier: &Identifier,
    event: InteractionEvent,
) -> Result<Option<PreparedCode>, StepError> {
    let loaded = context.load(work)?;
    let state = loaded.state.filter(|state| !state.submitted);
    let state = state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
    // A message costs money, so the captcha comes first (surprise 38).
    let needs_captcha = context.policy.experience.captcha_policy.enabled == Some(true) && state.user_id.is_none();
    if needs_captcha && !state.captcha.verified && !state.captcha.skipped {
        return Err(to_api_error(&FlowError::CaptchaRequired).into());
    }
    let kind = match identifier.kind {
        IdentifierType::Phone => ConnectorType::Sms,
        IdentifierType::Email | IdentifierType::Username => ConnectorType::Email,
    };
    let channel = connectors::channel(work, &context.browser.app, kind)?;
    let limits = MessageLimits::of(&context.browser.config);
    if !limits.count(work, identifier, context.browser.ip.network())? {
        announce_message_limit(work, context, event, identifier)?;
        return Ok(None);
    }
    let owner = lookups::find_user(work, context, identifier)?;
    // Who has no account, and can't get one here, gets no message (E054).
    let closed = context.policy.experience.sign_in_mode == SignInMode::SignIn;
    // Somebody who is known may bind an address that nobody has.
    let is_stranger = state.user_id.is_none() && owner.is_none();
    let is_unwanted = is_stranger && (event == InteractionEvent::ForgotPassword || closed);
    let question = Code { template_type: event.as_str().to_owned(), identifier: identifier.clone() };
    let record = record_of(identifier.kind, Pending::new(verification_id, question).into());
    let details = AuditDetails::with_payload(json!({"identifier": identifier, "interactionEvent": event}));
    let outcome = context.apply_events(work, vec![Event::Record(record)], &details)?;
    if let Some(error) = outcome.error {
        return Err(to_api_error(&error).into());
    }
    let binds = state.user_id.is_some() && !context.policy.experience.sign_up.asks_for(identifier.kind);
    let usage = usage_of(event, binds);
    let key = CodeKey::new(&context.browser.uid, identifier);
    // To the address of the account, not to another one that looks or folds alike (attack C6).
    let known = known_user(work, context, &state, owner.as_ref())?;
    let recipient = match identifier.kind {
        IdentifierType::Phone => {
            let of_account = owner.and_then(|user| user.primary_phone);
            Recipient::Phone(of_account.unwrap_or_else(|| identifier.canonical()))
        }
        IdentifierType::Email | IdentifierType::Username => {
            let of_account = owner.and_then(|user| user.primary_email);
            Recipient::Email(of_account.unwrap_or_else(|| flow::unicode::normalize_identifier(&identifier.value)))
        }
    };
    let policy = context.policy.experience.verification_code_policy;
    let order = CodeOrder { verification_id, recipient, usage, policy, user: known.as_ref() };
    let message = key.message(work, &context.browser, order)?;
    Ok(Some(PreparedCode { channel: Some(channel).filter(|_| !is_unwanted), message }))
}

/// The user whom the message may show: who identified themselves, once they showed what second factor they have, unless the address is
/// somebody else's. Before that a stranger types the address, and messages show nobody (trace 20-06).
fn known_user(
    work: &Work<'_>,
    context: &StepContext,
    state: &State,
    owner: Option<&User>,
) -> Result<Option<User>, StepError> {
    let Some(id) = state.user_id.as_ref().filter(|id| owner.is_none_or(|owner| owner.id == **id)) else {
        return Ok(None);
    };
    let Some(identified) = lookups::find_identified(work, context, id)? else { return Ok(None) };
    match flow::mfa::require_shown_factor(state, &identified, &context.policy.experience) {
        Ok(()) => Ok(store::find(work, id)?),
        Err(_) => Ok(None),
    }
}

/// What the message is for. `binds` says that somebody who signed in adds what no sign-up asks for: a second factor (E009).
fn usage_of(event: InteractionEvent, binds: bool) -> UsageType {
    match event {
        InteractionEvent::SignIn if binds => UsageType::BindMfa,
        InteractionEvent::SignIn => UsageType::SignIn,
        InteractionEvent::Register => UsageType::Register,
        InteractionEvent::ForgotPassword => UsageType::ForgotPassword,
    }
}

/// Checks that this verification waits for a code to this address.
fn pending(work: &Work<'_>, context: &StepContext, id: &str, identifier: &Identifier) -> Result<(), StepError> {
    let state = context.load(work)?.state;
    let state = state.ok_or_else(|| to_api_error(&FlowError::InteractionNotFound))?;
    let record = state.record(id).map_err(|error| to_api_error(&error))?;
    let (VerificationRecord::EmailVerificationCode(known) | VerificationRecord::PhoneVerificationCode(known)) = record
    else {
        return Err(to_api_error(&FlowError::VerificationNotFound).into());
    };
    Ok(require_sent_to(known, identifier)?)
}

/// Checks that the code was sent to this address or number.
///
/// # Errors
/// 400 `verification_code.email_mismatch`, `verification_code.phone_mismatch`.
pub(crate) fn require_sent_to(known: &Verification<Code>, identifier: &Identifier) -> Result<(), ApiError> {
    let sent_to = &known.members().identifier;
    if sent_to.kind == identifier.kind && sent_to.canonical() == identifier.canonical() {
        return Ok(());
    }
    Err(ApiError::bad_request(match sent_to.kind {
        IdentifierType::Phone => "verification_code.phone_mismatch",
        IdentifierType::Email | IdentifierType::Username => "verification_code.email_mismatch",
    }))
}

/// The record of a code to an address or number.
pub(crate) fn record_of(kind: IdentifierType, verification: Verification<Code>) -> VerificationRecord {
    match kind {
        IdentifierType::Phone => VerificationRecord::PhoneVerificationCode(verification),
        IdentifierType::Email | IdentifierType::Username => VerificationRecord::EmailVerificationCode(verification),
    }
}
