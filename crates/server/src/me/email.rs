//! `/me/verification-codes` (inventory A081): the proof of an address that is to be the person's.

use ::api::account::CodeTemplate;
use ::api::me::{SendMyCode, VerifyMyCode};
use axum::http::StatusCode;
use flow::{Identifier, IdentifierType};

use crate::ApiError;
use crate::account::code_proof;
use crate::callers::MeUser;
use crate::http::RequestBody;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().post("/me/verification-codes", send_code).post("/me/verification-codes/verify", verify_code)
}

/// The id of the record of an address.
pub(super) fn record_id(caller: &MeUser, email: &Identifier) -> String {
    caller.record_id(&format!("email\n{}", email.canonical()))
}

fn to_identifier(email: ::api::format::Email) -> Identifier {
    Identifier::new(IdentifierType::Email, email.0)
}

async fn send_code(caller: MeUser, RequestBody(body): RequestBody<SendMyCode>) -> Result<StatusCode, ApiError> {
    let identifier = to_identifier(body.email);
    let record_id = record_id(&caller, &identifier);
    code_proof::send_as(&caller, record_id, identifier, Some(CodeTemplate::default())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn verify_code(caller: MeUser, RequestBody(body): RequestBody<VerifyMyCode>) -> Result<StatusCode, ApiError> {
    let identifier = to_identifier(body.email);
    let record_id = record_id(&caller, &identifier);
    code_proof::prove(&caller, identifier, &record_id, &body.verification_code.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
