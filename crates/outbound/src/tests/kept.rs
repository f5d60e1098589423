//! Connections that are kept for the next request.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{OK, Server, client, local, read_request};
use crate::{Outbound, OutboundError, OutboundRequest};

/// Answers up to `most` requests of one connection.
fn answer(most: usize) -> impl Fn(&mut TcpStream, &str) + Send + Sync + 'static {
    move |stream, _| {
        for _ in 1..most {
            stream.write_all(OK.as_bytes()).unwrap();
            if read_request(stream).is_empty() {
                return;
            }
        }
        stream.write_all(OK.as_bytes()).unwrap();
    }
}

async fn send(client: &Outbound, url: &str) -> Result<String, OutboundError> {
    let request = OutboundRequest::post(url)?.body("text/plain", "x").keep_alive();
    let response = client.send(request.deadline(Duration::from_secs(5))).await?;
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}

#[tokio::test]
async fn requests_that_ask_for_it_share_a_connection_and_others_do_not() {
    let server = Server::start("127.0.0.1", 0, answer(100));
    let (client, url) = (local(), server.url("/"));
    for _ in 0..10 {
        assert_eq!(send(&client, &url).await, Ok("hello".to_owned()));
    }
    assert_eq!(server.connections(), 1);
    assert!(!server.request(0).to_lowercase().contains("connection: close"));
    for _ in 0..2 {
        client.send(OutboundRequest::get(&url).unwrap()).await.unwrap();
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_request_goes_out_anew_when_the_kept_connection_has_ended() {
    let server = Server::start("127.0.0.1", 0, answer(1));
    let (client, url) = (local(), server.url("/"));
    for _ in 0..5 {
        assert_eq!(send(&client, &url).await, Ok("hello".to_owned()));
    }
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn the_rest_of_a_long_response_is_left_and_its_connection_too() {
    let server = Server::start("127.0.0.1", 0, |stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let client = local();
    for count in 1..3 {
        let request = OutboundRequest::post(&server.url("/")).unwrap().keep_alive().cut_response_at(10);
        let response = client.send(request).await.unwrap();
        assert_eq!((&response.body[..], server.connections()), (&b"xxxxxxxxxx"[..], count));
    }
}

#[tokio::test]
async fn e1_a_kept_connection_leads_to_the_address_that_was_checked() {
    let server = Server::start("127.0.0.1", 0, answer(100));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    // The name server says another address the second time.
    let client = client("127.0.0.1", move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        _ => vec![IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254))],
    });
    let url = format!("http://rebinding.example:{}/", server.address.port());
    for _ in 0..3 {
        assert_eq!(send(&client, &url).await, Ok("hello".to_owned()));
    }
    assert_eq!((asked.load(Ordering::SeqCst), server.connections()), (1, 1));
    let fresh = client.send(OutboundRequest::post(&url).unwrap()).await;
    assert!(matches!(fresh, Err(OutboundError::Forbidden { .. })), "{fresh:?}");
}

#[tokio::test]
async fn waiting_requests_of_one_client_take_no_place_of_another() {
    let silent = Server::start("127.0.0.1", 0, |_, _| std::thread::sleep(Duration::from_secs(30)));
    let server = Server::start("127.0.0.1", 0, answer(1));
    let client = local();
    let apart = client.apart(1);
    let (waiting, url) = (apart.clone(), silent.url("/"));
    let task = tokio::spawn(async move { send(&waiting, &url).await });
    while silent.connections() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(send(&client, &server.url("/")).await, Ok("hello".to_owned()));
    let own = OutboundRequest::post(&server.url("/")).unwrap().deadline(Duration::from_millis(200));
    assert!(matches!(apart.send(own).await, Err(OutboundError::TimedOut(_))));
    task.abort();
}
