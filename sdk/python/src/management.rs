//! `client::ManagementConnection` for Python.

use std::time::Duration;

use client::ManagementConfig;
use kernel::Secret;
use pyo3::prelude::*;

use crate::clock::module_clock;
use crate::errors::raise;
use crate::provider::{ConnectionSettings, proxy_setting};

/// One application's way to the Management API.
#[pyclass(frozen)]
pub(crate) struct ManagementConnection(client::ManagementConnection);

#[pymethods]
impl ManagementConnection {
    #[new]
    #[pyo3(signature = (*, endpoint, app_id, app_secret, resource, scope, connection))]
    #[allow(clippy::too_many_arguments)] // Keyword-only; they are the fields of the configuration.
    fn new(
        py: Python<'_>,
        endpoint: String,
        app_id: String,
        app_secret: String,
        resource: String,
        scope: String,
        connection: ConnectionSettings,
    ) -> PyResult<Self> {
        let config = ManagementConfig {
            endpoint,
            app_id,
            app_secret: Secret::new(app_secret),
            resource,
            scope,
            // What is no duration is refused with the time limits that are too long.
            timeout: Duration::try_from_secs_f64(connection.timeout).unwrap_or(Duration::MAX),
            ca_file: connection.ca_file,
            proxy: proxy_setting(connection.proxy),
            allow_insecure_http: connection.allow_insecure_http,
        };
        py.detach(|| client::ManagementConnection::new(config, module_clock()))
            .map(Self)
            .map_err(|error| raise(py, error))
    }

    /// The status, the body and `Retry-After` of the response; may block.
    #[pyo3(signature = (method, path, body=None))]
    fn send(
        &self,
        py: Python<'_>,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> PyResult<(u16, String, Option<String>)> {
        let sent = py.detach(|| self.0.send(method, path, body));
        sent.map(|response| (response.status, response.body, response.retry_after)).map_err(|error| raise(py, error))
    }
}
