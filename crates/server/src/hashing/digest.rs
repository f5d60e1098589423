//! Stored password digests of every algorithm of the Management API (H114–H118).

use ::api::users::PasswordAlgorithm;
use argon2::Block;
use flow::PasswordDigest;

use super::HashingError;
use super::imported::{self, BcryptDigest, HashFunction, ImportedDigest, ShaCryptDigest};
use super::phc::{Argon2Digest, Argon2Parameters};

/// Why a digest cannot be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Another form than that of its algorithm.
    #[error("this is not a digest of this algorithm, or of a version that is not supported")]
    Malformed,
    /// Verifying would take seconds; the text names the limits.
    #[error("{0}")]
    TooExpensive(&'static str),
    /// Not `[algorithm, [arguments], digest]` with the password among the arguments.
    #[error("this is not a digest in the format `Legacy`")]
    LegacyFormat,
    /// `Legacy` with a function that is none of those it may name.
    #[error("this is not a hash function of `Legacy`")]
    LegacyFunction,
}

/// A digest that can be verified.
pub(super) enum Digest {
    Argon2(Argon2Digest),
    Bcrypt(BcryptDigest),
    ShaCrypt(ShaCryptDigest),
    Imported(ImportedDigest),
}

/// A stored digest and its algorithm; none for a name that this version does not know. Without a public `Debug` for its text.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPassword {
    pub algorithm: Option<PasswordAlgorithm>,
    pub digest: String,
}

impl std::fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPassword({:?})", self.algorithm)
    }
}

impl From<PasswordDigest> for StoredPassword {
    fn from(digest: PasswordDigest) -> Self {
        let algorithm = PasswordAlgorithm::from_name(&digest.password_encryption_method);
        Self { algorithm, digest: digest.password_encrypted }
    }
}

impl StoredPassword {
    /// Reads the digest.
    ///
    /// # Errors
    /// See [`DigestError`].
    pub(super) fn parse(&self) -> Result<Digest, DigestError> {
        let hexadecimal = |function| ImportedDigest::of_password(function, &self.digest).map(Digest::Imported);
        match self.algorithm.ok_or(DigestError::Malformed)? {
            PasswordAlgorithm::Argon2i | PasswordAlgorithm::Argon2id | PasswordAlgorithm::Argon2d => {
                Argon2Digest::parse(&self.digest).map(Digest::Argon2)
            }
            PasswordAlgorithm::MD5 => hexadecimal(HashFunction::Md5),
            PasswordAlgorithm::SHA1 => hexadecimal(HashFunction::SHA1),
            PasswordAlgorithm::SHA256 => hexadecimal(HashFunction::SHA256),
            PasswordAlgorithm::Bcrypt => BcryptDigest::parse(&self.digest).map(Digest::Bcrypt),
            PasswordAlgorithm::Legacy => imported::parse_legacy(&self.digest),
        }
    }

    /// What the digest is called in reports; none if no password can match it.
    pub fn kind(&self) -> Option<&'static str> {
        Some(match self.parse().ok()? {
            Digest::Argon2(_) => "Argon2",
            Digest::Bcrypt(_) => "bcrypt",
            Digest::ShaCrypt(_) => "SHA-crypt",
            Digest::Imported(digest) => match self.algorithm? {
                PasswordAlgorithm::Legacy => digest.kind(),
                other => other.as_str(),
            },
        })
    }

    /// Refuses a digest for import that would be useless or ruinous: also one of another kind or version, as `$scrypt$…`
    /// tells by its beginning. Another text that is no digest is let through, as existing clients expect; it matches no
    /// password.
    ///
    /// # Errors
    /// See [`DigestError`].
    pub fn require_importable(&self) -> Result<(), DigestError> {
        match self.parse() {
            Ok(_) => Ok(()),
            Err(DigestError::Malformed) if !self.digest.starts_with('$') => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Digest {
    /// Whether the password matches.
    pub(super) fn matches(&self, password: &str, memory: &mut Vec<Block>) -> Result<bool, HashingError> {
        match self {
            Self::Argon2(digest) => digest.matches(password, memory),
            Self::Bcrypt(digest) => Ok(digest.matches(password)),
            Self::ShaCrypt(digest) => Ok(digest.matches(password)),
            Self::Imported(digest) => Ok(digest.matches(password)),
        }
    }

    /// Whether verifying takes the time of Argon2.
    pub(super) fn is_argon2(&self) -> bool {
        matches!(self, Self::Argon2(_))
    }

    /// Whether the digest has the algorithm and the parameters of new digests.
    pub(super) fn is_current(&self, parameters: Argon2Parameters) -> bool {
        matches!(self, Self::Argon2(digest) if digest.is_argon2id(parameters))
    }
}
