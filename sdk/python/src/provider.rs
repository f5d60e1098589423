//! `client::Provider` for Python: the low-level calls of `OidcCore`. All may block.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use client::{CodeExchange, Error, UreqTransport};
use kernel::Clock;
use pyo3::prelude::*;

use crate::errors::raise;

/// A provider whose metadata is known.
#[pyclass(frozen)]
pub(crate) struct Provider(client::Provider);

fn transport(timeout: f64, ca_file: Option<&str>) -> Result<Arc<UreqTransport>, Error> {
    let timeout = Duration::try_from_secs_f64(timeout).unwrap_or(Duration::from_secs(10));
    UreqTransport::new(timeout, ca_file.map(Path::new)).map(Arc::new)
}

fn json(response: &client::TokenResponse) -> String {
    serde_json::to_string(response).unwrap_or_default()
}

#[pymethods]
impl Provider {
    #[new]
    #[pyo3(signature = (metadata, *, timeout, ca_file))]
    fn new(py: Python<'_>, metadata: &str, timeout: f64, ca_file: Option<&str>) -> PyResult<Self> {
        let metadata = serde_json::from_str(metadata)
            .map_err(|error| raise(py, Error::Config(format!("The provider metadata is incomplete: {error}"))))?;
        let transport = py.detach(|| transport(timeout, ca_file)).map_err(|error| raise(py, error))?;
        Ok(Self(client::Provider::new(metadata, transport, Clock::system())))
    }

    /// The metadata document at `url` as JSON.
    #[staticmethod]
    #[pyo3(signature = (url, *, timeout, ca_file))]
    fn discover(py: Python<'_>, url: &str, timeout: f64, ca_file: Option<&str>) -> PyResult<String> {
        let found = py.detach(|| client::Provider::discover(url, transport(timeout, ca_file)?, Clock::system()));
        found.map(|(_, document)| document).map_err(|error| raise(py, error))
    }

    #[pyo3(signature = (*, client_id, client_secret, redirect_uri, code, code_verifier))]
    #[allow(clippy::too_many_arguments)] // Keyword-only; they are the fields of the request.
    fn token_by_code(
        &self,
        py: Python<'_>,
        client_id: &str,
        client_secret: Option<&str>,
        redirect_uri: &str,
        code: &str,
        code_verifier: &str,
    ) -> PyResult<String> {
        let exchange = CodeExchange { client_id, client_secret, redirect_uri, code, code_verifier };
        let response = py.detach(|| self.0.token_by_code(exchange));
        response.map(|response| json(&response)).map_err(|error| raise(py, error))
    }

    #[pyo3(signature = (*, client_id, client_secret, refresh_token, key))]
    fn token_by_refresh(
        &self,
        py: Python<'_>,
        client_id: &str,
        client_secret: Option<&str>,
        refresh_token: &str,
        key: &str,
    ) -> PyResult<String> {
        let response = py.detach(|| self.0.token_by_refresh(client_id, client_secret, refresh_token, key));
        response.map(|response| json(&response)).map_err(|error| raise(py, error))
    }

    #[pyo3(signature = (token, *, client_id, leeway))]
    fn verify_id_token(&self, py: Python<'_>, token: &str, client_id: &str, leeway: i64) -> PyResult<()> {
        let verified = py.detach(|| self.0.verify_id_token(token, client_id, None, leeway));
        verified.map(|_| ()).map_err(|error| raise(py, error))
    }

    fn user_info(&self, py: Python<'_>, access_token: &str) -> PyResult<String> {
        py.detach(|| self.0.user_info(access_token)).map_err(|error| raise(py, error))
    }
}
