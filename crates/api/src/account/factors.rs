//! The second factors of a person, and the registration of passkeys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedText, JsonObject};

/// A factor that a person binds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum AddMfaVerification {
    #[serde(rename_all = "camelCase")]
    WebAuthn {
        /// The id of the record of its registration.
        new_identifier_verification_record_id: String,
        /// What its owner calls it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<BoundedText<0, 64>>,
    },
    Totp {
        /// The seed in base32.
        secret: BoundedText<0, 256>,
        /// A code of the app, which shows that it has the seed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<BoundedText<0, 64>>,
    },
    BackupCode {
        /// Ten hexadecimal characters each; they take the place of those of before.
        codes: Vec<String>,
    },
}

/// An authenticator app, which takes the place of the bound one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplaceTotp {
    /// The seed in base32.
    pub secret: BoundedText<0, 256>,
    /// A code of the app.
    pub code: BoundedText<0, 64>,
}

/// A new seed for an authenticator app. It is bound by nothing yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TotpSecret {
    /// In base32.
    pub secret: String,
}

/// New backup codes. They are bound by nothing yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewBackupCodes {
    pub codes: Vec<String>,
}

/// The backup codes of a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MyBackupCodes {
    pub codes: Vec<MyBackupCode>,
}

/// A backup code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyBackupCode {
    pub code: String,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<String>,
}

/// What a person calls a passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasskeyName {
    pub name: BoundedText<1, 64>,
}

/// A passkey that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunPasskeyRegistration {
    pub verification_record_id: String,
    /// What the browser takes to make a passkey, in the JSON form of WebAuthn.
    pub registration_options: JsonObject,
    /// ISO 8601.
    pub expires_at: String,
}

/// What the browser answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerPasskeyRegistration {
    pub verification_record_id: String,
    /// What the browser answered, in the JSON form of WebAuthn.
    pub payload: PasskeyPayload,
}

/// What the browser answered, in the JSON form of WebAuthn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyPayload {
    #[serde(rename = "type")]
    pub kind: PasskeyPayloadType,
    pub id: String,
    pub raw_id: String,
    /// The answer of the authenticator.
    pub response: JsonObject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator_attachment: Option<String>,
    pub client_extension_results: JsonObject,
}

/// The only type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PasskeyPayloadType {
    WebAuthn,
}
