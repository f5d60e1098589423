//! A Python storage object as the client's `Storage`.

use std::sync::Arc;

use client::{PersistKey, StorageError};
use pyo3::prelude::*;

/// What the storage object raised.
#[derive(Debug)]
pub(crate) struct Raised(pub PyErr);

impl std::fmt::Display for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Raised {}

/// Anything with `get`, `set` and `delete`.
pub(crate) struct Storage<'a, 'py>(pub &'a Bound<'py, PyAny>);

fn raised(error: PyErr) -> StorageError {
    Arc::new(Raised(error))
}

impl client::Storage for Storage<'_, '_> {
    fn get(&self, key: PersistKey) -> Result<Option<String>, StorageError> {
        let value = self.0.call_method1("get", (key.as_str(),)).map_err(raised)?;
        value.extract().map_err(raised)
    }

    fn set(&self, key: PersistKey, value: &str) -> Result<(), StorageError> {
        self.0.call_method1("set", (key.as_str(), value)).map(|_| ()).map_err(raised)
    }

    fn delete(&self, key: PersistKey) -> Result<(), StorageError> {
        self.0.call_method1("delete", (key.as_str(),)).map(|_| ()).map_err(raised)
    }
}
