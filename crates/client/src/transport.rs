//! HTTP behind one trait, so that tests and unusual hosts can bring their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use crate::Error;

/// Answers larger than this are refused: no OAuth response comes near it.
const MAX_RESPONSE_BYTES: u64 = 1024 * 1024;

/// A request: a GET, or a POST of a form.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub url: &'a str,
    /// Sent as `application/x-www-form-urlencoded`; makes it a POST.
    pub form: Option<&'a str>,
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<&'a str>,
}

/// An response of any status; redirects are not followed.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub body: String,
}

/// No response came.
#[derive(Debug, Clone)]
pub struct TransportError {
    pub reason: String,
    pub timeout: bool,
}

/// Sends one request and waits for its response, within a time limit of its own.
pub trait Transport: Send + Sync {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError>;
}

/// Sends and wraps failures; a GET is tried a second time, since nothing is lost by asking twice.
pub(crate) fn send(transport: &dyn Transport, request: &Request<'_>) -> Result<Response, Error> {
    let mut response = transport.send(request);
    if request.form.is_none() && matches!(&response, Err(error) if !error.timeout) {
        response = transport.send(request);
    }
    response.map_err(|error| Error::Network {
        url: request.url.to_owned(),
        reason: error.reason,
        timeout: error.timeout,
    })
}

/// The real transport: HTTP/1.1, TLS by rustls over aws-lc-rs, pooled connections.
pub struct UreqTransport(ureq::Agent);

impl UreqTransport {
    /// Trusts the built-in certificate authorities, or exactly those of `ca_file`.
    ///
    /// # Errors
    /// `Config` when `ca_file` cannot be read or holds no certificate.
    pub fn new(timeout: Duration, ca_file: Option<&Path>) -> Result<Self, Error> {
        let roots = match ca_file {
            Some(path) => RootCerts::new_with_certs(&certificates(path)?),
            None => RootCerts::WebPki,
        };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .root_certs(roots)
            .build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .timeout_connect(Some(timeout.min(Duration::from_secs(5))))
            .http_status_as_error(false)
            .max_redirects(0)
            // Shorter than the five seconds after which common servers close: a POST is not sent a second time.
            .max_idle_age(Duration::from_secs(4))
            .proxy(None)
            .user_agent(concat!("loggia-sdk/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self(config.new_agent()))
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let unusable = |reason: &str| Error::Config(format!("The CA file {} {reason}", path.display()));
    let pem = std::fs::read(path).map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    let found: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() { Err(unusable("holds no PEM certificate")) } else { Ok(found) }
}

impl Transport for UreqTransport {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
        let authorization = request.bearer.map(|token| format!("Bearer {token}"));
        let response = match request.form {
            Some(form) => {
                let mut call = self.0.post(request.url).header("accept", "application/json");
                if let Some(value) = &authorization {
                    call = call.header("authorization", value);
                }
                call.content_type("application/x-www-form-urlencoded").send(form)
            }
            None => {
                let mut call = self.0.get(request.url).header("accept", "application/json");
                if let Some(value) = &authorization {
                    call = call.header("authorization", value);
                }
                call.call()
            }
        };
        let mut response = response.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_RESPONSE_BYTES)
            .lossy_utf8(true)
            .read_to_string()
            .map_err(|e| failure(&e))?;
        Ok(Response { status, body })
    }
}

fn failure(error: &ureq::Error) -> TransportError {
    TransportError { reason: error.to_string(), timeout: matches!(error, ureq::Error::Timeout(_)) }
}
