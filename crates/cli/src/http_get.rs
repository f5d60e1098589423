//! A single GET request over HTTP or HTTPS.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// An HTTP response.
pub struct HttpResponse {
    pub status: u16,
    pub location: Option<String>,
    pub date: Option<String>,
    pub body: String,
}

/// Requests a URL without following redirects.
///
/// # Errors
/// The reason why there is no response.
pub fn get(url: &str, limit: Duration) -> Result<HttpResponse, String> {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::WebPki)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(limit))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .http_status_as_error(false)
        .tls_config(tls)
        .build()
        .into();
    let mut response = agent.get(url).call().map_err(|error| error.to_string())?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (status, location, date) = (response.status().as_u16(), header("location"), header("date"));
    let body = response.body_mut().with_config().limit(256 * 1024).read_to_string().unwrap_or_default();
    Ok(HttpResponse { status, location, date, body })
}
