//! Codes by e-mail and SMS (E009, E010, E054, E055, E083, E084; traces 20-03, 20-06, 20-07, 20-09, 20-25).

use std::time::Duration;

use db::sql;
use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::*;
use crate::applications::call;

const ENDPOINT: &str = "https://messages.example.com/send";

/// Connectors for both kinds whose service takes everything, sign-in and reset by code, and two users.
async fn prepare(app: &TestApp) {
    app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::OK));
    for factory in ["http-email", "http-sms"] {
        let body = json!({"connectorId": factory, "config": {"endpoint": ENDPOINT}});
        call(app, "POST", "/api/connectors", body).await.expect(200);
    }
    let method =
        |kind: &str| json!({"identifier": kind, "password": true, "verificationCode": true, "isPasswordPrimary": true});
    let patch = json!({
        "signIn": {"methods": [method("email"), method("phone")]},
        "signUp": {"identifiers": ["email"], "password": false, "verify": true},
        "forgotPasswordMethods": ["EmailVerificationCode", "PhoneVerificationCode"],
    });
    call(app, "PATCH", "/api/sign-in-exp", patch).await.expect(200);
    add_user(app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
    add_user(app, "bob", |user| user.primary_phone = Some("4915112345".into())).await;
}

/// The bodies of the messages so far.
fn messages(app: &TestApp) -> Vec<Value> {
    app.outbound.received().iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect()
}

fn last_code(app: &TestApp) -> String {
    messages(app).last().unwrap()["payload"]["code"].as_str().unwrap().to_owned()
}

/// A code that was not sent.
fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

fn address(kind: &str, value: &str) -> Value {
    json!({"type": kind, "value": value})
}

async fn send(browser: &Browser, to: Value, event: &str) -> TestResponse {
    browser.post("/verification/verification-code", json!({"identifier": to, "interactionEvent": event})).await
}

async fn verify(browser: &Browser, to: Value, id: &str, code: &str) -> TestResponse {
    let body = json!({"identifier": to, "verificationId": id, "code": code});
    browser.post("/verification/verification-code/verify", body).await
}

#[tokio::test]
async fn c10_a_code_by_e_mail_signs_in_as_in_trace_20_06() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        let alice = || address("email", "alice@example.com");
        send(&browser, alice(), "SignIn").await.expect_error(404, "session.interaction_not_found");
        browser.start("SignIn").await;
        let sent = send(&browser, alice(), "SignIn").await.expect(200);
        let (id, code) = (id_of(&sent), last_code(&app));
        assert_eq!((id.len(), code.len()), (21, 6));
        let message = messages(&app).pop().unwrap();
        assert_eq!((&message["to"], &message["type"]), (&json!("alice@example.com"), &json!("SignIn")));
        assert_eq!(message["payload"], json!({"code": code, "locale": "en"}));
        assert!(!sent.text().contains(&code), "c10");
        let mismatch = "verification_code.code_mismatch";
        verify(&browser, alice(), &id, &wrong(&code)).await.expect_error(400, mismatch);
        let unknown = verify(&browser, alice(), "unknown", &code).await;
        unknown.expect_error(404, "session.verification_session_not_found");
        let other = verify(&browser, address("email", "other@example.com"), &id, &code).await;
        other.expect_error(400, "verification_code.email_mismatch");
        verify(&browser, alice(), &id, "").await.expect_error(400, "verification_code.not_found");
        browser.identify(&id).await.expect_error(400, "session.verification_failed");
        let verified = verify(&browser, address("email", "ALICE@example.com"), &id, &code).await.expect(200);
        assert_eq!(verified.json(), json!({"verificationId": id}));
        verify(&browser, alice(), &id, &code).await.expect_error(400, "verification_code.not_found");
        let records = browser.state().await["verificationRecords"].clone();
        let record = json!([{"id": id, "templateType": "SignIn", "verified": true, "type": "EmailVerificationCode",
            "identifier": {"type": "email", "value": "alice@example.com"}}]);
        assert_eq!(records, record);
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        assert_eq!(browser.result().await, Some(json!({"login": {"accountId": "alice"}})));
    })
    .await;
}

#[tokio::test]
async fn a_code_by_sms_signs_in_and_a_malformed_address_gets_none() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let bob = || address("phone", "4915112345");
        let id = id_of(&send(&browser, address("phone", "49015112345"), "SignIn").await.expect(200));
        assert_eq!(messages(&app)[0]["to"], "4915112345");
        let other = verify(&browser, address("phone", "15550109999"), &id, &last_code(&app)).await;
        other.expect_error(400, "verification_code.phone_mismatch");
        verify(&browser, bob(), &id, &last_code(&app)).await.expect(200);
        browser.identify(&id).await.expect(204);
        for malformed in [
            address("email", "not-an-email"),
            address("email", "a@b.example\r\nBcc: x@y.example"),
            address("phone", "+49 151"),
            address("phone", ""),
            address("phone", "0"),
            address("phone", &"9".repeat(200)),
            address("username", "alice"),
        ] {
            send(&browser, malformed, "SignIn").await.expect_error(400, "guard.invalid_input");
        }
        send(&browser, bob(), "Other").await.expect_error(400, "guard.invalid_input");
        assert_eq!(messages(&app).len(), 1);
        settings(&app, "default", json!({"captchaPolicy": {"enabled": true}})).await;
        send(&browser, bob(), "SignIn").await.expect(200);
        let stranger = Browser::open(&app).await;
        stranger.start("SignIn").await;
        send(&stranger, bob(), "SignIn").await.expect_error(422, "session.captcha_required");
    })
    .await;
}

#[tokio::test]
async fn a_code_registers_a_new_address_and_resets_a_password() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let new = || address("email", "new@example.com");
        let id = id_of(&send(&browser, new(), "Register").await.expect(200));
        verify(&browser, new(), &id, &last_code(&app)).await.expect(200);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let reset = Browser::open(&app).await;
        reset.start("ForgotPassword").await;
        let id = id_of(&send(&reset, address("email", "alice@example.com"), "ForgotPassword").await.expect(200));
        assert_eq!(messages(&app).last().unwrap()["type"], "ForgotPassword");
        verify(&reset, address("email", "alice@example.com"), &id, &last_code(&app)).await.expect(200);
        reset.identify(&id).await.expect(204);
        let password = json!({"password": "Xq7!velvet-harbour"});
        reset.put("/profile/password", password).await.expect(204);
        reset.submit().await.expect(204);
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("alice", PASSWORD).await.expect_error(422, "session.invalid_credentials");
        browser.password("alice", "Xq7!velvet-harbour").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn c1_a_code_dies_after_ten_wrong_tries_and_after_ten_minutes() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let alice = || address("email", "alice@example.com");
        let id = id_of(&send(&browser, alice(), "SignIn").await.expect(200));
        let code = last_code(&app);
        for _ in 0..10 {
            verify(&browser, alice(), &id, &wrong(&code)).await.expect_error(400, "verification_code.code_mismatch");
        }
        verify(&browser, alice(), &id, &code).await.expect_error(400, "verification_code.exceed_max_try");
        let id = id_of(&send(&browser, alice(), "SignIn").await.expect(200));
        app.app.clock.advance(Duration::from_secs(600));
        verify(&browser, alice(), &id, &last_code(&app)).await.expect_error(400, "verification_code.expired");
        let again = id_of(&send(&browser, alice(), "SignIn").await.expect(200));
        let stale = verify(&browser, alice(), &id, &last_code(&app)).await;
        stale.expect_error(404, "session.verification_session_not_found");
        verify(&browser, alice(), &again, &last_code(&app)).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn c3_of_many_answers_at_once_ten_are_compared_and_one_right_one_counts() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let alice = || address("email", "alice@example.com");
        let id = id_of(&send(&browser, alice(), "SignIn").await.expect(200));
        let code = last_code(&app);
        let both = futures_util::future::join_all((0..4).map(|_| verify(&browser, alice(), &id, &code))).await;
        assert_eq!(both.iter().filter(|answer| answer.status == 200).count(), 1);
        let id = id_of(&send(&browser, alice(), "SignIn").await.expect(200));
        let guess = wrong(&last_code(&app));
        let answers = futures_util::future::join_all((0..30).map(|_| verify(&browser, alice(), &id, &guess))).await;
        let compared = answers.iter().filter(|one| one.json()["code"] == "verification_code.code_mismatch").count();
        assert_eq!(compared, 10);
    })
    .await;
}

#[tokio::test]
async fn codes_and_passwords_of_an_identifier_share_one_lock() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 5}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let alice = || address("email", "alice@example.com");
        let id = id_of(&send(&browser, alice(), "SignIn").await.expect(200));
        let code = last_code(&app);
        for _ in 0..2 {
            verify(&browser, alice(), &id, &wrong(&code)).await.expect_error(400, "verification_code.code_mismatch");
        }
        let locked = "session.verification_blocked_too_many_attempts";
        let body = json!({"identifier": alice(), "password": "x"});
        browser.post("/verification/password", body).await.expect_error(400, locked);
        verify(&browser, alice(), &id, &code).await.expect_error(400, locked);
    })
    .await;
}

#[tokio::test]
async fn c11_nobody_learns_by_asking_for_a_code_whether_there_is_an_account() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        settings(&app, "default", json!({"signInMode": "SignIn"})).await;
        let browser = Browser::open(&app).await;
        for event in ["SignIn", "ForgotPassword", "Register"] {
            // Nobody may register, but the message was asked for anyway.
            browser.start(if event == "Register" { "SignIn" } else { event }).await;
            let known = send(&browser, address("email", "alice@example.com"), event).await.expect(200);
            let count = messages(&app).len();
            let unknown = send(&browser, address("email", "nobody@example.com"), event).await.expect(200);
            assert_eq!(messages(&app).len(), count, "{event}: nothing is sent to who has no account");
            assert_eq!(known.body.len(), unknown.body.len());
            let id = id_of(&unknown);
            let answer = verify(&browser, address("email", "nobody@example.com"), &id, "000000").await;
            answer.expect_error(400, "verification_code.code_mismatch");
        }
    })
    .await;
}

#[tokio::test]
async fn c8_a_reset_that_began_before_the_password_was_changed_is_void() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("ForgotPassword").await;
        let alice = || address("email", "alice@example.com");
        let id = id_of(&send(&browser, alice(), "ForgotPassword").await.expect(200));
        verify(&browser, alice(), &id, &last_code(&app)).await.expect(200);
        browser.identify(&id).await.expect(204);
        let changed = json!({"password": "Other-Passw0rd!1"});
        call(&app, "PATCH", "/api/users/alice/password", changed).await.expect(200);
        browser.put("/profile/password", json!({"password": "Thief-Passw0rd!1"})).await.expect(204);
        browser.submit().await.expect_error(400, "session.not_found");
        let alice = Browser::open(&app).await;
        alice.start("SignIn").await;
        alice.password("alice", "Other-Passw0rd!1").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn steps_that_are_refused_without_end_have_a_budget_in_the_log() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let body = json!({"type": "Totp", "verificationId": "x".repeat(256), "more": "y".repeat(4_000)});
        for _ in 0..1_500 {
            browser.post("/profile/mfa", body.clone()).await.expect_error(404, "session.identifier_not_found");
        }
        app.app.flush_audit().await;
        let text = "select payload from logs where key = 'Interaction.SignIn.BindMfa.Totp.Submit'";
        let rows = app.app.db.read(|tx| tx.query_all::<String>(&db::Sql::dynamic(text.into()), &[])).await.unwrap();
        assert!((100..1_500).contains(&rows.len()), "{}", rows.len());
        assert!(rows.iter().all(|payload| !payload.contains("yyyy")), "nothing but what is known");
    })
    .await;
}

#[tokio::test]
async fn c6_a_code_goes_to_the_address_of_the_account() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        add_user(&app, "mike", |user| user.primary_email = Some("mike@example.com".into())).await;
        // U+212A, the sign of the unit kelvin, becomes `k` in lower case.
        for spelling in ["MIKE@EXAMPLE.COM", "mi\u{212a}e@example.com"] {
            send(&browser, address("email", spelling), "SignIn").await.expect(200);
            assert_eq!(messages(&app).last().unwrap()["to"], "mike@example.com");
        }
    })
    .await;
}

#[tokio::test]
async fn c24_a_recipient_gets_ten_messages_in_ten_minutes_however_it_is_spelled() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        for count in 0..12 {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let spelling = if count % 2 == 0 { "limit@example.com" } else { "LIMIT@Example.com" };
            let answer = send(&browser, address("email", spelling), "SignIn").await;
            match count {
                0..10 => drop(answer.expect(200)),
                _ => drop(answer.expect_error(429, "request.message_rate_limited")),
            }
        }
        assert_eq!(messages(&app).len(), 10);
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        send(&browser, address("email", "other@example.com"), "SignIn").await.expect(200);
        app.app.clock.advance(Duration::from_secs(600));
        send(&browser, address("email", "limit@example.com"), "SignIn").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_was_not_sent_is_told_without_details() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let alice = || address("email", "alice@example.com");
        let missing = send(&browser, alice(), "SignIn").await.expect_error(501, "connector.not_found");
        assert_eq!(missing.json()["data"], json!({"type": "Email"}));
        prepare(&app).await;
        let failing = [
            (StatusCode::UNAUTHORIZED, 401, "connector.authorization_failed"),
            (StatusCode::TOO_MANY_REQUESTS, 429, "connector.rate_limit_exceeded"),
            (StatusCode::BAD_GATEWAY, 400, "connector.general"),
        ];
        for (answer, status, code) in failing {
            app.outbound.respond_once(Method::POST, ENDPOINT, FakeResponse::status(answer));
            let failed = send(&browser, alice(), "SignIn").await.expect_error(status, code);
            assert!(!failed.text().contains("messages.example.com") && failed.json().get("data").is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn codes_do_not_stand_in_the_database_in_plain_text_and_go_with_their_interaction() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for _ in 0..3 {
            send(&browser, address("email", "alice@example.com"), "SignIn").await.expect(200);
        }
        assert!(!app.snapshot().await.contain(&format!("\"{}\"", last_code(&app))));
        let count = async || {
            let read = |r: &db::Read<'_>| r.query_one::<i64>(sql!("select count(*) from verification_codes"), &[]);
            app.app.db.read(read).await.unwrap()
        };
        assert_eq!(count().await, 1);
        let delete = |tx: &db::Tx<'_>| tx.exec(sql!("delete from interactions"), &[]);
        app.app.db.write(delete).await.unwrap();
        assert_eq!(count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_last_way_to_reset_passwords_that_expire_is_not_deleted() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let patch = json!({"passwordExpiration": {"enabled": true, "validPeriodDays": 30}});
        call(&app, "PATCH", "/api/sign-in-exp", patch).await.expect(200);
        let list = crate::applications::get(&app, "/api/connectors").await.json();
        let paths: Vec<String> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("/api/connectors/{}", one["id"].as_str().unwrap()))
            .collect();
        crate::applications::delete(&app, &paths[0]).await.expect(204);
        let code = "sign_in_experiences.password_expiration_requires_forgot_password";
        crate::applications::delete(&app, &paths[1]).await.expect_error(422, code);
        let public = app.get("/api/.well-known/sign-in-exp").send().await.expect(200).json();
        let left = public["forgotPassword"].as_object().unwrap().values().filter(|one| **one == true).count();
        assert_eq!(left, 1);
    })
    .await;
}

/// Writes a setting that only operators have.
async fn override_limits(app: &TestApp, value: Value) {
    let text = sql!(
        "insert into configs (tenant_id, key, value) values ('default', 'messageRateLimitOverride', $1) \
         on conflict (tenant_id, key) do update set value = excluded.value"
    );
    let write = app.configure("default", move |work| work.exec_one(text, db::params![value.to_string()]));
    write.await.unwrap();
}

#[tokio::test]
async fn c24_one_network_causes_thirty_sms_in_an_hour_whatever_the_numbers() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let number = |nth: i32| address("phone", &format!("49151123{nth:04}"));
        for nth in 0..30 {
            send(&browser, number(nth), "SignIn").await.expect(200);
        }
        let limited = "request.message_rate_limited";
        send(&browser, number(30), "SignIn").await.expect_error(429, limited);
        let counted = sql!("select count(*) from sentinel_counters where action = 'VerificationCodeSend'");
        let recipients: i64 = app.app.db.read(move |r| r.query_one(counted, &[])).await.unwrap();
        assert_eq!(recipients, 30, "who gets no message is not counted as if they did");
        send(&browser, address("email", "alice@example.com"), "SignIn").await.expect(200);
        app.app.clock.advance(Duration::from_secs(3600));
        let later = Browser::open(&app).await;
        later.start("SignIn").await;
        send(&later, number(31), "SignIn").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn operators_change_the_limits_of_messages() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        override_limits(&app, json!({"maxMessages": 2, "windowSeconds": 60, "maxSmsPerNetwork": 1})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let limited = "request.message_rate_limited";
        let alice = || address("email", "alice@example.com");
        for _ in 0..2 {
            send(&browser, alice(), "SignIn").await.expect(200);
        }
        send(&browser, alice(), "SignIn").await.expect_error(429, limited);
        send(&browser, address("phone", "4915112345"), "SignIn").await.expect(200);
        send(&browser, address("phone", "4915112346"), "SignIn").await.expect_error(429, limited);
        app.app.clock.advance(Duration::from_secs(60));
        // Two were sent, and one was refused.
        override_limits(&app, json!({"maxEmailsPerNetwork": 4})).await;
        send(&browser, address("email", "bob@example.com"), "SignIn").await.expect(200);
        send(&browser, address("email", "carol@example.com"), "SignIn").await.expect_error(429, limited);
        override_limits(&app, json!({"maxMessages": 2, "windowSeconds": 60})).await;
        send(&browser, alice(), "SignIn").await.expect(200);
        override_limits(&app, json!({"maxMessages": "many"})).await;
        for _ in 0..9 {
            send(&browser, alice(), "SignIn").await.expect(200);
        }
        send(&browser, alice(), "SignIn").await.expect_error(429, limited);
    })
    .await;
}

#[tokio::test]
async fn a_code_for_an_address_that_no_sign_up_asks_for_says_so() {
    for_each_engine(async |app: TestApp| {
        app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::OK));
        let connector = json!({"connectorId": "http-email", "config": {"endpoint": ENDPOINT}});
        call(&app, "POST", "/api/connectors", connector).await.expect(200);
        add_user(&app, "binder", |_| {}).await;
        for (asked, expected) in [("username", "BindMfa"), ("email", "SignIn")] {
            let sign_up = json!({"identifiers": [asked], "password": true, "verify": asked == "email"});
            settings(&app, "default", json!({"signUp": sign_up})).await;
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = id_of(&browser.password("binder", PASSWORD).await);
            browser.identify(&id).await.expect(204);
            send(&browser, address("email", "new@example.com"), "SignIn").await.expect(200);
            assert_eq!(messages(&app).last().unwrap()["type"], expected);
        }
    })
    .await;
}
