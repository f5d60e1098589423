//! Redirects are followed only when asked for, and each is checked.

use http::header::{ACCEPT, COOKIE};
use http::{HeaderValue, Method};

use super::{OK, Server, local, redirect_to};
use crate::{OutboundError, OutboundRequest, OutboundResponse};

async fn follow(request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
    local().send(request.follow_redirects(3)).await
}

#[tokio::test]
async fn a_redirect_is_a_response_unless_following_was_asked_for() {
    let target = Server::answering("127.0.0.1", 0, OK);
    let server = Server::answering("127.0.0.1", 0, &redirect_to(302, &target.url("/next")));
    let response = local().send(OutboundRequest::get(&server.url("/")).unwrap()).await.unwrap();
    assert_eq!((response.status.as_u16(), target.connections()), (302, 0));
    let response = follow(OutboundRequest::get(&server.url("/")).unwrap()).await.unwrap();
    assert_eq!((response.status.as_u16(), response.url.as_str()), (200, target.url("/next").as_str()));
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let inside = Server::answering("127.0.0.2", 0, OK);
    let port = inside.address.port();
    for location in [
        inside.url("/"),
        format!("//127.0.0.2:{port}/"),
        format!("http://[::ffff:127.0.0.2]:{port}/"),
        "http://169.254.169.254/latest/meta-data/".into(),
        "http://[fd00:ec2::254]/".into(),
        "http://[::1]/".into(),
    ] {
        let server = Server::answering("127.0.0.1", 0, &redirect_to(307, &location));
        let result = follow(OutboundRequest::get(&server.url("/")).unwrap()).await;
        assert!(matches!(result, Err(OutboundError::Forbidden { .. })), "{location}: {result:?}");
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_redirect_that_makes_no_sense_is_refused() {
    for location in ["file:///etc/passwd", "javascript:alert(1)", "http://u:p@127.0.0.1/", "http://", "http://a b/"] {
        let server = Server::answering("127.0.0.1", 0, &redirect_to(302, location));
        let result = follow(OutboundRequest::get(&server.url("/")).unwrap()).await;
        assert!(matches!(result, Err(OutboundError::Redirect { .. })), "{location}: {result:?}");
    }
    let circle = Server::answering("127.0.0.1", 0, &redirect_to(302, "/again"));
    let result = follow(OutboundRequest::get(&circle.url("/")).unwrap()).await;
    assert!(
        matches!(result, Err(OutboundError::Redirect { reason, .. }) if reason.contains("too many")),
        "{circle_count}",
        circle_count = circle.connections()
    );
    assert_eq!(circle.connections(), 4);
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_origin() {
    let target = Server::answering("127.0.0.1", 0, OK);
    let server = Server::answering("127.0.0.1", 0, &redirect_to(302, &target.url("/")));
    let request = OutboundRequest::get(&server.url("/"))
        .unwrap()
        .bearer("secret")
        .header(COOKIE, HeaderValue::from_static("a=b"))
        .header(ACCEPT, HeaderValue::from_static("text/plain"));
    follow(request).await.unwrap();
    assert!(server.request(0).contains("secret"));
    let forwarded = target.request(0).to_lowercase();
    assert!(!forwarded.contains("secret") && !forwarded.contains("cookie"), "{forwarded}");
    assert!(forwarded.contains("accept: text/plain"), "{forwarded}");
}

#[tokio::test]
async fn a_body_is_repeated_only_to_the_same_origin_and_only_when_the_status_says_so() {
    let target = Server::answering("127.0.0.1", 0, OK);
    let post = |server: &Server| OutboundRequest::post(&server.url("/")).unwrap().form(&[("secret", "x")]);
    for status in [301, 302, 303] {
        let server = Server::answering("127.0.0.1", 0, &redirect_to(status, &target.url("/")));
        follow(post(&server)).await.unwrap();
    }
    for n in 0..3 {
        let got = target.request(n);
        assert!(got.starts_with("GET / ") && !got.contains("secret") && !got.contains("content-type"), "{got}");
    }
    let kept = Server::answering("127.0.0.1", 0, &redirect_to(308, &target.url("/")));
    let result = follow(post(&kept)).await;
    assert!(matches!(result, Err(OutboundError::Redirect { .. })), "{result:?}");
    let same = Server::start("127.0.0.1", 0, |stream, request| {
        let response = if request.starts_with("POST / ") { redirect_to(307, "/next") } else { OK.to_owned() };
        std::io::Write::write_all(stream, response.as_bytes()).unwrap();
    });
    follow(post(&same)).await.unwrap();
    assert!(same.request(1).starts_with("POST /next ") && same.request(1).ends_with("secret=x"));
    let put = Server::answering("127.0.0.1", 0, &redirect_to(302, &target.url("/")));
    let request = OutboundRequest::new(Method::PUT, &put.url("/")).unwrap().form(&[("secret", "x")]);
    assert!(matches!(follow(request).await, Err(OutboundError::Redirect { .. })));
}
