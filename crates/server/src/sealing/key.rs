//! A key as it is written in settings and key files.

use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use kernel::{Secret, hex};

const BYTES: usize = 32;

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key of 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKey(Secret<[u8; BYTES]>);

/// What is wrong with a written key. The key is not quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    #[error("is neither base64 nor hexadecimal")]
    Encoding,
    #[error("has {0} bytes instead of {BYTES}")]
    Length(usize),
}

impl SecretKey {
    pub(super) fn bytes(&self) -> &Secret<[u8; BYTES]> {
        &self.0
    }

    /// The key in base64, as settings take it.
    pub(super) fn to_base64(&self) -> Secret<String> {
        Secret::new(STANDARD.encode(self.0.expose()))
    }
}

impl From<[u8; BYTES]> for SecretKey {
    fn from(bytes: [u8; BYTES]) -> Self {
        Self(Secret::new(bytes))
    }
}

impl FromStr for SecretKey {
    type Err = SecretKeyError;

    /// Reads base64 (also its URL-safe form) or 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, SecretKeyError> {
        // Hexadecimal digits of fewer bytes could be base64; no key so short could be meant.
        let bytes = match hex::decode(text) {
            Some(bytes) if bytes.len() >= 16 => bytes,
            _ => BASE64.decode(text.replace('-', "+").replace('_', "/")).map_err(|_| SecretKeyError::Encoding)?,
        };
        let bytes = Secret::new(bytes);
        let bytes = <[u8; BYTES]>::try_from(bytes.expose().as_slice())
            .map_err(|_| SecretKeyError::Length(bytes.expose().len()));
        bytes.map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_base64_and_hexadecimal_and_never_shown() {
        let key = SecretKey::from([0xfb; BYTES]);
        let base64 = STANDARD.encode([0xfb; BYTES]);
        let url_safe = base64.replace('+', "-").replace('/', "_");
        for text in
            [&base64, base64.trim_end_matches('='), url_safe.trim_end_matches('='), &"fb".repeat(32), &"FB".repeat(32)]
        {
            assert_eq!(text.parse::<SecretKey>(), Ok(key.clone()), "{text}");
        }
        assert_eq!(format!("{key:?}"), "SecretKey(******)");
        assert_eq!(key.to_base64().expose(), &base64);
    }

    #[test]
    fn another_length_or_encoding_is_refused() {
        for (text, error) in [
            ("fb".repeat(16), SecretKeyError::Length(16)),
            (STANDARD.encode([1; 33]), SecretKeyError::Length(33)),
            ("change-me!".into(), SecretKeyError::Encoding),
            (String::new(), SecretKeyError::Length(0)),
        ] {
            assert_eq!(text.parse::<SecretKey>(), Err(error), "{text}");
        }
    }
}
