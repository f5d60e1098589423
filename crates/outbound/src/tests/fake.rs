//! The fake answers what was programmed, under the same limits.

use std::time::Duration;

use http::header::LOCATION;
use http::{HeaderValue, Method, StatusCode};
use serde_json::json;

use crate::{FakeResponse, FakeServer, Outbound, OutboundError, OutboundRequest};

#[tokio::test]
async fn programmed_responses_are_given_and_requests_kept() {
    let fake = FakeServer::default();
    let client = Outbound::with_fake(fake.clone());
    let url = "https://idp.example/token";
    fake.respond(Method::POST, url, FakeResponse::json(&json!({"error": "x"})).with_status(StatusCode::BAD_REQUEST));
    fake.respond_once(Method::POST, url, FakeResponse::json(&json!({"n": 1})));
    fake.respond_once(Method::POST, url, FakeResponse::json(&json!({"n": 2})));
    let post = || OutboundRequest::post("https://idp.example/token?a=b").unwrap().json(&json!({"code": 1})).unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let response = client.send(post()).await.unwrap();
        seen.push((response.status.as_u16(), response.json::<serde_json::Value>().unwrap()));
    }
    let refused = (400, json!({"error": "x"}));
    assert_eq!(seen, [(200, json!({"n": 1})), (200, json!({"n": 2})), refused.clone(), refused]);
    let received = fake.received();
    assert_eq!((received.len(), received[0].url.as_str()), (4, "https://idp.example/token?a=b"));
    assert_eq!(received[0].body, r#"{"code":1}"#);
    let unknown = client.send(OutboundRequest::get(url).unwrap()).await;
    assert!(matches!(unknown, Err(OutboundError::Connection { .. })), "{unknown:?}");
}

#[tokio::test]
async fn limits_and_redirects_work_as_over_the_network() {
    let fake = FakeServer::default();
    let client = Outbound::with_fake(fake.clone());
    let get = |path: &str| OutboundRequest::get(&format!("https://idp.example{path}")).unwrap();
    let program = |path: &str, response| fake.respond(Method::GET, &format!("https://idp.example{path}"), response);
    program("/large", FakeResponse::status(StatusCode::OK).body("x".repeat(100)));
    program("/slow", FakeResponse::status(StatusCode::OK).after(Duration::from_secs(60)));
    let location = HeaderValue::from_static("/end");
    program("/start", FakeResponse::status(StatusCode::FOUND).header(LOCATION, location));
    program("/end", FakeResponse::status(StatusCode::NO_CONTENT));
    let failure = OutboundError::Unresolvable("idp.example".into());
    program("/fails", FakeResponse::failure(failure.clone()));
    let large = client.send(get("/large").max_response_bytes(99)).await;
    assert_eq!(large.unwrap_err(), OutboundError::TooLarge(99));
    let limit = Duration::from_millis(20);
    assert_eq!(client.send(get("/slow").deadline(limit)).await.unwrap_err(), OutboundError::TimedOut(limit));
    assert_eq!(client.send(get("/start").follow_redirects(1)).await.unwrap().status, StatusCode::NO_CONTENT);
    assert_eq!(client.send(get("/fails")).await.unwrap_err(), failure);
}
