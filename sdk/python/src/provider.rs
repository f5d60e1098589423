//! `client::Provider` for Python: the low-level calls of `OidcCore`. All may block.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use client::{
    ClientCredentials, ClockOffset, CodeExchange, Connection, Error, ProxySetting, ResourceMetadata, UreqTransport,
};
use kernel::Secret;
use pyo3::prelude::*;

use crate::clock::module_clock;
use crate::errors::raise;

/// A provider whose metadata is known.
#[pyclass(frozen)]
pub(crate) struct Provider(pub client::Provider);

/// How to reach a provider: the keyword arguments of [`Provider`].
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ConnectionSettings {
    pub timeout: f64,
    pub ca_file: Option<String>,
    pub proxy: Option<String>,
    pub allow_insecure_http: bool,
}

/// None is the environment's, an empty text none at all.
pub(crate) fn proxy_setting(proxy: Option<String>) -> ProxySetting {
    match proxy {
        None => ProxySetting::Environment,
        Some(url) if url.is_empty() => ProxySetting::Direct,
        Some(url) => ProxySetting::Url(Secret::new(url)),
    }
}

impl ConnectionSettings {
    fn connect(self) -> Result<Connection, Error> {
        let transport = UreqTransport::new(self.ca_file.as_deref().map(Path::new), &proxy_setting(self.proxy))?;
        let timeout = Duration::try_from_secs_f64(self.timeout)
            .map_err(|_| Error::Config("The timeout must be a number of seconds".to_owned()))?;
        let allow_insecure_http = self.allow_insecure_http;
        let (clock, clock_offset) = (module_clock(), ClockOffset::default());
        Ok(Connection { transport: Arc::new(transport), clock, timeout, allow_insecure_http, clock_offset })
    }
}

fn json(response: &client::TokenResponse) -> String {
    serde_json::to_string(response).unwrap_or_default()
}

#[pymethods]
impl Provider {
    #[new]
    fn new(py: Python<'_>, metadata: &str, connection: ConnectionSettings) -> PyResult<Self> {
        let metadata = serde_json::from_str(metadata)
            .map_err(|error| raise(py, Error::Config(format!("The provider metadata is incomplete: {error}"))))?;
        let provider = py.detach(|| client::Provider::new(metadata, connection.connect()?));
        provider.map(Self).map_err(|error| raise(py, error))
    }

    /// The metadata document at `url` as JSON.
    #[staticmethod]
    fn discover(py: Python<'_>, url: &str, connection: ConnectionSettings) -> PyResult<String> {
        let found = py.detach(|| {
            let connection = connection.connect()?;
            let deadline = connection.deadline();
            client::Provider::discover(url, connection, deadline)
        });
        found.map(|(_, document)| document).map_err(|error| raise(py, error))
    }

    /// What an API says about itself: its identifier, its issuers, its scopes. With the challenge of a refusal, from there; None if
    /// that names no document.
    #[staticmethod]
    #[pyo3(signature = (resource, challenge, connection))]
    fn find_resource(
        py: Python<'_>,
        resource: &str,
        challenge: Option<&str>,
        connection: ConnectionSettings,
    ) -> PyResult<Option<(String, Vec<String>, Vec<String>)>> {
        let found = py.detach(|| {
            let connection = connection.connect()?;
            let deadline = connection.deadline();
            match challenge {
                Some(header) => ResourceMetadata::of_challenge(header, resource, &connection, deadline),
                None => ResourceMetadata::of_resource(resource, &connection, deadline).map(Some),
            }
        });
        let found = found.map_err(|error| raise(py, error))?;
        Ok(found.map(|found| (found.resource, found.authorization_servers, found.scopes_supported)))
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
        let credentials = ClientCredentials { id: client_id, secret: client_secret };
        let exchange = CodeExchange { credentials, redirect_uri, code, code_verifier };
        let response = py.detach(|| self.0.token_by_code(exchange, self.0.deadline()));
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
        let credentials = ClientCredentials { id: client_id, secret: client_secret };
        let response = py.detach(|| self.0.token_by_refresh(credentials, refresh_token, key, self.0.deadline()));
        response.map(|response| json(&response)).map_err(|error| raise(py, error))
    }

    #[pyo3(signature = (token, *, client_id, leeway))]
    fn verify_id_token(&self, py: Python<'_>, token: &str, client_id: &str, leeway: i64) -> PyResult<()> {
        let verified = py.detach(|| self.0.verify_id_token(token, client_id, None, leeway, self.0.deadline()));
        verified.map(|_| ()).map_err(|error| raise(py, error))
    }

    fn user_info(&self, py: Python<'_>, access_token: &str) -> PyResult<String> {
        py.detach(|| self.0.user_info(access_token, self.0.deadline())).map_err(|error| raise(py, error))
    }
}
