//! What the specifications ask of a token that a client signed, written down without the code under test.

use serde_json::{Map, Value, json};
use url::Url;

use crate::client_tokens::{ADDRESS, ISSUER, NOW};
use crate::registered::ID;

/// What a token is meant to be, or counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RFC 9449 section 4.2.
    Proof,
    /// RFC 7523 section 3.
    Assertion,
    /// RFC 9101 section 4.
    Request,
}

/// RFC 7519 section 4.1.
const ABOUT_THE_TOKEN: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
/// Members of a key that nobody else may know (RFC 7518 section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// Seconds by which clocks may differ.
const LEEWAY: f64 = 15.0;

/// Whether no rule is about any of these claims.
pub fn concern_nothing(kind: Kind, claims: &Map<String, Value>) -> bool {
    let ruled: &[&str] = match kind {
        Kind::Proof => &["jti", "htm", "htu", "iat", "ath", "nonce"],
        Kind::Assertion => &ABOUT_THE_TOKEN,
        Kind::Request => &["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "request", "request_uri"],
    };
    claims.keys().all(|name| !ruled.contains(&name.as_str()))
}

/// What a request object asks for.
pub fn parameters(claims: &Map<String, Value>) -> Map<String, Value> {
    let is_asked = |name: &String| !ABOUT_THE_TOKEN.contains(&name.as_str());
    claims.iter().filter(|(name, _)| is_asked(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Panics if a token with this header and these claims may not count as `kind`.
pub fn hold(kind: Kind, header: &Map<String, Value>, claims: &Map<String, Value>) {
    let shown = json!([header, claims]);
    assert!(!header.contains_key("crit"), "{shown}");
    let typ = header.get("typ").map(|typ| typ.as_str().unwrap().to_ascii_lowercase());
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let now = NOW.seconds() as f64;
    match kind {
        Kind::Proof => {
            assert_eq!(typ.as_deref(), Some("dpop+jwt"), "{shown}");
            assert!(PRIVATE.iter().all(|name| header["jwk"].get(name).is_none()), "{shown}");
            assert_eq!(text("htm"), Some("POST"), "{shown}");
            let mut address = Url::parse(text("htu").unwrap()).unwrap();
            address.set_query(None);
            address.set_fragment(None);
            assert_eq!(address.as_str(), ADDRESS, "{shown}");
            let iat = number(claims, "iat").unwrap();
            assert!(iat >= now - 60.0 && iat < now + LEEWAY + 1.0, "{shown}");
        }
        Kind::Assertion => {
            assert!(is_typed(typ.as_deref(), "client-authentication+jwt"), "{shown}");
            assert_eq!((text("iss"), text("sub"), text("aud")), (Some(ID), Some(ID), Some(ISSUER)), "{shown}");
            in_time(claims, 300.0);
        }
        Kind::Request => {
            assert!(is_typed(typ.as_deref(), "oauth-authz-req+jwt"), "{shown}");
            assert_eq!((text("iss"), text("client_id")), (Some(ID), Some(ID)), "{shown}");
            assert!([json!(ISSUER), json!([ISSUER])].contains(&claims["aud"]), "{shown}");
            let barred = ["sub", "request", "request_uri"];
            assert!(barred.iter().all(|name| !claims.contains_key(*name)), "{shown}");
            in_time(claims, 3600.0);
        }
    }
    if kind != Kind::Request {
        assert!(text("jti").is_some_and(|jti| (1..=256).contains(&jti.len())), "{shown}");
    }
}

/// No type, the general one, or that of the kind, with or without the prefix that RFC 7515 section 4.1.9 lets one leave out.
fn is_typed(typ: Option<&str>, kind: &str) -> bool {
    typ.is_none_or(|typ| [kind, "jwt"].contains(&typ.strip_prefix("application/").unwrap_or(typ)))
}

/// It ends within `lifetime` seconds, and has begun.
fn in_time(claims: &Map<String, Value>, lifetime: f64) {
    let now = NOW.seconds() as f64;
    let exp = number(claims, "exp").unwrap();
    assert!(exp > now - LEEWAY && exp <= now + lifetime + LEEWAY, "{claims:?}");
    for name in ["iat", "nbf"].into_iter().filter(|name| claims.contains_key(*name)) {
        assert!(number(claims, name).unwrap() < now + LEEWAY + 1.0, "{claims:?}");
    }
}

fn number(claims: &Map<String, Value>, name: &str) -> Option<f64> {
    claims.get(name).and_then(Value::as_f64)
}
