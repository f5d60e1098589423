//! Which hosts can be reached, however their addresses are written or resolved.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{OK, Server, client, get, local};
use crate::{AllowList, Outbound, OutboundError, OutboundRequest};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_private_address_is_refused_however_it_is_written() {
    let client = Outbound::new(AllowList::default()).unwrap();
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://10.0.0.1:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "https://192.168.1.1/",
        "http://100.64.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://localhost/",
        "http://LocalHost/",
        "http://１２７.０.０.１/",
    ] {
        let result = get(&client, url).await;
        assert!(matches!(result, Err(OutboundError::Forbidden { .. })), "{url}: {result:?}");
    }
}

#[tokio::test]
async fn a_connection_for_another_protocol_goes_to_a_checked_address_only() {
    let server = Server::start("127.0.0.1", 0, |_, _| {});
    let (port, second) = (server.address.port(), std::time::Duration::from_secs(1));
    let client = Outbound::new(AllowList::default()).unwrap();
    for host in ["127.0.0.1", "localhost", "::1", "[::ffff:127.0.0.1]", "2130706433", "169.254.169.254"] {
        let result = client.connect(host, port, second).await;
        assert!(matches!(result, Err(OutboundError::Forbidden { .. })), "{host}: {result:?}");
    }
    for host in ["", "a b", "a.example:25", "http://a.example"] {
        let result = client.connect(host, port, second).await;
        assert!(matches!(result, Err(OutboundError::Unresolvable(_))), "{host}: {result:?}");
    }
    let client = Outbound::new("127.0.0.1".parse().unwrap()).unwrap();
    let connected = client.connect("127.0.0.1", port, second).await.unwrap();
    assert_eq!(connected.stream.peer_addr().unwrap(), server.address);
}

#[tokio::test]
async fn a_url_that_is_no_plain_web_address_is_refused() {
    for url in [
        "ftp://a.example/",
        "file:///etc/passwd",
        "a.example",
        "/path",
        "http://u:p@a.example/",
        "http:///",
        "gopher://a/",
        &format!("http://{}/", "a".repeat(254)),
    ] {
        let result = OutboundRequest::get(url);
        assert!(matches!(result, Err(OutboundError::InvalidUrl { .. })), "{url}: {result:?}");
    }
}

#[tokio::test]
async fn an_allowed_host_or_network_is_reached() {
    let server = Server::answering("127.0.0.1", 0, OK);
    assert_eq!(get(&local(), &server.url("/")).await, Ok("hello".into()));
    let by_name = client("idp.internal", |_| vec![ip("127.0.0.1")]);
    let port = server.address.port();
    assert_eq!(get(&by_name, &format!("http://idp.internal:{port}/")).await, Ok("hello".into()));
    let other = get(&by_name, &format!("http://other.internal:{port}/")).await;
    assert!(matches!(other, Err(OutboundError::Forbidden { .. })), "{other:?}");
    let literal = get(&by_name, &server.url("/")).await;
    assert!(matches!(literal, Err(OutboundError::Forbidden { .. })), "{literal:?}");
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_checked() {
    let allowed = Server::answering("127.0.0.1", 0, OK);
    let forbidden = Server::answering("127.0.0.2", allowed.address.port(), OK);
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    // A name whose address changes with every question.
    let client = client("127.0.0.1", move |_| match counter.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => vec![ip("127.0.0.1")],
        _ => vec![ip("127.0.0.2")],
    });
    let url = format!("http://rebind.example:{}/", allowed.address.port());
    for round in 1..=4 {
        let result = get(&client, &url).await;
        match round % 2 {
            1 => assert_eq!(result, Ok("hello".into())),
            _ => assert!(matches!(result, Err(OutboundError::Forbidden { .. })), "{result:?}"),
        }
        assert_eq!(asked.load(Ordering::SeqCst), round, "one question for each request");
    }
    assert_eq!((allowed.connections(), forbidden.connections()), (2, 0));
}

#[tokio::test]
async fn of_several_addresses_only_the_allowed_ones_are_tried() {
    let allowed = Server::answering("127.0.0.1", 0, OK);
    let forbidden = Server::answering("127.0.0.2", allowed.address.port(), OK);
    let mixed = client("127.0.0.1, 127.0.0.3", |_| vec![ip("127.0.0.2"), ip("127.0.0.3"), ip("127.0.0.1")]);
    let url = format!("http://mixed.example:{}/", allowed.address.port());
    // Nobody listens on 127.0.0.3: the next address is tried.
    assert_eq!(get(&mixed, &url).await, Ok("hello".into()));
    assert_eq!((allowed.connections(), forbidden.connections()), (1, 0));
    let none = client("", |_| Vec::new());
    assert_eq!(get(&none, &url).await, Err(OutboundError::Unresolvable("mixed.example".into())));
}
