//! Password digests in the PHC string format: hashing, parsing and verifying (H114–H118).

use argon2::{Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flow::PasswordDigest;
use kernel::id::constant_time_eq;

use super::HashingError;

/// Limits of the Argon2 parameters, because imported digests may ask for any. New digests have the same limits.
pub const MAX_MEMORY_KIB: u32 = 1 << 18;
pub const MAX_PASSES: u32 = 64;
const MAX_LANES: u32 = 64;

/// The cost parameters of Argon2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Parameters {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

/// Algorithms of stored digests, named as in the Management API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Argon2i,
    Argon2id,
    Argon2d,
    Sha1,
    Sha256,
    /// An algorithm of the contract that is not implemented yet (`MD5`, `Bcrypt`, `Legacy`): never matches.
    Unsupported,
}

impl Algorithm {
    /// The algorithm with this name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "Argon2i" => Self::Argon2i,
            "Argon2id" => Self::Argon2id,
            "Argon2d" => Self::Argon2d,
            "SHA1" => Self::Sha1,
            "SHA256" => Self::Sha256,
            _ => Self::Unsupported,
        }
    }

    /// Whether verifying takes much less time than Argon2.
    pub fn is_legacy_fast_hash(self) -> bool {
        matches!(self, Self::Sha1 | Self::Sha256 | Self::Unsupported)
    }

    fn argon2(self) -> Option<argon2::Algorithm> {
        match self {
            Self::Argon2i => Some(argon2::Algorithm::Argon2i),
            Self::Argon2id => Some(argon2::Algorithm::Argon2id),
            Self::Argon2d => Some(argon2::Algorithm::Argon2d),
            _ => None,
        }
    }
}

/// The stored digest of a user.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPassword {
    pub algorithm: Algorithm,
    pub digest: String,
}

/// Checks that Argon2 supports these parameters.
///
/// # Errors
/// [`HashingError::Failed`] with the reason.
pub fn check(parameters: Argon2Parameters) -> Result<(), HashingError> {
    let Argon2Parameters { memory_kib, passes, lanes } = parameters;
    if memory_kib > MAX_MEMORY_KIB || passes > MAX_PASSES {
        return Err(HashingError::Failed(format!("at most {MAX_MEMORY_KIB} KiB and {MAX_PASSES} passes")));
    }
    let checked = Params::new(memory_kib, passes, lanes, Some(32));
    checked.map(drop).map_err(|error| HashingError::Failed(error.to_string()))
}

impl StoredPassword {
    /// A digest with random salt and tag, which no known password matches. Verifying against it takes the same time as
    /// against a user's digest.
    pub fn dummy_hash(parameters: Argon2Parameters, salt: [u8; 16], tag: [u8; 32]) -> Self {
        let Argon2Parameters { memory_kib, passes, lanes } = parameters;
        let (salt, tag) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(tag));
        let digest = format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${tag}");
        Self { algorithm: Algorithm::Argon2id, digest }
    }
}

impl std::fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPassword({:?})", self.algorithm)
    }
}

impl From<PasswordDigest> for StoredPassword {
    fn from(digest: PasswordDigest) -> Self {
        let algorithm = Algorithm::from_name(&digest.password_encryption_method);
        Self { algorithm, digest: digest.password_encrypted }
    }
}

impl StoredPassword {
    /// Whether the digest has the current algorithm and parameters.
    pub(super) fn is_current(&self, parameters: Argon2Parameters) -> bool {
        self.algorithm == Algorithm::Argon2id && parse(&self.digest).is_some_and(|phc| phc.parameters == parameters)
    }
}

struct Phc {
    version: Version,
    parameters: Argon2Parameters,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

/// Hashes with Argon2id and a tag of 32 bytes.
pub(super) fn hash(
    parameters: Argon2Parameters,
    password: &str,
    salt: [u8; 16],
    memory: &mut Vec<Block>,
) -> Result<PasswordDigest, HashingError> {
    let tag = derive(argon2::Algorithm::Argon2id, Version::V0x13, parameters, (password, &salt, 32), memory)?;
    let Argon2Parameters { memory_kib, passes, lanes } = parameters;
    let (salt, tag) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(tag));
    Ok(PasswordDigest {
        password_encrypted: format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${tag}"),
        password_encryption_method: "Argon2id".to_owned(),
    })
}

/// Whether the password matches the digest. A malformed digest matches nothing.
pub(super) fn matches(stored: &StoredPassword, password: &str, memory: &mut Vec<Block>) -> Result<bool, HashingError> {
    if let Some(algorithm) = stored.algorithm.argon2() {
        let Some(phc) = parse(&stored.digest) else { return Ok(false) };
        let computed = derive(algorithm, phc.version, phc.parameters, (password, &phc.salt, phc.tag.len()), memory)?;
        return Ok(constant_time_eq(&STANDARD_NO_PAD.encode(computed), &STANDARD_NO_PAD.encode(phc.tag)));
    }
    let algorithm = match stored.algorithm {
        Algorithm::Sha1 => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::Sha256 => &aws_lc_rs::digest::SHA256,
        _ => return Ok(false),
    };
    let computed = aws_lc_rs::digest::digest(algorithm, password.as_bytes());
    let hex: String = computed.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(constant_time_eq(&hex, &stored.digest.to_ascii_lowercase()))
}

fn derive(
    algorithm: argon2::Algorithm,
    version: Version,
    parameters: Argon2Parameters,
    (password, salt, length): (&str, &[u8], usize),
    memory: &mut Vec<Block>,
) -> Result<Vec<u8>, HashingError> {
    let failed = |error: argon2::Error| HashingError::Failed(error.to_string());
    let Argon2Parameters { memory_kib, passes, lanes } = parameters;
    let params = Params::new(memory_kib, passes, lanes, Some(length)).map_err(failed)?;
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    #[cfg(test)]
    work::count(u64::from(memory_kib) * u64::from(passes));
    let mut tag = vec![0; length];
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut tag, &mut memory[..blocks])
        .map_err(failed)?;
    Ok(tag)
}

/// `$argon2id$v=19$m=…,t=…,p=…$salt$tag`; without `v` it is version 16.
fn parse(digest: &str) -> Option<Phc> {
    let mut parts = digest.strip_prefix("$argon2")?.split('$').skip(1).peekable();
    let version = match parts.peek()?.strip_prefix("v=") {
        Some(version) => {
            let version = if version == "19" { Version::V0x13 } else { Version::V0x10 };
            parts.next();
            version
        }
        None => Version::V0x10,
    };
    let mut parameters = Argon2Parameters { memory_kib: 0, passes: 0, lanes: 0 };
    for parameter in parts.next()?.split(',') {
        let (name, value) = parameter.split_once('=')?;
        let value: u32 = value.parse().ok()?;
        match name {
            "m" => parameters.memory_kib = value,
            "t" => parameters.passes = value,
            "p" => parameters.lanes = value,
            _ => return None,
        }
    }
    let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let tag = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let is_within_limits = parameters.memory_kib <= MAX_MEMORY_KIB
        && (1..=MAX_PASSES).contains(&parameters.passes)
        && (1..=MAX_LANES).contains(&parameters.lanes)
        && parameters.memory_kib >= 8 * parameters.lanes
        && salt.len() >= 8
        && (4..=128).contains(&tag.len());
    (is_within_limits && parts.next().is_none()).then_some(Phc { version, parameters, salt, tag })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches_text(method: &str, digest: &str, password: &str) -> bool {
        let stored = StoredPassword { algorithm: Algorithm::from_name(method), digest: digest.to_owned() };
        matches(&stored, password, &mut Vec::new()).unwrap()
    }

    /// Test vectors of the reference implementation of Argon2 (its `test.c`), salt "somesalt".
    #[test]
    fn digests_of_the_reference_implementation_match() {
        for (method, digest) in [
            ("Argon2i", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
            ("Argon2id", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
            ("Argon2i", "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY"),
        ] {
            assert!(matches_text(method, digest, "password"), "{digest}");
            assert!(!matches_text(method, digest, "passwore"), "{digest}");
        }
    }

    #[test]
    fn argon2d_and_hex_digests_match() {
        let parameters = Argon2Parameters { memory_kib: 64, passes: 1, lanes: 2 };
        let tag =
            derive(argon2::Algorithm::Argon2d, Version::V0x13, parameters, ("pw", b"saltsalt", 32), &mut Vec::new());
        let (salt, tag) = (STANDARD_NO_PAD.encode("saltsalt"), STANDARD_NO_PAD.encode(tag.unwrap()));
        assert!(matches_text("Argon2d", &format!("$argon2d$v=19$m=64,t=1,p=2${salt}${tag}"), "pw"));
        let sha1 = "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8";
        assert!(matches_text("SHA1", sha1, "password"));
        let sha256 = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
        assert!(matches_text("SHA256", sha256, "password"));
        assert!(!matches_text("SHA256", sha1, "password"));
        assert!(!matches_text("Bcrypt", "password", "password"));
    }

    #[test]
    fn unreadable_or_ruinous_digests_match_nothing() {
        for digest in [
            "",
            "$argon2id",
            "$argon2id$v=19$m=64,t=1,p=1",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
            "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=64,t=4000000000,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=x,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            assert!(!matches_text("Argon2id", digest, "password"), "{digest}");
        }
    }
}

/// Counts the work of this thread, so that tests can compare it without measuring time.
#[cfg(test)]
pub mod work {
    use std::cell::Cell;

    thread_local!(static DONE: Cell<u64> = const { Cell::new(0) });

    /// Adds KiB times passes.
    pub fn count(amount: u64) {
        DONE.set(DONE.get() + amount);
    }

    /// The work since the last call.
    pub fn taken() -> u64 {
        DONE.replace(0)
    }
}
