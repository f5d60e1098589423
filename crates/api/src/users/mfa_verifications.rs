//! Second factors of a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MfaFactorType {
    Totp,
    WebAuthn,
    BackupCode,
    EmailVerificationCode,
    PhoneVerificationCode,
}

/// A factor that a user has bound, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserMfaVerification {
    pub id: String,
    /// ISO 8601.
    pub created_at: String,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
    #[serde(rename = "type")]
    pub kind: MfaFactorType,
    /// The browser that a passkey was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The name of a passkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Backup codes that can still be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remain_codes: Option<usize>,
}

/// A factor that an administrator binds for a user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum CreateMfaVerification {
    Totp {
        /// The seed in base32; without it a new one is made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    BackupCode {
        /// Ten hexadecimal characters each; without them ten are made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        codes: Option<Vec<String>>,
    },
}

/// A factor that was bound, with the secret that the user needs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum CreatedMfaVerification {
    #[serde(rename_all = "camelCase")]
    Totp {
        secret: String,
        /// An image as a data URL.
        secret_qr_code: String,
    },
    BackupCode {
        codes: Vec<String>,
    },
}
