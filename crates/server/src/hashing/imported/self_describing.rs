//! Digests whose text says what they are: of crypt(3), Django, passlib, Werkzeug and LDAP directories. They are `Legacy` too.

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::STANDARD;
use kernel::hex;

use super::super::digest::{Digest, DigestError};
use super::super::phc::Argon2Digest;
use super::bcrypt_digest::BcryptDigest;
use super::derivation::{Derivation, HashFunction, Part};
use super::sha_crypt_digest::ShaCryptDigest;
use super::{ImportedDigest, LENIENT_BASE64};

/// Reads a text that is not in the JSON of `Legacy`.
pub(super) fn parse(text: &str) -> Result<Digest, DigestError> {
    let malformed = |result: Result<Digest, DigestError>| match result {
        Err(DigestError::Malformed) => Err(DigestError::LegacyFormat),
        other => other,
    };
    if let Some(rest) = text.strip_prefix('{') {
        return ldap(rest).map(Digest::Imported);
    }
    if text.starts_with('$') {
        return malformed(modular(text));
    }
    malformed(django(text))
}

/// `$id$…`, as crypt(3) and passlib write it.
fn modular(text: &str) -> Result<Digest, DigestError> {
    let (id, rest) = text[1..].split_once('$').ok_or(DigestError::LegacyFormat)?;
    match id {
        "argon2i" | "argon2id" | "argon2d" => Argon2Digest::parse(text).map(Digest::Argon2),
        "2a" | "2b" | "2x" | "2y" => BcryptDigest::parse(text).map(Digest::Bcrypt),
        "bcrypt-sha256" => BcryptDigest::parse_passlib_sha256(rest).map(Digest::Bcrypt),
        "5" | "6" => ShaCryptDigest::parse(text).map(Digest::ShaCrypt),
        "pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512" => {
            let [iterations, salt, checksum] = fields(rest)?;
            let (salt, checksum) = (passlib_base64(salt)?, passlib_base64(checksum)?);
            let function = id.strip_prefix("pbkdf2-").unwrap_or("sha1");
            imported(Derivation::pbkdf2(function, iterations, salt, checksum.len())?, checksum)
        }
        "scrypt" => {
            let [parameters, salt, checksum] = fields(rest)?;
            let number = |name: &str| {
                let of_name = |part: &str| part.strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok();
                parameters.split(',').find_map(of_name).ok_or(DigestError::LegacyFormat)
            };
            let derivation = Derivation::scrypt(number("ln")?, number("r")?, number("p")?, passlib_base64(salt)?)?;
            imported(derivation, passlib_base64(checksum)?)
        }
        _ => Err(DigestError::LegacyFunction),
    }
}

/// `algorithm$…`, as Django writes it, and Werkzeug's `method:parameters$salt$digest`. Salts are text.
fn django(text: &str) -> Result<Digest, DigestError> {
    let (id, rest) = text.split_once('$').ok_or(DigestError::LegacyFormat)?;
    match id {
        "argon2" => Argon2Digest::parse(&format!("${rest}")).map(Digest::Argon2),
        "bcrypt" => BcryptDigest::parse(rest).map(Digest::Bcrypt),
        "bcrypt_sha256" => BcryptDigest::parse_django_sha256(rest).map(Digest::Bcrypt),
        "pbkdf2_sha256" | "pbkdf2_sha1" => {
            let [iterations, salt, checksum] = fields(rest)?;
            let checksum = base64(&STANDARD, checksum)?;
            let function = id.strip_prefix("pbkdf2_").unwrap_or_default();
            imported(Derivation::pbkdf2(function, iterations, salt.into(), checksum.len())?, checksum)
        }
        "scrypt" => {
            let [n, salt, r, p, checksum] = fields(rest)?;
            imported(Derivation::scrypt_of_n(n, r, p, salt.into())?, base64(&STANDARD, checksum)?)
        }
        "md5" | "sha1" => {
            let [salt, checksum] = fields(rest)?;
            let parts = vec![Part::Bytes(salt.into()), Part::Password];
            imported(Derivation::Hash { function: HashFunction::from_name(id)?, parts }, hexadecimal(checksum)?)
        }
        _ => werkzeug(id, rest),
    }
}

fn werkzeug(method: &str, rest: &str) -> Result<Digest, DigestError> {
    let [salt, checksum] = fields(rest).map_err(|_| DigestError::LegacyFunction)?;
    let checksum = hexadecimal(checksum).map_err(|_| DigestError::LegacyFunction)?;
    let derivation = match method.split(':').collect::<Vec<_>>()[..] {
        ["pbkdf2", function, iterations] => Derivation::pbkdf2(function, iterations, salt.into(), checksum.len())?,
        ["scrypt", n, r, p] => Derivation::scrypt_of_n(n, r, p, salt.into())?,
        _ => return Err(DigestError::LegacyFunction),
    };
    imported(derivation, checksum)
}

/// `{SSHA}` and the like (RFC 2307): the digest and after it the salt, in base64.
fn ldap(text: &str) -> Result<ImportedDigest, DigestError> {
    let (scheme, rest) = text.split_once('}').ok_or(DigestError::LegacyFormat)?;
    let (function, is_salted) = match scheme.to_ascii_uppercase().as_str() {
        "MD5" => (HashFunction::Md5, false),
        "SMD5" => (HashFunction::Md5, true),
        "SHA" => (HashFunction::SHA1, false),
        "SSHA" => (HashFunction::SHA1, true),
        "SHA256" => (HashFunction::SHA256, false),
        "SSHA256" => (HashFunction::SHA256, true),
        "SHA512" => (HashFunction::SHA512, false),
        "SSHA512" => (HashFunction::SHA512, true),
        _ => return Err(DigestError::LegacyFunction),
    };
    let mut checksum = base64(&STANDARD, rest)?;
    if checksum.len() < function.output_len() {
        return Err(DigestError::LegacyFormat);
    }
    let salt = checksum.split_off(function.output_len());
    if salt.is_empty() == is_salted {
        return Err(DigestError::LegacyFormat);
    }
    ImportedDigest::new(Derivation::Hash { function, parts: vec![Part::Password, Part::Bytes(salt)] }, checksum)
}

fn imported(derivation: Derivation, expected: Vec<u8>) -> Result<Digest, DigestError> {
    ImportedDigest::new(derivation, expected).map(Digest::Imported)
}

fn fields<const N: usize>(text: &str) -> Result<[&str; N], DigestError> {
    text.split('$').collect::<Vec<_>>().try_into().map_err(|_| DigestError::LegacyFormat)
}

fn hexadecimal(text: &str) -> Result<Vec<u8>, DigestError> {
    hex::decode(text).ok_or(DigestError::LegacyFormat)
}

fn base64(alphabet: &GeneralPurpose, text: &str) -> Result<Vec<u8>, DigestError> {
    alphabet.decode(text).map_err(|_| DigestError::LegacyFormat)
}

/// passlib writes `.` for `+`, and no padding.
fn passlib_base64(text: &str) -> Result<Vec<u8>, DigestError> {
    base64(&LENIENT_BASE64, &text.replace('.', "+"))
}
