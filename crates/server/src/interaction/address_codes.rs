//! Codes that administrators have sent to any address or number, to prove it outside of a sign-in (inventory M303, M304).

use ::api::connectors::ConnectorType;
use ::api::verification_codes::{CreateVerificationCode, VerifyVerificationCode};
use axum::http::StatusCode;
use flow::{Identifier, IdentifierType};
use kernel::id;

use super::code_verification::message_limited;
use super::codes::CodeKey;
use super::message_limit::MessageLimits;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::connectors::{self, Channel, Message, Recipient, UsageType};
use crate::http::RequestBody;
use crate::http::validate::invalid_member;
use crate::routes::Routes;
use crate::work::Work;

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/verification-codes", send_code).post("/api/verification-codes/verify", verify_code)
}

async fn send_code(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<CreateVerificationCode>,
) -> Result<StatusCode, ApiError> {
    let identifier = address(body.email.map(|email| email.0), body.phone.map(|phone| phone.0))?;
    let (app, config) = (caller.app.clone(), caller.config.clone());
    let locale = caller.locale;
    let prepare = move |work: &Work<'_>| {
        let (kind, recipient) = match identifier.kind {
            IdentifierType::Phone => (ConnectorType::Sms, Recipient::Phone(identifier.canonical())),
            IdentifierType::Email | IdentifierType::Username => {
                (ConnectorType::Email, Recipient::Email(flow::unicode::normalize_identifier(&identifier.value)))
            }
        };
        let channel = connectors::channel(work, &app, kind)?;
        if !MessageLimits::of(&config).count_for_recipient(work, &identifier)? {
            return Ok(None);
        }
        let key = CodeKey::of_address(&identifier);
        let code = key.create(work, key.owner(), config.policy.experience.verification_code_policy)?;
        let message = Message::code(recipient, UsageType::Generic, &code, Some(locale.tag()));
        Ok::<Option<(Channel, Message)>, ApiError>(Some((channel, message)))
    };
    let (channel, message) = caller.write(prepare).await?.ok_or_else(message_limited)?;
    connectors::deliver(&caller.app, caller.tenant_id(), caller.ip.network(), Some(channel), &message).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn verify_code(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<VerifyVerificationCode>,
) -> Result<StatusCode, ApiError> {
    let identifier = address(body.email.map(|email| email.0), body.phone.map(|phone| phone.0))?;
    let key = CodeKey::of_address(&identifier);
    let policy = caller.config.policy.experience.verification_code_policy;
    let counted = key.clone();
    // Committed before the comparison: also a wrong answer was one.
    let sent =
        caller.write(move |work| counted.begin_try(work, counted.owner(), policy).map_err(ApiError::from)).await?;
    if !id::constant_time_eq(&sent, &body.verification_code) {
        return Err(ApiError::bad_request("verification_code.code_mismatch"));
    }
    let consume = move |work: &Work<'_>| key.consume(work, key.owner()).map_err(ApiError::from);
    caller.write(consume).await.map(|()| StatusCode::NO_CONTENT)
}

/// The one address of a request.
fn address(email: Option<String>, phone: Option<String>) -> Result<Identifier, ApiError> {
    match (email, phone) {
        (Some(value), None) => Ok(Identifier { kind: IdentifierType::Email, value }),
        (None, Some(value)) => Ok(Identifier { kind: IdentifierType::Phone, value }),
        _ => Err(invalid_member(&["email"], "Either email or phone must be there, not both.")),
    }
}
