//! HTTP behind one trait, so that tests and unusual hosts can bring their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Timestamp};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::proxy::ProxyRules;
use crate::{ClockOffset, Deadline, Error, ProxySetting};

/// Responses larger than this are refused: no OAuth response comes near it.
const MAX_RESPONSE_BYTES: u64 = 1024 * 1024;
/// The same for an API: a page of 100 entities with data of the application's own.
const MAX_API_RESPONSE_BYTES: u64 = 128 * 1024 * 1024;
/// An address that does not answer within this time is given up early.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A request: a GET, or a POST of a form.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub url: &'a str,
    /// Sent as `application/x-www-form-urlencoded`; makes it a POST.
    pub form: Option<&'a str>,
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<&'a str>,
    /// Limit for everything: name resolution, connection, request and response.
    pub timeout: Duration,
}

/// A response of any status; redirects are not followed.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub body: String,
    /// The `Date` header.
    pub date: Option<Timestamp>,
}

/// No response came.
#[derive(Debug, Clone)]
pub struct TransportError {
    pub reason: String,
    pub timeout: bool,
}

impl TransportError {
    /// The error of a request to `url`.
    pub(crate) fn at(&self, url: &str) -> Error {
        if self.timeout { Error::timed_out(url) } else { Error::unreachable(url, &self.reason) }
    }
}

/// A request of an API: any method, a body of JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiRequest<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub body: Option<&'a str>,
    pub bearer: &'a str,
    pub timeout: Duration,
}

/// A response of an API, of any status.
#[derive(Debug, Clone)]
pub struct ApiResponse {
    pub status: u16,
    pub body: String,
    /// `Retry-After`, as it is.
    pub retry_after: Option<String>,
}

/// Sends one request and waits for its response, for at most the request's `timeout`.
pub trait Transport: Send + Sync {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError>;
}

impl<'a> Request<'a> {
    pub(crate) fn get(url: &'a str) -> Self {
        Self { url, form: None, bearer: None, timeout: Duration::ZERO }
    }

    pub(crate) fn post(url: &'a str, form: &'a str) -> Self {
        Self { form: Some(form), ..Self::get(url) }
    }
}

/// How a provider is reached. Cheap to clone.
#[derive(Clone)]
pub struct Connection {
    pub transport: Arc<dyn Transport>,
    pub clock: Clock,
    /// Limit for one call, all its requests included.
    pub timeout: Duration,
    /// Whether addresses other than loopback may be plain http.
    pub allow_insecure_http: bool,
    /// What responses tell about the clocks.
    pub clock_offset: ClockOffset,
}

impl Connection {
    /// A deadline for a call that begins now.
    pub fn deadline(&self) -> Deadline {
        Deadline::after(self.timeout)
    }

    /// Sends a request. A GET that fails at once is tried a second time, since nothing is lost by asking twice.
    pub(crate) fn send(&self, mut request: Request<'_>, deadline: Deadline) -> Result<Response, Error> {
        let attempts = if request.form.is_none() { 2 } else { 1 };
        let mut failure = Error::timed_out(request.url);
        for _ in 0..attempts {
            request.timeout = deadline.remaining();
            if request.timeout.is_zero() {
                break;
            }
            match self.transport.send(&request) {
                Ok(response) => {
                    if let Some(date) = response.date {
                        self.clock_offset.record(date, self.clock.now());
                    }
                    return Ok(response);
                }
                Err(error) if error.timeout => return Err(error.at(request.url)),
                Err(error) => failure = error.at(request.url),
            }
        }
        Err(failure)
    }
}

/// The real transport: HTTP/1.1, TLS by rustls over aws-lc-rs, pooled connections.
pub struct UreqTransport {
    agent: ureq::Agent,
    proxies: ProxyRules,
}

impl UreqTransport {
    /// Trusts the certificate authorities of the system, or exactly those of `ca_file`: a PEM file, or a directory of them.
    ///
    /// # Errors
    /// `Config` when `ca_file` cannot be read or holds no certificate, or when the proxy is no address.
    pub fn new(ca_file: Option<&Path>, proxy: &ProxySetting) -> Result<Self, Error> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .root_certs(root_certificates(ca_file)?)
            .build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // Shorter than the five seconds after which common servers close: a POST is not sent a second time.
            .max_idle_age(Duration::from_secs(4))
            .proxy(None)
            .accept("application/json")
            .user_agent(concat!("loggia-sdk/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self { agent: config.new_agent(), proxies: ProxyRules::new(proxy)? })
    }

    /// Sends one request of an API.
    pub(crate) fn exchange(&self, request: &ApiRequest<'_>) -> Result<ApiResponse, TransportError> {
        let builder = ureq::http::Request::builder().method(request.method).uri(request.url);
        let builder = builder.header("authorization", format!("Bearer {}", request.bearer));
        let sent = match request.body {
            Some(body) => self.run(builder.header("content-type", "application/json").body(body), request),
            None => self.run(builder.body(()), request),
        };
        let mut response = sent.map_err(|error| transport_error(&error))?;
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let (status, retry_after) = (response.status().as_u16(), retry_after.map(str::to_owned));
        let reader = response.body_mut().with_config().limit(MAX_API_RESPONSE_BYTES).lossy_utf8(true);
        let body = reader.read_to_string().map_err(|error| transport_error(&error))?;
        Ok(ApiResponse { status, body, retry_after })
    }

    fn run<B: ureq::AsSendBody>(
        &self,
        built: Result<ureq::http::Request<B>, ureq::http::Error>,
        request: &ApiRequest<'_>,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let config = self.agent.configure_request(built?).proxy(self.proxies.for_url(request.url).cloned());
        let config = config.timeout_global(Some(request.timeout));
        self.agent.run(config.timeout_connect(Some(request.timeout.min(CONNECT_TIMEOUT))).build())
    }
}

fn root_certificates(ca_file: Option<&Path>) -> Result<RootCerts, Error> {
    let found = match ca_file {
        Some(path) if path.is_dir() => rustls_native_certs::load_certs_from_paths(None, Some(path)),
        Some(path) => rustls_native_certs::load_certs_from_paths(Some(path), None),
        // Honours SSL_CERT_FILE and SSL_CERT_DIR.
        None => rustls_native_certs::load_native_certs(),
    };
    if let (true, Some(path)) = (found.certs.is_empty(), ca_file) {
        let reason = found.errors.first().map_or("it holds no PEM certificate".to_owned(), ToString::to_string);
        return Err(Error::Config(format!("The CA file {} cannot be used: {reason}", path.display())));
    }
    let certificates: Vec<_> = found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    // A small container may have no certificate authorities of its own.
    Ok(if certificates.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&certificates) })
}

impl Transport for UreqTransport {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
        let proxy = self.proxies.for_url(request.url).cloned();
        let connect_timeout = request.timeout.min(CONNECT_TIMEOUT);
        let authorization = request.bearer.map(|token| format!("Bearer {token}"));
        macro_rules! configured {
            ($builder:expr) => {{
                let config = $builder.config().proxy(proxy).timeout_global(Some(request.timeout));
                let builder = config.timeout_connect(Some(connect_timeout)).build();
                match &authorization {
                    Some(value) => builder.header("authorization", value),
                    None => builder,
                }
            }};
        }
        let sent = match request.form {
            Some(form) => {
                configured!(self.agent.post(request.url)).content_type("application/x-www-form-urlencoded").send(form)
            }
            None => configured!(self.agent.get(request.url)).call(),
        };
        let mut response = sent.map_err(|error| transport_error(&error))?;
        let status = response.status().as_u16();
        let date = response.headers().get("date").and_then(|value| value.to_str().ok()).and_then(read_date);
        let reader = response.body_mut().with_config().limit(MAX_RESPONSE_BYTES).lossy_utf8(true);
        let body = reader.read_to_string().map_err(|error| transport_error(&error))?;
        Ok(Response { status, body, date })
    }
}

fn read_date(text: &str) -> Option<Timestamp> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp(i64::try_from(since.as_millis()).ok()?))
}

fn transport_error(error: &ureq::Error) -> TransportError {
    TransportError { reason: error.to_string(), timeout: matches!(error, ureq::Error::Timeout(_)) }
}
