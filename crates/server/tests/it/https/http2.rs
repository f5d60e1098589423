//! HTTP/2 on the server's own TLS ports (RFC 9113; F010, F040).

use std::time::Duration;

use axum::body::{Body, to_bytes};
use futures_util::future::join_all;
use http::{Method, Request, StatusCode, Version, header};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;

use super::{HttpsServer, connect_with, new_certificate};

type Sender = SendRequest<Body>;

async fn connect(port: u16, trusted: &CertifiedKey<KeyPair>) -> (Sender, JoinHandle<hyper::Result<()>>) {
    let tls = connect_with(port, trusted, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    (sender, tokio::spawn(connection))
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame (RFC 9113 section 4.1) with a payload of at most 255 bytes.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags][..], &stream.to_be_bytes(), payload].concat()
}

/// The error code of the last GOAWAY frame (RFC 9113 section 6.8).
fn goaway_error(mut frames: &[u8]) -> Option<u32> {
    let mut found = None;
    while let Some((&[a, b, c, kind, ..], rest)) = frames.split_first_chunk::<9>() {
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        if kind == GOAWAY {
            found = Some(u32::from_be_bytes(rest[4..8].try_into().unwrap()));
        }
        frames = rest.get(length..)?;
    }
    found
}

fn get(port: u16, path: &str) -> Request<Body> {
    Request::get(format!("https://localhost:{port}{path}")).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn one_connection_serves_many_requests_at_once() {
    let certificate = new_certificate();
    let server = HttpsServer::start("http2", &certificate).await;
    for port in server.ports {
        let (sender, _connection) = connect(port, &certificate).await;
        // More than run at once: the rest waits.
        let answers = join_all((0..250).map(|_| sender.clone().send_request(get(port, "/api/status")))).await;
        for answer in answers {
            let answer = answer.unwrap();
            assert_eq!((answer.status(), answer.version()), (StatusCode::NO_CONTENT, Version::HTTP_2));
            assert!(!answer.headers().contains_key(header::CONNECTION), "RFC 9113 section 8.2.2");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn requests_mean_the_same_as_over_http1() {
    let certificate = new_certificate();
    let server = HttpsServer::start("http2-form", &certificate).await;
    let port = server.ports[0];
    let (mut sender, _connection) = connect(port, &certificate).await;
    let document = sender.send_request(get(port, "/oidc/.well-known/openid-configuration?x=1")).await.unwrap();
    assert_eq!(document.status(), StatusCode::OK);
    let document = to_bytes(Body::new(document.into_body()), 64 << 10).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(document["issuer"], format!("https://localhost:{port}/oidc"));
    // The authority is what `Host` is over HTTP/1.1: a form from the page that the browser shows is no foreign form.
    let form = |origin: &str| {
        let form = Request::builder().method(Method::POST).uri(format!("https://127.0.0.1:{port}/sign-in"));
        let form = form.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        form.header(header::ORIGIN, origin).body(Body::from("identifier=someone")).unwrap()
    };
    let own = sender.send_request(form(&format!("https://127.0.0.1:{port}"))).await.unwrap();
    let foreign = sender.send_request(form("https://attacker.example")).await.unwrap();
    assert_ne!(own.status(), StatusCode::FORBIDDEN);
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    server.stop().await;
}

/// A connection holds the heads of many requests.
#[tokio::test]
async fn g1_a_head_has_16_kb() {
    let certificate = new_certificate();
    let server = HttpsServer::start("http2-head", &certificate).await;
    let (sender, _connection) = connect(server.ports[0], &certificate).await;
    for (bytes, status) in [(12 << 10, StatusCode::NO_CONTENT), (20 << 10, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)]
    {
        let mut request = get(server.ports[0], "/api/status");
        request.headers_mut().insert("x-long", "x".repeat(bytes).parse().unwrap());
        assert_eq!(sender.clone().send_request(request).await.unwrap().status(), status, "{bytes}");
    }
    server.stop().await;
}

#[tokio::test]
async fn g1_requests_that_are_cancelled_at_once_end_the_connection() {
    let certificate = new_certificate();
    let server = HttpsServer::start("http2-reset", &certificate).await;
    let port = server.ports[0];
    let mut tls = connect_with(port, &certificate, &[b"h2"]).await.unwrap();
    tls.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    tls.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    // CVE-2023-44487: each is cancelled before its answer, so the limit of concurrent requests does not hold it. GET, https and
    // "/" of the static table (RFC 7541 appendix A), then the authority.
    let head = [&[0x82, 0x87, 0x84, 0x41, 9][..], b"localhost"].concat();
    let requests = (0..2_000).flat_map(|number| {
        let stream = 2 * number + 1;
        let cancel = 8_u32.to_be_bytes();
        [frame(HEADERS, END_STREAM | END_HEADERS, stream, &head), frame(RST_STREAM, 0, stream, &cancel)].concat()
    });
    let requests: Vec<u8> = requests.collect();
    // The server may have closed the connection before it has read all.
    let _ = tls.write_all(&requests).await;
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), tls.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the connection goes on");
    assert_eq!(goaway_error(&answer), Some(ENHANCE_YOUR_CALM));
    let (mut sender, _connection) = connect(port, &certificate).await;
    assert_eq!(sender.send_request(get(port, "/api/status")).await.unwrap().status(), StatusCode::NO_CONTENT);
    server.stop().await;
}

#[tokio::test]
async fn g1_open_connections_do_not_delay_the_stop() {
    let certificate = new_certificate();
    let server = HttpsServer::start("http2-stop", &certificate).await;
    let (mut sender, connection) = connect(server.ports[0], &certificate).await;
    let used = sender.send_request(get(server.ports[0], "/api/status")).await.unwrap();
    assert_eq!(used.status(), StatusCode::NO_CONTENT);
    let _never_used = connect(server.ports[1], &certificate).await;
    let took = server.stop().await;
    assert!(took < Duration::from_secs(5), "the stop took {took:?}");
    assert!(connection.await.unwrap().is_ok(), "the client was told");
}
