//! `POST /api/verifications/verification-code` and its `verify` (inventory A045, A046): codes to the person's own address or number, which
//! prove who they are, and to others, which they want to make their own.

use ::api::ErrorCode;
use ::api::account::{
    CodeIdentifier, CodeTemplate, CreatedVerification, SendVerificationCode, SentCodeAnswer, VerifiedRecord,
};
use ::api::connectors::ConnectorType;
use axum::Json;
use axum::http::StatusCode;
use flow::verification::{Code, Counted, Pending, Verification};
use flow::{FlowError, Identifier, IdentifierType, VerificationRecord};
use kernel::{Timestamp, id};

use super::records::{self, NEW_IDENTIFIER, PERMISSION};
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, RequestContext, account_operations};
use crate::connectors::{self, Channel, Message, Recipient, UsageType};
use crate::events::{EventBody, EventKind};
use crate::http::RequestBody;
use crate::interaction::attempt::Attempt;
use crate::interaction::attempt_limit::LimitKey;
use crate::interaction::code_verification::{message_limited, record_of, require_sent_to};
use crate::interaction::codes::{CodeKey, CodeOrder};
use crate::interaction::message_limit::{self, CODE_SEND, MessageLimits};
use crate::interaction::{StepError, to_api_error};
use crate::routes::Routes;
use crate::users::store::User;
use crate::users::validate;
use crate::work::Work;

account_operations! {
    SendCode = AccountNeeds::to_prove();
    ProveCode = AccountNeeds::to_prove();
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/verifications/verification-code", send_code)
        .post("/api/verifications/verification-code/verify", prove_code)
}

fn to_identifier(typed: CodeIdentifier) -> Identifier {
    match typed {
        CodeIdentifier::Email(value) => Identifier::new(IdentifierType::Email, value.0),
        CodeIdentifier::Phone(value) => Identifier::new(IdentifierType::Phone, value.0),
    }
}

/// What a code is for: who the person is, a factor that is to be bound, or a new address or number.
#[derive(Clone, Copy)]
struct Purpose {
    template: &'static str,
    usage: UsageType,
}

impl Purpose {
    fn of(is_own: bool, asked: Option<CodeTemplate>) -> Self {
        match (is_own, asked.unwrap_or_default()) {
            (false, _) => Self { template: NEW_IDENTIFIER, usage: UsageType::BindNewIdentifier },
            (true, CodeTemplate::BindMfa) => Self { template: "BindMfa", usage: UsageType::BindMfa },
            (true, CodeTemplate::UserPermissionValidation) => {
                Self { template: PERMISSION, usage: UsageType::UserPermissionValidation }
            }
        }
    }
}

/// A code that was made.
struct PreparedCode {
    channel: Channel,
    message: Message,
    expires_at: Timestamp,
}

async fn send_code(
    caller: AccountUser<SendCode>,
    RequestBody(body): RequestBody<SendVerificationCode>,
) -> Result<(StatusCode, Json<CreatedVerification>), ApiError> {
    let sent = send(&caller, to_identifier(body.identifier), body.template_type).await?;
    Ok((StatusCode::CREATED, Json(sent)))
}

/// Sends a code to an address or number, and makes the record that it verifies: to the person's own, for what is asked for; to
/// another, to make it their own.
///
/// # Errors
/// 422 for one that is refused; 429 `request.message_rate_limited`; 501 without a connector; as [`AccountUser::write`].
pub(crate) async fn send<O: AccountOperation>(
    caller: &AccountUser<O>,
    identifier: Identifier,
    asked: Option<CodeTemplate>,
) -> Result<CreatedVerification, ApiError> {
    send_as(caller, id::entity_id(&caller.request().app.rng), identifier, asked).await
}

/// As [`send`], with the id of the record. One of the person with this id is replaced.
///
/// # Errors
/// As [`send`].
pub(crate) async fn send_as<O: AccountOperation>(
    caller: &AccountUser<O>,
    verification_id: String,
    identifier: Identifier,
    asked: Option<CodeTemplate>,
) -> Result<CreatedVerification, ApiError> {
    let (request, unit) = (caller.request().clone(), caller.unit());
    let record_id = verification_id.clone();
    let inner = request.clone();
    let prepared = unit.write(move |work, user| prepare(work, &inner, &user, record_id, identifier, asked)).await;
    let prepared = prepared.map_err(|error: StepError| ApiError::from(error))?.ok_or_else(message_limited)?;
    let PreparedCode { channel, message, expires_at } = prepared;
    let network = request.ip.network();
    connectors::deliver(&request.app, request.tenant_id(), network, Some(channel), &message).await?;
    Ok(CreatedVerification { verification_record_id: verification_id, expires_at: expires_at.iso8601() })
}

/// Makes record and code. None means that the recipient, or who asks, gets no more messages for now.
fn prepare(
    work: &Work<'_>,
    request: &RequestContext,
    user: &User,
    verification_id: String,
    identifier: Identifier,
    asked: Option<CodeTemplate>,
) -> Result<Option<PreparedCode>, StepError> {
    let own = match identifier.kind {
        IdentifierType::Phone => &user.primary_phone,
        IdentifierType::Email | IdentifierType::Username => &user.primary_email,
    };
    // A code to the address as it is stored, not to another one that looks or folds alike (attack C6).
    let own = own.as_ref().map(|own| Identifier::new(identifier.kind, own.as_str()));
    let own = own.filter(|own| own.canonical() == identifier.canonical());
    let purpose = Purpose::of(own.is_some(), asked);
    let identifier = match own {
        Some(own) => own,
        None => new_identifier(request, &identifier)?,
    };
    let (kind, recipient) = match identifier.kind {
        IdentifierType::Phone => (ConnectorType::Sms, Recipient::Phone(identifier.value.clone())),
        IdentifierType::Email | IdentifierType::Username => {
            (ConnectorType::Email, Recipient::Email(identifier.value.clone()))
        }
    };
    let channel = connectors::channel(work, &request.app, kind)?;
    if !MessageLimits::of(&request.config).count(work, &identifier, request.ip.network())? {
        let body = || EventBody::default().with("action", CODE_SEND).with("recipient", identifier.value.clone());
        if message_limit::may_announce(work, &identifier, request.ip.network())? {
            work.emit(EventKind::MessageRateLimited, body)?;
        }
        return Ok(None);
    }
    let key = CodeKey::of_record(&verification_id, &identifier);
    let question = Code { template_type: purpose.template.to_owned(), identifier: identifier.clone() };
    let record = record_of(identifier.kind, Pending::new(verification_id.as_str(), question).into());
    let expires_at = records::insert(work, &user.id, &record)?;
    let order = CodeOrder {
        verification_id: &verification_id,
        recipient,
        usage: purpose.usage,
        policy: request.config.policy.experience.verification_code_policy,
        user: Some(user),
    };
    let message = key.message(work, request, order)?;
    Ok(Some(PreparedCode { channel, message, expires_at }))
}

/// An address or number that the person may want to make their own, in the form in which it would be stored.
fn new_identifier(request: &RequestContext, typed: &Identifier) -> Result<Identifier, ApiError> {
    let value = match typed.kind {
        IdentifierType::Phone => {
            validate::phone(&typed.value)?;
            typed.canonical()
        }
        IdentifierType::Email | IdentifierType::Username => {
            validate::email(&typed.value)?;
            let policy = &request.config.policy;
            policy.require_new_email_allowed(&typed.value).map_err(|error| to_api_error(&error))?;
            flow::unicode::normalize_identifier(&typed.value)
        }
    };
    Ok(Identifier::new(typed.kind, value))
}

async fn prove_code(
    caller: AccountUser<ProveCode>,
    RequestBody(body): RequestBody<SentCodeAnswer>,
) -> Result<Json<VerifiedRecord>, ApiError> {
    let (identifier, verification_id) = (to_identifier(body.identifier), body.verification_id);
    prove(&caller, identifier, &verification_id, &body.code.0).await?;
    Ok(Json(VerifiedRecord { verification_record_id: verification_id }))
}

/// Verifies a record by the code that was sent for it.
///
/// # Errors
/// 400 `verification_code.*` for a code that is not it; 400 `verification_record.not_found`; as [`AccountUser::write`].
pub(crate) async fn prove<O: AccountOperation>(
    caller: &AccountUser<O>,
    identifier: Identifier,
    verification_id: &str,
    code: &str,
) -> Result<(), ApiError> {
    let (request, record_id) = (caller.request(), verification_id.to_owned());
    let experience = &request.config.policy.experience;
    let attempt = Attempt {
        key: LimitKey::for_identifier(identifier.clone(), experience.sentinel_policy),
        wrong: FlowError::VerificationCodeMismatch,
        place: caller.unit(),
    };
    let key = CodeKey::of_record(&record_id, &identifier);
    let policy = experience.verification_code_policy;
    let (read_key, read_id, is_empty) = (key.clone(), record_id.clone(), code.is_empty());
    let read = move |work: &Work<'_>, user: &User| {
        pending(work, user, &read_id, &identifier)?;
        if is_empty {
            return Err(not_found().into());
        }
        read_key.begin_try(work, &read_id, policy)
    };
    let compare = async |sent: String| Ok(id::constant_time_eq(&sent, code).then_some(true));
    let accept = move |work: &Work<'_>, user: &User, is_right: Counted<bool>| {
        let record = records::find(work, &user.id, &record_id)?.ok_or_else(record_not_found)?;
        let (VerificationRecord::EmailVerificationCode(Verification::Pending(pending))
        | VerificationRecord::PhoneVerificationCode(Verification::Pending(pending))) = record
        else {
            return Err(not_found().into());
        };
        key.consume(work, &record_id)?;
        let kind = pending.question.identifier.kind;
        let failed = |_| to_api_error(&FlowError::VerificationCodeMismatch);
        let proven = pending.prove(is_right).map_err(failed)?;
        records::update(work, &user.id, &record_of(kind, proven.into()))?;
        Ok::<_, StepError>(Some(()))
    };
    attempt.run::<String, bool, (), _>(read, compare, accept).await
}

/// Checks that this record of the user waits for a code to this address.
fn pending(work: &Work<'_>, user: &User, id: &str, identifier: &Identifier) -> Result<(), ApiError> {
    let record = records::find(work, &user.id, id)?.ok_or_else(record_not_found)?;
    let (VerificationRecord::EmailVerificationCode(known) | VerificationRecord::PhoneVerificationCode(known)) = record
    else {
        return Err(record_not_found());
    };
    require_sent_to(&known, identifier)
}

fn not_found() -> ApiError {
    ApiError::bad_request("verification_code.not_found")
}

fn record_not_found() -> ApiError {
    ApiError::bad_request(ErrorCode::VerificationRecordNotFound)
}
