//! Client assertions: a client proves itself with a JWT that it signed (RFC 7523 section 3, OpenID Connect Core section 9, and the
//! stricter audience of draft-ietf-oauth-rfc7523bis; docs/adr/0013-client-assertions.md).

use jose::check_times;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::OAuthError;

/// The only value of `client_assertion_type` (RFC 7523 section 2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds that an assertion may live from now on, so that its `jti` need not be remembered for long.
pub const MAX_LIFETIME: i64 = 300;

/// Seconds by which clocks may differ.
pub const LEEWAY: i64 = 15;

const MAX_JTI_BYTES: usize = 256;

/// How an application must prove itself, where a secret alone does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// `HS256` with one of the application's secrets.
    ClientSecretJwt,
    /// A signature with a key of the application's JWK set.
    PrivateKeyJwt,
    /// A certificate of a trusted authority with the application's name (RFC 8705 section 2.1).
    TlsClientAuth,
    /// A certificate of the application's JWK set (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
}

impl AuthenticationMethod {
    /// Whether the application shows a certificate when it connects.
    pub fn uses_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }
}

/// The name of a certificate that is an application's (RFC 8705 section 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateName {
    pub kind: CertificateNameKind,
    pub value: String,
}

/// Which name of a certificate is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CertificateNameKind {
    /// The subject as RFC 4514 writes it.
    SubjectDn,
    SanDns,
    SanUri,
    SanIp,
    SanEmail,
}

/// The value that may be used once, and until when it has to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleUse<'a> {
    pub jti: &'a str,
    pub until: Timestamp,
}

/// The client that an assertion is about, before anything is verified.
pub fn claimed_client(assertion: &str) -> Option<String> {
    let claims = jose::unverified_claims(assertion).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// Checks `typ` and the claims of an assertion whose signature is right. Whoever accepts it must see to it that it is used once.
///
/// # Errors
/// `invalid_client`.
pub fn check<'a>(
    typ: Option<&str>,
    claims: &'a Map<String, Value>,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<SingleUse<'a>, OAuthError> {
    let refused = |detail| Err(OAuthError::client_authentication(detail));
    // A token that was made for something else must not open anything here (attack B17).
    if !typ.is_none_or(is_assertion_type) {
        return refused("the assertion is a token of another type");
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client_id) || text("sub") != Some(client_id) {
        return refused("iss and sub of the assertion must be the client_id");
    }
    // A list, or the address of an endpoint, could come from the metadata of another server (the attack behind rfc7523bis).
    if text("aud") != Some(issuer) {
        return refused("aud of the assertion must be the issuer identifier alone, as a string");
    }
    if check_times(claims, now, LEEWAY).is_err() {
        return refused("the assertion has expired, or is not valid yet");
    }
    let exp = claims.get("exp").and_then(Value::as_f64).unwrap_or(f64::MAX);
    if exp > (now.seconds() + MAX_LIFETIME + LEEWAY) as f64 {
        return refused("exp of the assertion is more than five minutes away");
    }
    match text("jti") {
        Some(jti) if !jti.is_empty() && jti.len() <= MAX_JTI_BYTES => {
            Ok(SingleUse { jti, until: Timestamp((exp.ceil() as i64 + LEEWAY + 1) * 1000) })
        }
        _ => refused("jti of the assertion is missing, or longer than 256 bytes"),
    }
}

fn is_assertion_type(typ: &str) -> bool {
    let lower = typ.to_ascii_lowercase();
    matches!(lower.strip_prefix("application/").unwrap_or(&lower), "jwt" | "client-authentication+jwt")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://auth.example.com/oidc";

    fn judge(typ: Option<&str>, changes: Value) -> Result<i64, String> {
        let mut claims = json!({"iss": "app", "sub": "app", "aud": ISSUER, "exp": 1_060, "jti": "one"});
        let object = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            object.insert(name.clone(), value.clone());
            object.retain(|_, value| !value.is_null());
        }
        let found = check(typ, object, "app", ISSUER, Timestamp(1_000_000));
        found.map(|single| single.until.seconds()).map_err(|error| error.detail.unwrap().to_owned())
    }

    #[test]
    fn b13_every_claim_is_required_and_bounded() {
        assert_eq!(judge(None, json!({})), Ok(1_076));
        for good in [json!({"exp": 1_300, "iat": 1_000, "nbf": 1_010}), json!({"exp": 1_060.5}), json!({"iat": 1_015})]
        {
            assert!(judge(None, good.clone()).is_ok(), "{good}");
        }
        for bad in [
            json!({"iss": "other"}),
            json!({"iss": null}),
            json!({"sub": "App"}),
            json!({"sub": null}),
            json!({"aud": null}),
            json!({"aud": [ISSUER]}),
            json!({"aud": [ISSUER, "https://other.example.com"]}),
            json!({"aud": "https://auth.example.com/oidc/token"}),
            json!({"aud": "https://auth.example.com/oidc/"}),
            json!({"exp": null}),
            json!({"exp": "1060"}),
            json!({"exp": 985}),
            json!({"exp": 1_316}),
            json!({"exp": 1e300}),
            json!({"exp": -1e300}),
            json!({"nbf": 1_016}),
            json!({"iat": 1_016}),
            json!({"iat": "now"}),
            json!({"jti": null}),
            json!({"jti": ""}),
            json!({"jti": 7}),
            json!({"jti": "x".repeat(257)}),
        ] {
            assert!(judge(None, bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn b17_tokens_of_other_types_are_no_assertions() {
        for good in ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"] {
            assert!(judge(Some(good), json!({})).is_ok(), "{good}");
        }
        for bad in ["at+jwt", "dpop+jwt", "logout+jwt", "oauth-authz-req+jwt", ""] {
            assert!(judge(Some(bad), json!({})).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_claimed_client_is_read_from_any_algorithm_and_nothing_else() {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let token = |payload: &str| format!("{}.{}.x", encode(r#"{"alg":"HS256"}"#), encode(payload));
        assert_eq!(claimed_client(&token(r#"{"sub":"app"}"#)).as_deref(), Some("app"));
        for bad in [token(r#"{"sub":1}"#), token("[]"), "a.b".to_owned(), String::new()] {
            assert_eq!(claimed_client(&bad), None, "{bad}");
        }
    }
}
