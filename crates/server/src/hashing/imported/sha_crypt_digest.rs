//! SHA-crypt, the `$5$` and `$6$` of crypt(3) (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512").

use sha_crypt::{PasswordVerifier as _, ShaCrypt};

use super::super::digest::DigestError;

const DEFAULT_ROUNDS: u32 = 5000;
/// About a second with the longest password.
const MAX_ROUNDS: u32 = 1_000_000;
/// Every round reads the password again, so that a long one would keep a thread busy for minutes. Longer ones match nothing.
const MAX_PASSWORD_BYTES: usize = 512;
const MAX_SALT_CHARS: usize = 16;

/// A digest whose rounds are within bounds.
pub(in crate::hashing) struct ShaCryptDigest(String);

impl ShaCryptDigest {
    /// Reads `$5$[rounds=N$]salt$digest` or `$6$…`.
    pub(super) fn parse(text: &str) -> Result<Self, DigestError> {
        let parts: Vec<&str> = text.split('$').collect();
        let (id, rounds, salt, checksum) = match parts[..] {
            ["", id, rounds, salt, checksum] => {
                (id, rounds.strip_prefix("rounds=").ok_or(DigestError::Malformed)?, salt, checksum)
            }
            ["", id, salt, checksum] => (id, "", salt, checksum),
            _ => return Err(DigestError::Malformed),
        };
        let rounds = match rounds {
            "" => DEFAULT_ROUNDS,
            digits => digits.parse().map_err(|_| DigestError::Malformed)?,
        };
        let length = if id == "5" { 43 } else { 86 };
        let is_crypt_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/');
        if checksum.len() != length || salt.len() > MAX_SALT_CHARS || !checksum.chars().all(is_crypt_char) {
            return Err(DigestError::Malformed);
        }
        match rounds {
            0..1000 => Err(DigestError::Malformed),
            1000..=MAX_ROUNDS => Ok(Self(format!("${id}$rounds={rounds}${salt}${checksum}"))),
            _ => Err(DigestError::TooExpensive("a SHA-crypt digest has at most 1000000 rounds")),
        }
    }

    pub(in crate::hashing) fn matches(&self, password: &str) -> bool {
        password.len() <= MAX_PASSWORD_BYTES
            && ShaCrypt::SHA512.verify_password(password.as_bytes(), self.0.as_str()).is_ok()
    }
}
