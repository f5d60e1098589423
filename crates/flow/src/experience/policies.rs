//! The policies inside the sign-in experience. Every member that the Management API lets out is an `Option` here; the
//! methods give the value in force.

use serde::{Deserialize, Serialize};

/// Rules for new passwords (E063).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<PasswordLength>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub character_types: Option<CharacterTypes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejects: Option<PasswordRejects>,
}

impl PasswordPolicy {
    /// The length limits in force.
    pub fn length(&self) -> PasswordLength {
        self.length.unwrap_or_default()
    }

    /// The least number of character types, 1 to 4.
    pub fn least_character_types(&self) -> i64 {
        self.character_types.unwrap_or_default().min
    }

    /// What is refused although it is long enough.
    pub fn rejects(&self) -> PasswordRejects {
        self.rejects.clone().unwrap_or_default()
    }
}

/// Limits in UTF-16 units, the length that browsers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordLength {
    pub min: i64,
    pub max: i64,
}

impl Default for PasswordLength {
    fn default() -> Self {
        Self { min: 8, max: 256 }
    }
}

/// How many of lower case, upper case, digits and symbols a password needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CharacterTypes {
    pub min: i64,
}

impl Default for CharacterTypes {
    fn default() -> Self {
        Self { min: 1 }
    }
}

/// What makes a password guessable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PasswordRejects {
    /// Common passwords, and those that a lookup over the network finds among breached ones.
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

/// When a password must be replaced (E065). Without `enabled: true` it never is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordExpiration {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_period_days: Option<i64>,
    /// Milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<i64>,
}

/// Rules for usernames (E062).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UsernamePolicy {
    pub case_sensitive: bool,
    pub min_length: i64,
    pub max_length: i64,
    pub allowed_chars: AllowedCharacters,
}

impl Default for UsernamePolicy {
    fn default() -> Self {
        Self { case_sensitive: true, min_length: 1, max_length: 128, allowed_chars: AllowedCharacters::default() }
    }
}

/// Character groups a username may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// When an identifier is locked after failures (E083).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentinelPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<i64>,
    /// Minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lockout_duration: Option<i64>,
}

impl SentinelPolicy {
    /// The failure with this number locks the identifier.
    pub fn max_attempts(&self) -> i64 {
        self.max_attempts.unwrap_or(100).max(1)
    }

    /// How long the lock lasts, in seconds.
    pub fn lockout_seconds(&self) -> i64 {
        self.lockout_duration.unwrap_or(60).max(1).saturating_mul(60)
    }
}

/// Whether a device where somebody showed a second factor may stand for it later (E077).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedDevicePolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_days: Option<i64>,
}

impl TrustedDevicePolicy {
    /// Whether devices are trusted at all.
    pub fn is_enabled(&self) -> bool {
        self.enabled == Some(true)
    }

    /// How long a device is trusted, in days.
    pub fn duration_days(&self) -> i64 {
        self.duration_days.unwrap_or(30).clamp(1, 365)
    }

    /// The same in seconds.
    pub fn duration_seconds(&self) -> i64 {
        self.duration_days() * 24 * 3600
    }
}

/// Whether a captcha is asked for (E085).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptchaPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Addresses which may not register (E047).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailBlocklistPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_disposable_addresses: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_subaddressing: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_allowlist: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_blocklist: Option<Vec<String>>,
}

/// Life of a verification code (E055).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationCodePolicy {
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_duration: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retry_attempts: Option<i64>,
}

impl VerificationCodePolicy {
    /// Seconds until a code dies.
    pub fn expiration_seconds(&self) -> i64 {
        self.expiration_duration.unwrap_or(600)
    }

    /// Wrong tries that a code survives.
    pub fn max_retry_attempts(&self) -> i64 {
        self.max_retry_attempts.unwrap_or(10)
    }
}

/// Signing in with a passkey alone (E075).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeySignIn {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_passkey_button: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_autofill: Option<bool>,
}

impl PasskeySignIn {
    /// Whether people may sign in with a passkey alone.
    pub fn is_enabled(&self) -> bool {
        self.enabled == Some(true)
    }
}
