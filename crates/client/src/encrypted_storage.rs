//! Encryption of stored values, for stores that their users can read (a signed cookie is not a secret one).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Rng;

use crate::Error;

/// Encrypted values begin with this; no plain value does (they are JSON, a JWT or an opaque token).
const PREFIX: &str = "sealed1.";
const MIN_SECRET_BYTES: usize = 16;

/// AES-256-GCM under a key derived (HKDF-SHA256) from an application's secret. Each value is bound to its name, so that
/// values cannot be swapped.
pub struct ValueCipher {
    key: LessSafeKey,
    rng: Rng,
}

impl ValueCipher {
    /// # Errors
    /// `Config` for secrets shorter than 16 bytes.
    pub fn new(secret: &str, rng: Rng) -> Result<Self, Error> {
        let weak = || Error::Config(format!("The encryption secret needs at least {MIN_SECRET_BYTES} characters"));
        if secret.len() < MIN_SECRET_BYTES {
            return Err(weak());
        }
        let derived = Salt::new(HKDF_SHA256, b"loggia session storage").extract(secret.as_bytes());
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        derived.expand(&[b"aes-256-gcm"], HKDF_SHA256).and_then(|okm| okm.fill(bytes.as_mut())).map_err(|_| weak())?;
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref()).map_err(|_| weak())?;
        Ok(Self { key: LessSafeKey::new(key), rng })
    }

    /// Encrypts `value` for the name it is stored under.
    pub fn encrypt(&self, name: &str, value: &[u8]) -> Result<String, Error> {
        let nonce = self.rng.bytes::<NONCE_LEN>();
        let mut encrypted = value.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut encrypted)
            .map_err(|_| Error::Undecryptable)?;
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &encrypted].concat())))
    }

    /// Decrypts. `None` for a plain value: one stored before encryption was switched on.
    pub fn decrypt(&self, name: &str, stored: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(encoded) = stored.strip_prefix(PREFIX) else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Error::Undecryptable)?;
        let (nonce, encrypted) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(Error::Undecryptable)?;
        let mut encrypted = encrypted.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self
            .key
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut encrypted)
            .map_err(|_| Error::Undecryptable)?;
        Ok(Some(plain.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_secret(secret: &str) -> ValueCipher {
        ValueCipher::new(secret, Rng::system()).unwrap()
    }

    #[test]
    fn encrypted_values_hide_their_text_and_open_only_under_their_name_and_secret() {
        let cipher = with_secret("0123456789abcdef");
        let encrypted = cipher.encrypt("idToken", b"secret text").unwrap();
        assert!(!encrypted.contains("secret text"));
        assert_ne!(encrypted, cipher.encrypt("idToken", b"secret text").unwrap());
        assert_eq!(cipher.decrypt("idToken", &encrypted).unwrap().unwrap(), b"secret text");
        assert!(cipher.decrypt("refreshToken", &encrypted).is_err());
        assert!(with_secret("another secret, long").decrypt("idToken", &encrypted).is_err());
        assert!(cipher.decrypt("idToken", &encrypted[..encrypted.len() - 2]).is_err());
        assert!(cipher.decrypt("idToken", "sealed1.").is_err());
    }

    #[test]
    fn values_from_before_encryption_are_told_apart_and_weak_secrets_are_refused() {
        assert_eq!(with_secret("0123456789abcdef").decrypt("idToken", "plain").unwrap(), None);
        assert!(ValueCipher::new("short", Rng::system()).is_err());
    }
}
