//! `/api/verifications`: proofs of who a person is, and that an address or number is theirs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{Email, Phone};
use crate::members::BoundedText;

/// An address or number to which a code is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "value", rename_all = "camelCase")]
pub enum CodeIdentifier {
    Email(Email),
    Phone(Phone),
}

/// What a code to the person's own address or number is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CodeTemplate {
    BindMfa,
    #[default]
    UserPermissionValidation,
}

/// Where to send a code. To an address or number that is not the person's own goes a code to bind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendVerificationCode {
    pub identifier: CodeIdentifier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_type: Option<CodeTemplate>,
}

/// What the person typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentCodeAnswer {
    pub identifier: CodeIdentifier,
    pub verification_id: String,
    pub code: BoundedText<0, 256>,
}

/// A record that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedVerification {
    pub verification_record_id: String,
    /// ISO 8601.
    pub expires_at: String,
}

/// A record that proves something now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedRecord {
    pub verification_record_id: String,
}
