//! A small keep-alive HTTP/1.1 client: one connection, one request at a time. It does little, because it shares the cores with
//! the measured server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::BoxError;

/// Counts the connections of [`Connection::open_on_another_network`]: each takes the next loopback address.
static NETWORKS: AtomicU16 = AtomicU16::new(0);

/// One connection to the server under load.
pub struct Connection {
    authority: String,
    /// The address to connect from, if not the system's choice.
    source: Option<IpAddr>,
    stream: TcpStream,
    /// The last response; reuses its memory.
    input: Vec<u8>,
    /// Whether the next request needs a new connection.
    closed: bool,
}

/// A serialized request to send repeatedly.
#[derive(Clone)]
pub struct Request(Vec<u8>);

/// A whole response.
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// The header lines of a response.
#[derive(Debug)]
pub struct Headers(String);

/// The server responded with 503.
#[derive(Debug)]
pub struct ServerBusy;

impl std::fmt::Display for ServerBusy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server is busy (503)")
    }
}

impl std::error::Error for ServerBusy {}

/// Positions of the parts of a response in the input.
struct Parts {
    status: u16,
    head: usize,
    body: Range<usize>,
    closed: bool,
}

/// How the length of a body is given.
enum Length {
    Known(usize),
    Chunked,
    UntilClose,
}

impl Request {
    /// Serializes a request; `body` is a content type and its bytes.
    pub fn new(
        authority: &str,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: Option<(&str, String)>,
    ) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {authority}\r\n");
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        match body {
            Some((kind, body)) => {
                text.push_str(&format!("content-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
            }
            None => text.push_str("\r\n"),
        }
        Self(text.into_bytes())
    }
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(authority: &str) -> Result<Self, BoxError> {
        Self::connect(authority, None).await
    }

    /// Connects to an IPv4 `address:port` from one of this machine's addresses, such as 127.0.0.2.
    pub async fn open_from(source: IpAddr, authority: &str) -> Result<Self, BoxError> {
        Self::connect(authority, Some(source)).await
    }

    /// Connects to `host:port` as a client of another network than those before it, if the server is on this machine: what one
    /// network may do in a time is bounded.
    pub async fn open_on_another_network(authority: &str) -> Result<Self, BoxError> {
        // Other systems have one such address.
        if !cfg!(target_os = "linux") || !authority.starts_with("127.") {
            return Self::open(authority).await;
        }
        let [high, low] = (NETWORKS.fetch_add(1, Ordering::Relaxed) % 4096).to_be_bytes();
        Self::open_from(Ipv4Addr::new(127, 64, high, low).into(), authority).await
    }

    async fn connect(authority: &str, source: Option<IpAddr>) -> Result<Self, BoxError> {
        let stream = match source {
            None => TcpStream::connect(authority).await?,
            Some(source) => {
                let socket = TcpSocket::new_v4()?;
                socket.bind(SocketAddr::new(source, 0))?;
                socket.connect(authority.parse()?).await?
            }
        };
        stream.set_nodelay(true)?;
        Ok(Self { authority: authority.to_owned(), source, stream, input: Vec::with_capacity(16 << 10), closed: false })
    }

    /// Sends a request; `body` is a content type and its bytes.
    pub async fn send(
        &mut self,
        target: (&str, &str),
        headers: &[(&str, &str)],
        body: Option<(&str, String)>,
    ) -> Result<Response, BoxError> {
        let request = Request::new(&self.authority, target, headers, body);
        let Parts { status, head, body, .. } = self.exchange(&request).await?;
        let headers = Headers(String::from_utf8_lossy(&self.input[..head]).into_owned());
        Ok(Response { status, headers, body: self.input[body].to_vec() })
    }

    /// Sends a serialized request; returns true for 200 and false for 503.
    ///
    /// # Errors
    /// Any other status.
    pub async fn repeat(&mut self, request: &Request) -> Result<bool, BoxError> {
        let parts = self.exchange(request).await?;
        match parts.status {
            200 => Ok(true),
            503 => Ok(false),
            status => Err(format!("status {status}: {}", String::from_utf8_lossy(&self.input[parts.body])).into()),
        }
    }

    /// Sends a serialized request that should be refused; returns true for a status of 300 to 499 and false for 503.
    ///
    /// # Errors
    /// Any other status.
    pub async fn refusal(&mut self, request: &Request) -> Result<bool, BoxError> {
        match self.exchange(request).await?.status {
            300..500 => Ok(true),
            503 => Ok(false),
            status => Err(format!("status {status} for a request that should be refused").into()),
        }
    }

    /// Never sends a request twice: it may have been executed although its response was lost.
    async fn exchange(&mut self, request: &Request) -> Result<Parts, BoxError> {
        self.input.clear();
        // A response may arrive before the request, such as the 503 of an overloaded server.
        if self.closed || matches!(self.stream.try_read_buf(&mut self.input), Ok(0)) {
            *self = Self::connect(&self.authority.clone(), self.source).await?;
        }
        // Until the whole response is read, so that its rest is not taken for the next response.
        self.closed = true;
        self.stream.write_all(&request.0).await?;
        let parts = self.receive().await?;
        self.closed = parts.closed;
        Ok(parts)
    }

    async fn receive(&mut self) -> Result<Parts, BoxError> {
        let head = self.line_end(0, b"\r\n\r\n").await?;
        let text = std::str::from_utf8(&self.input[..head])?;
        let status = text.get(9..12).and_then(|status| status.parse().ok()).ok_or("no status line")?;
        let (mut length, mut closed) = (None, false);
        // Only these headers matter here.
        for line in text.split('\n').filter(|line| line.starts_with(['c', 'C', 't', 'T'])) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(Length::Known(value.parse()?));
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                length = Some(Length::Chunked);
            } else if name.eq_ignore_ascii_case("connection") {
                closed = value.eq_ignore_ascii_case("close");
            }
        }
        let length = if matches!(status, 204 | 304) { Length::Known(0) } else { length.unwrap_or(Length::UntilClose) };
        let end = match length {
            Length::Known(length) => {
                self.fill(head + length).await?;
                head + length
            }
            Length::Chunked => self.chunks(head).await?,
            Length::UntilClose => {
                closed = true;
                self.stream.read_to_end(&mut self.input).await?;
                self.input.len()
            }
        };
        Ok(Parts { status, head, body: head..end, closed })
    }

    /// Joins the chunks of a body from `at` on; returns its end.
    async fn chunks(&mut self, at: usize) -> Result<usize, BoxError> {
        let (mut end, mut next) = (at, at);
        loop {
            let line = self.line_end(next, b"\r\n").await?;
            let size = std::str::from_utf8(&self.input[next..line])?;
            let size = size.trim_end().split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16)?;
            self.fill(line + size + 2).await?;
            if size == 0 {
                return Ok(end);
            }
            self.input.copy_within(line..line + size, end);
            (end, next) = (end + size, line + size + 2);
        }
    }

    /// Reads until `mark` is found after `from`; returns the position after it.
    async fn line_end(&mut self, from: usize, mark: &[u8]) -> Result<usize, BoxError> {
        loop {
            let found = memchr::memmem::find(&self.input[from..], mark);
            if let Some(found) = found {
                return Ok(from + found + mark.len());
            }
            self.fill(self.input.len() + 1).await?;
        }
    }

    /// Reads until the input has `length` bytes.
    async fn fill(&mut self, length: usize) -> Result<(), BoxError> {
        while self.input.len() < length {
            self.input.reserve(8 << 10);
            if self.stream.read_buf(&mut self.input).await? == 0 {
                let ended = "the connection ended within an answer";
                return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, ended).into());
            }
        }
        Ok(())
    }
}

impl Headers {
    /// The first header with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// All headers with this name.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.0.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl Response {
    /// Fails unless the status is `expected`; with [`ServerBusy`] for 503.
    pub fn expect(self, expected: u16) -> Result<Self, BoxError> {
        match self.status {
            status if status == expected => Ok(self),
            503 => Err(ServerBusy.into()),
            _ => Err(format!("status {} instead of {expected}: {}", self.status, self.text()).into()),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value, BoxError> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The target of a redirect.
    pub fn location(&self) -> Result<String, BoxError> {
        if self.status == 503 {
            return Err(ServerBusy.into());
        }
        Ok(self.headers.get("location").ok_or_else(|| format!("no redirect: {}", self.status))?.to_owned())
    }
}

/// Cookies of one host by name; paths are ignored.
#[derive(Default, Clone)]
pub struct Cookies(std::collections::BTreeMap<String, String>);

impl Cookies {
    /// Stores the cookies of a response; an empty value deletes.
    pub fn keep(&mut self, response: &Response) {
        for line in response.headers.get_all("set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Responds to each request of a connection with the next text, then closes the connection.
    async fn server(responses: &'static [&'static [&'static str]]) -> Result<String, BoxError> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let authority = listener.local_addr()?.to_string();
        tokio::spawn(async move {
            for texts in responses {
                let (mut stream, _) = listener.accept().await?;
                for text in *texts {
                    let mut request = [0; 1024];
                    let length = stream.read(&mut request).await?;
                    assert!(request[..length].ends_with(b"\r\n\r\n"));
                    // In two parts, as a network may deliver it.
                    let (first, second) = text.split_at(text.len() / 2);
                    stream.write_all(first.as_bytes()).await?;
                    tokio::task::yield_now().await;
                    stream.write_all(second.as_bytes()).await?;
                }
            }
            Ok::<(), std::io::Error>(())
        });
        Ok(authority)
    }

    #[tokio::test]
    async fn bodies_of_each_length_are_read_and_a_closed_connection_is_opened_again() -> Result<(), BoxError> {
        let authority = server(&[
            &[
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\r\nhello",
                "HTTP/1.1 303 See Other\r\nlocation: /next\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
                "HTTP/1.0 200 OK\r\n\r\nuntil the end",
            ],
            &["HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"],
            &["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
            &["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"],
        ])
        .await?;
        let mut connection = Connection::open(&authority).await?;
        let response = connection.send(("GET", "/"), &[], None).await?;
        assert_eq!((response.status, response.text().as_str()), (200, "hello"));
        let mut cookies = Cookies::default();
        cookies.keep(&response);
        assert_eq!(cookies.header(), "a=1; b=2");
        let response = connection.send(("GET", "/"), &[], None).await?;
        assert_eq!((response.location()?.as_str(), response.text().as_str()), ("/next", "abcde"));
        assert_eq!(connection.send(("GET", "/"), &[], None).await?.status, 204);
        assert_eq!(connection.send(("GET", "/"), &[], None).await?.text(), "until the end");
        let request = Request::new(&authority, ("GET", "/"), &[], None);
        assert!(!connection.repeat(&request).await?, "busy");
        assert!(connection.repeat(&request).await?);
        assert!(connection.repeat(&request).await.is_err(), "half an answer is none");
        Ok(())
    }
    #[tokio::test]
    async fn an_answer_that_comes_before_the_request_is_read_whole() -> Result<(), BoxError> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let mut connection = Connection::open(&listener.local_addr()?.to_string()).await?;
        let (mut stream, _) = listener.accept().await?;
        stream.write_all(b"HTTP/1.1 503 Full\r\ncontent-length: 2\r\n\r\nno").await?;
        connection.stream.readable().await?;
        let response = connection.send(("GET", "/"), &[], None).await?;
        assert_eq!((response.status, response.text().as_str()), (503, "no"));
        Ok(())
    }
}
