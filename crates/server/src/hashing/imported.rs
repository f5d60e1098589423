//! Digests of other systems: bcrypt, and hash functions with the arguments of the format `Legacy` (H115, H116).

use std::num::NonZeroU32;

use aws_lc_rs::{digest, pbkdf2};
use kernel::hex;
use kernel::id::constant_time_eq;
use md5::Digest as _;
use serde::Deserialize;

use super::digest::DigestError;

/// The cost of bcrypt is a power of two: 15 takes seconds, 31 days.
const MAX_BCRYPT_COST: u32 = 15;
/// Rounds of HMAC for one digest, about two seconds.
const MAX_PBKDF2_ROUNDS: u64 = 5_000_000;
/// The argument of `Legacy` in whose place the password stands.
const PASSWORD: &str = "@";

/// A digest of bcrypt, whose cost is within bounds.
pub(super) struct BcryptDigest(String);

impl BcryptDigest {
    pub(super) fn parse(text: &str) -> Result<Self, DigestError> {
        let parts: bcrypt::HashParts = text.parse().map_err(|_| DigestError::Malformed)?;
        match parts.get_cost() {
            cost if cost > MAX_BCRYPT_COST => {
                Err(DigestError::TooExpensive("the cost of a bcrypt digest is at most 15"))
            }
            _ => Ok(Self(text.to_owned())),
        }
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        bcrypt::verify(password, &self.0).unwrap_or(false)
    }
}

/// A hash function.
#[derive(Clone, Copy)]
pub(super) enum HashFunction {
    Md5,
    AwsLc(&'static digest::Algorithm),
}

impl HashFunction {
    pub(super) const SHA1: Self = Self::AwsLc(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    pub(super) const SHA256: Self = Self::AwsLc(&digest::SHA256);

    fn from_name(name: &str) -> Result<Self, DigestError> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "md5" => Self::Md5,
            "sha1" => Self::SHA1,
            "sha224" => Self::AwsLc(&digest::SHA224),
            "sha256" => Self::SHA256,
            "sha384" => Self::AwsLc(&digest::SHA384),
            "sha512" => Self::AwsLc(&digest::SHA512),
            "sha512-256" => Self::AwsLc(&digest::SHA512_256),
            "sha3-256" => Self::AwsLc(&digest::SHA3_256),
            "sha3-384" => Self::AwsLc(&digest::SHA3_384),
            "sha3-512" => Self::AwsLc(&digest::SHA3_512),
            _ => return Err(DigestError::LegacyFunction),
        })
    }

    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex::encode(&md5::Md5::digest(text)),
            Self::AwsLc(algorithm) => hex::encode(digest::digest(algorithm, text.as_bytes()).as_ref()),
        }
    }
}

/// How the password becomes a digest.
enum Derivation {
    /// The hash of the arguments in a row, with the password for each [`PASSWORD`].
    Hash {
        function: HashFunction,
        arguments: Vec<String>,
    },
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        iterations: NonZeroU32,
        salt: Vec<u8>,
        length: usize,
    },
}

/// A digest of a hash function in hexadecimal digits.
pub(super) struct ImportedDigest {
    derivation: Derivation,
    expected: String,
}

/// `[algorithm, [arguments], digest]`.
#[derive(Deserialize)]
struct Legacy(String, Vec<Argument>, String);

#[derive(Deserialize)]
#[serde(untagged)]
enum Argument {
    Text(String),
    Number(u32),
}

impl ImportedDigest {
    /// The digest of nothing but the password.
    pub(super) fn of_password(function: HashFunction, text: &str) -> Result<Self, DigestError> {
        if text.len() != function.hash("").len() {
            return Err(DigestError::Malformed);
        }
        let derivation = Derivation::Hash { function, arguments: vec![PASSWORD.to_owned()] };
        Ok(Self { derivation, expected: text.to_ascii_lowercase() })
    }

    /// Reads the format `Legacy`.
    pub(super) fn parse(text: &str) -> Result<Self, DigestError> {
        let Legacy(name, arguments, digest) = serde_json::from_str(text).map_err(|_| DigestError::LegacyFormat)?;
        let arguments: Vec<String> = arguments.into_iter().map(Argument::into_text).collect();
        // Without the password every password would match.
        if digest.is_empty() || !arguments.iter().any(|argument| argument == PASSWORD) {
            return Err(DigestError::LegacyFormat);
        }
        let derivation = match name.as_str() {
            "pbkdf2" | "pbkdf2Sync" => pbkdf2_derivation(&arguments)?,
            name => Derivation::Hash { function: HashFunction::from_name(name)?, arguments },
        };
        Ok(Self { derivation, expected: digest.to_ascii_lowercase() })
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let computed = match &self.derivation {
            Derivation::Hash { function, arguments } => {
                let parts = arguments.iter().map(|part| if part == PASSWORD { password } else { part });
                function.hash(&parts.collect::<String>())
            }
            Derivation::Pbkdf2 { algorithm, iterations, salt, length } => {
                let mut derived = vec![0; *length];
                pbkdf2::derive(*algorithm, *iterations, salt, password.as_bytes(), &mut derived);
                hex::encode(&derived)
            }
        };
        constant_time_eq(&computed, &self.expected)
    }
}

impl Argument {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Salt, iterations, length in bytes and hash function, beside the place of the password.
fn pbkdf2_derivation(arguments: &[String]) -> Result<Derivation, DigestError> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != PASSWORD).collect();
    let [salt, iterations, length, function] = arguments[..] else { return Err(DigestError::LegacyFormat) };
    let (algorithm, output) = match function.to_ascii_lowercase().as_str() {
        "sha1" => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
        "sha256" => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
        "sha384" => (pbkdf2::PBKDF2_HMAC_SHA384, 48),
        "sha512" => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
        _ => return Err(DigestError::LegacyFunction),
    };
    let iterations: NonZeroU32 = iterations.parse().map_err(|_| DigestError::LegacyFormat)?;
    // The column of digests has no place for more.
    let length: Option<u32> = length.parse().ok();
    let length = length.filter(|bytes| (1..=128).contains(bytes)).ok_or(DigestError::LegacyFormat)?;
    if u64::from(iterations.get()) * u64::from(length.div_ceil(output)) > MAX_PBKDF2_ROUNDS {
        return Err(DigestError::TooExpensive("a PBKDF2 digest has at most 5000000 iterations per block"));
    }
    let salt = match salt.strip_prefix("hex:") {
        Some(digits) => hex::decode(digits).ok_or(DigestError::LegacyFormat)?,
        None => salt.as_bytes().to_vec(),
    };
    Ok(Derivation::Pbkdf2 { algorithm, iterations, salt, length: length as usize })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legacy(text: &str, password: &str) -> Result<bool, DigestError> {
        ImportedDigest::parse(text).map(|digest| digest.matches(password))
    }

    /// Digests made by Python's `hashlib`.
    #[test]
    fn legacy_digests_match() {
        for digest in [
            r#"["sha256", ["salt123", "@"], "d833bc9900084e742ac71366b0f4f987beb70e8cd8b21a9baf999acc5079437f"]"#,
            r#"["MD5", ["@"], "5F4DCC3B5AA765D61D8327DEB882CF99"]"#,
            r#"["sha3-256", ["@"], "c0067d4af4e87f00dbac63b6156828237059172d1bbeac67427345d6a9fda484"]"#,
            r#"["pbkdf2", ["mySalt", "1000", "20", "sha512", "@"], "852ef7190dfab72c20a544f908fc018e2db5609c"]"#,
            r#"["pbkdf2Sync", ["@", "hex:00ff10", 1000, 40, "SHA256"],
                "b9fb55d90176deb241f470329a3db30a04a108b4ec947d1b5a29ea69aa0adcd8ee2750058f1595b8"]"#,
        ] {
            assert_eq!((legacy(digest, "password"), legacy(digest, "passwore")), (Ok(true), Ok(false)), "{digest}");
        }
    }

    #[test]
    fn a_legacy_digest_that_any_password_would_match_or_that_is_ruinous_is_refused() {
        for (digest, error) in [
            ("", DigestError::LegacyFormat),
            ("[]", DigestError::LegacyFormat),
            (r#"["sha256", ["salt"], "00"]"#, DigestError::LegacyFormat),
            (r#"["sha256", ["@"], ""]"#, DigestError::LegacyFormat),
            (r#"["sha256", "@", "00"]"#, DigestError::LegacyFormat),
            (r#"["whirlpool", ["@"], "00"]"#, DigestError::LegacyFunction),
            (r#"["firebase-scrypt", ["@", "a", "b", "c"], "00"]"#, DigestError::LegacyFunction),
            (r#"["pbkdf2", ["@", "salt", "1000", "20"], "00"]"#, DigestError::LegacyFormat),
            (r#"["pbkdf2", ["@", "salt", "0", "20", "sha256"], "00"]"#, DigestError::LegacyFormat),
            (r#"["pbkdf2", ["@", "salt", "1", "0", "sha256"], "00"]"#, DigestError::LegacyFormat),
            (r#"["pbkdf2", ["@", "salt", "1", "20", "md5"], "00"]"#, DigestError::LegacyFunction),
            (r#"["pbkdf2", ["@", "hex:0", "1", "20", "sha1"], "00"]"#, DigestError::LegacyFormat),
        ] {
            assert_eq!(legacy(digest, "password"), Err(error), "{digest}");
        }
        for (iterations, length) in [("5000001", "32"), ("4294967295", "1"), ("2500001", "33")] {
            let digest = format!(r#"["pbkdf2", ["@", "salt", "{iterations}", "{length}", "sha256"], "00"]"#);
            assert!(matches!(legacy(&digest, "x"), Err(DigestError::TooExpensive(_))), "{digest}");
        }
    }

    /// The digest is that of another implementation (`crypt` of libxcrypt).
    #[test]
    fn bcrypt_matches_up_to_a_bearable_cost() {
        const DIGEST: &str = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";
        for version in ["$2a$", "$2b$", "$2y$"] {
            let digest = BcryptDigest::parse(&DIGEST.replace("$2b$", version)).unwrap();
            assert!(digest.matches("password") && !digest.matches("passwore"));
        }
        assert!(BcryptDigest::parse(&DIGEST.replace("$04$", "$15$")).is_ok());
        for cost in ["$16$", "$31$", "$99$"] {
            let error = BcryptDigest::parse(&DIGEST.replace("$04$", cost)).err();
            assert!(matches!(error, Some(DigestError::TooExpensive(_))), "{cost}");
        }
        for text in ["", "password", &DIGEST[..59], &DIGEST.replace("$2b$", "$1$x")] {
            assert_eq!(BcryptDigest::parse(text).err(), Some(DigestError::Malformed), "{text}");
        }
    }

    #[test]
    fn hexadecimal_digests_match() {
        for (function, digest) in [
            (HashFunction::Md5, "5f4dcc3b5aa765d61d8327deb882cf99"),
            (HashFunction::SHA1, "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"),
            (HashFunction::SHA256, "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"),
        ] {
            for text in [digest.to_owned(), digest.to_uppercase()] {
                let digest = ImportedDigest::of_password(function, &text).unwrap();
                assert!(digest.matches("password") && !digest.matches("passwore"));
            }
            assert_eq!(ImportedDigest::of_password(function, &digest[1..]).err(), Some(DigestError::Malformed));
        }
    }
}
