//! Private keys and the signing of compact JWS (RFC 7515 section 5.1).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::{Algorithm, JoseError, Jwk, encode, pem};

/// Header types signed often enough to be worth writing once: none, RFC 9068 and OpenID Connect Back-Channel Logout.
const KNOWN_TYPES: [Option<&str>; 4] = [None, Some("JWT"), Some("at+jwt"), Some("logout+jwt")];

enum KeyPair {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

struct Inner {
    kid: String,
    algorithm: Algorithm,
    pair: KeyPair,
    jwk: Jwk,
    /// Encoded headers with their trailing dot, in the order of `KNOWN_TYPES`.
    headers: Vec<String>,
}

/// A private key, parsed once. Cheap to clone; `Debug` shows only kid and algorithm.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.0.algorithm, self.0.kid)
    }
}

impl SigningKey {
    /// A new P-384 key under its RFC 7638 thumbprint, with its PKCS#8 PEM.
    pub fn generate_es384() -> Result<(String, Self), JoseError> {
        Self::generate(Algorithm::ES384)
    }

    /// A new RSA key of 4096 bits for `RS256` or `PS256`, as [`Self::generate`]. It takes seconds.
    pub fn generate_rsa4096(algorithm: Algorithm) -> Result<(String, Self), JoseError> {
        Self::import(&generate_rsa(KeySize::Rsa4096)?, algorithm)
    }

    /// A new key for `algorithm` under its RFC 7638 thumbprint, with its PKCS#8 PEM. RSA keys have 2048 bits and take
    /// a noticeable part of a second.
    pub fn generate(algorithm: Algorithm) -> Result<(String, Self), JoseError> {
        let failed = |_| JoseError::Key("generation failed");
        let der = match algorithm {
            Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 => {
                let pair = EcdsaKeyPair::generate(ecdsa(algorithm).0).map_err(failed)?;
                pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
            }
            Algorithm::RS256 | Algorithm::PS256 => generate_rsa(KeySize::Rsa2048)?,
            Algorithm::EdDSA => {
                Ed25519KeyPair::generate().map_err(failed)?.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()
            }
        };
        Self::import(&der, algorithm)
    }

    fn import(der: &[u8], algorithm: Algorithm) -> Result<(String, Self), JoseError> {
        let (_, pair, jwk) = parse(der, Some(algorithm))?;
        Ok((pem::write(der)?, Self::new(&jwk.thumbprint(), algorithm, pair, jwk)))
    }

    /// Reads a key; its kind decides the algorithm: P-256 ES256, P-384 ES384, P-521 ES512, RSA RS256, Ed25519 EdDSA.
    pub fn from_pkcs8_pem(kid: &str, pem: &str) -> Result<Self, JoseError> {
        let (algorithm, pair, jwk) = parse(&pem::read(pem)?, None)?;
        Ok(Self::new(kid, algorithm, pair, jwk))
    }

    /// As [`Self::from_pkcs8_pem`], for `algorithm` only: PS256 wants it, and other kinds of keys are an error.
    pub fn from_pkcs8_pem_for(kid: &str, pem: &str, algorithm: Algorithm) -> Result<Self, JoseError> {
        let (algorithm, pair, jwk) = parse(&pem::read(pem)?, Some(algorithm))?;
        Ok(Self::new(kid, algorithm, pair, jwk))
    }

    fn new(kid: &str, algorithm: Algorithm, pair: KeyPair, jwk: Jwk) -> Self {
        let headers = KNOWN_TYPES.iter().map(|typ| header(algorithm, *typ, kid)).collect();
        let jwk = jwk.for_signing(kid, algorithm);
        Self(Arc::new(Inner { kid: kid.to_owned(), algorithm, pair, jwk, headers }))
    }

    /// The key's id in headers and in the JWK set.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The only algorithm this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// The public half as it is published.
    pub fn public_jwk(&self) -> Jwk {
        self.0.jwk.clone()
    }

    /// Signs `claims` (anything that serialises to a JSON object) into a compact JWS with the header `{alg, typ?, kid}`.
    pub fn sign(&self, typ: Option<&str>, claims: &impl Serialize) -> Result<String, JoseError> {
        let payload = serde_json::to_vec(claims).map_err(|_| JoseError::Claims)?;
        if payload.first() != Some(&b'{') {
            return Err(JoseError::Claims);
        }
        // Room for header, payload and the longest signature (RSA 4096: 683 characters), so that nothing is copied.
        let mut token = String::with_capacity(payload.len() * 4 / 3 + 1024);
        match KNOWN_TYPES.iter().position(|known| *known == typ).and_then(|at| self.0.headers.get(at)) {
            Some(known) => token.push_str(known),
            None => token.push_str(&header(self.0.algorithm, typ, &self.0.kid)),
        }
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        self.append_signature(&mut token)?;
        Ok(token)
    }

    pub(crate) fn append_signature(&self, token: &mut String) -> Result<(), JoseError> {
        let random = SystemRandom::new();
        let failed = |_| JoseError::Signing;
        let message = token.as_bytes();
        let signature: Vec<u8> = match &self.0.pair {
            KeyPair::Ecdsa(pair) => pair.sign(&random, message).map_err(failed)?.as_ref().to_vec(),
            KeyPair::Ed25519(pair) => pair.try_sign(message).map_err(failed)?.as_ref().to_vec(),
            KeyPair::Rsa(pair) => {
                let padding = match self.0.algorithm {
                    Algorithm::PS256 => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).map_err(failed)?;
                signature
            }
        };
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, token);
        Ok(())
    }
}

#[derive(Serialize)]
struct JwsHeader<'a> {
    alg: Algorithm,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    kid: &'a str,
}

fn header(alg: Algorithm, typ: Option<&str>, kid: &str) -> String {
    // Three strings always serialise.
    let mut text = encode(serde_json::to_vec(&JwsHeader { alg, typ, kid }).unwrap_or_default());
    text.push('.');
    text
}

/// The PKCS#8 document of a new key.
fn generate_rsa(size: KeySize) -> Result<Vec<u8>, JoseError> {
    let failed = |_| JoseError::Key("generation failed");
    Ok(RsaKeyPair::generate(size).map_err(failed)?.as_der().map_err(failed)?.as_ref().to_vec())
}

fn ecdsa(algorithm: Algorithm) -> (&'static EcdsaSigningAlgorithm, &'static str) {
    match algorithm {
        Algorithm::ES256 => (&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
        Algorithm::ES512 => (&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
        _ => (&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
    }
}

/// Finds the kind of a PKCS#8 key by trying; with `wanted`, only that kind.
fn parse(der: &[u8], wanted: Option<Algorithm>) -> Result<(Algorithm, KeyPair, Jwk), JoseError> {
    let wants = |algorithm| wanted.is_none_or(|one| one == algorithm);
    for algorithm in [Algorithm::ES384, Algorithm::ES256, Algorithm::ES512].into_iter().filter(|one| wants(*one)) {
        let (kind, curve) = ecdsa(algorithm);
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(kind, der) {
            let jwk = Jwk::ec(curve, pair.public_key().as_ref());
            return Ok((algorithm, KeyPair::Ecdsa(pair), jwk));
        }
    }
    if wants(Algorithm::EdDSA)
        && let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
    {
        let jwk = Jwk::ed25519(pair.public_key().as_ref());
        return Ok((Algorithm::EdDSA, KeyPair::Ed25519(pair), jwk));
    }
    for algorithm in [Algorithm::RS256, Algorithm::PS256].into_iter().filter(|one| wants(*one)) {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            let (modulus, exponent) =
                rsa_components(pair.public_key().as_ref()).ok_or(JoseError::Key("its public half cannot be read"))?;
            let jwk = Jwk::rsa(modulus, exponent);
            return Ok((algorithm, KeyPair::Rsa(pair), jwk));
        }
    }
    Err(JoseError::Key("not a P-256, P-384, P-521, Ed25519 or RSA (2048 bits and more) key for this algorithm"))
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 appendix A.1.1). aws-lc-rs shows them only under a feature that
/// would add a crate to every build.
fn rsa_components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = der_element(der, 0x30)?;
    let (modulus, rest) = der_element(sequence, 0x02)?;
    let (exponent, _) = der_element(rest, 0x02)?;
    Some((modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent))
}

/// The contents of the first element, which must have this tag, and what follows it (X.690 section 8.1).
fn der_element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (head, rest) = der.split_first_chunk::<2>()?;
    if head[0] != tag {
        return None;
    }
    let (length, rest) = match usize::from(head[1]) {
        short @ 0..=0x7f => (short, rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes(*rest.first_chunk::<2>()?)), rest.get(2..)?),
        _ => return None,
    };
    rest.split_at_checked(length)
}
