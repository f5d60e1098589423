//! Digests of other systems: bcrypt, SHA-crypt, PBKDF2, scrypt, and hash functions with the arguments of the format `Legacy`
//! (H115, H116).

mod bcrypt_digest;
mod derivation;
mod self_describing;
mod sha_crypt_digest;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use kernel::hex;
use kernel::id::constant_time_eq;
use serde::Deserialize;

use super::digest::{Digest, DigestError};
use derivation::{Derivation, Part};

pub(super) use bcrypt_digest::BcryptDigest;
pub(super) use derivation::HashFunction;
pub(super) use sha_crypt_digest::ShaCryptDigest;

/// The argument of `Legacy` in whose place the password stands.
const PASSWORD: &str = "@";

/// Base64 with or without padding.
const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A digest, and how it is made of the password.
pub(super) struct ImportedDigest {
    derivation: Derivation,
    expected: Vec<u8>,
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

/// Reads the format `Legacy`: the JSON of the contract, or a text that says itself what it is.
pub(super) fn parse_legacy(text: &str) -> Result<Digest, DigestError> {
    match text.trim_start().starts_with('[') {
        true => parse_json(text).map(Digest::Imported),
        false => self_describing::parse(text),
    }
}

fn parse_json(text: &str) -> Result<ImportedDigest, DigestError> {
    let Legacy(name, arguments, digest) = serde_json::from_str(text).map_err(|_| DigestError::LegacyFormat)?;
    let arguments: Vec<String> = arguments.into_iter().map(Argument::into_text).collect();
    // Without the password every password would match.
    if digest.is_empty() || !arguments.iter().any(|argument| argument == PASSWORD) {
        return Err(DigestError::LegacyFormat);
    }
    let others: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != PASSWORD).collect();
    match name.as_str() {
        "pbkdf2" | "pbkdf2Sync" => pbkdf2(&others, &digest),
        "firebase-scrypt" => firebase_scrypt(&others, &digest),
        name => {
            let function = HashFunction::from_name(name)?;
            let part = |argument: String| match argument.as_str() {
                PASSWORD => Part::Password,
                _ => Part::Bytes(argument.into_bytes()),
            };
            let parts = arguments.into_iter().map(part).collect();
            ImportedDigest::new(Derivation::Hash { function, parts }, hexadecimal(&digest)?)
        }
    }
}

/// Salt, iterations, length in bytes and hash function.
fn pbkdf2(arguments: &[&str], digest: &str) -> Result<ImportedDigest, DigestError> {
    let [salt, iterations, length, function] = *arguments else { return Err(DigestError::LegacyFormat) };
    let salt = match salt.strip_prefix("hex:") {
        Some(digits) => hexadecimal(digits)?,
        None => salt.as_bytes().to_vec(),
    };
    let length: usize = length.parse().map_err(|_| DigestError::LegacyFormat)?;
    let derivation = Derivation::pbkdf2(function, iterations, salt, length)?;
    let expected = hexadecimal(digest)?;
    if expected.len() != length {
        return Err(DigestError::LegacyFormat);
    }
    ImportedDigest::new(derivation, expected)
}

/// Salt, salt separator and signer key in base64, rounds and memory cost, as Firebase shows them; the digest in base64 or
/// hexadecimal digits.
fn firebase_scrypt(arguments: &[&str], digest: &str) -> Result<ImportedDigest, DigestError> {
    let [salt, separator, signer_key, rounds, memory_cost] = *arguments else { return Err(DigestError::LegacyFormat) };
    let (Ok(rounds), Ok(memory_cost)) = (rounds.parse(), memory_cost.parse()) else {
        return Err(DigestError::LegacyFormat);
    };
    let (signer_key, salt) =
        (firebase_base64(signer_key)?, [firebase_base64(salt)?, firebase_base64(separator)?].concat());
    let expected = match hex::decode(digest) {
        Some(bytes) if bytes.len() == signer_key.len() => bytes,
        _ => firebase_base64(digest)?,
    };
    if signer_key.is_empty() || expected.len() != signer_key.len() {
        return Err(DigestError::LegacyFormat);
    }
    ImportedDigest::new(Derivation::firebase(rounds, memory_cost, salt, signer_key)?, expected)
}

/// Firebase's tools write either alphabet.
fn firebase_base64(text: &str) -> Result<Vec<u8>, DigestError> {
    let text = text.replace('-', "+").replace('_', "/");
    LENIENT_BASE64.decode(text).map_err(|_| DigestError::LegacyFormat)
}

fn hexadecimal(digits: &str) -> Result<Vec<u8>, DigestError> {
    hex::decode(digits).ok_or(DigestError::LegacyFormat)
}

impl ImportedDigest {
    /// The digest of nothing but the password, in hexadecimal digits.
    pub(super) fn of_password(function: HashFunction, text: &str) -> Result<Self, DigestError> {
        let expected = hex::decode(text).ok_or(DigestError::Malformed)?;
        let derivation = Derivation::Hash { function, parts: vec![Part::Password] };
        Self::new(derivation, expected).map_err(|_| DigestError::Malformed)
    }

    /// 400 for a digest that is shorter or longer than what the derivation makes: it would match nothing. An empty one would match
    /// everything.
    fn new(derivation: Derivation, expected: Vec<u8>) -> Result<Self, DigestError> {
        let length = match &derivation {
            Derivation::Hash { function, .. } => function.output_len(),
            _ => expected.len(),
        };
        match expected.len() == length && (16..=128).contains(&length) {
            true => Ok(Self { derivation, expected }),
            false => Err(DigestError::LegacyFormat),
        }
    }

    /// What it is called in reports.
    pub(super) fn kind(&self) -> &'static str {
        self.derivation.kind()
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let computed = self.derivation.derive(password, self.expected.len());
        computed.is_some_and(|computed| constant_time_eq(&hex::encode(&computed), &hex::encode(&self.expected)))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn legacy(text: &str, password: &str) -> Result<bool, DigestError> {
        parse_legacy(text).map(|digest| digest.matches(password, &mut Vec::new()).unwrap())
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

    /// The example that Firebase publishes with its implementation.
    #[test]
    fn firebase_digests_match() {
        let key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
        let hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
        let hexadecimal = hex::encode(&LENIENT_BASE64.decode(hash).unwrap());
        for digest in [hash, hash.replace('+', "-").replace('/', "_").trim_end_matches('='), &hexadecimal] {
            let arguments = format!(r#"["@", "42xEC+ixf3L2lw==", "Bw==", "{key}", "8", "14"]"#);
            let digest = format!(r#"["firebase-scrypt", {arguments}, "{digest}"]"#);
            assert_eq!((legacy(&digest, "user1password"), legacy(&digest, "user2password")), (Ok(true), Ok(false)));
        }
    }

    #[test]
    fn a_password_that_would_keep_sha_crypt_busy_matches_nothing() {
        let digest = "$6$rounds=1000$saltsalt$".to_owned() + &"a".repeat(86);
        assert_eq!(legacy(&digest, &"x".repeat(4096)), Ok(false));
        for text in ["$6$rounds=999$s$", "$6$rounds=x$s$", "$5$s$", "$6$seventeencharacte$"] {
            assert_eq!(legacy(&(text.to_owned() + &"a".repeat(86)), "x"), Err(DigestError::LegacyFormat), "{text}");
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
            (r#"["firebase-scrypt", ["@", "a", "b", "c"], "00"]"#, DigestError::LegacyFormat),
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
