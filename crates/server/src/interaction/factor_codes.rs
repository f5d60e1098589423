//! Codes to the address or number of a user as a second factor (E011, E012, E066).

use api::connectors::ConnectorType;
use axum::Json;
use flow::mfa::MfaFactor;
use flow::verification::{Counted, MfaCode, Pending, Verification};
use flow::{Event, FlowError, Identifier, IdentifierType, InteractionEvent, State, VerificationRecord};
use kernel::id;
use kernel::ids::UserId;
use serde_json::{Map, Value, json};

use super::attempt_limit::AttemptKind;
use super::body_reader::BodyReader;
use super::browser::InteractionBrowser;
use super::code_verification::{announce_message_limit, message_limited};
use super::codes::{CodeKey, CodeOrder};
use super::message_limit::MessageLimits;
use super::second_factors::{FactorAnswer, require_same_user};
use super::tabs::TabStep;
use super::to_api_error;
use super::transaction::{StepContext, StepError, StepsOutcome};
use crate::ApiError;
use crate::connectors::{self, Channel, Message, Recipient, UsageType};
use crate::http::Body;
use crate::routes::Routes;
use crate::users::store;
use crate::work::{View, Work};

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/experience/verification/mfa-verification-code", send_code)
        .post("/api/experience/verification/mfa-verification-code/verify", verify_code)
}

/// What the record says that the code is for.
const TEMPLATE: &str = "MfaVerification";

/// Where the codes of a factor go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFactor {
    Email,
    Phone,
}

impl CodeFactor {
    /// The factor, if it is one of codes.
    pub fn of(factor: MfaFactor) -> Option<Self> {
        match factor {
            MfaFactor::EmailVerificationCode => Some(Self::Email),
            MfaFactor::PhoneVerificationCode => Some(Self::Phone),
            MfaFactor::Totp | MfaFactor::WebAuthn | MfaFactor::BackupCode => None,
        }
    }

    /// The factor in the settings.
    pub fn factor(self) -> MfaFactor {
        match self {
            Self::Email => MfaFactor::EmailVerificationCode,
            Self::Phone => MfaFactor::PhoneVerificationCode,
        }
    }

    /// The address or number of the user.
    fn identifier(self, email: Option<String>, phone: Option<String>) -> Option<Identifier> {
        match self {
            Self::Email => email.map(|email| Identifier::new(IdentifierType::Email, email)),
            Self::Phone => phone.map(|phone| Identifier::new(IdentifierType::Phone, phone)),
        }
    }

    fn record(self, verification: Verification<MfaCode>) -> VerificationRecord {
        match self {
            Self::Email => VerificationRecord::MfaEmailVerificationCode(verification),
            Self::Phone => VerificationRecord::MfaPhoneVerificationCode(verification),
        }
    }

    fn verification(self, record: &VerificationRecord) -> Option<&Verification<MfaCode>> {
        match (self, record) {
            (Self::Email, VerificationRecord::MfaEmailVerificationCode(code))
            | (Self::Phone, VerificationRecord::MfaPhoneVerificationCode(code)) => Some(code),
            _ => None,
        }
    }

    /// The verification with this id, which waits for its code.
    fn pending(self, state: &State, id: &str) -> Result<Pending<MfaCode>, ApiError> {
        let record = state.record(id).map_err(|error| to_api_error(&error))?;
        match self.verification(record) {
            Some(Verification::Pending(pending)) => Ok(pending.clone()),
            Some(Verification::Verified(_)) => Err(ApiError::bad_request("verification_code.not_found")),
            None => Err(to_api_error(&FlowError::VerificationNotFound)),
        }
    }
}

/// A code that was made.
struct PreparedCode {
    channel: Channel,
    message: Message,
}

async fn send_code(browser: InteractionBrowser, Body(body): Body<Map<String, Value>>) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let factor = read_factor(&mut reader);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::Submit).await?;
    Ok(Json(json!({"verificationId": browser.send_factor_code(factor).await?})))
}

async fn verify_code(
    browser: InteractionBrowser,
    Body(body): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let mut reader = BodyReader::new(body);
    let factor = read_factor(&mut reader);
    let verification_id = reader.text("verificationId", 0);
    let code = reader.text("code", 0);
    reader.into_result()?;
    let browser = browser.in_tab(TabStep::of_verification(Some(&verification_id))).await?;
    let outcome = browser.verify_factor_code(factor, verification_id.clone(), &code, Vec::new()).await?;
    match outcome.error {
        Some(error) => Err(to_api_error(&error)),
        None => Ok(Json(json!({"verificationId": verification_id}))),
    }
}

fn read_factor(reader: &mut BodyReader) -> CodeFactor {
    match reader.enum_member("identifierType", &["email", "phone", "Email", "Phone"]).as_str() {
        "phone" | "Phone" => CodeFactor::Phone,
        _ => CodeFactor::Email,
    }
}

impl InteractionBrowser {
    /// Sends a code to the identified user's own address or number, and returns the id of its verification.
    ///
    /// # Errors
    /// 400 `session.mfa.mfa_factor_not_enabled`; 404 `session.interaction_not_found`, `session.identifier_not_found`; 429
    /// `request.message_rate_limited`; 501 `connector.not_found`; the error of the connector.
    pub(super) async fn send_factor_code(&self, factor: CodeFactor) -> Result<String, ApiError> {
        let verification_id = id::entity_id(&self.app.rng);
        let application = self.application_payload().await?;
        let record_id = verification_id.clone();
        let prepared = self.transaction(move |work, context| {
            let Some(mut prepared) = prepare(work, context, &record_id, factor)? else { return Ok(None) };
            prepared.message.payload.extend(application.clone().map(|value| ("application".to_owned(), value)));
            Ok(Some(prepared))
        });
        let PreparedCode { channel, message } = prepared.await?.ok_or_else(message_limited)?;
        connectors::deliver(&self.app, self.tenant_id(), self.ip.network(), Some(channel), &message).await?;
        Ok(verification_id)
    }

    /// Verifies a code to the user's own address or number, and if it is right applies the events.
    ///
    /// # Errors
    /// 400 `verification_code.*`; 404 `session.verification_session_not_found`, `session.identifier_not_found`; 400
    /// `session.verification_blocked_too_many_attempts`.
    pub(super) async fn verify_factor_code(
        &self,
        factor: CodeFactor,
        verification_id: String,
        code: &str,
        after: Vec<Event>,
    ) -> Result<StepsOutcome, ApiError> {
        let (_, user_id) = self.identified().await?;
        let answer = FactorAnswer {
            kind: AttemptKind::MfaVerificationCode,
            action: match factor {
                CodeFactor::Email => "Verification.MfaEmailVerificationCode.Submit",
                CodeFactor::Phone => "Verification.MfaPhoneVerificationCode.Submit",
            },
            wrong: FlowError::VerificationCodeMismatch,
            payload: json!({"verificationId": verification_id, "code": "******"}),
        };
        let attempt = self.factor_attempt(&user_id, answer);
        let details = attempt.details.clone();
        let (id, is_empty) = (verification_id.clone(), code.is_empty());
        let read = move |work: &Work<'_>, context: &StepContext| {
            let (state, identified) = context.identified(work)?;
            require_same_user(&identified, &user_id)?;
            let pending = factor.pending(&state, &id)?;
            if is_empty {
                return Err(ApiError::bad_request("verification_code.not_found").into());
            }
            let policy = context.policy.experience.verification_code_policy;
            code_key(context, &pending).begin_try(work, &id, policy)
        };
        let compare = async |sent: String| Ok(id::constant_time_eq(&sent, code).then_some(true));
        let accept = move |work: &Work<'_>, context: &StepContext, is_right: Counted<bool>| {
            let (state, _) = context.identified(work)?;
            let pending = factor.pending(&state, &verification_id)?;
            code_key(context, &pending).consume(work, &verification_id)?;
            let failed = |_| to_api_error(&FlowError::VerificationCodeMismatch);
            let proven = Event::Record(factor.record(pending.prove(is_right).map_err(failed)?.into()));
            context.apply_events(work, [proven].into_iter().chain(after.clone()).collect(), &details).map(Some)
        };
        attempt.run(self, read, compare, accept).await
    }

    /// The verification of this factor that waits for its code, and where that was sent.
    ///
    /// # Errors
    /// 404 `session.interaction_not_found`, `session.identifier_not_found`.
    pub(super) async fn sent_factor_code(&self, factor: CodeFactor) -> Result<Option<String>, ApiError> {
        let (state, user_id) = self.identified().await?;
        let is_own =
            |code: &&Verification<MfaCode>| !code.is_verified() && code.members().user_id.as_ref() == Some(&user_id);
        let sent = state.verification_records.iter().find_map(|record| factor.verification(record));
        Ok(sent.filter(is_own).map(|code| code.id().to_owned()))
    }

    /// Where the codes of this factor go.
    ///
    /// # Errors
    /// As [`InteractionBrowser::sent_factor_code`].
    pub(super) async fn factor_address(&self, factor: CodeFactor) -> Result<Option<Identifier>, ApiError> {
        let context = StepContext::of(self);
        let read = move |view: &View<'_>| {
            let (_, user_id) = context.identified(view)?;
            Ok::<_, StepError>(address_of(view, &user_id, factor)?)
        };
        self.read_inline(read).await.map_err(ApiError::from)
    }
}

fn address_of(view: &View<'_>, user_id: &UserId, factor: CodeFactor) -> Result<Option<Identifier>, ApiError> {
    let user = store::get(view, user_id)?;
    Ok(factor.identifier(user.primary_email, user.primary_phone))
}

fn code_key(context: &StepContext, pending: &Pending<MfaCode>) -> CodeKey {
    CodeKey::new(&context.browser.uid, &pending.question.identifier)
}

/// Makes record and code. None means that the recipient gets no more messages for now.
fn prepare(
    work: &Work<'_>,
    context: &StepContext,
    verification_id: &str,
    factor: CodeFactor,
) -> Result<Option<PreparedCode>, StepError> {
    let (state, user_id) = context.identified(work)?;
    let is_enabled = context.policy.experience.mfa.factors.contains(&factor.factor());
    let user = store::get(work, &user_id)?;
    let address = factor.identifier(user.primary_email.clone(), user.primary_phone.clone()).filter(|_| is_enabled);
    // Only who signs in shows a factor of the account.
    let is_asked = state.interaction_event == InteractionEvent::SignIn;
    let Some(identifier) = address.filter(|_| is_asked) else {
        return Err(to_api_error(&FlowError::MfaFactorNotEnabled).into());
    };
    let (kind, recipient) = match factor {
        CodeFactor::Email => (ConnectorType::Email, Recipient::Email(identifier.value.clone())),
        CodeFactor::Phone => (ConnectorType::Sms, Recipient::Phone(identifier.value.clone())),
    };
    let channel = connectors::channel(work, &context.browser.app, kind)?;
    let limits = MessageLimits::of(&context.browser.config);
    if !limits.count(work, &identifier, context.browser.ip.network())? {
        announce_message_limit(work, context, state.interaction_event, &identifier)?;
        return Ok(None);
    }
    let question =
        MfaCode { template_type: TEMPLATE.to_owned(), identifier: identifier.clone(), user_id: Some(user_id) };
    context.put(work, factor.record(Pending::new(verification_id, question).into()))?;
    let key = CodeKey::new(&context.browser.uid, &identifier);
    let policy = context.policy.experience.verification_code_policy;
    let order = CodeOrder { verification_id, recipient, usage: UsageType::MfaVerification, policy, user: Some(&user) };
    let message = key.message(work, &context.browser, order)?;
    Ok(Some(PreparedCode { channel, message }))
}
