//! A minimal HTTP client for a server on this machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::TaskResult;

/// Sends one request to `localhost` and returns the status with the body.
pub fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TaskResult<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| format!("port {port}: {error}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(|error| error.to_string())?;
    let mut text = format!("{method} {path} HTTP/1.0\r\nHost: localhost:{port}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    stream.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).map_err(|error| error.to_string())?;
    let response = String::from_utf8_lossy(&response);
    // HTTP/1.0: never chunked; the body ends with the connection.
    let (head, body) = response.split_once("\r\n\r\n").ok_or("an answer without a head")?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or("an answer without a status")?;
    Ok((status, body.to_owned()))
}

/// Sends a request with a bearer token and a JSON body; the response must be a success.
pub fn call(port: u16, method: &str, path: &str, token: &str, body: &Value) -> TaskResult<Value> {
    let authorization = format!("Bearer {token}");
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, text) = request(port, method, path, &headers, &body)?;
    if !(200..300).contains(&status) {
        return Err(format!("{method} {path} answered {status}: {text}"));
    }
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Waits until a server responds on this port; an error of `alive` ends the wait.
pub fn wait_for(port: u16, path: &str, mut alive: impl FnMut() -> TaskResult) -> TaskResult {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        alive()?;
        if request(port, "GET", path, &[], "").is_ok_and(|(status, _)| status < 500) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(format!("nothing answered on port {port} within a minute"))
}
