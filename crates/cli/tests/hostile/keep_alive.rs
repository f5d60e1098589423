//! Requests that are answered before their body was read: the connection goes on, or the answer says that it ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::place::{Node, Place};

/// What may be sent without that anybody reads the body: unknown paths, refused callers, documents, preflights.
const EARLY: [&str; 5] =
    ["POST /nothing/here", "POST /api/users", "GET /oidc/jwks", "POST /oidc/nothing", "OPTIONS /oidc/token"];

struct Client(TcpStream);

impl Client {
    async fn connect(node: &Node) -> Self {
        let stream = TcpStream::connect(node.authority()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads one response: its head, and its body by the content length.
    async fn response(&mut self) -> String {
        let reading = async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.0.read_u8().await.unwrap_or_else(|error| panic!("{error} after {head:?}")));
            }
            let head = String::from_utf8(head).unwrap().to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            self.0.read_exact(&mut body).await.unwrap();
            head
        };
        timeout(Duration::from_secs(20), reading).await.unwrap()
    }

    async fn goes_on(&mut self) -> bool {
        if self.0.write_all(b"GET /api/status HTTP/1.1\r\nhost: localhost\r\n\r\n").await.is_err() {
            return false;
        }
        self.response().await.starts_with("http/1.1 204")
    }

    /// Whether the connection ends in order, without a reset.
    async fn ends(&mut self) -> bool {
        let mut rest = Vec::new();
        timeout(Duration::from_secs(20), self.0.read_to_end(&mut rest)).await.unwrap().is_ok() && rest.is_empty()
    }
}

fn head(start: &str, framing: &str) -> String {
    format!("{start} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{framing}\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_goes_on_after_an_answer_to_a_small_body_that_nobody_read() {
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    for start in EARLY {
        let mut client = Client::connect(&node).await;
        for pause in [None, Some(Duration::from_millis(30)), None] {
            // The whole body with the head, in parts, and after the answer.
            client.send(&head(start, "content-length: 20000")).await;
            client.send(&" ".repeat(15_000)).await;
            if let Some(pause) = pause {
                sleep(pause).await;
                client.send(&" ".repeat(5_000)).await;
            }
            let response = client.response().await;
            assert!(!response.contains("connection: close"), "{start}: {response}");
            if pause.is_none() {
                client.send(&" ".repeat(5_000)).await;
            }
            assert!(client.goes_on().await, "{start}");
        }
        let chunked = format!("{}5\r\n12345\r\n0\r\n\r\n", head(start, "transfer-encoding: chunked"));
        client.send(&chunked).await;
        assert!(!client.response().await.contains("connection: close"), "{start}");
        assert!(client.goes_on().await, "{start}");
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_large_body_that_nobody_read_says_that_the_connection_ends() {
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    for start in EARLY {
        for framing in ["content-length: 65537", "content-length: 900000", "transfer-encoding: chunked"] {
            let mut client = Client::connect(&node).await;
            client.send(&head(start, framing)).await;
            let response = client.response().await;
            assert!(response.contains("connection: close"), "{start} {framing}: {response}");
            assert!(client.ends().await, "{start} {framing}");
        }
        let mut client = Client::connect(&node).await;
        client.send(&head(start, "content-length: 10\r\nexpect: 100-continue")).await;
        let response = client.response().await;
        assert!(response.contains("connection: close"), "nobody asked for the body: {response}");
        assert!(client.ends().await, "{start}");
    }
    node.stop().await;
}

/// A client that writes for longer than a closed connection is usually waited for, and reads only then.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_sender_of_a_large_body_reads_the_answer_and_no_reset() {
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    let mut client = Client::connect(&node).await;
    client.send(&head("POST /api/users", "content-length: 3000000")).await;
    for _ in 0..30 {
        client.send(&" ".repeat(100_000)).await;
        sleep(Duration::from_millis(120)).await;
    }
    assert!(client.response().await.starts_with("http/1.1 401"));
    node.stop().await;
}
