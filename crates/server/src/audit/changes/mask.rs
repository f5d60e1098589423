//! Secrets in what is written down of a change (attack E7). Names say what a secret is; what is sealed says so itself.

use serde_json::Value;

const MASK: &str = "******";

/// Names of secrets end so; below them every text is one.
const SECRET_ENDINGS: [&str; 27] = [
    "secret",
    "secrets",
    "password",
    "token",
    "tokens",
    "key",
    "keys",
    "code",
    "codes",
    "digest",
    "hash",
    "salt",
    "encrypted",
    "ciphertext",
    "dek",
    "credential",
    "credentials",
    "authorization",
    "cookie",
    "pass",
    "assertion",
    "passphrase",
    "pwd",
    "passwd",
    "otp",
    "pin",
    "pem",
];
/// Settings of services, whose names are theirs.
const FOREIGN: [&str; 5] = ["config", "headers", "customheaders", "environmentvariables", "connectordata"];
/// The private members of a JSON Web Key (RFC 7518 section 6).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// A copy without secrets. Numbers, truth values and null stay: they tell what was changed.
pub(crate) fn masked(value: &Value) -> Value {
    inside(value, false)
}

fn inside(value: &Value, is_secret: bool) -> Value {
    match value {
        Value::String(text) if is_secret || is_sealed(text) => MASK.into(),
        Value::String(text) => without_password(text).into(),
        Value::Array(items) => items.iter().map(|item| inside(item, is_secret)).collect(),
        Value::Object(members) => {
            // One of application_secrets, and what callers give as {"name": …, "value": …} or with a key.
            let is_named = members.contains_key("name") || members.contains_key("key");
            let is_named_value = |name: &str| name == "value" && is_named;
            let of = |(name, member): (&String, &Value)| {
                (name.clone(), inside(member, is_secret || is_secret_name(name) || is_named_value(name)))
            };
            Value::Object(members.iter().map(of).collect())
        }
        other => other.clone(),
    }
}

fn is_secret_name(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || FOREIGN.contains(&name.as_str())
        || PRIVATE_MEMBERS.contains(&name.as_str())
}

fn is_sealed(text: &str) -> bool {
    text.starts_with("sealed1.")
}

/// A URL without its user, its password and its query: links hold tokens there.
fn without_password(text: &str) -> String {
    let has_secret = |url: &url::Url| url.query().is_some() || url.password().is_some() || !url.username().is_empty();
    match url::Url::parse(text) {
        Ok(mut url) if url.has_host() && has_secret(&url) => {
            url.set_query(url.query().is_some().then_some(MASK));
            // A URL with a host may have them.
            let _ = url.set_username("").and_then(|()| url.set_password(None));
            url.into()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn e7_secrets_are_masked_by_name_at_every_depth_and_settings_stay() {
        let seen = json!({
            "password": "p", "clientSecret": "s", "signingKey": "k", "password_digest": "d", "verificationCode": "1",
            "config": {"host": "h", "port": 25, "auth": {"user": "u", "pass": "x"}}, "tokens": ["a", {"b": "c"}],
            "codes": [{"code": "1", "usedAt": null}], "customData": {"plan": "pro", "apiKey": "z"},
            "secrets": [{"name": "n", "value": "v"}], "name": "n", "value": "v", "state": "sealed1.x.y",
            "link": "https://a.example/enter?token=t#x", "proxy": "http://u:p@proxy.example/",
            "passwordPolicy": {"length": {"min": 8}}, "accessTokenTtl": 60, "tokenEndpointAuthMethod": "none",
            "jwks": {"keys": [{"kty": "EC", "d": "x"}]},
        });
        let mask = "******";
        let expected = json!({
            "password": mask, "clientSecret": mask, "signingKey": mask, "password_digest": mask, "verificationCode": mask,
            "config": {"host": mask, "port": 25, "auth": {"user": mask, "pass": mask}}, "tokens": [mask, {"b": mask}],
            "codes": [{"code": mask, "usedAt": null}], "customData": {"plan": "pro", "apiKey": mask},
            "secrets": [{"name": mask, "value": mask}], "name": "n", "value": mask, "state": mask,
            "link": "https://a.example/enter?******#x", "proxy": "http://proxy.example/",
            "passwordPolicy": {"length": {"min": 8}}, "accessTokenTtl": 60, "tokenEndpointAuthMethod": "none",
            "jwks": {"keys": [{"kty": mask, "d": mask}]},
        });
        assert_eq!(masked(&seen), expected);
    }
}
