//! Verifying JWTs of `HS256` (RFC 7518 section 3.2), for client assertions alone: HMAC is not one of the [`crate::Algorithm`]s,
//! so that no public key can ever be taken for a secret (attack B14).

use aws_lc_rs::hmac;
use serde_json::{Map, Value};

use crate::verifying::{claims, raw_header, split_compact};
use crate::{JoseError, decode};

/// RFC 7518 section 3.2: a key has at least the size of the hash.
const MIN_SECRET_BYTES: usize = 32;

/// The `typ` and the claims of a token that the holder of a shared secret made.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedSecretToken {
    pub typ: Option<String>,
    pub claims: Map<String, Value>,
}

/// Checks that `token` is `HS256` with `secret`, in constant time.
///
/// # Errors
/// Every other algorithm, a secret of less than 32 bytes, `crit`, a size over [`crate::MAX_TOKEN_LENGTH`].
pub fn verify_hs256(token: &str, secret: &str) -> Result<SharedSecretToken, JoseError> {
    let parts = split_compact(token)?;
    let header = raw_header(parts.header)?;
    if header.alg != "HS256" {
        return Err(JoseError::UnsupportedAlgorithm);
    }
    if secret.len() < MIN_SECRET_BYTES {
        return Err(JoseError::Key("a shared secret has at least 32 bytes"));
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, parts.signed.as_bytes(), &decode(parts.signature)?).map_err(|_| JoseError::BadSignature)?;
    Ok(SharedSecretToken { typ: header.typ, claims: claims(parts.payload)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn token(alg: &str, secret: &str) -> String {
        let header = encode(serde_json::json!({"alg": alg, "typ": "JWT"}).to_string());
        let signed = format!("{header}.{}", encode(r#"{"sub":"app"}"#));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
        format!("{signed}.{}", encode(tag))
    }

    #[test]
    fn b14_only_hs256_with_a_long_secret_is_accepted() {
        let verified = verify_hs256(&token("HS256", SECRET), SECRET).unwrap();
        assert_eq!((verified.typ.as_deref(), &verified.claims["sub"]), (Some("JWT"), &Value::from("app")));
        for alg in ["none", "None", "HS384", "HS512", "ES256", "RS256", "hs256", ""] {
            assert_eq!(verify_hs256(&token(alg, SECRET), SECRET), Err(JoseError::UnsupportedAlgorithm), "{alg}");
        }
        let other = "0123456789abcdef0123456789abcdeX";
        assert_eq!(verify_hs256(&token("HS256", SECRET), other), Err(JoseError::BadSignature));
        assert!(verify_hs256(&token("HS256", "short"), "short").is_err());
        let (signed, _) = token("HS256", SECRET).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        for stripped in [format!("{signed}."), signed.clone(), format!("{signed}.{}", encode([0; 16]))] {
            assert!(verify_hs256(&stripped, SECRET).is_err(), "{stripped}");
        }
    }
}
