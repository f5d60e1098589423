//! `/api/verification-codes`: codes that prove an address or number outside of a sign-in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{Email, Phone};
use crate::members::BoundedText;
use crate::operation::Operation;

const TAG: &str = "Verification codes";
const PATH: &str = "/api/verification-codes";

/// Where to send a code: one of `email` and `phone`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreateVerificationCode {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// What the person typed: one of `email` and `phone`, and the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyVerificationCode {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    pub verification_code: BoundedText<1, 256>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::post(PATH, "CreateVerificationCode", TAG)
            .body::<CreateVerificationCode>()
            .statuses(&[204, 400, 429, 501]),
        Operation::post("/api/verification-codes/verify", "VerifyVerificationCode", TAG)
            .body::<VerifyVerificationCode>()
            .statuses(&[204, 400]),
    ]
}
