//! Encryption of stored values, for stores that their users can read (a signed cookie is not a secret one).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Rng;

use crate::Error;

/// What sealed values begin with; no plain value does (they are JSON, a JWT or an opaque token).
const PREFIX: &str = "sealed1.";
const MIN_SECRET: usize = 16;

/// AES-256-GCM under a key derived (HKDF-SHA256) from an application's secret. Each value is bound to its name, so that
/// values cannot be swapped.
pub struct Seal {
    key: LessSafeKey,
    rng: Rng,
}

impl Seal {
    /// # Errors
    /// `Config` for secrets shorter than 16 bytes.
    pub fn new(secret: &str, rng: Rng) -> Result<Self, Error> {
        let weak = || Error::Config(format!("The encryption secret needs at least {MIN_SECRET} characters"));
        if secret.len() < MIN_SECRET {
            return Err(weak());
        }
        let derived = Salt::new(HKDF_SHA256, b"loggia session storage").extract(secret.as_bytes());
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        derived.expand(&[b"aes-256-gcm"], HKDF_SHA256).and_then(|okm| okm.fill(bytes.as_mut())).map_err(|_| weak())?;
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref()).map_err(|_| weak())?;
        Ok(Self { key: LessSafeKey::new(key), rng })
    }

    /// Encrypts `value` for the name it is stored under.
    pub fn seal(&self, name: &str, value: &[u8]) -> Result<String, Error> {
        let nonce = self.rng.bytes::<NONCE_LEN>();
        let mut sealed = value.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut sealed)
            .map_err(|_| Error::Sealed)?;
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Decrypts. `None` for a value that was never sealed: one stored before encryption was switched on.
    pub fn open(&self, name: &str, stored: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(encoded) = stored.strip_prefix(PREFIX) else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Error::Sealed)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(Error::Sealed)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain =
            self.key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut sealed).map_err(|_| Error::Sealed)?;
        Ok(Some(plain.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(secret: &str) -> Seal {
        Seal::new(secret, Rng::system()).unwrap()
    }

    #[test]
    fn sealed_values_hide_their_text_and_open_only_under_their_name_and_secret() {
        let one = seal("0123456789abcdef");
        let sealed = one.seal("idToken", b"secret text").unwrap();
        assert!(!sealed.contains("secret text"));
        assert_ne!(sealed, one.seal("idToken", b"secret text").unwrap());
        assert_eq!(one.open("idToken", &sealed).unwrap().unwrap(), b"secret text");
        assert!(one.open("refreshToken", &sealed).is_err());
        assert!(seal("another secret, long").open("idToken", &sealed).is_err());
        assert!(one.open("idToken", &sealed[..sealed.len() - 2]).is_err());
        assert!(one.open("idToken", "sealed1.").is_err());
    }

    #[test]
    fn values_from_before_encryption_are_told_apart_and_weak_secrets_are_refused() {
        assert_eq!(seal("0123456789abcdef").open("idToken", "plain").unwrap(), None);
        assert!(Seal::new("short", Rng::system()).is_err());
    }
}
