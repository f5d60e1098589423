//! Proofs of possession (RFC 9449): a client shows with each request that it holds the key that its tokens are bound to.

use jose::Algorithm;
use kernel::{Timestamp, id};
use serde_json::Value;
use url::Url;

use crate::OAuthError;

/// `typ` of a proof.
const TYPE: &str = "dpop+jwt";

/// Seconds that a proof may be old.
pub const MAX_AGE: i64 = 60;

/// Seconds that a client's clock may be ahead.
pub const LEEWAY: i64 = 15;

const MAX_JTI_BYTES: usize = 256;
/// No proof is longer in bytes; an RSA key of 8192 bits fits.
const MAX_BYTES: usize = 8 * 1024;

/// What a proof must be about.
#[derive(Debug, Clone, Copy)]
pub struct ProvedRequest<'a> {
    pub method: &'a str,
    /// The address as clients see it.
    pub uri: &'a str,
    /// The token that comes with it, at a resource.
    pub access_token: Option<&'a str>,
    pub now: Timestamp,
}

/// A proof that is right for its request. Whoever accepts it must see to it that it is used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of its key.
    pub jkt: String,
    pub algorithm: Algorithm,
    pub jti: String,
    /// It is refused from then on.
    pub until: Timestamp,
    pub nonce: Option<String>,
}

/// The algorithms of proofs, by name.
pub fn algorithms() -> [&'static str; 6] {
    Algorithm::ALL.map(Algorithm::as_str)
}

/// Verifies a proof (RFC 9449 section 4.3), but for its nonce and that it is new.
///
/// # Errors
/// `invalid_dpop_proof`.
pub fn verify(proof: &str, request: &ProvedRequest<'_>) -> Result<Proof, OAuthError> {
    let refused = |text: &str| Err(OAuthError::invalid_dpop_proof(text));
    if proof.len() > MAX_BYTES {
        return refused("the proof is too long");
    }
    let Ok(verified) = jose::verify_possession(proof) else {
        return refused("the proof is not a JWT that is signed with the public key in its header");
    };
    if !verified.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
        return refused("typ of the proof must be dpop+jwt");
    }
    let text = |name: &str| verified.claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(request.method) {
        return refused("htm of the proof is not the method of the request");
    }
    if !text("htu").is_some_and(|uri| is_same_address(uri, request.uri)) {
        return refused("htu of the proof is not the address of the request");
    }
    let now = request.now.seconds();
    let Some(iat) = verified.claims.get("iat").and_then(Value::as_f64).filter(|iat| iat.is_finite()) else {
        return refused("iat of the proof is missing");
    };
    let iat = iat.floor() as i64;
    if iat < now - MAX_AGE || iat > now + LEEWAY {
        return refused("iat of the proof is more than a minute ago, or ahead");
    }
    if let Some(token) = request.access_token
        && text("ath") != Some(id::token_digest(token).as_str())
    {
        return refused("ath of the proof is not the hash of the access token");
    }
    match text("jti") {
        Some(jti) if !jti.is_empty() && jti.len() <= MAX_JTI_BYTES => Ok(Proof {
            jkt: verified.thumbprint.clone(),
            algorithm: verified.algorithm,
            jti: jti.to_owned(),
            until: Timestamp((iat + MAX_AGE + 1) * 1000),
            nonce: text("nonce").map(str::to_owned),
        }),
        _ => refused("jti of the proof is missing, or longer than 256 bytes"),
    }
}

/// Whether two addresses are the same but for query and fragment, after the normalization of RFC 3986.
fn is_same_address(given: &str, expected: &str) -> bool {
    let parse = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    parse(given).is_some_and(|given| Some(given) == parse(expected))
}

/// Checks `dpop_jkt` of an authorization request (RFC 9449 section 10).
///
/// # Errors
/// `invalid_request` for anything but a SHA-256 thumbprint.
pub fn check_thumbprint(jkt: Option<&str>) -> Result<Option<String>, OAuthError> {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match jkt {
        Some(jkt) if jkt.len() != 43 || !jkt.bytes().all(is_base64url) => {
            Err(OAuthError::invalid_request("dpop_jkt must be the SHA-256 thumbprint of a key"))
        }
        jkt => Ok(jkt.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_query_and_fragment_and_in_normal_form() {
        let expected = "https://auth.example.com/oidc/token";
        for same in [
            expected,
            "https://auth.example.com:443/oidc/token",
            "HTTPS://Auth.Example.com/oidc/token?a=b#c",
            "https://auth.example.com/x/../oidc/token",
        ] {
            assert!(is_same_address(same, expected), "{same}");
        }
        for other in [
            "http://auth.example.com/oidc/token",
            "https://auth.example.com/oidc/token/",
            "https://auth.example.com/oidc/Token",
            "https://auth.example.com:8443/oidc/token",
            "https://user@auth.example.com/oidc/token",
            "https://auth.example.com.evil.example/oidc/token",
            "/oidc/token",
            "",
        ] {
            assert!(!is_same_address(other, expected), "{other}");
        }
    }

    #[test]
    fn a_thumbprint_has_43_characters_of_base64url() {
        let good = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(check_thumbprint(Some(good)).unwrap().as_deref(), Some(good));
        assert_eq!(check_thumbprint(None), Ok(None));
        for bad in ["x", &good[1..], &format!("{good}="), &good.replace('-', "+"), &"é".repeat(22)] {
            assert!(check_thumbprint(Some(bad)).is_err(), "{bad}");
        }
    }
}
