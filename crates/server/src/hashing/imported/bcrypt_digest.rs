//! bcrypt, also as Django and passlib use it: of a hash of the password, because bcrypt reads 72 bytes only.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::hex;

use super::super::digest::DigestError;

/// The cost of bcrypt is a power of two: 15 takes seconds, 31 days.
const MAX_COST: u32 = 15;

/// What bcrypt is given.
#[derive(Clone)]
enum Input {
    Password,
    /// The hexadecimal digits of the password's SHA-256 (Django's `bcrypt_sha256`).
    Sha256,
    /// The base64 of an HMAC of the password under this salt (passlib's `bcrypt-sha256`, version 2).
    Hmac(String),
}

/// A digest of bcrypt, whose cost is within bounds.
pub(in crate::hashing) struct BcryptDigest {
    text: String,
    input: Input,
}

impl BcryptDigest {
    /// Reads `$2b$10$…`.
    pub(in crate::hashing) fn parse(text: &str) -> Result<Self, DigestError> {
        let parts: bcrypt::HashParts = text.parse().map_err(|_| DigestError::Malformed)?;
        match parts.get_cost() {
            cost if cost > MAX_COST => Err(DigestError::TooExpensive("the cost of a bcrypt digest is at most 15")),
            _ => Ok(Self { text: text.to_owned(), input: Input::Password }),
        }
    }

    /// Reads what follows `bcrypt_sha256$` in Django's text.
    pub(super) fn parse_django_sha256(text: &str) -> Result<Self, DigestError> {
        Ok(Self { input: Input::Sha256, ..Self::parse(text)? })
    }

    /// Reads `v=2,t=2b,r=12$salt$digest`, which follows `$bcrypt-sha256$` in passlib's text.
    pub(super) fn parse_passlib_sha256(text: &str) -> Result<Self, DigestError> {
        let parts: Vec<&str> = text.split('$').collect();
        let [parameters, salt, checksum] = parts[..] else { return Err(DigestError::Malformed) };
        let cost = parameters.strip_prefix("v=2,t=2b,r=").and_then(|cost| cost.parse::<u32>().ok());
        let cost = cost.ok_or(DigestError::Malformed)?;
        Ok(Self { input: Input::Hmac(salt.to_owned()), ..Self::parse(&format!("$2b${cost:02}${salt}{checksum}"))? })
    }

    pub(in crate::hashing) fn matches(&self, password: &str) -> bool {
        let verify = |input: &str| bcrypt::verify(input, &self.text).unwrap_or(false);
        match &self.input {
            Input::Password => verify(password),
            Input::Sha256 => verify(&hex::encode(digest::digest(&digest::SHA256, password.as_bytes()).as_ref())),
            Input::Hmac(salt) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
                verify(&STANDARD.encode(hmac::sign(&key, password.as_bytes())))
            }
        }
    }
}
