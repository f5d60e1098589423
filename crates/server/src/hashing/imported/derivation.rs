//! How a password becomes a digest.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, pbkdf2};
use md5::Digest as _;

use super::super::digest::DigestError;

/// Rounds of HMAC for one digest, about two seconds.
const MAX_PBKDF2_ROUNDS: u64 = 5_000_000;
/// N times r times p: 256 MB at most, and about a second.
const MAX_SCRYPT_WORK: u64 = 1 << 21;
/// Of r and of p each.
const MAX_SCRYPT_FACTOR: u32 = 64;
const TOO_EXPENSIVE_SCRYPT: DigestError =
    DigestError::TooExpensive("a scrypt digest has at most N·r·p = 2097152, r = 64 and p = 64");

/// A hash function.
#[derive(Clone, Copy)]
pub(in crate::hashing) enum HashFunction {
    Md5,
    AwsLc(&'static digest::Algorithm),
}

impl HashFunction {
    pub(in crate::hashing) const SHA1: Self = Self::AwsLc(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    pub(in crate::hashing) const SHA256: Self = Self::AwsLc(&digest::SHA256);
    pub(super) const SHA512: Self = Self::AwsLc(&digest::SHA512);

    pub(super) fn from_name(name: &str) -> Result<Self, DigestError> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "md5" => Self::Md5,
            "sha1" => Self::SHA1,
            "sha224" => Self::AwsLc(&digest::SHA224),
            "sha256" => Self::SHA256,
            "sha384" => Self::AwsLc(&digest::SHA384),
            "sha512" => Self::SHA512,
            "sha512-256" => Self::AwsLc(&digest::SHA512_256),
            "sha3-256" => Self::AwsLc(&digest::SHA3_256),
            "sha3-384" => Self::AwsLc(&digest::SHA3_384),
            "sha3-512" => Self::AwsLc(&digest::SHA3_512),
            _ => return Err(DigestError::LegacyFunction),
        })
    }

    pub(super) fn output_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::AwsLc(algorithm) => algorithm.output_len(),
        }
    }

    fn hash(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => md5::Md5::digest(bytes).to_vec(),
            Self::AwsLc(algorithm) => digest::digest(algorithm, bytes).as_ref().to_vec(),
        }
    }
}

/// What is hashed.
pub(super) enum Part {
    Password,
    Bytes(Vec<u8>),
}

/// How the password becomes a digest.
pub(super) enum Derivation {
    /// The hash of the parts in a row.
    Hash {
        function: HashFunction,
        parts: Vec<Part>,
    },
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        iterations: NonZeroU32,
        salt: Vec<u8>,
    },
    Scrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
    },
    /// Firebase's: the signer key, encrypted by AES-256-CTR under the scrypt of the password.
    FirebaseScrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
        signer_key: Vec<u8>,
    },
}

impl Derivation {
    /// PBKDF2 with the HMAC of a hash function, and how many bytes that gives at once.
    pub(super) fn pbkdf2(function: &str, iterations: &str, salt: Vec<u8>, length: usize) -> Result<Self, DigestError> {
        let (algorithm, output) = match function.to_ascii_lowercase().as_str() {
            "sha1" => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
            "sha256" => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
            "sha384" => (pbkdf2::PBKDF2_HMAC_SHA384, 48),
            "sha512" => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
            _ => return Err(DigestError::LegacyFunction),
        };
        let iterations: NonZeroU32 = iterations.parse().map_err(|_| DigestError::LegacyFormat)?;
        // The column of digests has no place for more.
        if !(1..=128).contains(&length) {
            return Err(DigestError::LegacyFormat);
        }
        if u64::from(iterations.get()).saturating_mul(length.div_ceil(output) as u64) > MAX_PBKDF2_ROUNDS {
            return Err(DigestError::TooExpensive("a PBKDF2 digest has at most 5000000 iterations per block"));
        }
        Ok(Self::Pbkdf2 { algorithm, iterations, salt })
    }

    /// scrypt with N = 2^`log_n` (RFC 7914).
    pub(super) fn scrypt(log_n: u32, r: u32, p: u32, salt: Vec<u8>) -> Result<Self, DigestError> {
        Ok(Self::Scrypt { params: scrypt_params(log_n, r, p)?, salt })
    }

    /// scrypt with a text that says N itself.
    pub(super) fn scrypt_of_n(n: &str, r: &str, p: &str, salt: Vec<u8>) -> Result<Self, DigestError> {
        let [n, r, p] = [n, r, p].map(|number| number.parse::<u32>());
        let (Ok(n), Ok(r), Ok(p)) = (n, r, p) else { return Err(DigestError::LegacyFormat) };
        if !n.is_power_of_two() {
            return Err(DigestError::LegacyFormat);
        }
        Self::scrypt(n.ilog2(), r, p, salt)
    }

    pub(super) fn firebase(rounds: u32, log_n: u32, salt: Vec<u8>, signer_key: Vec<u8>) -> Result<Self, DigestError> {
        Ok(Self::FirebaseScrypt { params: scrypt_params(log_n, rounds, 1)?, salt, signer_key })
    }

    /// What the digest is called in reports.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Hash { function: HashFunction::Md5, .. } => "MD5, salted",
            Self::Hash { .. } => "SHA, salted",
            Self::Pbkdf2 { .. } => "PBKDF2",
            Self::Scrypt { .. } => "scrypt",
            Self::FirebaseScrypt { .. } => "scrypt of Firebase",
        }
    }

    /// The digest of a password; none if it can't be computed. Of those that can have any length, `length` bytes.
    pub(super) fn derive(&self, password: &str, length: usize) -> Option<Vec<u8>> {
        let mut derived = vec![0; length];
        match self {
            Self::Hash { function, parts } => {
                let bytes = |part| match part {
                    &Part::Password => password.as_bytes(),
                    Part::Bytes(bytes) => bytes.as_slice(),
                };
                derived = function.hash(&parts.iter().map(bytes).collect::<Vec<_>>().concat());
            }
            Self::Pbkdf2 { algorithm, iterations, salt } => {
                pbkdf2::derive(*algorithm, *iterations, salt, password.as_bytes(), &mut derived);
            }
            Self::Scrypt { params, salt } => {
                scrypt::scrypt(password.as_bytes(), salt, params, &mut derived).ok()?;
            }
            Self::FirebaseScrypt { params, salt, signer_key } => {
                let mut key = [0; 32];
                scrypt::scrypt(password.as_bytes(), salt, params, &mut key).ok()?;
                let key = DecryptingKey::ctr(UnboundCipherKey::new(&AES_256, &key).ok()?).ok()?;
                derived.clone_from(signer_key);
                // In this mode decrypting is the same as encrypting; only the former takes the counter that Firebase begins at.
                key.decrypt(&mut derived, DecryptionContext::Iv128(FixedLength::from([0; 16]))).ok()?;
            }
        }
        Some(derived)
    }
}

fn scrypt_params(log_n: u32, r: u32, p: u32) -> Result<scrypt::Params, DigestError> {
    if log_n == 0 || r == 0 || p == 0 {
        return Err(DigestError::LegacyFormat);
    }
    let work = 1_u64.checked_shl(log_n).and_then(|n| n.checked_mul(u64::from(r))?.checked_mul(u64::from(p)));
    if r > MAX_SCRYPT_FACTOR || p > MAX_SCRYPT_FACTOR || work.is_none_or(|work| work > MAX_SCRYPT_WORK) {
        return Err(TOO_EXPENSIVE_SCRYPT);
    }
    let log_n = u8::try_from(log_n).map_err(|_| TOO_EXPENSIVE_SCRYPT)?;
    scrypt::Params::new(log_n, r, p).map_err(|_| DigestError::LegacyFormat)
}
