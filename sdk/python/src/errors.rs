//! Errors of `client` as the Python package's exceptions.

use client::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::storage::Raised;

/// The exception for an error; what a user's storage raised comes back as it was.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    if let Error::Storage(inner) = &error
        && let Some(raised) = inner.downcast_ref::<Raised>()
    {
        return raised.0.clone_ref(py);
    }
    build(py, &error).unwrap_or_else(|problem| problem)
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let class = match error.kind() {
        ErrorKind::Config => "ConfigurationError",
        ErrorKind::Callback => "SignInCallbackError",
        ErrorKind::Reauthentication => "ReauthenticationRequired",
        ErrorKind::Provider => "ProviderError",
        ErrorKind::Network => "NetworkError",
        ErrorKind::IdToken => "IdTokenError",
        ErrorKind::Token => "TokenError",
        ErrorKind::InsufficientScope => "InsufficientScope",
        ErrorKind::Storage => "StorageError",
    };
    let details = PyDict::new(py);
    details.set_item("code", error.code())?;
    details.set_item("description", error.description())?;
    details.set_item("status", error.status())?;
    let class = py.import("logto.LogtoException")?.getattr(class)?;
    Ok(PyErr::from_value(class.call((error.to_string(),), Some(&details))?))
}
