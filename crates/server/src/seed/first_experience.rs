//! The settings that a new tenant's sign-in experience has.

use serde_json::{Value, json};

/// The sign-in experience of a new tenant (inventory D112, D113; `docs/contract/defaults.json`), without logo URLs: the
/// pages have their own logo and load nothing from other hosts.
pub(super) fn sign_in_experience(is_admin: bool) -> Value {
    let mfa = match is_admin {
        true => json!({
            "factors": ["Totp", "WebAuthn", "BackupCode"],
            "policy": "NoPrompt",
            "organizationRequiredMfaPolicy": "Mandatory",
        }),
        false => json!({"factors": [], "policy": "UserControlled"}),
    };
    json!({
        "color": {"primaryColor": "#6139F6", "isDarkModeEnabled": is_admin, "darkPrimaryColor": "#8768F8"},
        "branding": {},
        "hideLogtoBranding": false,
        "languageInfo": {"autoDetect": true, "fallbackLanguage": "en"},
        "termsOfUseUrl": null,
        "privacyPolicyUrl": null,
        "agreeToTermsPolicy": "Automatic",
        "signIn": {"methods": [
            {"identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true}
        ]},
        "signUp": {"identifiers": ["username"], "password": true, "verify": false},
        "socialSignIn": {},
        "socialSignInConnectorTargets": [],
        "signInMode": if is_admin { "Register" } else { "SignInAndRegister" },
        "customCss": null,
        "customContent": {},
        "customUiAssets": null,
        "customUiCsp": {},
        "passwordPolicy": {},
        "mfa": mfa,
        "adaptiveMfa": {},
        "singleSignOnEnabled": false,
        "supportEmail": null,
        "supportWebsiteUrl": null,
        "unknownSessionRedirectUrl": null,
        "captchaPolicy": {},
        "sentinelPolicy": {},
        "emailBlocklistPolicy": {},
        "verificationCodePolicy": {},
        "forgotPasswordMethods": [],
        "passkeySignIn": {},
        "signUpProfileFields": null,
        "passwordExpiration": {},
        "usernamePolicy": {
            "caseSensitive": true,
            "minLength": 1,
            "maxLength": 128,
            "allowedChars": {"lowercase": true, "uppercase": true, "numbers": true, "underscore": true}
        }
    })
}
