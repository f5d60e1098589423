//! Clients that send too much, send too slowly, or do not read.

use std::time::{Duration, Instant};

use loggia_bench::flows::{Browser, Credentials};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::place::{Node, Place, World};

/// Everything that the server sends until it closes the connection.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset after the response also ends the connection.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_a_megabyte_of_headers_gets_a_clear_431() {
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    let many: String = (0..20_000).map(|n| format!("x-{n}: {}\r\n", "y".repeat(40))).collect();
    let before = node.server.process().unwrap().memory().0;
    for head in [format!("x-long: {}\r\n", "y".repeat(1 << 20)), many] {
        let mut senders = JoinSet::new();
        for _ in 0..50 {
            let (authority, head) = (node.authority().to_owned(), head.clone());
            senders.spawn(async move {
                let mut stream = TcpStream::connect(authority).await.unwrap();
                let request = format!("GET /api/status HTTP/1.1\r\nhost: localhost\r\n{head}\r\n");
                // Sends everything although the response may arrive much earlier.
                stream.write_all(request.as_bytes()).await.unwrap();
                read_all(&mut stream).await
            });
        }
        for response in senders.join_all().await {
            assert!(response.starts_with("HTTP/1.1 431 "), "{response:?}");
        }
    }
    let grown = node.server.process().unwrap().memory().0 - before;
    assert!(grown < 60.0, "{grown} MB more");
    assert_eq!(node.call(("GET", "/api/status"), "", None).await.status, 204);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h7_a_body_that_is_too_large_gets_a_clear_413_also_while_it_is_still_being_sent() {
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    let world = World::make(&node, 1).await;
    for (authorization, expected) in [(world.bearer.as_str(), "HTTP/1.1 413 "), ("Bearer x", "HTTP/1.1 401 ")] {
        let mut stream = TcpStream::connect(node.authority()).await.unwrap();
        let head = format!(
            "POST /api/users HTTP/1.1\r\nhost: localhost\r\nauthorization: {authorization}\r\n\
             content-type: application/json\r\ncontent-length: 8000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; 8_000_000]).await.unwrap();
        let response = read_all(&mut stream).await;
        assert!(response.starts_with(expected), "{response:?}");
    }
    node.stop().await;
}

/// Sends one byte at a time until the server closes the connection; returns its response and the duration.
async fn dribble(authority: String, start: String, pause: Duration) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(start.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let dribbling = tokio::spawn(async move {
        while writer.write_all(b"x").await.is_ok() {
            sleep(pause).await;
        }
    });
    let mut text = Vec::new();
    let _ = reader.read_to_end(&mut text).await;
    dribbling.abort();
    (String::from_utf8_lossy(&text).into_owned(), began.elapsed())
}

/// A client that requests more than the socket buffers hold, and reads nothing.
async fn deaf(authority: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(authority.parse().unwrap()).await.unwrap();
    let request = "GET /oidc/.well-known/openid-configuration HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // The server stops reading when it can't write any more.
    let _ = timeout(Duration::from_secs(3), stream.write_all(request.repeat(4_000).as_bytes())).await;
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn h8_slow_clients_are_ended_and_slow_down_nobody() {
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    let world = World::make(&node, 1).await;
    let (idle, pause) = (node.open_files(), Duration::from_secs(3));
    let (mut heads, mut bodies) = (JoinSet::new(), JoinSet::new());
    let post = |path: &str, kind: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\ncontent-type: {kind}\r\n\
             content-length: 1000\r\n\r\n",
            world.bearer
        )
    };
    let form = "application/x-www-form-urlencoded";
    for _ in 0..20 {
        let authority = || node.authority().to_owned();
        heads.spawn(dribble(authority(), "GET /api/status HTTP/1.1\r\nhost: local".into(), pause));
        heads.spawn(dribble(authority(), "G".into(), pause));
        bodies.spawn(dribble(authority(), post("/api/users", "application/json"), pause));
        bodies.spawn(dribble(authority(), post("/oidc/token", form), pause));
        bodies.spawn(dribble(authority(), post("/sign-in", form), pause));
    }
    let _deaf = (deaf(node.authority()).await, deaf(node.authority()).await);
    // Other clients are not affected.
    for _ in 0..10 {
        let working = async {
            let mut browser = Browser::open(node.authority()).await.unwrap();
            browser.code(&world.web, Credentials::Password("bench0")).await.unwrap();
        };
        timeout(Duration::from_secs(10), working).await.expect("slow clients hold up others");
        sleep(Duration::from_secs(1)).await;
    }
    for (response, took) in bodies.join_all().await {
        assert!(response.starts_with("HTTP/1.1 408 "), "after {took:?}: {response:?}");
        assert!(took < Duration::from_secs(70), "{took:?}");
    }
    for (response, took) in heads.join_all().await {
        assert!(response.is_empty(), "{response:?}");
        assert!(took < Duration::from_secs(85), "{took:?}");
    }
    // The server has closed the connections of the clients that do not read.
    let deadline = Instant::now() + Duration::from_secs(30);
    while node.open_files() > idle + 2 {
        assert!(Instant::now() < deadline, "{} files are open, {idle} before", node.open_files());
        sleep(Duration::from_millis(100)).await;
    }
    node.stop().await;
}

impl Node {
    /// The number of open files and connections of the server.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.server.process().unwrap().0)).unwrap().count()
    }
}
