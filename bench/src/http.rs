//! A small keep-alive HTTP/1.1 client over a socket: one connection, one request at a time. It reads what load needs and no
//! more, because it shares the cores with the server that it measures.

use std::ops::Range;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Failure;

/// One connection to the server under load.
pub struct Connection {
    authority: String,
    stream: TcpStream,
    /// The answer that was read last; kept for its memory.
    input: Vec<u8>,
    /// Whether the next request needs a new connection.
    closed: bool,
}

/// A request to send again and again, written once.
pub struct Request(Vec<u8>);

/// A whole answer.
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// The header lines of an answer.
#[derive(Debug)]
pub struct Headers(String);

/// The server was busy and said so (503).
#[derive(Debug)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server is busy (503)")
    }
}

impl std::error::Error for Refused {}

/// Where the parts of an answer are in the input.
struct Parts {
    status: u16,
    head: usize,
    body: Range<usize>,
    closed: bool,
}

/// How the end of a body is told.
enum Length {
    Known(usize),
    Chunked,
    UntilClose,
}

impl Request {
    /// Writes a request; `body` is a content type and its bytes.
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
    pub async fn open(authority: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        Ok(Self { authority: authority.to_owned(), stream, input: Vec::with_capacity(16 << 10), closed: false })
    }

    /// Sends a request; `body` is a content type and its bytes.
    pub async fn send(
        &mut self,
        target: (&str, &str),
        headers: &[(&str, &str)],
        body: Option<(&str, String)>,
    ) -> Result<Answer, Failure> {
        let request = Request::new(&self.authority, target, headers, body);
        let Parts { status, head, body, .. } = self.exchange(&request).await?;
        let headers = Headers(String::from_utf8_lossy(&self.input[..head]).into_owned());
        Ok(Answer { status, headers, body: self.input[body].to_vec() })
    }

    /// Sends a request written before; answers whether it was done (200), and not refused because the server is busy (503).
    ///
    /// # Errors
    /// Any other status.
    pub async fn repeat(&mut self, request: &Request) -> Result<bool, Failure> {
        let parts = self.exchange(request).await?;
        match parts.status {
            200 => Ok(true),
            503 => Ok(false),
            status => Err(format!("status {status}: {}", String::from_utf8_lossy(&self.input[parts.body])).into()),
        }
    }

    /// A request is never sent twice by itself: it may have been done though the answer was lost.
    async fn exchange(&mut self, request: &Request) -> Result<Parts, Failure> {
        self.input.clear();
        // What is there before the request is an answer all the same, such as the refusal of a server that is full.
        if self.closed || matches!(self.stream.try_read_buf(&mut self.input), Ok(0)) {
            *self = Self::open(&self.authority.clone()).await?;
        }
        // Until the whole answer is here; the rest of one must not be taken for the next.
        self.closed = true;
        self.stream.write_all(&request.0).await?;
        let parts = self.receive().await?;
        self.closed = parts.closed;
        Ok(parts)
    }

    async fn receive(&mut self) -> Result<Parts, Failure> {
        let head = self.line_end(0, b"\r\n\r\n").await?;
        let text = std::str::from_utf8(&self.input[..head])?;
        let status = text.get(9..12).and_then(|status| status.parse().ok()).ok_or("no status line")?;
        let (mut length, mut closed) = (None, false);
        // A dozen of others are not looked at any closer.
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

    /// Puts the chunks of a body together from `at` on; answers its end.
    async fn chunks(&mut self, at: usize) -> Result<usize, Failure> {
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

    /// Reads until `mark` is found behind `from`; answers the position after it.
    async fn line_end(&mut self, from: usize, mark: &[u8]) -> Result<usize, Failure> {
        loop {
            let found = memchr::memmem::find(&self.input[from..], mark);
            if let Some(found) = found {
                return Ok(from + found + mark.len());
            }
            self.fill(self.input.len() + 1).await?;
        }
    }

    /// Reads until the input has `length` bytes.
    async fn fill(&mut self, length: usize) -> Result<(), Failure> {
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

impl Answer {
    /// Fails unless the status is `expected`: with [`Refused`] when the server is busy.
    pub fn expect(self, expected: u16) -> Result<Self, Failure> {
        match self.status {
            status if status == expected => Ok(self),
            503 => Err(Refused.into()),
            _ => Err(format!("status {} instead of {expected}: {}", self.status, self.text()).into()),
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
        if self.status == 503 {
            return Err(Refused.into());
        }
        Ok(self.headers.get("location").ok_or_else(|| format!("no redirect: {}", self.status))?.to_owned())
    }
}

/// A browser's cookies: enough for one host, by name, path `/` or `/oidc/auth/…`.
#[derive(Default, Clone)]
pub struct Cookies(std::collections::BTreeMap<String, String>);

impl Cookies {
    /// Takes the cookies of an answer; an empty value deletes.
    pub fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all("set-cookie") {
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

    /// Answers each connection with the next text once a request has come, and closes it when the text is done.
    async fn server(answers: &'static [&'static [&'static str]]) -> Result<String, Failure> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let authority = listener.local_addr()?.to_string();
        tokio::spawn(async move {
            for texts in answers {
                let (mut stream, _) = listener.accept().await?;
                for text in *texts {
                    let mut request = [0; 1024];
                    let length = stream.read(&mut request).await?;
                    assert!(request[..length].ends_with(b"\r\n\r\n"));
                    // In two pieces, as a network may deliver it.
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
    async fn bodies_of_each_length_are_read_and_a_closed_connection_is_opened_again() -> Result<(), Failure> {
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
        let answer = connection.send(("GET", "/"), &[], None).await?;
        assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
        let mut cookies = Cookies::default();
        cookies.keep(&answer);
        assert_eq!(cookies.header(), "a=1; b=2");
        let answer = connection.send(("GET", "/"), &[], None).await?;
        assert_eq!((answer.location()?.as_str(), answer.text().as_str()), ("/next", "abcde"));
        assert_eq!(connection.send(("GET", "/"), &[], None).await?.status, 204);
        assert_eq!(connection.send(("GET", "/"), &[], None).await?.text(), "until the end");
        let request = Request::new(&authority, ("GET", "/"), &[], None);
        assert!(!connection.repeat(&request).await?, "busy");
        assert!(connection.repeat(&request).await?);
        assert!(connection.repeat(&request).await.is_err(), "half an answer is none");
        Ok(())
    }
    #[tokio::test]
    async fn an_answer_that_comes_before_the_request_is_read_whole() -> Result<(), Failure> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let mut connection = Connection::open(&listener.local_addr()?.to_string()).await?;
        let (mut stream, _) = listener.accept().await?;
        stream.write_all(b"HTTP/1.1 503 Full\r\ncontent-length: 2\r\n\r\nno").await?;
        connection.stream.readable().await?;
        let answer = connection.send(("GET", "/"), &[], None).await?;
        assert_eq!((answer.status, answer.text().as_str()), (503, "no"));
        Ok(())
    }
}
