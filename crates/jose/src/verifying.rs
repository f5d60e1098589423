//! Verifying compact JWS (RFC 7515 section 5.2, RFC 8725).

use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Algorithm, JoseError, Jwk, decode};

/// Longer tokens are refused before anything is decoded (RFC 7515 sets no limit; attack B16).
pub const MAX_TOKEN_LENGTH: usize = 64 * 1024;

/// The part of the JOSE header that callers decide by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    pub alg: Algorithm,
    pub kid: Option<String>,
    pub typ: Option<String>,
}

/// A decoded token; from [`VerifyingKeys::verify`], its signature is right. Times, issuer and audience are the caller's.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodedToken {
    pub header: Header,
    pub claims: Map<String, Value>,
}

impl DecodedToken {
    /// A claim of type string.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// Whether `aud` is `audience`, or an array that holds it (RFC 7519 section 4.1.3).
    pub fn has_audience(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        }
    }
}

struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    public: ParsedPublicKey,
}

/// Public keys parsed once, each bound to the one algorithm it may verify. Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKeys(Arc<Vec<Key>>);

impl std::fmt::Debug for VerifyingKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| (&key.kid, key.algorithm))).finish()
    }
}

impl VerifyingKeys {
    pub(crate) fn new(jwks: &[Jwk]) -> Self {
        Self(Arc::new(jwks.iter().flat_map(parse).collect()))
    }

    /// Whether both are clones of one parsed set.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The number of usable pairs of a key and an algorithm.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing can be verified.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a key has this id.
    pub fn has_key(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Checks size, header (algorithm allowed and the key's own, no `crit`, a known `kid`) and signature.
    pub fn verify(&self, token: &str) -> Result<DecodedToken, JoseError> {
        let parts = split_compact(token)?;
        let header = header(parts.header)?;
        let signature = decode(parts.signature)?;
        let mut failure = JoseError::UnknownKey;
        for key in self.0.iter().filter(|key| header.kid.is_none() || key.kid == header.kid) {
            if key.algorithm != header.alg {
                if failure == JoseError::UnknownKey {
                    failure = JoseError::AlgorithmMismatch;
                }
            } else if key.public.verify_sig(parts.signed.as_bytes(), &signature).is_ok() {
                return Ok(DecodedToken { header, claims: claims(parts.payload)? });
            } else {
                failure = JoseError::BadSignature;
            }
        }
        Err(failure)
    }
}

/// Decodes without a key: only for tokens that came straight from their issuer, or to read a hint. The size cap holds.
pub fn decode_unverified(token: &str) -> Result<DecodedToken, JoseError> {
    let parts = split_compact(token)?;
    Ok(DecodedToken { header: header(parts.header)?, claims: claims(parts.payload)? })
}

/// The claims alone, whatever the algorithm, without a key: to find out whose token it claims to be. The size cap holds.
pub fn unverified_claims(token: &str) -> Result<Map<String, Value>, JoseError> {
    claims(split_compact(token)?.payload)
}

pub(crate) struct CompactParts<'a> {
    pub header: &'a str,
    pub payload: &'a str,
    pub signature: &'a str,
    pub signed: &'a str,
}

pub(crate) fn split_compact(token: &str) -> Result<CompactParts<'_>, JoseError> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(JoseError::TooLarge);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JoseError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(JoseError::Malformed)?;
    // Four dots would be a JWE (RFC 7516), which is not a signed token.
    if payload.contains('.') {
        return Err(JoseError::Malformed);
    }
    Ok(CompactParts { header, payload, signature, signed })
}

#[derive(Deserialize)]
pub(crate) struct RawHeader {
    pub alg: String,
    #[serde(default)]
    pub kid: Option<String>,
    #[serde(default)]
    pub typ: Option<String>,
    /// The key that a proof of possession brings along; it is trusted for nothing else.
    #[serde(default)]
    pub jwk: Option<Map<String, Value>>,
    /// Any value at all, `null` too: no extension is understood here, so the token must be refused (RFC 7515 4.1.11).
    #[serde(default, deserialize_with = "deserialize_presence")]
    crit: bool,
}

fn deserialize_presence<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(from).map(|_| true)
}

pub(crate) fn raw_header(encoded: &str) -> Result<RawHeader, JoseError> {
    let raw: RawHeader = serde_json::from_slice(&decode(encoded)?).map_err(|_| JoseError::Malformed)?;
    if raw.crit { Err(JoseError::CriticalHeader) } else { Ok(raw) }
}

fn header(encoded: &str) -> Result<Header, JoseError> {
    let raw = raw_header(encoded)?;
    Ok(Header { alg: algorithm(&raw.alg)?, kid: raw.kid, typ: raw.typ })
}

/// RFC 9864 gives `EdDSA` over this curve a name of its own; with it Ed25519 is the only curve here.
fn algorithm(name: &str) -> Result<Algorithm, JoseError> {
    if name == "Ed25519" { Ok(Algorithm::EdDSA) } else { name.parse() }
}

pub(crate) fn claims(encoded: &str) -> Result<Map<String, Value>, JoseError> {
    serde_json::from_slice(&decode(encoded)?).map_err(|_| JoseError::Malformed)
}

/// The usable (key, algorithm) pairs of one JWK: none for foreign kinds, two for an RSA key without `alg`.
fn parse(jwk: &Jwk) -> Vec<Key> {
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return Vec::new();
    }
    let possible: &[Algorithm] = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("EC", Some("P-256")) => &[Algorithm::ES256],
        ("EC", Some("P-384")) => &[Algorithm::ES384],
        ("EC", Some("P-521")) => &[Algorithm::ES512],
        ("OKP", Some("Ed25519")) => &[Algorithm::EdDSA],
        ("RSA", _) => &[Algorithm::RS256, Algorithm::PS256],
        _ => &[],
    };
    let declared = |one: &&Algorithm| jwk.alg.as_deref().is_none_or(|alg| algorithm(alg).as_ref() == Ok(*one));
    possible
        .iter()
        .filter(declared)
        .filter_map(|algorithm| {
            Some(Key { kid: jwk.kid.clone(), algorithm: *algorithm, public: public(jwk, *algorithm)? })
        })
        .collect()
}

fn public(jwk: &Jwk, algorithm: Algorithm) -> Option<ParsedPublicKey> {
    let member = |value: &Option<String>| decode(value.as_deref()?).ok();
    let (kind, size): (&'static dyn VerificationAlgorithm, usize) = match algorithm {
        Algorithm::ES256 => (&ECDSA_P256_SHA256_FIXED, 32),
        Algorithm::ES384 => (&ECDSA_P384_SHA384_FIXED, 48),
        Algorithm::ES512 => (&ECDSA_P521_SHA512_FIXED, 66),
        Algorithm::EdDSA => return ParsedPublicKey::new(&ED25519, member(&jwk.x)?).ok(),
        Algorithm::RS256 => return rsa(jwk, &RSA_PKCS1_2048_8192_SHA256),
        Algorithm::PS256 => return rsa(jwk, &RSA_PSS_2048_8192_SHA256),
    };
    let (x, y) = (member(&jwk.x)?, member(&jwk.y)?);
    if x.len() != size || y.len() != size {
        return None;
    }
    ParsedPublicKey::new(kind, [&[4], x.as_slice(), y.as_slice()].concat()).ok()
}

fn rsa(jwk: &Jwk, parameters: &'static RsaParameters) -> Option<ParsedPublicKey> {
    let (n, e) = (decode(jwk.n.as_deref()?).ok()?, decode(jwk.e.as_deref()?).ok()?);
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
}
