//! The objects inside the sign-in experience. Members that may be absent have a default that the server knows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LanguageTag;
use crate::format::HexColor;
use crate::members::BoundedNumber;

/// Colours of the pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Color {
    pub primary_color: HexColor,
    pub is_dark_mode_enabled: bool,
    pub dark_primary_color: HexColor,
}

/// How the language of the pages is chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageInfo {
    pub auto_detect: bool,
    pub fallback_language: LanguageTag,
}

/// When the terms must be agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AgreeToTermsPolicy {
    Automatic,
    ManualRegistrationOnly,
    Manual,
}

/// Whether people may sign in, register, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SignInMode {
    SignIn,
    Register,
    SignInAndRegister,
}

/// What people sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SignInIdentifier {
    Username,
    Email,
    Phone,
}

/// An identifier, or the choice between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SignUpIdentifier {
    Username,
    Email,
    Phone,
    EmailOrPhone,
}

/// The ways in for people who have an account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    pub methods: Vec<SignInMethod>,
}

/// One identifier, and what proves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInMethod {
    pub identifier: SignInIdentifier,
    pub password: bool,
    pub verification_code: bool,
    pub is_password_primary: bool,
}

/// What a new account must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    pub identifiers: Vec<SignInIdentifier>,
    pub password: bool,
    pub verify: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_identifiers: Option<Vec<SecondaryIdentifier>>,
}

/// A further identifier that registration asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecondaryIdentifier {
    pub identifier: SignUpIdentifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<bool>,
}

/// What signing in with a social identity changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialSignIn {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic_account_linking: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_required_identifiers: Option<bool>,
}

/// Pages of the tenant's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomUiAssets {
    pub id: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// Origins that pages of the tenant's own may load from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomUiCsp {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script_src: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_src: Option<Vec<String>>,
}

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MfaFactor {
    Totp,
    WebAuthn,
    BackupCode,
    EmailVerificationCode,
    PhoneVerificationCode,
}

/// When people are asked for a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MfaPolicy {
    UserControlled,
    Mandatory,
    PromptOnlyAtSignIn,
    PromptAtSignInAndSignUp,
    NoPrompt,
    PromptAtSignInAndSignUpMandatory,
    PromptOnlyAtSignInMandatory,
}

/// What an organization that requires a second factor adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OrganizationMfaPolicy {
    NoPrompt,
    Mandatory,
}

/// Second factors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mfa {
    pub factors: Vec<MfaFactor>,
    pub policy: MfaPolicy,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_required_mfa_policy: Option<OrganizationMfaPolicy>,
    /// Whether who signs in at an enterprise is asked for a factor here as well. Off where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_mfa_after_sso: Option<bool>,
}

/// Whether a second factor is asked for only when a sign-in is unusual.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdaptiveMfa {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Whether a device where a second factor was shown stands for it later.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrustedDevicePolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// From 1 to 365; 30 where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_days: Option<BoundedNumber<1, 365>>,
}

/// How a forgotten password may be reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ForgotPasswordMethod {
    EmailVerificationCode,
    PhoneVerificationCode,
}

/// Signing in with a passkey alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasskeySignIn {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_passkey_button: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_autofill: Option<bool>,
}

/// A field of the catalogue of profile fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileFieldName {
    pub name: String,
}
