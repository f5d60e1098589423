//! `/api/verifications`: proofs of who a person is, and that an address or number is theirs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{Email, Phone};
use crate::members::{BoundedText, JsonObject};

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

/// Where to send the person, to prove an account at a social provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialRequest {
    pub connector_id: String,
    /// Where the provider sends the person back to: an absolute URL without fragment.
    pub redirect_uri: String,
    /// Comes back with the person.
    pub state: BoundedText<1, 1024>,
    /// In place of the scopes of the connector, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<BoundedText<1, 1024>>,
}

/// A record that waits for a person who was sent to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentToProvider {
    pub verification_record_id: String,
    /// Send the browser there.
    pub authorization_uri: String,
    /// ISO 8601.
    pub expires_at: String,
}

/// What the provider sent back with the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialAnswer {
    pub verification_record_id: String,
    /// The parameters with which the browser came back.
    pub connector_data: JsonObject,
}
