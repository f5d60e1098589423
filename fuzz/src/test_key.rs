//! Private keys from fixed seeds, so that every run signs the same bytes.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jose::SigningKey;

/// An Ed25519 key with the id `k`.
pub struct TestKey {
    pub signing: SigningKey,
    raw: Ed25519KeyPair,
}

impl TestKey {
    pub fn new(seed: u8) -> Self {
        let seed = [seed; 32];
        // RFC 8410 section 7: the PKCS#8 prefix of an Ed25519 key.
        let frame = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let body = STANDARD.encode([frame.as_slice(), seed.as_slice()].concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let signing = SigningKey::from_pkcs8_pem("k", &pem).unwrap();
        Self { signing, raw: Ed25519KeyPair::from_seed_unchecked(&seed).unwrap() }
    }

    /// A token with any header at all.
    pub fn token(&self, header: &str, payload: &str) -> String {
        compact(header, payload, |signed| self.raw.sign(signed).as_ref().to_vec())
    }
}

/// A compact JWS (RFC 7515 section 7.1).
pub fn compact(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}
