//! Deserializes a patch of the settings: only known members, each of the right type (inventory M213). Rules between
//! members are in [`super::validation`].

use flow::SignInExperience;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::languages;
use crate::errors::ApiError;
use crate::http::body::deserialize_body;
use crate::http::validate::{Branding, invalid_member, require_color, require_web_url};

/// The members that a patch may have.
const MEMBERS: [&str; 32] = [
    "color",
    "branding",
    "hideLogtoBranding",
    "languageInfo",
    "termsOfUseUrl",
    "privacyPolicyUrl",
    "agreeToTermsPolicy",
    "signIn",
    "signUp",
    "socialSignIn",
    "socialSignInConnectorTargets",
    "signInMode",
    "customCss",
    "customContent",
    "customUiAssets",
    "customUiCsp",
    "passwordPolicy",
    "mfa",
    "adaptiveMfa",
    "singleSignOnEnabled",
    "supportEmail",
    "supportWebsiteUrl",
    "unknownSessionRedirectUrl",
    "captchaPolicy",
    "sentinelPolicy",
    "emailBlocklistPolicy",
    "verificationCodePolicy",
    "forgotPasswordMethods",
    "passkeySignIn",
    "signUpProfileFields",
    "passwordExpiration",
    "usernamePolicy",
];

/// The settings after a patch, and which members it had.
pub(super) struct PatchedSettings {
    pub settings: SignInExperience,
    members: Vec<String>,
}

impl PatchedSettings {
    /// Whether the patch had this member.
    pub fn has(&self, member: &str) -> bool {
        self.members.iter().any(|known| known == member)
    }
}

/// Applies the patch to the settings. Objects are replaced as a whole, unknown members are dropped.
///
/// # Errors
/// 400 `guard.invalid_input` with the place; 400 `request.invalid_input` for what only Logto's cloud offers;
/// 400 `sign_in_experiences.unsupported_default_language`.
pub(super) fn apply(current: &SignInExperience, patch: Map<String, Value>) -> Result<PatchedSettings, ApiError> {
    let mut merged = match serde_json::to_value(current) {
        Ok(Value::Object(members)) => members,
        _ => return Err(ApiError::internal("the sign-in experience is not an object")),
    };
    let mut members = Vec::new();
    for (name, value) in patch {
        if MEMBERS.contains(&name.as_str()) {
            merged.insert(name.clone(), normalize_member(&name, value)?);
            members.push(name);
        }
    }
    let settings = deserialize_body(Value::Object(merged))?;
    let patched = PatchedSettings { settings, members };
    check_limits(&patched)?;
    Ok(patched)
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct ColorSettings {
    primary_color: String,
    is_dark_mode_enabled: bool,
    dark_primary_color: String,
}

#[derive(Deserialize)]
struct ColorMember {
    color: ColorSettings,
}

#[derive(Deserialize)]
struct BrandingMember {
    branding: Branding,
}

#[derive(Deserialize, Serialize)]
struct AdaptiveMfaSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdaptiveMfaMember {
    adaptive_mfa: AdaptiveMfaSettings,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomUiAssets {
    id: String,
    created_at: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomUiAssetsMember {
    custom_ui_assets: Option<CustomUiAssets>,
}

/// Validates members that the settings keep as plain JSON, and maps empty strings that clear a member to null.
fn normalize_member(name: &str, value: Value) -> Result<Value, ApiError> {
    let member = |value| json!({ name: value });
    Ok(match name {
        "color" => {
            let ColorMember { color } = deserialize_body(member(value))?;
            require_color(&["color", "primaryColor"], &color.primary_color)?;
            require_color(&["color", "darkPrimaryColor"], &color.dark_primary_color)?;
            json!(color)
        }
        "branding" => {
            let BrandingMember { branding } = deserialize_body(member(value))?;
            branding.check()?;
            json!(branding)
        }
        "adaptiveMfa" => json!(deserialize_body::<AdaptiveMfaMember>(member(value))?.adaptive_mfa),
        "customUiAssets" => json!(deserialize_body::<CustomUiAssetsMember>(member(value))?.custom_ui_assets),
        "customUiCsp" if value != json!({}) => return Err(ApiError::bad_request("request.invalid_input")),
        // Unknown targets are dropped silently, and no connector exists yet.
        "socialSignInConnectorTargets" if value.is_array() => json!([]),
        "termsOfUseUrl"
        | "privacyPolicyUrl"
        | "supportEmail"
        | "supportWebsiteUrl"
        | "unknownSessionRedirectUrl"
        | "customCss"
            if value == "" =>
        {
            Value::Null
        }
        _ => value,
    })
}

fn check_limits(patched: &PatchedSettings) -> Result<(), ApiError> {
    let settings = &patched.settings;
    for (name, value) in [
        ("termsOfUseUrl", &settings.terms_of_use_url),
        ("privacyPolicyUrl", &settings.privacy_policy_url),
        ("supportWebsiteUrl", &settings.support_website_url),
        ("unknownSessionRedirectUrl", &settings.unknown_session_redirect_url),
    ] {
        if let (true, Some(value)) = (patched.has(name), value) {
            require_web_url(&[name], value)?;
        }
    }
    if let (true, Some(address)) = (patched.has("supportEmail"), &settings.support_email) {
        let well_formed = address.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !address.contains(char::is_whitespace) && address.len() <= 256
        });
        if !well_formed {
            return Err(invalid_member(&["supportEmail"], "expected an e-mail address"));
        }
    }
    if let Some(path) = settings.custom_content.iter().find(|(_, text)| !text.is_string()) {
        return Err(invalid_member(&["customContent", path.0], "expected text"));
    }
    let fallback = settings.language_info.fallback_language.as_str();
    if patched.has("languageInfo") && !languages::is_known(fallback) {
        return Err(invalid_member(&["languageInfo", "fallbackLanguage"], "unknown language tag"));
    }
    if patched.has("languageInfo") && !languages::is_ui_language(fallback) {
        return Err(ApiError::bad_request("sign_in_experiences.unsupported_default_language"));
    }
    if patched.has("hideLogtoBranding") && settings.hide_logto_branding {
        return Err(ApiError::bad_request("request.invalid_input"));
    }
    check_numbers(settings)
}

fn check_numbers(settings: &SignInExperience) -> Result<(), ApiError> {
    let (password, username) = (&settings.password_policy, &settings.username_policy);
    let (sentinel, code) = (&settings.sentinel_policy, &settings.verification_code_policy);
    let limits: [(&[&str], Option<i64>, i64, i64); 9] = [
        (&["passwordPolicy", "length", "min"], password.length.map(|l| l.min), 1, 256),
        (&["passwordPolicy", "length", "max"], password.length.map(|l| l.max), 1, 256),
        (&["passwordPolicy", "characterTypes", "min"], password.character_types.map(|types| types.min), 1, 4),
        (&["usernamePolicy", "minLength"], Some(username.min_length), 1, 128),
        (&["usernamePolicy", "maxLength"], Some(username.max_length), username.min_length, 128),
        (&["sentinelPolicy", "maxAttempts"], sentinel.max_attempts, 1, 1_000_000),
        (&["sentinelPolicy", "lockoutDuration"], sentinel.lockout_duration, 1, 1_000_000),
        (&["verificationCodePolicy", "expirationDuration"], code.expiration_duration, 1, 86_400),
        (&["verificationCodePolicy", "maxRetryAttempts"], code.max_retry_attempts, 1, 1_000),
    ];
    for (path, value, least, most) in limits {
        if value.is_some_and(|value| !(least..=most).contains(&value)) {
            return Err(invalid_member(path, &format!("expected a whole number from {least} to {most}")));
        }
    }
    let characters = username.allowed_chars;
    if !(characters.lowercase || characters.uppercase || characters.numbers || characters.underscore) {
        return Err(invalid_member(&["usernamePolicy", "allowedChars"], "expected at least one kind of characters"));
    }
    Ok(())
}
