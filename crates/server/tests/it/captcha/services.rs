//! Turnstile and reCAPTCHA Enterprise, by stand-ins that answer as their public documentation says (E086, H105, H106).

use http::{Method, StatusCode};
use outbound::{FakeResponse, OutboundError};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, for_each_engine};

use super::{ask, start_with, turnstile};
use crate::experience::fixture::Browser;

const SITEVERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const ASSESSMENTS: &str = "https://recaptchaenterprise.googleapis.com/v1/projects/p-1/assessments";
const FAILED: &str = "session.captcha_failed";

fn siteverify(success: bool, errors: &[&str]) -> FakeResponse {
    FakeResponse::json(&json!({
        "success": success, "error-codes": errors, "challenge_ts": "2026-01-01T00:00:00.000Z",
        "hostname": "auth.example.com", "action": "interaction", "cdata": ""
    }))
}

fn enterprise(mode: Option<&str>) -> Value {
    let mut config =
        json!({"type": "RecaptchaEnterprise", "siteKey": "site-key", "secretKey": "api-key", "projectId": "p-1"});
    if let Some(mode) = mode {
        config["mode"] = json!(mode);
    }
    config
}

fn assessment(valid: bool, action: &str, score: f64) -> FakeResponse {
    FakeResponse::json(&json!({
        "name": "projects/1/assessments/2",
        "event": {"token": "t", "siteKey": "site-key", "expectedAction": "interaction"},
        "riskAnalysis": {"score": score, "reasons": []},
        "tokenProperties": {"valid": valid, "invalidReason": if valid { "INVALID_REASON_UNSPECIFIED" } else { "DUPE" },
            "hostname": "auth.example.com", "action": action, "createTime": "2026-01-01T00:00:00Z"}
    }))
}

#[tokio::test]
async fn a_token_of_turnstile_counts_once_even_when_it_comes_twice_at_the_same_time() {
    for_each_engine(async |app: TestApp| {
        ask(&app, turnstile()).await;
        app.outbound.respond(Method::POST, SITEVERIFY, siteverify(false, &["timeout-or-duplicate"]));
        app.outbound.respond_once(Method::POST, SITEVERIFY, siteverify(true, &[]));
        let (one, two) = (Browser::open(&app).await, Browser::open(&app).await);
        let (first, second) = tokio::join!(start_with(&one, "SignIn", "token"), start_with(&two, "SignIn", "token"));
        let mut answers = [first.status.as_u16(), second.status.as_u16()];
        answers.sort_unstable();
        assert_eq!(answers, [204, 422]);
        start_with(&one, "SignIn", "token").await.expect_error(422, FAILED);
        let sent = &app.outbound.received()[0];
        let body = String::from_utf8(sent.body.to_vec()).unwrap();
        assert_eq!(body, "secret=secret-key&response=token&remoteip=127.0.0.1");
        assert_eq!(sent.headers["content-type"], "application/x-www-form-urlencoded");
    })
    .await;
}

#[tokio::test]
async fn what_a_service_cannot_confirm_in_time_counts_for_nothing() {
    for_each_engine(async |app: TestApp| {
        ask(&app, turnstile()).await;
        let browser = Browser::open(&app).await;
        for answer in [
            FakeResponse::failure(OutboundError::TimedOut(Duration::from_secs(5))),
            FakeResponse::status(StatusCode::BAD_GATEWAY),
            FakeResponse::status(StatusCode::OK).body("true"),
            siteverify(false, &["invalid-input-secret"]).with_status(StatusCode::BAD_REQUEST),
            siteverify(true, &["invalid-input-secret"]),
            siteverify(false, &["invalid-input-response"]),
        ] {
            app.outbound.respond_once(Method::POST, SITEVERIFY, answer);
            start_with(&browser, "SignIn", "token").await.expect_error(422, FAILED);
        }
        let asked = app.outbound.received().len();
        start_with(&browser, "SignIn", &"t".repeat(8193)).await.expect_error(422, FAILED);
        assert_eq!(app.outbound.received().len(), asked, "no service has such tokens");
        start_with(&browser, "SignIn", "").await.expect(204);
        assert_eq!(browser.state().await["captcha"], json!({"verified": false, "skipped": false}));
    })
    .await;
}

#[tokio::test]
async fn recaptcha_counts_by_score_and_action_and_a_ticked_box_by_itself() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        for (mode, answer, counts) in [
            (None, assessment(true, "interaction", 0.5), true),
            (Some("invisible"), assessment(true, "interaction", 0.9), true),
            (None, assessment(true, "interaction", 0.4), false),
            (None, assessment(true, "login", 0.9), false),
            (None, assessment(false, "interaction", 0.9), false),
            (Some("checkbox"), assessment(true, "", 0.1), true),
            (Some("checkbox"), assessment(false, "", 0.9), false),
            (Some("checkbox"), FakeResponse::json(&json!({})), false),
            (None, FakeResponse::json(&json!({"error": {"code": 403}})).with_status(StatusCode::FORBIDDEN), false),
        ] {
            ask(&app, enterprise(mode)).await;
            app.outbound.respond_once(Method::POST, ASSESSMENTS, answer);
            let started = start_with(&browser, "SignIn", "token").await;
            match counts {
                true => drop(started.expect(204)),
                false => drop(started.expect_error(422, FAILED)),
            }
        }
        let sent = &app.outbound.received()[0];
        assert_eq!(sent.headers["x-goog-api-key"], "api-key");
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        let event = json!({"token": "token", "siteKey": "site-key", "expectedAction": "interaction",
            "userIpAddress": "127.0.0.1", "userAgent": "trace-client/1.0"});
        assert_eq!(body, json!({"event": event}));
    })
    .await;
}
