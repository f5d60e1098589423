//! PyO3 binding over `client`: conversions, the release of the interpreter lock and the classes of exceptions. No logic.

mod clock;
mod core;
mod errors;
mod management;
mod operation;
mod provider;
mod storage;
mod validator;

use kernel::Rng;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::raise;

/// 43 random base64url characters.
#[pyfunction]
fn random_text() -> String {
    client::random_text(&Rng::system())
}

/// The S256 challenge of a PKCE verifier.
#[pyfunction]
fn challenge(verifier: &str) -> String {
    client::challenge(verifier)
}

/// The claims of a JWT as JSON, without any verification.
#[pyfunction]
fn decode(py: Python<'_>, token: &str) -> PyResult<String> {
    let decoded = jose::decode_unverified(token).map_err(|error| raise(py, client::Error::from(error)))?;
    Ok(serde_json::Value::Object(decoded.claims).to_string())
}

/// Encryption of stored values.
#[pyclass(frozen)]
struct ValueCipher(client::ValueCipher);

#[pymethods]
impl ValueCipher {
    #[new]
    fn new(py: Python<'_>, secret: &str) -> PyResult<Self> {
        client::ValueCipher::new(secret, Rng::system()).map(Self).map_err(|error| raise(py, error))
    }

    fn encrypt(&self, py: Python<'_>, name: &str, value: &[u8]) -> PyResult<String> {
        self.0.encrypt(name, value).map_err(|error| raise(py, error))
    }

    fn decrypt<'py>(&self, py: Python<'py>, name: &str, stored: &str) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let decrypted = self.0.decrypt(name, stored).map_err(|error| raise(py, error))?;
        Ok(decrypted.map(|value| PyBytes::new(py, &value)))
    }
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(random_text, module)?)?;
    module.add_function(wrap_pyfunction!(challenge, module)?)?;
    module.add_function(wrap_pyfunction!(decode, module)?)?;
    module.add_function(wrap_pyfunction!(clock::set_time_ahead, module)?)?;
    module.add_class::<ValueCipher>()?;
    module.add_class::<core::Core>()?;
    module.add_class::<management::ManagementConnection>()?;
    module.add_class::<operation::Operation>()?;
    module.add_class::<provider::Provider>()?;
    module.add_class::<validator::Validator>()?;
    module.add_class::<validator::PresentedToken>()?;
    Ok(())
}
