//! JWTs that bring their own public key, to prove that the sender holds its private half (RFC 9449 section 4.2). The key says nothing
//! about who that is: the caller compares its thumbprint with what it knows.

use serde_json::{Map, Value};

use crate::verifying::raw_header;
use crate::{Algorithm, JoseError, Jwk, SigningKey, VerifyingKeys, encode};

/// Members of a JWK that nobody else may know (RFC 7518 section 6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A token that was signed with the private half of the key in its header.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofOfPossession {
    pub typ: Option<String>,
    pub algorithm: Algorithm,
    /// Of the key, by SHA-256 (RFC 7638).
    pub thumbprint: String,
    pub claims: Map<String, Value>,
}

/// Verifies a token with the key in its own header.
///
/// # Errors
/// No key, a private or unusable one, one of another algorithm than the token's; `crit`; a wrong signature; too long.
pub fn verify_possession(token: &str) -> Result<ProofOfPossession, JoseError> {
    // Nothing is decoded of a token that is too long.
    if token.len() > crate::MAX_TOKEN_LENGTH {
        return Err(JoseError::TooLarge);
    }
    let encoded = token.split_once('.').ok_or(JoseError::Malformed)?.0;
    let header = raw_header(encoded)?;
    let members = header.jwk.ok_or(JoseError::Key("the header has no key"))?;
    if PRIVATE_MEMBERS.iter().any(|member| members.contains_key(*member)) {
        return Err(JoseError::Key("the header has a private key"));
    }
    let jwk: Jwk = serde_json::from_value(Value::Object(members)).map_err(|_| JoseError::Key("malformed"))?;
    // The key has no id but itself, whatever `kid` says.
    let own = Jwk { kid: header.kid, ..jwk };
    let verified = VerifyingKeys::new(std::slice::from_ref(&own)).verify(token)?;
    Ok(ProofOfPossession {
        typ: verified.header.typ,
        algorithm: verified.header.alg,
        thumbprint: own.thumbprint(),
        claims: verified.claims,
    })
}

impl SigningKey {
    /// Signs claims with the public key in the header instead of its id: what [`verify_possession`] verifies.
    ///
    /// # Errors
    /// [`JoseError::Signing`].
    pub fn prove(&self, typ: &str, claims: &Map<String, Value>) -> Result<String, JoseError> {
        let key = Jwk { kid: None, usage: None, alg: None, ..self.public_jwk() };
        let header = serde_json::json!({"typ": typ, "alg": self.algorithm(), "jwk": key});
        let mut token = format!("{}.{}", encode(header.to_string()), encode(Value::Object(claims.clone()).to_string()));
        self.append_signature(&mut token)?;
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;
    use crate::Algorithm;

    #[test]
    fn every_algorithm_proves_possession() {
        for algorithm in Algorithm::ALL {
            let (_, key) = SigningKey::generate(algorithm).unwrap();
            let claims = json!({"jti": "1"}).as_object().unwrap().clone();
            let proof = verify_possession(&key.prove("dpop+jwt", &claims).unwrap()).unwrap();
            assert_eq!((proof.thumbprint, proof.claims), (key.public_jwk().thumbprint(), claims), "{algorithm}");
        }
    }

    struct Holder(EcdsaKeyPair);

    impl Holder {
        fn new() -> Self {
            Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
        }

        fn jwk(&self) -> Value {
            json!(Jwk::ec("P-256", self.0.public_key().as_ref()))
        }

        fn sign(&self, header: &Value) -> String {
            let signed = format!("{}.{}", encode(header.to_string()), encode(r#"{"jti":"1"}"#));
            let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
            format!("{signed}.{}", encode(signature))
        }
    }

    #[test]
    fn b14_only_the_holder_of_the_key_in_the_header_passes() {
        let (holder, other) = (Holder::new(), Holder::new());
        let good = json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": holder.jwk()});
        let proof = verify_possession(&holder.sign(&good)).unwrap();
        let key: Jwk = serde_json::from_value(holder.jwk()).unwrap();
        assert_eq!((proof.typ.as_deref(), proof.thumbprint), (Some("dpop+jwt"), key.thumbprint()));
        assert_eq!(verify_possession(&other.sign(&good)), Err(JoseError::BadSignature));
        let changed = |name: &str, value: Value| {
            let mut header = good.clone();
            header[name] = value;
            verify_possession(&holder.sign(&header))
        };
        assert!(changed("kid", json!("any")).is_ok());
        for alg in ["none", "HS256", "ES384", "RS256"] {
            assert!(changed("alg", json!(alg)).is_err(), "{alg}");
        }
        assert_eq!(changed("crit", json!(["b64"])), Err(JoseError::CriticalHeader));
        for jwk in [Value::Null, json!("x"), json!({}), json!({"kty": "oct", "k": "AAAA"}), other.jwk()] {
            assert!(changed("jwk", jwk.clone()).is_err(), "{jwk}");
        }
        let mut private = holder.jwk();
        private["d"] = json!("AAAA");
        assert_eq!(changed("jwk", private), Err(JoseError::Key("the header has a private key")));
        assert_eq!(verify_possession(&"a".repeat(crate::MAX_TOKEN_LENGTH + 1)), Err(JoseError::TooLarge));
    }
}
