//! A small keep-alive HTTP/1.1 client: one connection, one request at a time.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Failure;

/// One connection to the server under load.
pub struct Connection {
    authority: String,
    sender: SendRequest<Full<Bytes>>,
}

/// A whole answer.
pub struct Answer {
    pub status: u16,
    pub headers: hyper::HeaderMap,
    pub body: Bytes,
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(authority: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { authority: authority.to_owned(), sender })
    }

    /// Sends a request; `body` is a content type and its bytes.
    pub async fn send(
        &mut self,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: Option<(&str, String)>,
    ) -> Result<Answer, Failure> {
        let mut request = hyper::Request::builder().method(method).uri(path).header("host", &self.authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut bytes = Bytes::new();
        if let Some((kind, text)) = body {
            request = request.header("content-type", kind);
            bytes = Bytes::from(text);
        }
        if self.sender.is_closed() {
            *self = Self::open(&self.authority).await?;
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(bytes))?).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

impl Answer {
    /// Fails unless the status is `expected`.
    pub fn expect(self, expected: u16) -> Result<Self, Failure> {
        match self.status == expected {
            true => Ok(self),
            false => Err(format!("status {} instead of {expected}: {}", self.status, self.text()).into()),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Result<String, Failure> {
        let value = self.headers.get("location").ok_or_else(|| format!("no redirect: {}", self.status))?;
        Ok(value.to_str()?.to_owned())
    }
}

/// A browser's cookies: enough for one host, by name, path `/` or `/oidc/auth/…`.
#[derive(Default, Clone)]
pub struct Cookies(std::collections::BTreeMap<String, String>);

impl Cookies {
    /// Takes the cookies of an answer; an empty value deletes.
    pub fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all("set-cookie") {
            let pair = line.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                if value.is_empty() {
                    self.0.remove(name);
                } else {
                    self.0.insert(name.to_owned(), value.to_owned());
                }
            }
        }
    }

    /// The `Cookie` header.
    pub fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}
