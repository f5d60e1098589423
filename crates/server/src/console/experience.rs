//! The sign-in experience between the API and the forms of the console: some of its members are lists of objects, of which a form asks
//! simple questions; and what is absent has a default, which a form must show.

use flow::experience::{
    CharacterTypes, PasswordLength, PasswordRejects, SentinelPolicy, TrustedDevicePolicy, VerificationCodePolicy,
};
use serde_json::{Map, Value, json};

use super::profile_fields;
use crate::pages::branding::PLACEHOLDER_LOGOS;

/// Its path in the API.
pub(super) const API: &str = "/api/sign-in-exp";

/// What proves an address, in the order in which it is asked for.
pub(super) const WAYS: &[&str] = &["password", "code", "passwordFirst", "codeFirst"];
/// The identifier of a new account.
pub(super) const SIGN_UP: &[&str] = &["username", "email", "phone", "emailOrPhone", "none"];
/// Identifiers that only the API can set: they stay as they are stored.
pub(super) const AS_SET: &str = "asSet";
pub(super) const FURTHER: &[&str] = &["username", "email", "phone", "emailOrPhone"];
pub(super) const IDENTIFIERS: &[&str] = &["username", "email", "phone"];
pub(super) const RESET: &[&str] = &["available", "email", "phone", "both", "none"];

/// The settings as forms show them.
pub(super) fn to_form(mut settings: Value) -> Value {
    fill(&mut settings, &defaults());
    let signs_in = sign_in_to_form(&settings["signIn"]);
    let registers = sign_up_to_form(&settings["signUp"]);
    let Value::Object(members) = &mut settings else { return settings };
    members.insert("signIn".to_owned(), signs_in);
    members.insert("signUp".to_owned(), registers);
    let reset = match names(members.get("forgotPasswordMethods")).as_slice() {
        _ if members.get("forgotPasswordMethods").is_none_or(Value::is_null) => "available",
        [] => "none",
        [only] if only == "EmailVerificationCode" => "email",
        [_] => "phone",
        _ => "both",
    };
    members.insert("forgotPasswordMethods".to_owned(), reset.into());
    let listed = profile_fields::listed(members.get("signUpProfileFields"));
    members.insert("signUpProfileFields".to_owned(), listed);
    if let Some(Value::Object(logos)) = members.get_mut("branding") {
        logos.retain(|_, url| !PLACEHOLDER_LOGOS.contains(&url.as_str().unwrap_or_default()));
    }
    settings
}

/// What forms hold, as the API takes it.
pub(super) fn to_api(mut body: Value) -> Value {
    let Value::Object(members) = &mut body else { return body };
    let kinds: [(&str, fn(&Value) -> Value); 4] = [
        ("signIn", sign_in_to_api),
        ("signUp", sign_up_to_api),
        ("forgotPasswordMethods", reset_to_api),
        ("signUpProfileFields", profile_fields::unlisted),
    ];
    for (name, to_api) in kinds {
        if let Some(member) = members.get_mut(name) {
            *member = to_api(member);
        }
    }
    // The server keeps it.
    if let Some(Value::Object(expiration)) = members.get_mut("passwordExpiration") {
        expiration.shift_remove("enabledAt");
    }
    body
}

/// The settings with a change that is not saved.
pub(super) fn merged(settings: Value, change: Value) -> Value {
    let (Value::Object(mut settings), Value::Object(change)) = (settings, change) else { return Value::Null };
    // An empty text clears a member, as it does in the API.
    settings.extend(change.into_iter().map(|(name, value)| (name, if value == "" { Value::Null } else { value })));
    Value::Object(settings)
}

fn defaults() -> Value {
    let (lock, codes) = (SentinelPolicy::default(), VerificationCodePolicy::default());
    json!({
        "mfa": {"organizationRequiredMfaPolicy": "NoPrompt"},
        "trustedDevice": {"durationDays": TrustedDevicePolicy::default().duration_days()},
        "passkeySignIn": {"showPasskeyButton": true, "allowAutofill": true},
        "passwordPolicy": {
            "length": PasswordLength::default(),
            "characterTypes": CharacterTypes::default(),
            "rejects": PasswordRejects::default(),
        },
        "sentinelPolicy": {"maxAttempts": lock.max_attempts(), "lockoutDuration": lock.lockout_seconds() / 60},
        "verificationCodePolicy": {
            "expirationDuration": codes.expiration_seconds(),
            "maxRetryAttempts": codes.max_retry_attempts(),
        },
    })
}

/// Puts defaults where members are absent.
fn fill(value: &mut Value, defaults: &Value) {
    match (value, defaults) {
        (Value::Object(members), Value::Object(defaults)) => {
            for (name, default) in defaults {
                fill(members.entry(name.clone()).or_insert(Value::Null), default);
            }
        }
        (value, default) if value.is_null() => *value = default.clone(),
        _ => {}
    }
}

/// The texts of a list.
fn names(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn sign_in_to_form(signs_in: &Value) -> Value {
    let methods = signs_in.get("methods").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut form =
        Map::from_iter([("email", "password"), ("phone", "password")].map(|(a, b)| (a.to_owned(), b.into())));
    for method in &methods {
        let has = |member: &str| method.get(member) == Some(&Value::Bool(true));
        let way = match (has("password"), has("verificationCode"), has("isPasswordPrimary")) {
            (true, true, true) => "passwordFirst",
            (true, true, false) => "codeFirst",
            (false, true, _) => "code",
            _ => "password",
        };
        form.insert(text(method, "identifier").to_owned(), way.into());
    }
    let order: Vec<&str> = methods.iter().map(|method| text(method, "identifier")).collect();
    form.insert("order".to_owned(), json!(order));
    Value::Object(form)
}

fn sign_in_to_api(form: &Value) -> Value {
    let method = |identifier: String| {
        let way = match identifier.as_str() {
            "username" => "password",
            identifier => text(form, identifier),
        };
        json!({
            "identifier": identifier,
            "password": way != "code",
            "verificationCode": !matches!(way, "password"),
            "isPasswordPrimary": matches!(way, "password" | "passwordFirst"),
        })
    };
    json!({"methods": names(form.get("order")).into_iter().map(method).collect::<Vec<_>>()})
}

/// The identifiers of new accounts as they are stored.
pub(super) fn identifiers(settings: &Value) -> Vec<String> {
    names(settings.pointer("/signUp/identifiers"))
}

fn sign_up_to_form(registers: &Value) -> Value {
    let identifiers = names(registers.get("identifiers"));
    let identifiers: Vec<&str> = identifiers.iter().map(String::as_str).collect();
    let first = match identifiers.as_slice() {
        [] => "none",
        [only] => only,
        ["email", "phone"] | ["phone", "email"] => "emailOrPhone",
        _ => AS_SET,
    };
    let further = registers.get("secondaryIdentifiers").and_then(Value::as_array);
    let further: Vec<&str> = further.into_iter().flatten().map(|entry| text(entry, "identifier")).collect();
    json!({
        "first": first,
        "password": registers["password"],
        "further": further,
        // What a form does not show goes back with it.
        "identifiers": registers["identifiers"],
        "verify": registers["verify"],
    })
}

/// Addresses and numbers are always proved: the API takes nothing else.
fn sign_up_to_api(form: &Value) -> Value {
    let identifiers: &[&str] = match text(form, "first") {
        "username" => &["username"],
        "email" => &["email"],
        "phone" => &["phone"],
        "emailOrPhone" => &["email", "phone"],
        _ => &[],
    };
    let (identifiers, verify) = match text(form, "first") {
        AS_SET => (form["identifiers"].clone(), form["verify"].clone()),
        _ => (json!(identifiers), identifiers.iter().any(|name| *name != "username").into()),
    };
    let further = names(form.get("further"));
    let further = further.iter().map(|name| json!({"identifier": name, "verify": name != "username"}));
    json!({
        "identifiers": identifiers,
        "password": form["password"],
        "verify": verify,
        "secondaryIdentifiers": further.collect::<Vec<_>>(),
    })
}

fn reset_to_api(form: &Value) -> Value {
    let (email, phone) = ("EmailVerificationCode", "PhoneVerificationCode");
    match form.as_str() {
        Some("email") => json!([email]),
        Some("phone") => json!([phone]),
        Some("both") => json!([email, phone]),
        Some("none") => json!([]),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use flow::SignInExperience;

    use super::*;

    #[test]
    fn what_a_form_shows_is_what_it_sends() {
        let mut settings = json!(SignInExperience::initial("default"));
        settings["signIn"] = json!({"methods": [
            {"identifier": "email", "password": true, "verificationCode": true, "isPasswordPrimary": false},
            {"identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true},
            {"identifier": "phone", "password": false, "verificationCode": true, "isPasswordPrimary": false},
        ]});
        settings["signUp"] = json!({
            "identifiers": ["email", "phone"], "password": false, "verify": true,
            "secondaryIdentifiers": [{"identifier": "username", "verify": false}],
        });
        for (methods, fields) in [
            (json!(null), json!(null)),
            (json!([]), json!([])),
            (json!(["PhoneVerificationCode"]), json!([{"name": "nickname"}, {"name": "fullname"}])),
            (json!(["EmailVerificationCode", "PhoneVerificationCode"]), json!(null)),
        ] {
            settings["forgotPasswordMethods"] = methods;
            settings["signUpProfileFields"] = fields;
            let sent = to_api(to_form(settings.clone()));
            for member in ["signIn", "signUp", "forgotPasswordMethods", "signUpProfileFields"] {
                assert_eq!(sent[member], settings[member], "{member}");
            }
        }
    }

    #[test]
    fn identifiers_that_a_form_cannot_set_stay() {
        for identifiers in [json!(["username", "email"]), json!(["username", "email", "phone"])] {
            let registers = json!({
                "identifiers": identifiers, "password": true, "verify": true, "secondaryIdentifiers": [],
            });
            let form = sign_up_to_form(&registers);
            assert_eq!(form["first"], AS_SET);
            assert_eq!(sign_up_to_api(&form), registers);
        }
        let form = sign_up_to_form(&json!({"identifiers": ["phone", "email"]}));
        assert_eq!(form["first"], "emailOrPhone");
    }

    #[test]
    fn a_form_shows_the_defaults_of_what_is_absent() {
        let form = to_form(json!(SignInExperience::initial("default")));
        assert_eq!(form["passwordPolicy"]["rejects"]["pwned"], true);
        assert_eq!(form["passwordPolicy"]["length"], json!({"min": 8, "max": 256}));
        assert_eq!(form["sentinelPolicy"], json!({"maxAttempts": 100, "lockoutDuration": 60}));
        assert_eq!(form["passkeySignIn"]["allowAutofill"], true);
        assert_eq!(form["branding"], json!({}));
    }

    #[test]
    fn an_empty_text_clears_a_member() {
        let settings = merged(json!({"customCss": "a", "b": 1}), json!({"customCss": ""}));
        assert_eq!(settings, json!({"customCss": null, "b": 1}));
    }
}
