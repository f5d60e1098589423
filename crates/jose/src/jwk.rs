//! JWK and JWK set (RFC 7517, RFC 7518 section 6, RFC 8037): public keys only.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::verifying::VerifyingKeys;
use crate::{Algorithm, encode};

/// A public key. The order of the members is that of the published set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Jwk {
    /// `EC`, `RSA` or `OKP`; others are kept but cannot verify.
    pub kty: String,
    /// `sig` or `enc`.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// A JWA name, which may be one this crate does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// `P-256`, `P-384`, `P-521` or `Ed25519`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Certificates in base64, the key's own first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x5c: Option<Vec<String>>,
}

impl Jwk {
    /// An EC key from its uncompressed point (`04 || x || y`).
    pub(crate) fn ec(crv: &str, point: &[u8]) -> Self {
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        Self { kty: "EC".into(), crv: Some(crv.into()), x: Some(encode(x)), y: Some(encode(y)), ..Self::default() }
    }

    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self { kty: "RSA".into(), n: Some(encode(modulus)), e: Some(encode(exponent)), ..Self::default() }
    }

    pub(crate) fn ed25519(public: &[u8]) -> Self {
        Self { kty: "OKP".into(), crv: Some("Ed25519".into()), x: Some(encode(public)), ..Self::default() }
    }

    pub(crate) fn for_signing(self, kid: &str, algorithm: Algorithm) -> Self {
        Self { usage: Some("sig".into()), kid: Some(kid.into()), alg: Some(algorithm.to_string()), ..self }
    }

    /// The SHA-256 thumbprint of RFC 7638 as base64url. The members of a key type absent from `self` count as empty.
    pub fn thumbprint(&self) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let canonical = match self.kty.as_str() {
            "EC" => {
                format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, text(&self.crv), text(&self.x), text(&self.y))
            }
            "RSA" => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(&self.e), text(&self.n)),
            kty => format!(r#"{{"crv":"{}","kty":"{kty}","x":"{}"}}"#, text(&self.crv), text(&self.x)),
        };
        encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
    }
}

/// A JWK set (RFC 7517 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Parses every usable signature key once. Keys of unknown kinds are skipped, as RFC 7517 section 5 asks.
    pub fn verifier(&self) -> VerifyingKeys {
        VerifyingKeys::new(&self.keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprint_is_the_one_of_rfc_7638_section_3_1() {
        let key = Jwk {
            kty: "RSA".into(),
            n: Some("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw".into()),
            e: Some("AQAB".into()),
            ..Jwk::default()
        };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn published_members_have_the_order_of_the_contract() {
        let key = Jwk::ec("P-256", &[4; 65]).for_signing("k", Algorithm::ES256);
        let json = serde_json::to_string(&key).unwrap();
        let order: Vec<_> = ["kty", "use", "kid", "alg", "crv", "x", "y"]
            .iter()
            .map(|m| json.find(&format!("\"{m}\":")).unwrap())
            .collect();
        assert!(order.is_sorted(), "{json}");
    }
}
