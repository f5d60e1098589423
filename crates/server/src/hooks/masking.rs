//! Secrets in what is logged of requests and answers (attack E7).

use serde_json::{Map, Value};

const MASK: &str = "******";
/// Members whose names, in small letters and without separators, hold one of these.
const SECRETS: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "token",
    "authorization",
    "credential",
    "cookie",
    "privatekey",
    "apikey",
    "signingkey",
];
/// Members with one of these names.
const SECRET_NAMES: [&str; 3] = ["code", "otp", "pin"];

/// A value with the values of secret members replaced.
pub(super) fn masked(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(members) => {
            let mask = |(name, value): (&String, &Value)| {
                let is_told = value.is_null() || value.is_boolean() || !is_secret(name);
                (name.clone(), if is_told { masked(value) } else { MASK.into() })
            };
            Value::Object(members.iter().map(mask).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// A text, masked where it is JSON. What looks like JSON or a form, and can't be read, may hold anything: it was cut, too.
pub(super) fn masked_text(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => masked(&value).to_string(),
        Err(_) if text.contains(['{', '[', '=']) => "(left out: it can't be read)".to_owned(),
        Err(_) => text.to_owned(),
    }
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_NAMES.contains(&plain.as_str()) || SECRETS.iter().any(|secret| plain.contains(secret))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn e7_secrets_are_masked_at_every_depth() {
        let told = json!({
            "user": {"hasPassword": true, "customData": {"api_key": "k", "plan": "pro", "list": [{"Access-Token": "t"}]}},
            "identities": {"x": {"details": {"rawData": {"code": "c", "state": "s"}}}},
            "password": null,
        });
        let expected = json!({
            "user": {"hasPassword": true, "customData": {"api_key": MASK, "plan": "pro", "list": [{"Access-Token": MASK}]}},
            "identities": {"x": {"details": {"rawData": {"code": MASK, "state": "s"}}}},
            "password": null,
        });
        assert_eq!(masked(&told), expected);
        assert_eq!(masked_text(r#"{"client_secret":"x","ok":1}"#), r#"{"client_secret":"******","ok":1}"#);
        assert_eq!(masked_text("ok"), "ok");
        for cut in [r#"{"access_token":"x","ok":"#, "\u{feff}{\"token\":\"x\"}", "token=x&ok=1", r#"[{"pin":1}"#] {
            assert_eq!(masked_text(cut), "(left out: it can't be read)");
        }
    }
}
