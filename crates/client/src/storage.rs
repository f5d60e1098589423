//! Where an application keeps a user's session: four strings under four names, as the published SDKs store them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;

/// The names under which values are stored. Existing sessions depend on them and on the formats of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersistKey {
    IdToken,
    AccessTokenMap,
    RefreshToken,
    SignInSession,
}

impl PersistKey {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "idToken",
            Self::AccessTokenMap => "accessTokenMap",
            Self::RefreshToken => "refreshToken",
            Self::SignInSession => "signInSession",
        }
    }
}

/// What a signed-in session consists of.
pub(crate) const TOKENS: [PersistKey; 3] = [PersistKey::IdToken, PersistKey::AccessTokenMap, PersistKey::RefreshToken];

/// Whatever a storage failed with.
pub type StorageError = Arc<dyn std::error::Error + Send + Sync>;

/// One user's session. Only called on the thread that called the client.
pub trait Storage {
    fn get(&self, key: PersistKey) -> Result<Option<String>, StorageError>;
    fn set(&self, key: PersistKey, value: &str) -> Result<(), StorageError>;
    fn delete(&self, key: PersistKey) -> Result<(), StorageError>;
}

/// Empty texts count as absent: some stores write them for deleted values.
pub(crate) fn read(storage: &dyn Storage, key: PersistKey) -> Result<Option<String>, Error> {
    Ok(storage.get(key).map_err(Error::Storage)?.filter(|value| !value.is_empty()))
}

pub(crate) fn write(storage: &dyn Storage, key: PersistKey, value: &str) -> Result<(), Error> {
    storage.set(key, value).map_err(Error::Storage)
}

pub(crate) fn remove(storage: &dyn Storage, keys: &[PersistKey]) -> Result<(), Error> {
    keys.iter().try_for_each(|key| storage.delete(*key).map_err(Error::Storage))
}

/// A session in memory, for tests and scripts.
#[derive(Debug, Default)]
pub struct MemoryStorage(Mutex<HashMap<PersistKey, String>>);

impl Storage for MemoryStorage {
    fn get(&self, key: PersistKey) -> Result<Option<String>, StorageError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned())
    }

    fn set(&self, key: PersistKey, value: &str) -> Result<(), StorageError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value.to_owned());
        Ok(())
    }

    fn delete(&self, key: PersistKey) -> Result<(), StorageError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        Ok(())
    }
}
