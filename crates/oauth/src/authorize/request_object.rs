//! Request objects: an authorization request as a JWT that the client signed (RFC 9101).

use jose::check_times;
use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::{OAuthError, Params};

/// Seconds that a request object may live from now on.
const MAX_LIFETIME: i64 = 3600;
/// Seconds by which clocks may differ.
const LEEWAY: i64 = 15;
/// Claims about the JWT itself (RFC 7519 section 4.1).
const JWT_CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The parameters of a request object whose signature is right: nothing beside it counts (RFC 9101 section 6.3).
///
/// # Errors
/// `invalid_request_object`; `invalid_request` for parameters that no request may have.
pub fn open(
    typ: Option<&str>,
    claims: &Map<String, Value>,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Params, OAuthError> {
    let refused = |text: &str| Err(OAuthError::invalid_request_object(text));
    // A token that was made for something else must not open anything here (attack B17). Clients that follow OpenID Connect Core section
    // 6.1 say no type or `JWT`: what they sign here has no `sub`, as a client assertion must, and has `client_id`.
    if !typ.is_none_or(is_request_type) {
        return refused("the request object is a token of another type");
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client_id) || text("client_id") != Some(client_id) {
        return refused("iss and client_id of the request object must be the client_id");
    }
    // RFC 9101 section 10.8: with it, a client assertion would be one.
    if claims.contains_key("sub") {
        return refused("the request object must not have sub");
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::Array(audiences)) => {
            audiences.iter().all(|one| one.as_str() == Some(issuer)) && audiences.len() == 1
        }
        audience => audience.and_then(Value::as_str) == Some(issuer),
    };
    if !is_for_us {
        return refused("aud of the request object must be the issuer identifier");
    }
    if check_times(claims, now, LEEWAY).is_err() {
        return refused("the request object has expired, or is not valid yet");
    }
    let exp = claims.get("exp").and_then(Value::as_f64).unwrap_or(f64::MAX);
    if exp > (now.seconds() + MAX_LIFETIME + LEEWAY) as f64 {
        return refused("exp of the request object is more than an hour away");
    }
    if claims.contains_key("request") || claims.contains_key("request_uri") {
        return refused("a request object must not have another one");
    }
    let mut parameters = claims.clone();
    parameters.retain(|name, _| !JWT_CLAIMS.contains(&name.as_str()));
    // OpenID Connect Core section 6.1: here it is an object, and a text in a query.
    if let Some(claims @ Value::Object(_)) = parameters.get_mut("claims") {
        *claims = claims.to_string().into();
    }
    Params::from_json(&parameters)
}

fn is_request_type(typ: &str) -> bool {
    let lower = typ.to_ascii_lowercase();
    matches!(lower.strip_prefix("application/").unwrap_or(&lower), "jwt" | "oauth-authz-req+jwt")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://auth.example.com/oidc";

    fn judge(typ: Option<&str>, changes: Value) -> Result<Params, OAuthError> {
        let mut claims = json!({
            "iss": "app", "aud": ISSUER, "exp": 1_060, "client_id": "app", "scope": "openid", "max_age": 5,
            "resource": ["https://a", "https://b"],
        });
        let object = claims.as_object_mut().unwrap();
        object.extend(changes.as_object().unwrap().clone());
        object.retain(|_, value| !value.is_null());
        open(typ, object, "app", ISSUER, Timestamp(1_000_000))
    }

    #[test]
    fn parameters_come_out_as_a_browser_would_bring_them() {
        let params = judge(Some("oauth-authz-req+jwt"), json!({"aud": [ISSUER], "jti": "x", "nbf": 1_000})).unwrap();
        let claims = judge(None, json!({"claims": {"userinfo": {"name": null}}})).unwrap();
        assert_eq!(claims.get("claims"), Some(r#"{"userinfo":{"name":null}}"#));
        assert_eq!(
            (params.get("client_id"), params.get("scope"), params.get("max_age")),
            (Some("app"), Some("openid"), Some("5"))
        );
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["https://a", "https://b"]);
        assert!(JWT_CLAIMS.iter().all(|name| params.get(name).is_none()));
    }

    #[test]
    fn b13_b17_every_claim_is_required_and_bounded() {
        for typ in [None, Some("JWT"), Some("application/oauth-authz-req+jwt")] {
            assert!(judge(typ, json!({})).is_ok(), "{typ:?}");
        }
        for typ in ["at+jwt", "dpop+jwt", "client-authentication+jwt", ""] {
            assert!(judge(Some(typ), json!({})).is_err(), "{typ}");
        }
        for bad in [
            json!({"iss": "other"}),
            json!({"iss": null}),
            json!({"client_id": "other"}),
            json!({"client_id": null}),
            json!({"sub": "app"}),
            json!({"aud": null}),
            json!({"aud": []}),
            json!({"aud": [ISSUER, "https://other.example.com"]}),
            json!({"aud": "https://auth.example.com/oidc/auth"}),
            json!({"exp": null}),
            json!({"exp": 900}),
            json!({"exp": 5_000}),
            json!({"nbf": 2_000}),
            json!({"request": "x"}),
            json!({"request_uri": "x"}),
        ] {
            assert_eq!(judge(None, bad.clone()).unwrap_err().error, "invalid_request_object", "{bad}");
        }
    }
}
