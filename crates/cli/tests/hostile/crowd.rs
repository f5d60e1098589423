//! Very many idle connections.

use std::process::Command;
use std::time::{Duration, Instant};

use loggia_bench::flows::{Browser, Credentials};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::place::{Place, World, skipped};

const CROWD: usize = 10_000;

/// Raises this process's limit of open files to the hard limit; returns whether that is enough.
fn raise_own_limit() -> bool {
    let own = std::process::id().to_string();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let hard = line.split_whitespace().nth(4).unwrap().to_owned();
    let raised = Command::new("prlimit").args(["--pid", &own, &format!("--nofile={hard}")]).status();
    raised.is_ok_and(|status| status.success()) && hard.parse().is_ok_and(|hard: usize| hard > CROWD + 500)
}

#[tokio::test(flavor = "multi_thread")]
async fn h9_ten_thousand_idle_connections_cost_little_and_disturb_nobody() {
    if !raise_own_limit() {
        skipped("this process may not open 10,000 connections");
        return;
    }
    let place = Place::sqlite();
    let node = place.start(&[]).await;
    let world = World::make(&node, 1).await;
    let before = node.server.process().unwrap().memory().0;
    let mut crowd = Vec::with_capacity(CROWD);
    for n in 0..CROWD {
        let mut stream = TcpStream::connect(node.authority()).await.unwrap();
        // Half of them send one request and stay open; the others never send anything.
        if n % 2 == 0 {
            stream.write_all(b"GET /api/status HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
            let mut response = [0; 12];
            stream.read_exact(&mut response).await.unwrap();
            assert_eq!(&response, b"HTTP/1.1 204");
        }
        crowd.push(stream);
    }
    let grown = node.server.process().unwrap().memory().0 - before;
    println!("{CROWD} idle connections: {grown:.0} MB more, {:.1} KB each", grown * 1024.0 / CROWD as f64);
    assert!(grown < 300.0, "{grown} MB more");
    assert!(node.open_files() > CROWD / 2);
    let mut browser = Browser::open(node.authority()).await.unwrap();
    browser.code(&world.web, Credentials::Password("bench0")).await.unwrap();
    // Silent connections are closed after ten seconds and two of lingering, the others stay.
    let deadline = Instant::now() + Duration::from_secs(30);
    while node.open_files() > CROWD / 2 + 200 {
        assert!(Instant::now() < deadline, "{} connections are still open", node.open_files());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(node.open_files() > CROWD / 2);
    drop(crowd);
    let deadline = Instant::now() + Duration::from_secs(20);
    while node.open_files() > 200 {
        assert!(Instant::now() < deadline, "{} connections are still open", node.open_files());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h10_a_connection_for_which_there_is_no_place_gets_a_clear_503() {
    let mut place = Place::sqlite();
    // A server that may open 400 files has 144 places.
    place.limit_open_files(400);
    let node = place.start(&[]).await;
    let world = World::make(&node, 1).await;
    let mut crowd = Vec::new();
    while crowd.len() < 144 {
        crowd.push(TcpStream::connect(node.authority()).await.unwrap());
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut refused = String::new();
    while refused.is_empty() {
        assert!(Instant::now() < deadline, "nobody was refused");
        let mut stream = TcpStream::connect(node.authority()).await.unwrap();
        stream.write_all(b"GET /api/status HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut response = vec![0; 4096];
        let read = stream.read(&mut response).await.unwrap();
        let response = String::from_utf8_lossy(&response[..read]).into_owned();
        if response.starts_with("HTTP/1.1 503 ") {
            refused = response;
        }
        crowd.push(stream);
    }
    assert!(refused.contains("retry-after: "), "{refused}");
    drop(crowd);
    let deadline = Instant::now() + Duration::from_secs(10);
    while node.call(("GET", "/api/users"), &world.bearer, None).await.status != 200 {
        assert!(Instant::now() < deadline, "no place though the crowd is gone");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    node.stop().await;
}
