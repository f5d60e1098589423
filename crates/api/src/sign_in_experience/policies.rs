//! The policies inside the sign-in experience, with their limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::BoundedNumber;

/// Rules for new passwords.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<PasswordLength>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub character_types: Option<CharacterTypes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejects: Option<PasswordRejects>,
}

/// Limits in UTF-16 units, the length that browsers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PasswordLength {
    pub min: BoundedNumber<1, 256>,
    pub max: BoundedNumber<1, 256>,
}

impl Default for PasswordLength {
    fn default() -> Self {
        Self { min: BoundedNumber(8), max: BoundedNumber(256) }
    }
}

/// How many of lower case, upper case, digits and symbols a password needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CharacterTypes {
    pub min: BoundedNumber<1, 4>,
}

impl Default for CharacterTypes {
    fn default() -> Self {
        Self { min: BoundedNumber(1) }
    }
}

/// What makes a password guessable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct PasswordRejects {
    pub pwned: bool,
    pub repetition_and_sequence: bool,
    pub user_info: bool,
    pub words: Vec<String>,
}

impl Default for PasswordRejects {
    fn default() -> Self {
        Self { pwned: true, repetition_and_sequence: true, user_info: true, words: Vec::new() }
    }
}

/// When a password must be replaced; never unless enabled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdatePasswordExpiration {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_period_days: Option<i64>,
}

/// When a password must be replaced, and since when that is so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordExpiration {
    #[serde(flatten)]
    pub settings: UpdatePasswordExpiration,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<i64>,
}

/// Rules for usernames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct UsernamePolicy {
    pub case_sensitive: bool,
    pub min_length: BoundedNumber<1, 128>,
    pub max_length: BoundedNumber<1, 128>,
    pub allowed_chars: AllowedCharacters,
}

impl Default for UsernamePolicy {
    fn default() -> Self {
        Self {
            case_sensitive: true,
            min_length: BoundedNumber(1),
            max_length: BoundedNumber(128),
            allowed_chars: AllowedCharacters::default(),
        }
    }
}

/// Groups of characters that usernames may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AllowedCharacters {
    pub lowercase: bool,
    pub uppercase: bool,
    pub numbers: bool,
    pub underscore: bool,
}

impl Default for AllowedCharacters {
    fn default() -> Self {
        Self { lowercase: true, uppercase: true, numbers: true, underscore: true }
    }
}

/// Whether a captcha is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaptchaPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// When an identifier is locked after failures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentinelPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<BoundedNumber<1, 1_000_000>>,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lockout_duration: Option<BoundedNumber<1, 1_000_000>>,
}

/// Addresses that may not register.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailBlocklistPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_disposable_addresses: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_subaddressing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_allowlist: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_blocklist: Option<Vec<String>>,
}

/// How long a verification code lives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerificationCodePolicy {
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_duration: Option<BoundedNumber<60, 3600>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retry_attempts: Option<BoundedNumber<1, 100>>,
}
