//! One-time tokens in an interaction (E028, E083, E091; trace 20-16; attacks B17, C17, C24, C25).

use db::sql;
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::{make, organization, organizations_of, token_of};
use crate::experience::fixture::{Browser, PASSWORD, add_user, id_of, settings};

const EMAIL: &str = "alice@example.com";

async fn verify(browser: &Browser, email: &str, token: &str) -> TestResponse {
    let body = json!({"identifier": {"type": "email", "value": email}, "token": token});
    browser.post("/verification/one-time-token/verify", body).await
}

async fn begun(app: &TestApp, event: &str) -> Browser {
    let browser = Browser::open(app).await;
    browser.start(event).await;
    browser
}

async fn add_alice(app: &TestApp) {
    add_user(app, "alice", |user| user.primary_email = Some(EMAIL.into())).await;
}

#[tokio::test]
async fn c25_a_token_signs_in_once_and_in_no_other_browser_as_in_trace_20_16() {
    for_each_engine(async |app: TestApp| {
        add_alice(&app).await;
        let docks = organization(&app).await;
        let made = make(&app, EMAIL, json!({"context": {"jitOrganizationIds": [docks]}})).await;
        let token = token_of(&made);
        let fresh = Browser::open(&app).await;
        verify(&fresh, EMAIL, token).await.expect_error(404, "session.interaction_not_found");
        let browser = begun(&app, "SignIn").await;
        let mismatch = "one_time_token.email_mismatch";
        verify(&browser, "other@example.com", token).await.expect_error(400, mismatch);
        verify(&browser, EMAIL, "nope").await.expect_error(404, "one_time_token.token_not_found");
        let id = id_of(&verify(&browser, "ALICE@example.com", token).await.expect(200));
        let record = &browser.state().await["verificationRecords"][0];
        assert_eq!((&record["type"], &record["verified"]), (&json!("OneTimeToken"), &json!(true)));
        assert!(!browser.state().await.to_string().contains(token));
        let other = begun(&app, "SignIn").await;
        verify(&other, EMAIL, token).await.expect_error(400, "one_time_token.token_consumed");
        other.identify(&id).await.expect_error(404, "session.verification_session_not_found");
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        assert_eq!(browser.result().await, Some(json!({"login": {"accountId": "alice"}})));
        assert_eq!(organizations_of(&app, "alice").await, [docks]);
        let again = begun(&app, "SignIn").await;
        verify(&again, EMAIL, token).await.expect_error(400, "one_time_token.token_consumed");
    })
    .await;
}

#[tokio::test]
async fn g1_a_network_tries_so_many_wrong_tokens_whatever_the_address() {
    for_each_engine(async |app: TestApp| {
        add_alice(&app).await;
        let made = make(&app, EMAIL, json!({})).await;
        let browser = begun(&app, "SignIn").await;
        for number in 0..60 {
            verify(&browser, &format!("u{number}@example.com"), "nope").await.expect(404);
        }
        verify(&browser, "u60@example.com", "nope").await.expect_error(429, "request.rate_limited");
        let sql = sql!("select count(*) from sentinel_counters where action <> 'OneTimeTokenGuesses'");
        let counters: i64 = app.app.db.read(move |r| r.query_one(sql, &[])).await.unwrap();
        assert_eq!(counters, 60, "the refused one makes no counter");
        verify(&browser, EMAIL, token_of(&made)).await.expect(200);
        app.app.clock.advance(Duration::from_secs(901));
        verify(&browser, "u61@example.com", "nope").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_token_invites_somebody_new_even_where_nobody_else_can_register() {
    for_each_engine(async |app: TestApp| {
        let patch =
            json!({"signInMode": "SignIn", "signUp": {"identifiers": ["email"], "password": false, "verify": true}});
        settings(&app, "default", patch).await;
        let docks = organization(&app).await;
        let made = make(&app, "magic@example.com", json!({"context": {"jitOrganizationIds": [docks]}})).await;
        let browser = begun(&app, "SignIn").await;
        browser.switch("Register").await.expect_error(403, "auth.forbidden");
        let id = id_of(&verify(&browser, "magic@example.com", token_of(&made)).await.expect(200));
        browser.identify(&id).await.expect_error(404, "user.user_not_exist");
        browser.switch("Register").await.expect(204);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let login = browser.result().await.unwrap();
        assert_eq!(organizations_of(&app, login["login"]["accountId"].as_str().unwrap()).await, [docks]);
    })
    .await;
}

#[tokio::test]
async fn a_token_holds_only_for_its_event_until_it_ends_or_is_revoked() {
    for_each_engine(async |app: TestApp| {
        add_alice(&app).await;
        let made = make(&app, EMAIL, json!({"context": {"interactionEvent": "Register"}})).await;
        let browser = begun(&app, "SignIn").await;
        let mismatch = "one_time_token.interaction_event_mismatch";
        verify(&browser, EMAIL, token_of(&made)).await.expect_error(400, mismatch);
        verify(&begun(&app, "Register").await, EMAIL, token_of(&made)).await.expect(200);
        let late = make(&app, EMAIL, json!({"expiresIn": 60})).await;
        app.app.clock.advance(Duration::from_secs(60));
        verify(&browser, EMAIL, token_of(&late)).await.expect_error(400, "one_time_token.token_expired");
        let forgot = begun(&app, "ForgotPassword").await;
        let made = make(&app, EMAIL, json!({})).await;
        let id = id_of(&verify(&forgot, EMAIL, token_of(&made)).await.expect(200));
        forgot.identify(&id).await.expect_error(422, "session.not_supported_for_forgot_password");
    })
    .await;
}

#[tokio::test]
async fn a_token_that_comes_many_times_at_once_signs_one_browser_in() {
    for_each_engine(async |app: TestApp| {
        add_alice(&app).await;
        let made = make(&app, EMAIL, json!({})).await;
        let browsers = [begun(&app, "SignIn").await, begun(&app, "SignIn").await, begun(&app, "SignIn").await];
        let [a, b, c] = &browsers;
        let attempt = |browser| verify(browser, EMAIL, token_of(&made));
        let (a, b, c) = tokio::join!(attempt(a), attempt(b), attempt(c));
        let mut answers = [a, b, c].map(|answer| answer.status.as_u16());
        answers.sort_unstable();
        assert_eq!(answers, [200, 400, 400]);
    })
    .await;
}

#[tokio::test]
async fn c24_guesses_at_tokens_count_with_those_at_passwords_and_codes() {
    for_each_engine(async |app: TestApp| {
        add_alice(&app).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 5}})).await;
        let browser = begun(&app, "SignIn").await;
        for _ in 0..2 {
            verify(&browser, EMAIL, "guess").await.expect_error(404, "one_time_token.token_not_found");
        }
        let blocked = "session.verification_blocked_too_many_attempts";
        verify(&browser, EMAIL, "guess").await.expect_error(400, blocked);
        let made = make(&app, EMAIL, json!({})).await;
        verify(&browser, EMAIL, token_of(&made)).await.expect_error(400, blocked);
        app.app.clock.advance(Duration::from_secs(300));
        verify(&browser, EMAIL, token_of(&made)).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn b17_a_token_is_nothing_but_a_token() {
    for_each_engine(async |app: TestApp| {
        add_alice(&app).await;
        let made = make(&app, EMAIL, json!({})).await;
        let browser = begun(&app, "SignIn").await;
        browser.identify(token_of(&made)).await.expect_error(404, "session.verification_session_not_found");
        let code =
            json!({"identifier": {"type": "email", "value": EMAIL}, "verificationId": "x", "code": token_of(&made)});
        browser.post("/verification/verification-code/verify", code).await.expect(404);
        let phone = json!({"identifier": {"type": "phone", "value": "4915112345"}, "token": token_of(&made)});
        browser.post("/verification/one-time-token/verify", phone).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn c17_only_the_secret_of_an_invitation_opens_the_first_enrolment() {
    for_each_engine(async |app: TestApp| {
        let mfa = json!({"mfa": {"factors": ["Totp"], "policy": "PromptAtSignInAndSignUpMandatory"}});
        settings(&app, "default", mfa).await;
        add_user(&app, "alice", |user| {
            user.primary_email = Some(EMAIL.into());
            user.password = None;
        })
        .await;
        let secret = async |browser: &Browser| browser.post("/verification/totp/secret", json!({})).await;
        let password = json!({"type": "password", "value": PASSWORD});
        let stranger = begun(&app, "SignIn").await;
        for guess in [PASSWORD, " "] {
            stranger.password("alice", guess).await.expect_error(422, "session.invalid_credentials");
        }
        secret(&stranger).await.expect_error(404, "session.identifier_not_found");
        stranger.post("/profile", password).await.expect_error(404, "session.identifier_not_found");
        stranger.switch("Register").await.expect(204);
        stranger.new_identity("alice", PASSWORD).await.expect_error(422, "user.username_already_in_use");
        let made = make(&app, EMAIL, json!({})).await;
        let invited = begun(&app, "SignIn").await;
        let id = id_of(&verify(&invited, EMAIL, token_of(&made)).await.expect(200));
        invited.identify(&id).await.expect(204);
        secret(&invited).await.expect(200);
    })
    .await;
}
