//! `/api/sign-in-exp`: the settings of sign-in, sign-up, password reset and branding.

mod language;
mod operations;
mod policies;
mod settings;

use std::collections::BTreeMap;

pub use language::LanguageTag;
pub use operations::operations;
pub use policies::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use settings::*;

use crate::format::{EmailOrEmpty, WebUrlOrEmpty};
use crate::look::Branding;
use crate::members::{JsonObject, Patch};

/// The settings of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInExperience {
    pub tenant_id: String,
    pub id: String,
    pub color: Color,
    pub branding: Branding,
    pub hide_logto_branding: bool,
    pub language_info: LanguageInfo,
    pub terms_of_use_url: Option<String>,
    pub privacy_policy_url: Option<String>,
    pub agree_to_terms_policy: AgreeToTermsPolicy,
    pub sign_in: SignIn,
    pub sign_up: SignUp,
    pub social_sign_in: SocialSignIn,
    pub social_sign_in_connector_targets: Vec<String>,
    pub sign_in_mode: SignInMode,
    pub custom_css: Option<String>,
    /// Texts by the path of their page.
    pub custom_content: BTreeMap<String, String>,
    pub custom_ui_assets: Option<CustomUiAssets>,
    pub custom_ui_csp: CustomUiCsp,
    pub password_policy: PasswordPolicy,
    pub mfa: Mfa,
    pub adaptive_mfa: AdaptiveMfa,
    /// Absent until it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_device: Option<TrustedDevicePolicy>,
    pub single_sign_on_enabled: bool,
    pub support_email: Option<String>,
    pub support_website_url: Option<String>,
    pub unknown_session_redirect_url: Option<String>,
    pub captcha_policy: CaptchaPolicy,
    pub sentinel_policy: SentinelPolicy,
    pub email_blocklist_policy: EmailBlocklistPolicy,
    pub verification_code_policy: VerificationCodePolicy,
    /// Null is every method that has a connector.
    pub forgot_password_methods: Option<Vec<ForgotPasswordMethod>>,
    pub passkey_sign_in: PasskeySignIn,
    /// Null is the whole catalogue, in its own order.
    pub sign_up_profile_fields: Option<Vec<ProfileFieldName>>,
    pub password_expiration: PasswordExpiration,
    pub username_policy: UsernamePolicy,
}

/// Changes of the settings. Objects are replaced as a whole; an empty text clears a member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSignInExperience {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branding: Option<Branding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_logto_branding: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language_info: Option<LanguageInfo>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub terms_of_use_url: Patch<WebUrlOrEmpty>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub privacy_policy_url: Patch<WebUrlOrEmpty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agree_to_terms_policy: Option<AgreeToTermsPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_up: Option<SignUp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_sign_in: Option<SocialSignIn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_sign_in_connector_targets: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_mode: Option<SignInMode>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub custom_css: Patch<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_content: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub custom_ui_assets: Patch<CustomUiAssets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_ui_csp: Option<CustomUiCsp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_policy: Option<PasswordPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa: Option<Mfa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adaptive_mfa: Option<AdaptiveMfa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_device: Option<TrustedDevicePolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_sign_on_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub support_email: Patch<EmailOrEmpty>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub support_website_url: Patch<WebUrlOrEmpty>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub unknown_session_redirect_url: Patch<WebUrlOrEmpty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captcha_policy: Option<CaptchaPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentinel_policy: Option<SentinelPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_blocklist_policy: Option<EmailBlocklistPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_code_policy: Option<VerificationCodePolicy>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub forgot_password_methods: Patch<Vec<ForgotPasswordMethod>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey_sign_in: Option<PasskeySignIn>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub sign_up_profile_fields: Patch<Vec<ProfileFieldName>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_expiration: Option<UpdatePasswordExpiration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_policy: Option<UsernamePolicy>,
}

/// The query of `PATCH /api/sign-in-exp`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateSignInExperienceQuery {
    /// Has no effect: there is no demo connector.
    pub remove_unused_demo_social_connector: Option<String>,
}

/// A password to check against the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckPassword {
    pub password: String,
    /// Whose password it would be: some policies look at the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// Whether a password fits the policy, and else why not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PasswordCheck {
    pub result: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issues: Option<Vec<PasswordIssue>>,
}

/// One reason against a password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PasswordIssue {
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpolation: Option<JsonObject>,
}

/// The query of `GET /api/sign-in-exp/username-policy/case-sensitivity-conflicts`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListUsernameConflictsQuery {
    /// From 1 to 100; 20 when absent.
    pub limit: Option<i64>,
}

/// Usernames that differ in case alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsernameConflicts {
    pub total_conflicts: i64,
    pub samples: Vec<UsernameConflict>,
}

/// Users whose names are the same in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsernameConflict {
    pub username_lower: String,
    pub user_ids: Vec<String>,
}
