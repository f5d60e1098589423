//! The sign-in experience: the settings which say who may sign in, register and reset, and how (inventory E056 to E067,
//! D112). The members are those of the Management API; what an empty object leaves out has a default behind a method, so
//! that stored JSON comes back exactly as it was.

mod blocklist;
mod policies;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use blocklist::is_email_pattern;
pub use policies::{
    AllowedCharacters, CaptchaPolicy, CharacterTypes, EmailBlocklistPolicy, PasskeySignIn, PasswordExpiration,
    PasswordLength, PasswordPolicy, PasswordRejects, SentinelPolicy, TrustedDevicePolicy, UsernamePolicy,
    VerificationCodePolicy,
};

use crate::identifier::IdentifierType;
use crate::mfa::MfaSettings;

/// The settings of one tenant, as `GET /api/sign-in-exp` shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInExperience {
    pub tenant_id: String,
    pub id: String,
    pub color: Value,
    pub branding: Value,
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
    pub custom_content: Map<String, Value>,
    pub custom_ui_assets: Option<Value>,
    pub custom_ui_csp: Value,
    pub password_policy: PasswordPolicy,
    pub mfa: MfaSettings,
    pub adaptive_mfa: Value,
    /// Absent until an administrator sets it.
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
    /// `None` means every method that has a connector.
    pub forgot_password_methods: Option<Vec<ForgotPasswordMethod>>,
    pub passkey_sign_in: PasskeySignIn,
    /// `None` means the whole catalogue of custom profile fields, in its own order.
    pub sign_up_profile_fields: Option<Vec<ProfileFieldName>>,
    pub password_expiration: PasswordExpiration,
    pub username_policy: UsernamePolicy,
}

impl SignInExperience {
    /// The settings of a new tenant (inventory D112).
    pub fn initial(tenant_id: &str) -> Self {
        Self {
            tenant_id: tenant_id.to_owned(),
            id: "default".to_owned(),
            color: serde_json::json!({
                "primaryColor": "#6139F6", "isDarkModeEnabled": false, "darkPrimaryColor": "#8768F8"
            }),
            branding: serde_json::json!({
                "logoUrl": "https://logto.io/logo.svg", "darkLogoUrl": "https://logto.io/logo-dark.svg"
            }),
            hide_logto_branding: false,
            language_info: LanguageInfo { auto_detect: true, fallback_language: "en".to_owned() },
            terms_of_use_url: None,
            privacy_policy_url: None,
            agree_to_terms_policy: AgreeToTermsPolicy::Automatic,
            sign_in: SignIn { methods: vec![SignInMethod::password(IdentifierType::Username)] },
            sign_up: SignUp {
                identifiers: vec![IdentifierType::Username],
                password: true,
                verify: false,
                secondary_identifiers: None,
            },
            social_sign_in: SocialSignIn::default(),
            social_sign_in_connector_targets: Vec::new(),
            sign_in_mode: SignInMode::SignInAndRegister,
            custom_css: None,
            custom_content: Map::new(),
            custom_ui_assets: None,
            custom_ui_csp: Value::Object(Map::new()),
            password_policy: PasswordPolicy::default(),
            mfa: MfaSettings::default(),
            adaptive_mfa: Value::Object(Map::new()),
            trusted_device: None,
            single_sign_on_enabled: false,
            support_email: None,
            support_website_url: None,
            unknown_session_redirect_url: None,
            captcha_policy: CaptchaPolicy::default(),
            sentinel_policy: SentinelPolicy::default(),
            email_blocklist_policy: EmailBlocklistPolicy::default(),
            verification_code_policy: VerificationCodePolicy::default(),
            forgot_password_methods: Some(Vec::new()),
            passkey_sign_in: PasskeySignIn::default(),
            sign_up_profile_fields: None,
            password_expiration: PasswordExpiration::default(),
            username_policy: UsernamePolicy::default(),
        }
    }
}

/// How the language of the pages is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LanguageInfo {
    pub auto_detect: bool,
    pub fallback_language: String,
}

/// When the terms must be agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgreeToTermsPolicy {
    Automatic,
    ManualRegistrationOnly,
    Manual,
}

/// Which events the tenant offers (E043).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInMode {
    SignIn,
    Register,
    SignInAndRegister,
}

/// The ways in for people who have an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub methods: Vec<SignInMethod>,
}

/// One identifier and what proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInMethod {
    pub identifier: IdentifierType,
    pub password: bool,
    pub verification_code: bool,
    pub is_password_primary: bool,
}

impl SignInMethod {
    /// The identifier with a password and nothing else.
    pub fn password(identifier: IdentifierType) -> Self {
        Self { identifier, password: true, verification_code: false, is_password_primary: true }
    }
}

/// What a new account must have (E056).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignUp {
    pub identifiers: Vec<IdentifierType>,
    pub password: bool,
    pub verify: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_identifiers: Option<Vec<SecondaryIdentifier>>,
}

impl SignUp {
    /// Whether a new account has, or may have, an identifier of this type.
    pub fn asks_for(&self, identifier: IdentifierType) -> bool {
        let further = self.secondary_identifiers.iter().flatten().map(|further| further.identifier);
        self.identifiers.contains(&identifier)
            || further.into_iter().any(|further| match further {
                SignUpIdentifier::Username => identifier == IdentifierType::Username,
                SignUpIdentifier::Email => identifier == IdentifierType::Email,
                SignUpIdentifier::Phone => identifier == IdentifierType::Phone,
                SignUpIdentifier::EmailOrPhone => identifier != IdentifierType::Username,
            })
    }
}

/// A further identifier asked for at registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondaryIdentifier {
    pub identifier: SignUpIdentifier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<bool>,
}

/// An identifier, or the choice between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignUpIdentifier {
    Username,
    Email,
    Phone,
    EmailOrPhone,
}

/// What signing in with a social identity changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocialSignIn {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic_account_linking: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_required_identifiers: Option<bool>,
}

/// How a forgotten password may be reset (E045).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForgotPasswordMethod {
    EmailVerificationCode,
    PhoneVerificationCode,
}

/// A field of the catalogue, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileFieldName {
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_settings_are_those_of_the_contract_and_survive_storage() {
        let defaults: Value = serde_json::from_str(include_str!("../../../../docs/contract/defaults.json")).unwrap();
        let contract = defaults["sign-in-exp"].clone();
        let initial = SignInExperience::initial("default");
        assert_eq!(serde_json::to_value(&initial).unwrap(), contract);
        assert_eq!(serde_json::from_value::<SignInExperience>(contract).unwrap(), initial);
    }
}
