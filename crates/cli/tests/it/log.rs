//! A log that can't be written, or that nobody reads, stops no request.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use crate::installation::{Engine, Installation, Serving};

const FLAGS: [&str; 4] = ["--log-level", "trace", "--log-format", "json"];

/// Sends requests whose log lines are together larger than a pipe and the queue before it.
fn log_much(serving: &Serving) {
    const PIPELINED: usize = 50;
    let request = format!("GET /nowhere/{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(240)).repeat(PIPELINED);
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    for _ in 0..80 {
        stream.write_all(request.as_bytes()).unwrap();
        let (mut responses, mut buffer) = (Vec::new(), [0; 16_384]);
        while String::from_utf8_lossy(&responses).matches("HTTP/1.1 404").count() < PIPELINED {
            let count = stream.read(&mut buffer).expect("a response, though nobody reads the log");
            assert!(count > 0, "{}", String::from_utf8_lossy(&responses));
            responses.extend_from_slice(&buffer[..count]);
        }
    }
}

#[test]
fn g1_a_log_that_nobody_reads_stops_no_request_and_says_later_what_is_missing() {
    let place = Installation::new(Engine::Sqlite);
    let (mut reader, to) = std::io::pipe().unwrap();
    let serving = place.serve_logging_to(to.into(), &FLAGS).unwrap();
    log_much(&serving);
    let (send, read) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let mut buffer = [0; 65_536];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            text.extend_from_slice(&buffer[..count]);
            if String::from_utf8_lossy(&text).contains("log lines were dropped") {
                let _ = send.send(());
            }
        }
    });
    read.recv_timeout(Duration::from_secs(20)).expect("the number of dropped lines is logged");
    assert_eq!(serving.stop("TERM"), Some(0));
}

#[test]
fn a_server_whose_log_nobody_reads_stops_when_it_is_told() {
    let place = Installation::new(Engine::Sqlite);
    let (_reader, to) = std::io::pipe().unwrap();
    let serving = place.serve_logging_to(to.into(), &FLAGS).unwrap();
    log_much(&serving);
    assert_eq!(serving.stop("TERM"), Some(0));
}

#[test]
fn a_log_that_cannot_be_written_stops_no_request() {
    let place = Installation::new(Engine::Sqlite);
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    for to in [File::options().write(true).open("/dev/full").unwrap().into(), closed.into()] {
        let serving = place.serve_logging_to(to, &FLAGS).unwrap();
        log_much(&serving);
        assert_eq!(serving.stop("TERM"), Some(0));
    }
}

#[test]
fn g1_what_strangers_send_is_logged_in_excerpts() {
    let place = Installation::new(Engine::Sqlite);
    let serving = place.serve_with(&["--log-format", "json", "--log-level", "debug"]);
    let long = "x".repeat(8000);
    serving.call("GET", &format!("/{long}"), &[], "");
    serving.call("GET", &format!("/api/users/{long}?{long}"), &[("Origin", &long), ("Authorization", &long)], "");
    serving.call("GET", &format!("/oidc/{long}"), &[("X-Forwarded-For", &long), ("User-Agent", &long)], "");
    serving.call("POST", "/oidc/token", &[("Content-Type", &long)], &format!("grant_type={long}"));
    serving.call(&long, "/", &[], "");
    let log = serving.stop_and_read("TERM");
    assert!(log.contains(&"x".repeat(200)), "{log}");
    for line in log.lines() {
        assert!(line.len() < 1000, "{} bytes: {line}", line.len());
    }
}
