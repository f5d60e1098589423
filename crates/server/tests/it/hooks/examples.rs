//! Test deliveries (M271, H019; traces 40-17, 60-06).

use http::{Method, StatusCode};
use outbound::{FakeResponse, OutboundError};
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::{body, call, get, hook, ok, path};

const URL: &str = "https://test.example.com/hook";

async fn test(app: &TestApp, hook: &Value, events: &[&str]) -> TestResponse {
    let test = json!({"events": events, "config": {"url": URL, "headers": {"x-extra": "e"}}});
    call(app, "POST", &format!("{}/test", path(hook)), test).await
}

#[tokio::test]
async fn examples_are_sent_to_the_given_address_and_not_logged() {
    for_each_engine(async |app: TestApp| {
        let made = hook(&app, &["Role.Created"], ok()).await;
        app.outbound.respond(Method::POST, URL, ok());
        test(&app, &made, &["User.Created", "PostSignIn", "User.Created"]).await.expect(204);
        let received = app.outbound.received();
        assert!(received.iter().all(|one| one.url == URL && one.headers["x-extra"] == "e"), "{received:?}");
        assert!(received.iter().all(|one| one.headers["logto-signature-sha-256"].len() == 64));
        let told = |event: &str| {
            received.iter().map(body).find(|body| body["event"] == event).unwrap_or_else(|| panic!("no {event}"))
        };
        assert_eq!(received.len(), 2);
        let created = json!({
            "event": "User.Created", "hookId": made["id"], "createdAt": "2026-11-22T12:00:00.000Z",
            "userAgent": "fake-user-agent", "path": "/fake-path/:id", "method": "POST", "status": 200,
            "params": {"id": "fake-id"}, "data": {"result": "success"},
        });
        assert_eq!(told("User.Created"), created);
        let signed_in = told("PostSignIn");
        assert_eq!(
            (&signed_in["sessionId"], &signed_in["userIp"]),
            (&json!("fake-session-id"), &json!("fake-user-ip"))
        );
        assert_eq!(signed_in["user"].as_object().unwrap().len(), 15);
        app.app.flush_audit().await;
        let one = get(&app, &format!("{}?includeExecutionStats=true", path(&made))).await.json();
        assert_eq!(one["executionStats"], json!({"successCount": 0, "requestCount": 0}));
    })
    .await;
}

#[tokio::test]
async fn every_event_has_an_example() {
    for_each_engine(async |app: TestApp| {
        let made = hook(&app, &["Role.Created"], ok()).await;
        app.outbound.respond(Method::POST, URL, ok());
        let all: Vec<&str> = server::events::EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        test(&app, &made, &all).await.expect(204);
        assert_eq!(app.outbound.received().len(), 31);
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_fails_is_named() {
    for_each_engine(async |app: TestApp| {
        let made = hook(&app, &["Role.Created"], ok()).await;
        for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::FOUND, StatusCode::NOT_FOUND] {
            app.outbound.respond(Method::POST, URL, FakeResponse::status(status));
            let answer = test(&app, &made, &["Role.Created"]).await;
            assert!(answer.text().contains(&status.as_u16().to_string()), "{}", answer.text());
            answer.expect_error(422, "hook.endpoint_responded_with_error");
        }
        let forbidden = OutboundError::Forbidden {
            host: "test.example.com".into(),
            address: "127.0.0.1".parse().unwrap(),
            kind: "a loopback address",
        };
        app.outbound.respond(Method::POST, URL, FakeResponse::failure(forbidden));
        let answer = test(&app, &made, &["Role.Created", "PostSignIn"]).await;
        assert!(answer.text().contains("OUTBOUND_ALLOW"), "{}", answer.text());
        answer.expect_error(422, "hook.send_test_payload_failed");
        let unknown = json!({"events": ["Role.Created"], "config": {"url": URL}});
        let answer = call(&app, "POST", "/api/hooks/none/test", unknown).await;
        answer.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}
