//! Limits of time and size, and what is sent.

use std::io::Write as _;
use std::time::{Duration, Instant};

use http::HeaderValue;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, USER_AGENT};

use super::{OK, Server, get, local};
use crate::{OutboundError, OutboundRequest};

const DEADLINE: Duration = Duration::from_millis(300);

async fn timed(server: &Server) -> Result<(), OutboundError> {
    let started = Instant::now();
    let result = local().send(OutboundRequest::get(&server.url("/")).unwrap().deadline(DEADLINE)).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    result.map(drop)
}

#[tokio::test]
async fn a_response_that_never_ends_is_given_up() {
    let drip = |head: &'static str, piece: &'static str| {
        Server::start("127.0.0.1", 0, move |stream, _| {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(piece.as_bytes()).is_ok() {
                std::thread::sleep(Duration::from_millis(10));
            }
        })
    };
    let body = drip("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "x");
    let chunks = drip("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n");
    let head = drip("HTTP/1.1 200 OK\r\nX: ", "x");
    let informational = drip("", "HTTP/1.1 100 Continue\r\n\r\n");
    let silent = Server::start("127.0.0.1", 0, |_, _| std::thread::sleep(Duration::from_secs(30)));
    for server in [body, chunks, head, informational, silent] {
        assert_eq!(timed(&server).await, Err(OutboundError::TimedOut(DEADLINE)));
    }
}

#[tokio::test]
async fn a_response_that_is_too_large_is_given_up() {
    let declared = Server::answering("127.0.0.1", 0, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nx");
    let endless = Server::start("127.0.0.1", 0, |stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(4096)).as_bytes()).is_ok() {}
    });
    let until_close = Server::start("127.0.0.1", 0, |stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    for server in [declared, endless, until_close] {
        assert_eq!(get(&local(), &server.url("/")).await, Err(OutboundError::TooLarge(1 << 20)));
    }
    let head = Server::start("127.0.0.1", 0, |stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let result = get(&local(), &head.url("/")).await;
    assert!(matches!(result, Err(OutboundError::Connection { .. })), "{result:?}");
}

#[tokio::test]
async fn the_limit_itself_is_allowed() {
    let server = Server::answering("127.0.0.1", 0, OK);
    let request = |limit| OutboundRequest::get(&server.url("/")).unwrap().max_response_bytes(limit);
    assert_eq!(local().send(request(5)).await.unwrap().body, "hello");
    assert_eq!(local().send(request(4)).await.unwrap_err(), OutboundError::TooLarge(4));
}

#[tokio::test]
async fn a_response_that_ends_too_early_is_an_error() {
    for response in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "nonsense\r\n\r\n"] {
        let server = Server::answering("127.0.0.1", 0, response);
        let result = get(&local(), &server.url("/")).await;
        assert!(matches!(result, Err(OutboundError::Connection { .. })), "{response:?}: {result:?}");
    }
}

#[tokio::test]
async fn a_request_arrives_as_it_was_made() {
    let server = Server::answering("127.0.0.1", 0, OK);
    let request = OutboundRequest::post(&server.url("/token?a=b#fragment"))
        .unwrap()
        .header(HOST, HeaderValue::from_static("elsewhere.example"))
        .header(CONNECTION, HeaderValue::from_static("upgrade"))
        .header(CONTENT_LENGTH, HeaderValue::from_static("3"))
        .header(USER_AGENT, HeaderValue::from_static("Test"))
        .bearer("secret")
        .form(&[("code", "a&b c"), ("x", "ü")]);
    assert!(!format!("{request:?}").contains("secret"));
    let response = local().send(request).await.unwrap();
    assert_eq!((response.status.as_u16(), &response.body[..]), (200, &b"hello"[..]));
    let received = server.request(0);
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "code=a%26b+c&x=%C3%BC");
    assert!(head.starts_with("POST /token?a=b HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    for line in [
        format!("host: {}", server.address),
        "connection: close".into(),
        format!("content-length: {}", body.len()),
        "user-agent: test".into(),
        "authorization: bearer secret".into(),
        "content-type: application/x-www-form-urlencoded".into(),
    ] {
        assert_eq!(head.lines().filter(|l| *l == line).count(), 1, "{line} in {head}");
    }
    assert!(!head.contains("elsewhere") && !head.contains("upgrade"), "{head}");
}
