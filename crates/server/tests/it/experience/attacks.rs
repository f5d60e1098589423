//! Attacks on signing in (attacks.md, groups C and E).

use std::collections::BTreeMap;

use db::{params, sql};
use flow::verification::{Code, Pending};
use serde_json::json;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::*;

async fn failures(app: &TestApp) -> Vec<i64> {
    let select = sql!("select failures from sentinel_counters where tenant_id = $1 order by failures");
    app.app.db.read(move |r| r.query_all::<i64>(select, params!["default"])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c3_parallel_wrong_passwords_cannot_outrun_the_counter() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 10, "lockoutDuration": 60}})).await;
        let mut attempts = Vec::new();
        for _ in 0..200 {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            attempts.push(tokio::spawn(async move { browser.password("alice", "wrong").await.status.as_u16() }));
        }
        let mut by_status: BTreeMap<u16, usize> = BTreeMap::new();
        for attempt in attempts {
            *by_status.entry(attempt.await.unwrap()).or_default() += 1;
        }
        assert_eq!(failures(&app).await, [10], "every judged attempt was counted before, and no more than ten were");
        let judged_and_told = by_status.get(&422).copied().unwrap_or_default();
        assert!(judged_and_told <= 9, "{by_status:?}");
        assert_eq!(by_status.values().sum::<usize>(), 200);
        assert!(by_status.keys().all(|status| [400, 422].contains(status)), "{by_status:?}");
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("alice", PASSWORD).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn c4_a_failed_login_does_not_take_its_count_back() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for n in 1..=4 {
            browser.password("alice", "wrong").await.expect(422);
            assert_eq!(failures(&app).await, [n]);
        }
        browser.password("alice", PASSWORD).await.expect(200);
        assert_eq!(failures(&app).await, [4], "being right gives back its own attempt and no other");
    })
    .await;
}

#[tokio::test]
async fn c6_spellings_of_an_identifier_share_one_counter() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for (kind, value) in [
            ("username", "John"),
            ("username", "JOHN"),
            ("username", "john "),
            ("email", "J@Example.com"),
            ("email", "j@EXAMPLE.com"),
            ("phone", "+49 151 23"),
            ("phone", "49015123"),
        ] {
            let body = json!({"identifier": {"type": kind, "value": value}, "password": "wrong"});
            browser.post("/verification/password", body).await.expect(422);
        }
        assert_eq!(failures(&app).await, [2, 2, 3]);
    })
    .await;
}

#[tokio::test]
async fn c7_the_lock_holds_on_the_page_forms_too() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 1}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("alice", "wrong").await.expect(400);
        let request = app.request_context("default", &browser.cookie()).await;
        let page_browser = server::interaction::InteractionBrowser::of(request, None).unwrap();
        let alice = flow::Identifier::new(flow::IdentifierType::Username, "alice");
        let refused = server::interaction::form_flows::sign_in(&page_browser, alice, PASSWORD).await.unwrap_err();
        assert_eq!(refused.code(), "session.verification_blocked_too_many_attempts");
    })
    .await;
}

fn without_chance(response: &TestResponse) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<(String, String)> = response
        .headers
        .iter()
        .filter(|(name, _)| *name != "logto-core-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (response.status.as_u16(), response.text(), headers)
}

#[tokio::test]
async fn c11_existing_and_unknown_accounts_get_the_same_answer() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for _ in 0..5 {
            let known = browser.password("alice", "wrong").await;
            let unknown = browser.password("nobody", "wrong").await;
            assert_eq!(without_chance(&known), without_chance(&unknown));
        }
        let identify = async |email: &str| {
            browser.start("ForgotPassword").await;
            let identifier = flow::Identifier::new(flow::IdentifierType::Email, email);
            let pending = Pending::new("c", Code { template_type: "ForgotPassword".into(), identifier });
            browser.put_record(flow::VerificationRecord::EmailVerificationCode(pending.into())).await;
            without_chance(&browser.identify("c").await)
        };
        assert_eq!(identify("alice@example.com").await, identify("nobody@example.com").await);
    })
    .await;
}

#[tokio::test]
async fn c14_a_half_done_login_is_no_login() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        app.bind_totp("alice").await;
        settings(&app, "default", json!({"mfa": {"factors": ["Totp"], "policy": "UserControlled"}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = id_of(&browser.password("alice", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(204);
        let error = browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification").json();
        assert_eq!(error["data"], json!({"availableFactors": ["Totp"], "maskedIdentifiers": {}}));
        assert_eq!(browser.result().await, None);
        browser.post("/profile/mfa/mfa-skipped", json!({})).await;
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        browser.switch("Register").await.expect(204);
        browser.submit().await.expect_error(404, "session.identifier_not_found");
        assert_eq!(browser.result().await, None);
        assert_eq!(user(&app, "default", "alice").await.last_sign_in_at, None);
    })
    .await;
}

#[tokio::test]
async fn c18_c21_steps_out_of_order_do_nothing() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let before = user(&app, "default", "alice").await;
        let browser = Browser::open(&app).await;
        for event in ["SignIn", "Register", "ForgotPassword"] {
            browser.start(event).await;
            for path in ["/submit", "/identification", "/profile/mfa/mfa-skipped", "/profile/mfa/mfa-enabled"] {
                let status = browser.post(path, json!({})).await.status.as_u16();
                assert!((400..500).contains(&status), "{event} {path}: {status}");
            }
            for body in [
                json!({}),
                json!({"type": "username"}),
                json!({"type": "email", "verificationId": "x"}),
                json!({"type": "social", "verificationId": "x"}),
                json!({"type": "nope"}),
            ] {
                let status = browser.post("/profile", body.clone()).await.status.as_u16();
                assert!((400..500).contains(&status), "{event} {body}: {status}");
            }
            let status = browser.put("/profile/password", json!({"password": PASSWORD})).await.status.as_u16();
            assert!((400..500).contains(&status), "{event} password: {status}");
        }
        assert_eq!(browser.result().await, None);
        assert_eq!(user(&app, "default", "alice").await, before);
    })
    .await;
}

#[tokio::test]
async fn c19_nothing_sent_marks_itself_as_verified() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        let start = json!({
            "interactionEvent": "Register", "userId": "alice", "captcha": {"verified": true},
            "profile": {"primaryEmail": "ceo@example.com"}, "verificationRecords": [{"verified": true}]
        });
        browser.put("", start).await.expect(204);
        let state = browser.state().await;
        assert_eq!((&state["profile"], &state["captcha"]["verified"]), (&json!({}), &json!(false)));
        assert!(state.get("userId").is_none());
        let body = json!({
            "identifier": {"type": "username", "value": "newbie"}, "password": PASSWORD, "verified": true,
            "primaryEmail": "ceo@example.com"
        });
        let id = id_of(&browser.post("/verification/new-password-identity", body).await.expect(200));
        let extra = |values| json!({"type": "extraProfile", "values": values});
        let reserved = "custom_profile_fields.name_conflict_sign_in_identifier";
        browser.post("/profile", extra(json!({"primaryEmail": "ceo@example.com"}))).await.expect_error(400, reserved);
        browser.post("/profile", extra(json!({"emailVerified": true, "isSuspended": true}))).await.expect(204);
        browser.identify(&id).await.expect(201);
        let id = browser.state().await["userId"].as_str().unwrap().to_owned();
        let made = user(&app, "default", &id).await;
        assert_eq!((made.primary_email, made.is_suspended, made.profile.len()), (None, false, 0));
        assert_eq!(made.custom_data.len(), 2, "names of no column are the person's own data");
    })
    .await;
}

#[tokio::test]
async fn c23_a_huge_password_is_refused_before_any_work() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let huge = "a".repeat(1 << 19);
        browser.password("alice", &huge).await.expect_error(400, "guard.invalid_input");
        browser.new_identity("newbie", &huge).await.expect_error(400, "guard.invalid_input");
        browser.password("alice", &"a".repeat(2 << 20)).await.expect(413);
        assert!(failures(&app).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c23_a_flood_of_passwords_is_told_to_come_back_and_slows_nothing_else() {
    for_each_engine(async |app: TestApp| {
        let mut settings = app.app.settings.clone();
        settings.hash = server::settings::HashSettings { memory: 19_456, passes: 8, threads: 1 };
        let slow = TestApp::with(app.engine, settings).await;
        add_user(&slow, "alice", |_| {}).await;
        let mut flood = Vec::new();
        for n in 0..120 {
            let browser = Browser::open(&slow).await;
            browser.start("SignIn").await;
            flood.push(tokio::spawn(async move { browser.password(&format!("user{n}"), "wrong").await }));
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        slow.get("/api/status").send().await.expect(204);
        assert!(flood.iter().any(|request| !request.is_finished()), "answered only after the flood was over");
        let mut busy = 0;
        for request in flood {
            let response = request.await.unwrap();
            if response.status.as_u16() == 503 {
                assert_eq!(response.header("retry-after"), "1");
                busy += 1;
            }
        }
        assert!(busy > 0, "the queue took everything");
        let unjudged = failures(&slow).await.into_iter().filter(|failures| *failures == 0).count();
        assert_eq!(unjudged, busy, "what was not judged is not counted");
    })
    .await;
}

#[tokio::test]
async fn e8_nul_and_broken_text_are_bad_requests() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let nul = "a\0b";
        browser.password(nul, PASSWORD).await.expect(400);
        browser.password("alice", nul).await.expect(400);
        browser.new_identity(nul, PASSWORD).await.expect(400);
        browser.identify(nul).await.expect(400);
        browser.post("/profile", json!({"type": "extraProfile", "values": {nul: "x"}})).await.expect(400);
        for body in [&b"{\"interactionEvent\":\"Sign\xff\"}"[..], b"\xff\xfe", b"[1", b"\"text\"", b"null"] {
            for path in ["", "/identification", "/profile", "/verification/password"] {
                let method = if path.is_empty() { "PUT" } else { "POST" };
                let request = browser.request(method, &format!("/api/experience{path}"));
                let response = request.header("content-type", "application/json").raw(body).send().await;
                assert_eq!(response.status.as_u16(), 400, "{path} {body:?}");
            }
        }
    })
    .await;
}
