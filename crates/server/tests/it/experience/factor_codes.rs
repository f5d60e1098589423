//! Codes to the own address or number as a second factor (E011, E012, E066, E069; attacks C1, C4, C24).

use std::time::Duration;

use db::sql;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::factors::{enrol, policy, signed_in_by_password};
use super::fixture::*;
use crate::pages::codes::{connectors, last_code, messages, wrong};

/// Connectors, and a person who has an address and a number.
async fn prepare(app: &TestApp, factors: &[&str]) {
    connectors(app).await;
    policy(app, "Mandatory", factors).await;
    add_user(app, "alice", |user| {
        user.primary_email = Some("alice@example.com".into());
        user.primary_phone = Some("8613800138000".into());
    })
    .await;
}

async fn send(browser: &Browser, kind: &str) -> TestResponse {
    browser.post("/verification/mfa-verification-code", json!({"identifierType": kind})).await
}

async fn verify(browser: &Browser, kind: &str, id: &str, code: &str) -> TestResponse {
    let body = json!({"identifierType": kind, "verificationId": id, "code": code});
    browser.post("/verification/mfa-verification-code/verify", body).await
}

#[tokio::test]
async fn a_code_to_the_own_address_or_number_is_a_second_factor() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, &["EmailVerificationCode", "PhoneVerificationCode"]).await;
        for (kind, to, name) in [
            ("email", "alice@example.com", "MfaEmailVerificationCode"),
            ("Phone", "8613800138000", "MfaPhoneVerificationCode"),
        ] {
            let browser = Browser::open(&app).await;
            send(&browser, kind).await.expect_error(404, "session.interaction_not_found");
            browser.start("SignIn").await;
            send(&browser, kind).await.expect_error(404, "session.identifier_not_found");
            let browser = signed_in_by_password(&app, "alice").await;
            let refused = browser.submit().await;
            refused.clone().expect_error(403, "session.mfa.require_mfa_verification");
            let masked = &refused.json()["data"]["maskedIdentifiers"];
            assert_eq!(masked["EmailVerificationCode"], "alic****@example.com");
            let sent = send(&browser, kind).await.expect(200);
            let (id, code) = (id_of(&sent), last_code(&app));
            let message = messages(&app).pop().unwrap();
            assert_eq!((&message["to"], &message["type"]), (&json!(to), &json!("MfaVerification")));
            let shown = json!({
                "id": "alice", "avatar": null, "name": null, "primaryEmail": "alice@example.com",
                "primaryPhone": "8613800138000", "username": "alice", "profile": {},
            });
            assert_eq!(message["payload"], json!({"code": code, "locale": "en", "user": shown}), "inventory H039");
            assert!(!sent.text().contains(&code), "c10");
            let mismatch = "verification_code.code_mismatch";
            verify(&browser, kind, &id, &wrong(&code)).await.expect_error(400, mismatch);
            let other = if kind == "email" { "phone" } else { "email" };
            let unknown = "session.verification_session_not_found";
            verify(&browser, other, &id, &code).await.expect_error(404, unknown);
            browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
            verify(&browser, kind, &id, &code).await.expect(200);
            verify(&browser, kind, &id, &code).await.expect_error(400, "verification_code.not_found");
            let records = browser.state().await["verificationRecords"].clone();
            let record = records.as_array().unwrap().iter().find(|record| record["type"] == name).unwrap().clone();
            assert_eq!((&record["verified"], &record["templateType"]), (&json!(true), &json!("MfaVerification")));
            browser.submit().await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_is_sent_only_to_an_address_that_is_there_and_a_factor_that_is_on() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, &["Totp", "EmailVerificationCode"]).await;
        let not_enabled = "session.mfa.mfa_factor_not_enabled";
        let browser = signed_in_by_password(&app, "alice").await;
        send(&browser, "phone").await.expect_error(400, not_enabled);
        send(&browser, "username").await.expect_error(400, "guard.invalid_input");
        add_user(&app, "bob", |_| {}).await;
        send(&signed_in_by_password(&app, "bob").await, "email").await.expect_error(400, not_enabled);
        assert!(messages(&app).is_empty());
    })
    .await;
}

#[tokio::test]
async fn e069_a_code_that_identifies_is_no_second_factor_and_belongs_to_one_person_and_browser() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, &["EmailVerificationCode"]).await;
        add_user(&app, "eve", |user| user.primary_email = Some("eve@example.com".into())).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let address = json!({"type": "email", "value": "alice@example.com"});
        let body = json!({"identifier": address, "interactionEvent": "SignIn"});
        let id = id_of(&browser.post("/verification/verification-code", body).await.expect(200));
        let body = json!({"identifier": address, "verificationId": id, "code": last_code(&app)});
        browser.post("/verification/verification-code/verify", body).await.expect(200);
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        // The code of Eve, in the sign-in of Alice.
        let eve = signed_in_by_password(&app, "eve").await;
        let id = id_of(&send(&eve, "email").await.expect(200));
        let unknown = "session.verification_session_not_found";
        verify(&browser, "email", &id, &last_code(&app)).await.expect_error(404, unknown);
        verify(&eve, "email", &id, &last_code(&app)).await.expect(200);
        eve.submit().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn c1_c4_wrong_codes_are_counted_and_lock_no_other_factor() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, &["Totp"]).await;
        enrol(&app, "alice").await;
        policy(&app, "Mandatory", &["Totp", "EmailVerificationCode"]).await;
        let limit = json!({"sentinelPolicy": {"maxAttempts": 5, "lockoutDuration": 10}});
        crate::applications::call(&app, "PATCH", "/api/sign-in-exp", limit).await.expect(200);
        let mut statuses = Vec::new();
        for _ in 0..3 {
            let browser = signed_in_by_password(&app, "alice").await;
            let id = id_of(&send(&browser, "email").await.expect(200));
            for _ in 0..2 {
                let refused = verify(&browser, "email", &id, &wrong(&last_code(&app))).await;
                statuses.push(refused.json()["code"].clone());
            }
        }
        let (mismatch, blocked) = ("verification_code.code_mismatch", "session.verification_blocked_too_many_attempts");
        assert_eq!(statuses, [mismatch, mismatch, mismatch, mismatch, blocked, blocked]);
        let browser = signed_in_by_password(&app, "alice").await;
        let id = id_of(&send(&browser, "email").await.expect(200));
        verify(&browser, "email", &id, &last_code(&app)).await.expect_error(400, blocked);
        let text = sql!("select action from sentinel_counters where blocked_until is not null");
        let locked: Vec<String> = app.app.db.read(move |r| r.query_all(text, &[])).await.unwrap();
        assert_eq!(locked, ["MfaVerificationCode"]);
        while server::outbox::deliver_due(&app.app).await.unwrap() > 0 {}
    })
    .await;
}

#[tokio::test]
async fn c24_second_factors_and_sign_ins_share_the_messages_of_an_address() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, &["EmailVerificationCode"]).await;
        let limited = "request.message_rate_limited";
        let browser = signed_in_by_password(&app, "alice").await;
        for _ in 0..10 {
            send(&browser, "email").await.expect(200);
        }
        send(&browser, "email").await.expect_error(429, limited);
        let body = json!({"identifier": {"type": "email", "value": "ALICE@example.com"}, "interactionEvent": "SignIn"});
        browser.post("/verification/verification-code", body).await.expect_error(429, limited);
        assert_eq!(messages(&app).len(), 10);
        app.app.clock.advance(Duration::from_secs(601));
        send(&browser, "email").await.expect(200);
        let kept: Vec<Value> = messages(&app);
        assert_eq!(kept.len(), 11);
        while server::outbox::deliver_due(&app.app).await.unwrap() > 0 {}
    })
    .await;
}
