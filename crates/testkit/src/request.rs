//! Requests and responses without sockets.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use server::router::Site;

use crate::conformance;

/// A request being built.
pub struct TestRequest {
    site: Site,
    builder: http::request::Builder,
    body: Body,
    /// What [`TestRequest::json`] was given.
    sent: Option<Value>,
}

/// A complete response.
#[derive(Debug, Clone)]
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl TestRequest {
    pub(crate) fn new(site: Site, method: &str, path: &str, host: &str) -> Self {
        let peer = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000)));
        let builder = Request::builder().method(method).uri(path).header("host", host).extension(peer);
        Self { site, builder, body: Body::empty(), sent: None }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// The name by which the server is called.
    pub fn host(mut self, name: &str) -> Self {
        if let Some(headers) = self.builder.headers_mut() {
            headers.insert("host", name.parse().unwrap());
        }
        self
    }

    /// The address from which the request comes.
    pub fn peer(mut self, address: &str) -> Self {
        let peer = ConnectInfo(SocketAddr::new(address.parse().unwrap(), 40_000));
        self.builder = self.builder.extension(peer);
        self
    }

    /// A header that may be no text.
    pub fn raw_header(mut self, name: &str, value: &[u8]) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// The path without query.
    pub fn path(&self) -> String {
        self.builder.uri_ref().map_or("", |uri| uri.path()).to_owned()
    }

    /// Path and query.
    pub fn address(&self) -> String {
        self.builder.uri_ref().map(ToString::to_string).unwrap_or_default()
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// A JSON body.
    pub fn json(self, value: Value) -> Self {
        let mut request = self.header("content-type", "application/json");
        request.body = value.to_string().into();
        request.sent = Some(value);
        request
    }

    /// A form body.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.header("content-type", "application/x-www-form-urlencoded").raw(body.as_bytes())
    }

    /// A file as the part `file` of a form, with a name and a content type that say nothing of it.
    pub fn file(self, bytes: &[u8]) -> Self {
        self.named_file(bytes, "photo.jpg", "image/jpeg")
    }

    /// As [`TestRequest::file`], with what a browser would say of the file.
    pub fn named_file(self, bytes: &[u8], name: &str, kind: &str) -> Self {
        let head = format!(
            "--boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--boundary--\r\n"].concat();
        self.header("content-type", "multipart/form-data; boundary=boundary").raw(&body)
    }

    /// A form in several parts, with a file where one was chosen, as browsers send it.
    pub fn multipart(self, pairs: &[(&str, &str)], (name, file): (&str, &[u8])) -> Self {
        let mut body = Vec::new();
        for (name, value) in pairs {
            let part = format!("--boundary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let filename = if file.is_empty() { "" } else { "photo.jpg" };
        let head = format!(
            "--boundary\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(&[head.as_bytes(), file, b"\r\n--boundary--\r\n"].concat());
        self.header("content-type", "multipart/form-data; boundary=boundary").raw(&body)
    }

    /// A raw body.
    pub fn raw(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec().into();
        self
    }

    /// A streamed body.
    pub fn stream(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Sends the request and reads the whole response.
    pub async fn send(self) -> TestResponse {
        let request = self.builder.body(self.body).expect("a well-formed request");
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.site.answer(request).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap().to_vec();
        let response = TestResponse { status: parts.status, headers: parts.headers, body };
        conformance::check(method.as_str(), &path, self.sent.as_ref(), &response);
        response
    }
}

impl TestResponse {
    /// Panics unless the status is `expected`; shows the body.
    pub fn expect(self, expected: u16) -> Self {
        assert_eq!(self.status.as_u16(), expected, "{}", self.text());
        self
    }

    /// Panics unless this is an API error with this status and code.
    pub fn expect_error(self, status: u16, code: &str) -> Self {
        let response = self.expect(status);
        assert_eq!(response.json()["code"], code, "{}", response.text());
        response
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// A header's first value, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }
}
