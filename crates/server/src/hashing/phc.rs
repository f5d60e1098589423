//! Argon2 (RFC 9106) in the PHC string format.

use ::api::users::PasswordAlgorithm;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use flow::PasswordDigest;
use kernel::Rng;

use super::HashingError;
use super::digest::DigestError;

/// Limits of the parameters, because imported digests may ask for any. New digests have the same limits.
pub const MAX_MEMORY_KIB: u32 = 1 << 18;
pub const MAX_PASSES: u32 = 64;
const MAX_LANES: u32 = 64;

const TAG_BYTES: usize = 32;

/// The cost parameters of Argon2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Parameters {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Argon2Parameters {
    /// Checks that Argon2 supports these parameters.
    ///
    /// # Errors
    /// [`HashingError::Failed`] with the reason.
    pub fn check(self) -> Result<(), HashingError> {
        if self.memory_kib > MAX_MEMORY_KIB || self.passes > MAX_PASSES {
            return Err(HashingError::Failed(format!("at most {MAX_MEMORY_KIB} KiB and {MAX_PASSES} passes")));
        }
        self.params().map(drop)
    }

    fn params(self) -> Result<Params, HashingError> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(TAG_BYTES)).map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> HashingError {
    HashingError::Failed(error.to_string())
}

/// Hashes with Argon2id.
pub(super) fn hash(
    parameters: Argon2Parameters,
    password: &str,
    salt: [u8; 16],
    memory: &mut Vec<Block>,
) -> Result<PasswordDigest, HashingError> {
    let params = parameters.params()?;
    let algorithm = Algorithm::Argon2id;
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(failed)?,
        salt: Some(Salt::new(&salt).map_err(failed)?),
        hash: Some(derive(&Argon2::new(algorithm, Version::V0x13, params), password, &salt, memory)?),
    };
    Ok(PasswordDigest {
        password_encrypted: hash.to_string(),
        password_encryption_method: PasswordAlgorithm::Argon2id.as_str().to_owned(),
    })
}

/// A digest of any kind and version of Argon2.
pub(super) struct Argon2Digest {
    argon2: Argon2<'static>,
    algorithm: Algorithm,
    salt: Salt,
    tag: Output,
}

impl Argon2Digest {
    /// A digest with random salt and tag, which no known password matches. Verifying against it takes the same time as
    /// against a user's digest.
    ///
    /// # Errors
    /// [`HashingError::Failed`] for parameters out of range.
    pub(super) fn dummy(parameters: Argon2Parameters, rng: &Rng) -> Result<Self, HashingError> {
        let (salt, tag) = (rng.bytes::<16>(), rng.bytes::<TAG_BYTES>());
        let algorithm = Algorithm::Argon2id;
        Ok(Self {
            argon2: Argon2::new(algorithm, Version::V0x13, parameters.params()?),
            algorithm,
            salt: Salt::new(&salt).map_err(failed)?,
            tag: Output::new(&tag).map_err(failed)?,
        })
    }

    /// # Errors
    /// [`DigestError::Malformed`], also for algorithms and versions that do not exist; [`DigestError::TooExpensive`].
    pub(super) fn parse(text: &str) -> Result<Self, DigestError> {
        let malformed = |_| DigestError::Malformed;
        let hash = PasswordHash::new(text).map_err(malformed)?;
        let params = Params::try_from(&hash).map_err(|_| DigestError::Malformed)?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
            return Err(DigestError::TooExpensive("an Argon2 digest has at most 262144 KiB, 64 passes and 64 lanes"));
        }
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| DigestError::Malformed)?;
        // The first version wrote none.
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| DigestError::Malformed)?;
        let (salt, tag) = (hash.salt.ok_or(DigestError::Malformed)?, hash.hash.ok_or(DigestError::Malformed)?);
        Ok(Self { argon2: Argon2::new(algorithm, version, params), algorithm, salt, tag })
    }

    pub(super) fn matches(&self, password: &str, memory: &mut Vec<Block>) -> Result<bool, HashingError> {
        // `Output` compares in constant time.
        Ok(derive(&self.argon2, password, &self.salt, memory)? == self.tag)
    }

    /// Whether this is Argon2id with these parameters.
    pub(super) fn is_argon2id(&self, parameters: Argon2Parameters) -> bool {
        let params = self.argon2.params();
        let own = Argon2Parameters { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        self.algorithm == Algorithm::Argon2id && own == parameters
    }
}

fn derive(argon2: &Argon2<'_>, password: &str, salt: &[u8], memory: &mut Vec<Block>) -> Result<Output, HashingError> {
    let params = argon2.params();
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    #[cfg(test)]
    super::work::count(u64::from(params.m_cost()) * u64::from(params.t_cost()));
    let mut tag = [0; Output::MAX_LENGTH];
    let tag = &mut tag[..params.output_len().unwrap_or(TAG_BYTES).min(Output::MAX_LENGTH)];
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, tag, &mut memory[..blocks]).map_err(failed)?;
    Output::new(tag).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(text: &str, password: &str) -> bool {
        Argon2Digest::parse(text).is_ok_and(|digest| digest.matches(password, &mut Vec::new()).unwrap())
    }

    /// Digests of the reference implementation of Argon2, salt "somesalt".
    #[test]
    fn digests_of_the_reference_implementation_match() {
        for digest in [
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$JcTui6RIBUtJ78gE5Hi52CO+H5vS6Z9R1uxAB6OhUB8",
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        ] {
            assert!(matches(digest, "password"), "{digest}");
            assert!(!matches(digest, "passwore"), "{digest}");
        }
    }

    #[test]
    fn unreadable_digests_are_malformed_and_ruinous_ones_too_expensive() {
        for digest in [
            "",
            "$argon2id",
            "$argon2id$v=19$m=64,t=1,p=1",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
            "$argon2id$v=19$m=x,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=18$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$scrypt$v=19$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            assert_eq!(Argon2Digest::parse(digest).err(), Some(DigestError::Malformed), "{digest}");
        }
        for parameters in ["m=4000000000,t=1,p=1", "m=64,t=4000000000,p=1", "m=65536,t=1,p=4096"] {
            let digest = format!("$argon2id$v=19${parameters}$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
            let error = Argon2Digest::parse(&digest).err();
            assert!(matches!(error, Some(DigestError::TooExpensive(_))), "{digest} {error:?}");
        }
    }
}
