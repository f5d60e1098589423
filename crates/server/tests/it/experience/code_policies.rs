//! Another lifetime and number of tries of codes than the default (inventory E055, D091), and the setting that makes the case of
//! usernames count for nothing (E052, F024).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::*;
use crate::applications::{call, get};
use crate::pages::codes::{connectors, last_code, wrong};

fn alice() -> Value {
    json!({"type": "email", "value": "alice@example.com"})
}

async fn send(browser: &Browser) -> String {
    let body = json!({"identifier": alice(), "interactionEvent": "SignIn"});
    id_of(&browser.post("/verification/verification-code", body).await.expect(200))
}

async fn verify(browser: &Browser, id: &str, code: &str) -> TestResponse {
    let body = json!({"identifier": alice(), "verificationId": id, "code": code});
    browser.post("/verification/verification-code/verify", body).await
}

#[tokio::test]
async fn the_tenant_says_how_long_a_code_counts_and_how_often_it_is_tried() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        let policy = async |policy: Value| {
            call(&app, "PATCH", "/api/sign-in-exp", json!({"verificationCodePolicy": policy})).await
        };
        for wrong in [
            json!({"expirationDuration": 59}),
            json!({"expirationDuration": 3601}),
            json!({"maxRetryAttempts": 0}),
            json!({"maxRetryAttempts": 101}),
        ] {
            policy(wrong).await.expect_error(400, "guard.invalid_input");
        }
        let both = json!({"expirationDuration": 60, "maxRetryAttempts": 2});
        policy(both.clone()).await.expect(200);
        assert_eq!(get(&app, "/api/sign-in-exp").await.expect(200).json()["verificationCodePolicy"], both);
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let (mismatch, exceeded) = ("verification_code.code_mismatch", "verification_code.exceed_max_try");
        let (id, code) = (send(&browser).await, last_code(&app));
        for _ in 0..2 {
            verify(&browser, &id, &wrong(&code)).await.expect_error(400, mismatch);
        }
        verify(&browser, &id, &code).await.expect_error(400, exceeded);
        let (id, code) = (send(&browser).await, last_code(&app));
        app.app.clock.advance(Duration::from_secs(59));
        verify(&browser, &id, &wrong(&code)).await.expect_error(400, mismatch);
        app.app.clock.advance(Duration::from_secs(1));
        verify(&browser, &id, &code).await.expect_error(400, "verification_code.expired");

        // A longer and more patient one, also for codes that administrators send.
        policy(json!({"expirationDuration": 3600, "maxRetryAttempts": 12})).await.expect(200);
        let (id, code) = (send(&browser).await, last_code(&app));
        for _ in 0..11 {
            verify(&browser, &id, &wrong(&code)).await.expect_error(400, mismatch);
        }
        app.app.clock.advance(Duration::from_secs(3000));
        verify(&browser, &id, &code).await.expect(200);
        let to = || json!({"email": "vc@example.com"});
        call(&app, "POST", "/api/verification-codes", to()).await.expect(204);
        app.app.clock.advance(Duration::from_secs(3599));
        let answer = json!({"email": "vc@example.com", "verificationCode": last_code(&app)});
        call(&app, "POST", "/api/verification-codes/verify", answer).await.expect(204);
        policy(json!({"expirationDuration": 60})).await.expect(200);
        call(&app, "POST", "/api/verification-codes", to()).await.expect(204);
        app.app.clock.advance(Duration::from_secs(60));
        let answer = json!({"email": "vc@example.com", "verificationCode": last_code(&app)});
        let late = call(&app, "POST", "/api/verification-codes/verify", answer).await;
        late.expect_error(400, "verification_code.expired");
    })
    .await;
}

#[tokio::test]
async fn the_setting_of_the_environment_makes_the_case_of_usernames_count_for_nothing() {
    for_each_engine(async |app: TestApp| {
        let environment = |value: &str| {
            let pairs = [("CASE_SENSITIVE_USERNAME", value), ("DB_URL", "sqlite://x.db")];
            let environment = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let sources = server::settings::SettingSources { environment, ..Default::default() };
            server::Settings::load(&sources).unwrap().case_sensitive_username
        };
        assert!(environment("true") && !environment("false"));
        let mut settings = app.app.settings.clone();
        settings.case_sensitive_username = false;
        let app = TestApp::with(app.engine, settings).await;
        add_user(&app, "Alice", |_| {}).await;
        let policy = get(&app, "/api/sign-in-exp").await.expect(200).json()["usernamePolicy"].clone();
        assert_eq!(policy["caseSensitive"], true, "the policy alone would tell them apart");
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("aLICE", PASSWORD).await.expect(200);
        browser.start("Register").await;
        browser.new_identity("alice", PASSWORD).await.expect_error(422, "user.username_already_in_use");
        let same = json!({"username": "ALICE"});
        call(&app, "POST", "/api/users", same).await.expect_error(422, "user.username_already_in_use");
    })
    .await;
}
