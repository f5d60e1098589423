//! A request with its limits, and its response.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::OutboundError;

const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);
const DEFAULT_MAX_RESPONSE_BYTES: usize = 1 << 20;

/// A request. By default it has 10 s, a response of up to 1 MiB, and follows no redirects.
#[derive(Debug, Clone)]
pub struct OutboundRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) deadline: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) max_redirects: u8,
    pub(crate) keeps_alive: bool,
    pub(crate) cuts_response: bool,
}

impl OutboundRequest {
    /// A request to an absolute http or https URL without user name and password.
    ///
    /// # Errors
    /// [`OutboundError::InvalidUrl`].
    pub fn new(method: Method, url: &str) -> Result<Self, OutboundError> {
        let refused = |reason| OutboundError::InvalidUrl { url: url.chars().take(256).collect(), reason };
        let parsed = Url::parse(url).map_err(|_| refused("it is not an absolute URL"))?;
        check_url(&parsed).map_err(refused)?;
        Ok(Self {
            method,
            url: parsed,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: DEFAULT_DEADLINE,
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            max_redirects: 0,
            keeps_alive: false,
            cuts_response: false,
        })
    }

    /// A GET request.
    ///
    /// # Errors
    /// As [`OutboundRequest::new`].
    pub fn get(url: &str) -> Result<Self, OutboundError> {
        Self::new(Method::GET, url)
    }

    /// A POST request.
    ///
    /// # Errors
    /// As [`OutboundRequest::new`].
    pub fn post(url: &str) -> Result<Self, OutboundError> {
        Self::new(Method::POST, url)
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Sets a header. `Host`, `Connection`, `Content-Length` and `Transfer-Encoding` are always set by the client.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sends a bearer token. A token that no header can hold is sent as an empty one, which the other side refuses.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
        value.set_sensitive(true);
        self.header(AUTHORIZATION, value)
    }

    /// Sets the body with its content type.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// A value that JSON can't express.
    pub fn json(self, value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(self.body("application/json", serde_json::to_vec(value)?))
    }

    /// Sets a form as body (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", text)
    }

    /// Limits the whole request, from resolving the host to the last byte of the response, redirects included.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Limits the body of the response.
    #[must_use]
    pub fn max_response_bytes(self, max_response_bytes: usize) -> Self {
        Self { max_response_bytes, ..self }
    }

    /// Takes so much of the body of a response, and leaves the rest unread.
    #[must_use]
    pub fn cut_response_at(self, max_response_bytes: usize) -> Self {
        Self { max_response_bytes, cuts_response: true, ..self }
    }

    /// Sends on a connection that an earlier request to the same host left open, and leaves its own open for a while. If such
    /// a connection ends without an answer, the request is sent once more on a new one: only for what may arrive twice.
    #[must_use]
    pub fn keep_alive(self) -> Self {
        Self { keeps_alive: true, ..self }
    }

    /// Follows up to this many redirects. Each is checked like a first request.
    #[must_use]
    pub fn follow_redirects(self, max_redirects: u8) -> Self {
        Self { max_redirects, ..self }
    }
}

/// The longest name of a host (RFC 1035 section 2.3.4).
pub(crate) const MAX_HOST_BYTES: usize = 253;

/// The reason why a URL can't be requested.
pub(crate) fn check_url(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it must start with http:// or https://");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it has no host");
    }
    if url.host_str().is_some_and(|host| host.len() > MAX_HOST_BYTES) {
        return Err("its host is longer than names can be");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it contains a user name or password");
    }
    Ok(())
}

/// A complete response, with any status.
#[derive(Debug, Clone)]
pub struct OutboundResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where it came from, after redirects.
    pub url: Url,
}

impl OutboundResponse {
    /// The body as JSON.
    ///
    /// # Errors
    /// It is none, or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}
