//! `client::Client` for Python.

use std::time::Duration;

use client::{CallbackMatch, Client, Config, SignInOptions};
use pyo3::prelude::*;

use crate::clock::module_clock;
use crate::errors::raise;
use crate::operation::Operation;
use crate::provider::{Provider, proxy_setting};
use crate::storage::Storage;

/// The shared core of one application.
#[pyclass(frozen)]
pub(crate) struct Core(Client);

#[pymethods]
impl Core {
    #[new]
    #[pyo3(signature = (*, endpoint, app_id, app_secret, prompt, resources, scopes, leeway, timeout, match_path_only, ca_file, proxy, allow_insecure_http, refresh_ahead))]
    #[allow(clippy::too_many_arguments)] // Keyword-only; they are the fields of the configuration.
    fn new(
        py: Python<'_>,
        endpoint: &str,
        app_id: &str,
        app_secret: Option<&str>,
        prompt: String,
        resources: Vec<String>,
        scopes: Vec<String>,
        leeway: i64,
        timeout: f64,
        match_path_only: bool,
        ca_file: Option<String>,
        proxy: Option<String>,
        allow_insecure_http: bool,
        refresh_ahead: u32,
    ) -> PyResult<Self> {
        let callback_match = if match_path_only { CallbackMatch::Path } else { CallbackMatch::Full };
        let config = Config {
            prompt,
            resources,
            scopes,
            leeway_seconds: leeway,
            callback_match,
            // What is no duration is refused with the time limits that are too long.
            timeout: Duration::try_from_secs_f64(timeout).unwrap_or(Duration::MAX),
            ca_file: ca_file.map(Into::into),
            proxy: proxy_setting(proxy),
            allow_insecure_http,
            refresh_ahead_seconds: refresh_ahead,
            ..Config::new(endpoint, app_id, app_secret)
        };
        py.detach(|| Client::with_clock(config, module_clock())).map(Self).map_err(|error| raise(py, error))
    }

    /// The provider and its discovery document as JSON; may block.
    fn discover(&self, py: Python<'_>) -> PyResult<(Provider, String)> {
        let found = py.detach(|| self.0.discovery());
        found.map(|(one, document)| (Provider(one), document.to_string())).map_err(|error| raise(py, error))
    }

    /// The claims of a logout token as JSON; may block.
    fn verify_logout_token(&self, py: Python<'_>, token: &str) -> PyResult<String> {
        let verified = py.detach(|| self.0.verify_logout_token(token));
        let claims = verified.map(|token| serde_json::Value::Object(token.claims).to_string());
        claims.map_err(|error| raise(py, error))
    }

    #[pyo3(signature = (*, redirect_uri, interaction_mode, first_screen, identifiers, direct_sign_in, extra_params))]
    #[allow(clippy::too_many_arguments)] // Keyword-only; they are the options of a sign-in.
    fn sign_in(
        &self,
        redirect_uri: String,
        interaction_mode: Option<String>,
        first_screen: Option<String>,
        identifiers: Vec<String>,
        direct_sign_in: Option<(String, String)>,
        extra_params: Vec<(String, String)>,
    ) -> Operation {
        let options =
            SignInOptions { redirect_uri, interaction_mode, first_screen, identifiers, direct_sign_in, extra_params };
        Operation::new(self.0.sign_in(options), Some)
    }

    fn handle_callback(&self, py: Python<'_>, storage: &Bound<'_, PyAny>, uri: &str) -> PyResult<Operation> {
        let operation = self.0.handle_callback(&Storage(storage), uri).map_err(|error| raise(py, error))?;
        Ok(Operation::new(operation, |()| None))
    }

    fn access_token(&self, py: Python<'_>, storage: &Bound<'_, PyAny>, key: &str) -> PyResult<Operation> {
        let operation = self.0.access_token(&Storage(storage), key).map_err(|error| raise(py, error))?;
        Ok(Operation::new(operation, |token| token))
    }

    fn user_info(&self, py: Python<'_>, storage: &Bound<'_, PyAny>) -> PyResult<Operation> {
        let operation = self.0.user_info(&Storage(storage)).map_err(|error| raise(py, error))?;
        Ok(Operation::new(operation, |info| info))
    }

    fn id_token_claims(&self, py: Python<'_>, storage: &Bound<'_, PyAny>) -> PyResult<Operation> {
        let operation = self.0.id_token_claims(&Storage(storage)).map_err(|error| raise(py, error))?;
        Ok(Operation::new(operation, Some))
    }

    #[pyo3(signature = (storage, post_logout_redirect_uri=None))]
    fn sign_out(
        &self,
        py: Python<'_>,
        storage: &Bound<'_, PyAny>,
        post_logout_redirect_uri: Option<&str>,
    ) -> PyResult<Operation> {
        let operation = self.0.sign_out(&Storage(storage), post_logout_redirect_uri);
        operation.map(|operation| Operation::new(operation, Some)).map_err(|error| raise(py, error))
    }
}
