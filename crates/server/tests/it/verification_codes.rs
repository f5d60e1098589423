//! Codes that administrators have sent (M303, M304, trace 40-19).

use std::time::Duration;

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use crate::applications::call;

const ENDPOINT: &str = "https://messages.example.com/send";
const MISMATCH: &str = "verification_code.code_mismatch";
const NOT_FOUND: &str = "verification_code.not_found";

async fn prepare(app: &TestApp) {
    app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::OK));
    for factory in ["http-email", "http-sms"] {
        let body = json!({"connectorId": factory, "config": {"endpoint": ENDPOINT}});
        call(app, "POST", "/api/connectors", body).await.expect(200);
    }
}

fn last_message(app: &TestApp) -> Value {
    serde_json::from_slice(&app.outbound.received().last().unwrap().body).unwrap()
}

async fn send(app: &TestApp, to: Value) -> TestResponse {
    call(app, "POST", "/api/verification-codes", to).await
}

/// Sends a code, and returns it.
async fn sent(app: &TestApp, to: Value) -> String {
    send(app, to).await.expect(204);
    last_message(app)["payload"]["code"].as_str().unwrap().to_owned()
}

async fn verify(app: &TestApp, mut to: Value, code: &str) -> TestResponse {
    to["verificationCode"] = code.into();
    call(app, "POST", "/api/verification-codes/verify", to).await
}

fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn a_code_proves_an_address_once_and_no_other() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        for (to, other) in [
            (json!({"email": "vc@example.com"}), json!({"email": "other@example.com"})),
            (json!({"phone": "4915112345678"}), json!({"phone": "4915112345679"})),
        ] {
            let first = sent(&app, to.clone()).await;
            let code = sent(&app, to.clone()).await;
            assert_eq!(last_message(&app)["type"], "Generic");
            if first != code {
                verify(&app, to.clone(), &first).await.expect_error(400, MISMATCH);
            }
            verify(&app, to.clone(), &wrong(&code)).await.expect_error(400, MISMATCH);
            verify(&app, other, &code).await.expect_error(400, NOT_FOUND);
            assert!(!app.snapshot().await.contain(&format!("\"{code}\"")), "sealed");
            verify(&app, to.clone(), &code).await.expect(204);
            verify(&app, to, &code).await.expect_error(400, NOT_FOUND);
        }
        // However the address is spelt.
        let code = sent(&app, json!({"email": "vc@example.com"})).await;
        verify(&app, json!({"email": "VC@example.com"}), &code).await.expect(204);
        for bad in [json!({}), json!({"email": "a@example.com", "phone": "1"}), json!({"email": "none"})] {
            send(&app, bad).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn c10_guesses_are_counted_and_codes_expire() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let to = || json!({"email": "vc@example.com"});
        let code = sent(&app, to()).await;
        for _ in 0..10 {
            verify(&app, to(), &wrong(&code)).await.expect_error(400, MISMATCH);
        }
        verify(&app, to(), &code).await.expect_error(400, "verification_code.exceed_max_try");
        let code = sent(&app, to()).await;
        app.app.clock.advance(Duration::from_secs(600));
        verify(&app, to(), &code).await.expect_error(400, "verification_code.expired");
        app.app.clock.advance(Duration::from_secs(601));
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        verify(&app, to(), &code).await.expect_error(400, NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn of_many_right_answers_at_once_one_counts() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let to = || json!({"email": "vc@example.com"});
        let code = sent(&app, to()).await;
        let answers = futures_util::future::join_all((0..8).map(|_| verify(&app, to(), &code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn g1_a_recipient_gets_so_many_and_without_a_connector_nobody_does() {
    for_each_engine(async |app: TestApp| {
        let to = || json!({"phone": "4915112345678"});
        send(&app, to()).await.expect_error(501, "connector.not_found");
        prepare(&app).await;
        for _ in 0..10 {
            send(&app, to()).await.expect(204);
        }
        send(&app, to()).await.expect_error(429, "request.message_rate_limited");
        send(&app, json!({"phone": "4915112345670"})).await.expect(204);
        app.outbound.respond_once(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::UNAUTHORIZED));
        send(&app, json!({"email": "vc@example.com"})).await.expect_error(401, "connector.authorization_failed");
    })
    .await;
}
