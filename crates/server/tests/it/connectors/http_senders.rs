//! Messages over HTTP (inventory H075, H087, M195).

use http::{Method, StatusCode};
use outbound::{FakeResponse, OutboundError};
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::call;

const ENDPOINT: &str = "https://messages.example.com/send";

async fn send_test(app: &TestApp, factory: &str, body: Value) -> testkit::TestResponse {
    call(app, "POST", &format!("/api/connectors/{factory}/test"), body).await
}

fn config() -> Value {
    json!({"endpoint": ENDPOINT, "authorization": "Bearer t"})
}

#[tokio::test]
async fn a_test_message_is_posted_with_the_code_000000() {
    for_each_engine(async |app: TestApp| {
        app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::ACCEPTED));
        let mail = json!({"email": "to@example.com", "config": config(), "locale": "zh-CN"});
        send_test(&app, "http-email", mail).await.expect(204);
        send_test(&app, "http-sms", json!({"phone": "15550109999", "config": config()})).await.expect(204);
        let received = app.outbound.received();
        let bodies: Vec<Value> = received.iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect();
        let payload = json!({"code": "000000", "locale": "zh-CN"});
        assert_eq!(bodies[0], json!({"to": "to@example.com", "type": "Generic", "payload": payload}));
        assert_eq!(bodies[1], json!({"to": "15550109999", "type": "Generic", "payload": {"code": "000000"}}));
        assert!(received.iter().all(|one| one.headers["authorization"] == "Bearer t"));
        assert!(received.iter().all(|one| one.headers["content-type"] == "application/json"));
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_sent_is_told_with_its_code() {
    for_each_engine(async |app: TestApp| {
        let mail = || json!({"email": "to@example.com", "config": config()});
        for neither_or_both in [
            json!({"config": config()}),
            json!({"config": config(), "email": "a@b.c", "phone": "155"}),
            json!({"config": config(), "phone": "bad"}),
            json!({"config": config(), "email": "bad"}),
            json!({"email": "a@b.c"}),
        ] {
            send_test(&app, "http-email", neither_or_both).await.expect_error(400, "guard.invalid_input");
        }
        send_test(&app, "nope", mail()).await.expect_error(404, "connector.not_found");
        send_test(&app, "http-sms", mail()).await.expect_error(400, "connector.unexpected_type");
        let bad = json!({"email": "to@example.com", "config": {}});
        send_test(&app, "http-email", bad).await.expect_error(400, "connector.invalid_config");
        let answers = [
            (StatusCode::UNAUTHORIZED, 401, "connector.authorization_failed"),
            (StatusCode::TOO_MANY_REQUESTS, 429, "connector.rate_limit_exceeded"),
            (StatusCode::INTERNAL_SERVER_ERROR, 400, "connector.general"),
            (StatusCode::FOUND, 400, "connector.general"),
        ];
        for (answer, status, code) in answers {
            app.outbound.respond_once(Method::POST, ENDPOINT, FakeResponse::status(answer));
            let failed = send_test(&app, "http-email", mail()).await.expect_error(status, code);
            assert!(failed.json()["data"]["message"].as_str().unwrap().contains(answer.as_str()));
        }
        let failure = OutboundError::Unresolvable("messages.example.com".into());
        app.outbound.respond_once(Method::POST, ENDPOINT, FakeResponse::failure(failure));
        send_test(&app, "http-email", mail()).await.expect_error(400, "connector.general");
    })
    .await;
}
