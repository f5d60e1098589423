//! Secrets at rest: keys and client secrets are stored sealed with AES-256-GCM under a key of the installation
//! (docs/adr/0010-secrets-at-rest.md). A copy of the database alone opens nothing.

mod installation_key;
mod key;
mod key_file;
mod stored;
mod vault;

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::DbError;
use kernel::Rng;

use crate::errors::ApiError;

pub use installation_key::{KeyError, examine};
pub(crate) use installation_key::{check, open};
pub use key::{SecretKey, SecretKeyError};
pub use stored::{SealedColumn, reseal};
pub use vault::{SealedSecret, SecretOwner, Vault};

/// The version of the format: `sealed1.{key id}.{base64url of nonce, ciphertext and tag}`.
const VERSION: &str = "sealed1.";
const KEY_ID_BYTES: usize = 8;

/// Where a sealed value is stored. It opens only there, so that who can write to the database can't give one tenant or client
/// the secret of another.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub column: SealedColumn,
    pub tenant_id: &'a str,
    /// The row's id; of a client secret the application's, because secrets are renamed.
    pub id: &'a str,
}

/// Why a value can't be sealed or opened. The value itself is not named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("{0} holds a value that is not sealed")]
    NotSealed(String),
    #[error(
        "{place} was sealed under the key {key_id}, which is neither SECRET_KEY nor one of SECRET_KEY_PREVIOUS; restart this \
         node with the settings of the others"
    )]
    UnknownKey { place: String, key_id: String },
    #[error("{0} was changed, or moved there from another row")]
    Damaged(String),
    #[error("{0} can't be sealed")]
    Unsealable(String),
}

impl From<SealError> for DbError {
    fn from(error: SealError) -> Self {
        match error {
            // Other nodes were given another key and `loggia key reseal` ran; this one serves again when it has that key too.
            SealError::UnknownKey { .. } => Self::Unavailable(error.to_string()),
            _ => Self::Sql(error.to_string()),
        }
    }
}

impl From<SealError> for ApiError {
    fn from(error: SealError) -> Self {
        DbError::from(error).into()
    }
}

/// Seals under the current key and opens what any known key has sealed. Cheap to clone.
#[derive(Clone)]
pub struct Sealer(Arc<Keys>);

struct Keys {
    current: Key,
    previous: Vec<Key>,
    rng: Rng,
}

struct Key {
    /// Names the key in sealed values and messages; it gives nothing away.
    id: String,
    cipher: LessSafeKey,
    /// For secrets that are made again instead of stored.
    derivation: hmac::Key,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({})", self.key_id())
    }
}

impl Key {
    fn new(secret: &SecretKey) -> Result<Self, KeyError> {
        let derive =
            |purpose: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.bytes().expose()), purpose.as_bytes());
        let cipher = UnboundKey::new(&AES_256_GCM, derive("loggia sealing: AES-256-GCM").as_ref())
            .map_err(|_| KeyError::Unusable)?;
        let id = URL_SAFE_NO_PAD.encode(&derive("loggia sealing: key id").as_ref()[..KEY_ID_BYTES]);
        let derivation = hmac::Key::new(hmac::HMAC_SHA256, derive("loggia sealing: derivation").as_ref());
        Ok(Self { id, cipher: LessSafeKey::new(cipher), derivation })
    }
}

impl Sealer {
    /// A sealer with the key for new values, and older keys that still open theirs.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] if AES-GCM can't be set up.
    pub fn new(current: &SecretKey, previous: &[SecretKey], rng: Rng) -> Result<Self, KeyError> {
        let previous = previous.iter().map(Key::new).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Keys { current: Key::new(current)?, previous, rng })))
    }

    /// The id of the key for new values.
    pub fn key_id(&self) -> &str {
        &self.0.current.id
    }

    /// What values sealed now begin with.
    fn prefix(&self) -> String {
        format!("{VERSION}{}.", self.key_id())
    }

    fn key(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.0.current).chain(&self.0.previous).find(|key| key.id == id)
    }

    /// A secret of 32 bytes in base64url that is the same for the same parts, as long as the current key is.
    pub fn derive(&self, parts: &[&str]) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0.current.derivation, &length_prefixed(parts)))
    }

    /// Seals a value for the place it will be stored in.
    ///
    /// # Errors
    /// [`SealError::Unsealable`] for a value of more than 64 GB.
    pub fn seal(&self, place: Place<'_>, plain: &str) -> Result<String, SealError> {
        let nonce = self.0.rng.bytes::<NONCE_LEN>();
        let mut sealed = plain.as_bytes().to_vec();
        self.0
            .current
            .cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place.authenticated(), &mut sealed)
            .map_err(|_| SealError::Unsealable(place.to_string()))?;
        Ok(format!("{}{}", self.prefix(), URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens a value that was stored in this place.
    ///
    /// # Errors
    /// [`SealError`] when its key is not known, it was sealed for another place, or it was changed.
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<String, SealError> {
        let damaged = || SealError::Damaged(place.to_string());
        let (key_id, encoded) = sealed
            .strip_prefix(VERSION)
            .and_then(|rest| rest.split_once('.'))
            .ok_or_else(|| SealError::NotSealed(place.to_string()))?;
        let key = self
            .key(key_id)
            .ok_or_else(|| SealError::UnknownKey { place: place.to_string(), key_id: key_id.to_owned() })?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| damaged())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let (nonce, mut sealed) = (Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
        let length = key.cipher.open_in_place(nonce, place.authenticated(), &mut sealed).map_err(|_| damaged())?.len();
        sealed.truncate(length);
        String::from_utf8(sealed).map_err(|_| damaged())
    }
}

impl Place<'_> {
    /// The additional authenticated data: no two places have the same.
    fn authenticated(&self) -> Aad<Vec<u8>> {
        Aad::from(length_prefixed(&[self.column.table(), self.tenant_id, self.id]))
    }
}

fn length_prefixed(parts: &[&str]) -> Vec<u8> {
    parts.iter().flat_map(|part| [&part.len().to_be_bytes(), part.as_bytes()].concat()).collect()
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}` of tenant `{}`", self.column.table(), self.id, self.tenant_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(current: u8, previous: &[u8]) -> Sealer {
        let key = |byte: u8| SecretKey::from([byte; 32]);
        Sealer::new(&key(current), &previous.iter().copied().map(key).collect::<Vec<_>>(), Rng::system()).unwrap()
    }

    const PLACE: Place<'_> = Place { column: SealedColumn::ApplicationSecret, tenant_id: "default", id: "app" };

    #[test]
    fn a_sealed_value_hides_its_text_and_opens_only_in_its_place() {
        let sealer = sealer(1, &[]);
        let sealed = sealer.seal(PLACE, "secret text").unwrap();
        assert_ne!(sealed, sealer.seal(PLACE, "secret text").unwrap());
        assert_eq!(sealer.open(PLACE, &sealed).unwrap(), "secret text");
        let elsewhere = [
            Place { id: "other", ..PLACE },
            Place { tenant_id: "admin", ..PLACE },
            Place { column: SealedColumn::CookieKey, ..PLACE },
            Place { tenant_id: "defaulta", id: "pp", ..PLACE },
        ];
        for place in elsewhere {
            assert_eq!(sealer.open(place, &sealed), Err(SealError::Damaged(place.to_string())));
        }
    }

    #[test]
    fn derived_secrets_differ_by_key_and_by_each_part() {
        let one = sealer(1, &[]);
        assert_eq!(one.derive(&["a", "bc"]), sealer(1, &[2]).derive(&["a", "bc"]));
        for other in [one.derive(&["ab", "c"]), one.derive(&["a", "bd"]), sealer(2, &[1]).derive(&["a", "bc"])] {
            assert_ne!(one.derive(&["a", "bc"]), other);
        }
    }

    #[test]
    fn a_changed_or_plain_value_does_not_open() {
        let sealer = sealer(1, &[]);
        let sealed = sealer.seal(PLACE, "secret text").unwrap();
        let (head, tail) = sealed.split_at(sealed.len() - 4);
        for changed in [head.to_owned(), format!("{head}AAA{}", &tail[3..]), format!("{sealed}A"), sealer.prefix()] {
            assert_eq!(sealer.open(PLACE, &changed), Err(SealError::Damaged(PLACE.to_string())), "{changed}");
        }
        assert_eq!(sealer.open(PLACE, "secret text"), Err(SealError::NotSealed(PLACE.to_string())));
    }

    #[test]
    fn previous_keys_open_and_the_current_one_seals() {
        let old = sealer(1, &[]).seal(PLACE, "secret text").unwrap();
        let rotated = sealer(2, &[3, 1]);
        assert_eq!(rotated.open(PLACE, &old).unwrap(), "secret text");
        let new = rotated.seal(PLACE, "secret text").unwrap();
        assert_eq!(sealer(2, &[]).open(PLACE, &new).unwrap(), "secret text");
        let error = sealer(2, &[]).open(PLACE, &old).unwrap_err().to_string();
        assert!(error.contains("SECRET_KEY") && !error.contains("secret text"), "{error}");
    }
}
