//! `client::TokenValidator` for Python.

use std::sync::Arc;
use std::time::Duration;

use client::{Config, Deadline, Error, OrganizationRule, TokenValidator};
use pyo3::prelude::*;
use pyo3::types::PyFrozenSet;

use crate::clock::module_clock;
use crate::errors::raise;
use crate::provider::proxy_setting;

/// The check of access tokens for one API.
#[pyclass(frozen)]
pub(crate) struct Validator(TokenValidator);

/// An accepted token.
#[pyclass(frozen)]
pub(crate) struct PresentedToken {
    token: Arc<client::PresentedToken>,
    #[pyo3(get)]
    audience: String,
}

#[pymethods]
impl Validator {
    #[new]
    #[pyo3(signature = (*, endpoint, audiences, algorithms, leeway, timeout, ca_file, proxy, allow_insecure_http, client_id, client_secret))]
    #[allow(clippy::too_many_arguments)] // Keyword-only; they are the settings.
    fn new(
        py: Python<'_>,
        endpoint: &str,
        audiences: Vec<String>,
        algorithms: Vec<String>,
        leeway: i64,
        timeout: f64,
        ca_file: Option<String>,
        proxy: Option<String>,
        allow_insecure_http: bool,
        client_id: &str,
        client_secret: Option<&str>,
    ) -> PyResult<Self> {
        let config = Config {
            leeway_seconds: leeway,
            timeout: Duration::try_from_secs_f64(timeout).unwrap_or(Duration::MAX),
            ca_file: ca_file.map(Into::into),
            proxy: proxy_setting(proxy),
            allow_insecure_http,
            ..Config::new(endpoint, client_id, client_secret)
        };
        let made = py.detach(|| TokenValidator::new(config, audiences, &algorithms, module_clock()));
        made.map(Self).map_err(|error| raise(py, error))
    }

    /// Checks a token. With `wait` it may block; without, None means that the server has to be asked.
    #[pyo3(signature = (token, scopes, organization, any_organization, wait))]
    #[allow(clippy::too_many_arguments)] // Named by their only caller; they are one question.
    fn validate(
        &self,
        py: Python<'_>,
        token: &str,
        scopes: Vec<String>,
        organization: Option<&str>,
        any_organization: bool,
        wait: bool,
    ) -> PyResult<Option<PresentedToken>> {
        if !wait && TokenValidator::is_opaque(token) {
            return Ok(None);
        }
        let rule = match organization {
            Some(id) => OrganizationRule::Exactly(id),
            None if any_organization => OrganizationRule::Any,
            None => OrganizationRule::None,
        };
        let deadline = if wait { self.0.deadline() } else { Deadline::after(Duration::ZERO) };
        match py.detach(|| self.0.validate(token, rule, &scopes, deadline)) {
            Ok((token, audience)) => Ok(Some(PresentedToken { token, audience })),
            Err(Error::Network { .. }) if !wait => Ok(None),
            Err(error) => Err(raise(py, error)),
        }
    }

    /// Seconds that this machine's clock is ahead of the server's, once it has answered.
    #[getter]
    fn clock_offset(&self) -> Option<i64> {
        self.0.clock_offset()
    }
}

#[pymethods]
impl PresentedToken {
    /// The claims as JSON.
    #[getter]
    fn claims(&self) -> String {
        serde_json::Value::Object(self.token.claims.clone()).to_string()
    }

    #[getter]
    fn subject(&self) -> &str {
        &self.token.subject
    }

    #[getter]
    fn client_id(&self) -> Option<&str> {
        self.token.client_id.as_deref()
    }

    #[getter]
    fn scopes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, self.token.scopes.iter())
    }

    #[getter]
    fn organization_id(&self) -> Option<&str> {
        self.token.organization_id.as_deref()
    }

    #[getter]
    fn expires_at(&self) -> i64 {
        self.token.expires_at
    }
}
