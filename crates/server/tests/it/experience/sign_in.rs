//! Signing in with a password (traces 20-01 to 20-03, 20-10, 20-19, 20-22).

use db::sql;
use serde_json::json;
use server::oidc::interactions::Prompt;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;

#[tokio::test]
async fn every_step_and_state_is_that_of_trace_20_01() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let mut expected = json!({
            "interactionEvent": "SignIn", "profile": {}, "verificationRecords": [], "mfa": {},
            "signInContext": {"ip": "::ffff:127.0.0.1", "userAgent": "trace-client/1.0"},
            "captcha": {"verified": false, "skipped": false}
        });
        assert_eq!(browser.state().await, expected);
        let id = id_of(&browser.password("alice", PASSWORD).await.expect(200));
        assert_eq!(id.len(), 21);
        expected["verificationRecords"] = json!([{
            "id": id, "type": "Password", "identifier": {"type": "username", "value": "alice"}, "verified": true
        }]);
        assert_eq!(browser.state().await, expected);
        let identified = browser.identify(&id).await.expect(204);
        assert!(identified.body.is_empty());
        expected["userId"] = json!("alice");
        assert_eq!(browser.state().await, expected);
        let submitted = browser.submit().await.expect(200).json();
        assert_eq!(submitted, json!({"redirectTo": format!("http://localhost:3001/oidc/auth/{}", browser.uid)}));
        assert_eq!(browser.state().await, expected);
        assert_eq!(browser.result().await, Some(json!({"login": {"accountId": "alice"}})));
        let now = app.app.clock.now();
        assert_eq!(user(&app, "default", "alice").await.last_sign_in_at, Some(now));
    })
    .await;
}

#[tokio::test]
async fn email_in_any_case_and_phone_with_or_without_the_zero_sign_in() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| {
            user.primary_email = Some("Alice@Example.com".into());
            user.primary_phone = Some("4915112345".into());
        })
        .await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for (kind, value) in [("email", "ALICE@example.COM"), ("phone", "4915112345"), ("phone", "49015112345")] {
            let identifier = json!({"type": kind, "value": value});
            let body = json!({"identifier": identifier, "password": PASSWORD});
            browser.post("/verification/password", body).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn the_case_of_usernames_matters_by_policy() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "Alice", |_| {}).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("alice", PASSWORD).await.expect_error(422, "session.invalid_credentials");
        let policy = json!({"caseSensitive": false, "minLength": 1, "maxLength": 128, "allowedChars": {}});
        settings(&app, "default", json!({"usernamePolicy": policy})).await;
        browser.password("alice", PASSWORD).await.expect(200);
        browser.start("Register").await;
        browser.new_identity("aLICE", PASSWORD).await.expect_error(422, "user.username_already_in_use");
        add_user(&app, "ALICE", |_| {}).await;
        browser.start("SignIn").await;
        browser.password("alice", PASSWORD).await.expect_error(422, "session.invalid_credentials");
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_told_as_in_trace_20_02() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        add_user(&app, "nopass", |user| user.password = None).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for (name, password) in [("alice", "wrong"), ("nobody", PASSWORD), ("", PASSWORD), ("nopass", PASSWORD)] {
            let body = browser.password(name, password).await.expect(422).json();
            assert_eq!(body["code"], "session.invalid_credentials");
            assert!(body.get("data").is_none());
        }
        let issues = async |body| {
            let error = browser.post("/verification/password", body).await;
            let error = error.expect_error(400, "guard.invalid_input").json();
            assert_eq!(error["data"]["name"], "ZodError");
            assert!(error["details"].is_string());
            let mut issues = error["data"]["issues"].clone();
            issues.as_array_mut().unwrap().iter_mut().for_each(|issue| {
                issue.as_object_mut().unwrap().remove("message").unwrap();
            });
            issues
        };
        let alice = json!({"type": "username", "value": "alice"});
        assert_eq!(
            issues(json!({"identifier": {"type": "userId", "value": "x"}, "password": "x"})).await,
            json!([{
                "received": "userId", "code": "invalid_enum_value", "options": ["username", "email", "phone"],
                "path": ["identifier", "type"]
            }])
        );
        assert_eq!(
            issues(json!({"identifier": alice, "password": ""})).await,
            json!([{
                "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
                "path": ["password"]
            }])
        );
        let missing = json!([
            {"code": "invalid_type", "expected": "object", "received": "undefined", "path": ["identifier"]},
            {"code": "invalid_type", "expected": "string", "received": "undefined", "path": ["password"]}
        ]);
        assert_eq!(issues(json!({})).await, missing);
        assert_eq!(browser.state().await["verificationRecords"], json!([]), "failures leave no record");
        let chinese = browser.request("POST", "/api/experience/verification/password");
        let body = json!({"identifier": alice, "password": "wrong"});
        let message = chinese.header("accept-language", "zh-CN").json(body).send().await.expect(422).json();
        assert!(!message["message"].as_str().unwrap().is_ascii());
    })
    .await;
}

#[tokio::test]
async fn wrong_orders_are_refused_as_in_trace_20_03() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        add_user(&app, "bob", |_| {}).await;
        let browser = Browser::open(&app).await;
        let not_found = (404, "session.interaction_not_found");
        browser.request("GET", "/api/experience/interaction").send().await.expect_error(not_found.0, not_found.1);
        browser.password("alice", PASSWORD).await.expect_error(not_found.0, not_found.1);
        browser.submit().await.expect_error(not_found.0, not_found.1);
        browser.identify("x").await.expect_error(not_found.0, not_found.1);
        browser.put("", json!({"interactionEvent": "Foo"})).await.expect_error(400, "guard.invalid_input");
        browser.put("", json!({})).await.expect_error(400, "guard.invalid_input");
        browser.start("SignIn").await;
        browser.submit().await.expect_error(404, "session.identifier_not_found");
        browser.post("/identification", json!({})).await.expect_error(400, "guard.invalid_input");
        browser.identify("unknown").await.expect_error(404, "session.verification_session_not_found");
        let username = json!({"type": "username", "value": "abc"});
        browser.post("/profile", username).await.expect_error(404, "session.identifier_not_found");
        let reset = browser.put("/profile/password", json!({"password": "x"})).await;
        reset.expect_error(400, "session.invalid_interaction_type");
        let id = id_of(&browser.password("alice", PASSWORD).await);
        browser.switch("Register").await.expect(204);
        browser.identify(&id).await.expect_error(400, "session.verification_failed");
        browser.switch("ForgotPassword").await.expect_error(400, "session.not_supported_for_forgot_password");
        browser.switch("SignIn").await.expect(204);
        browser.identify(&id).await.expect(204);
        browser.identify(&id).await.expect(204);
        let other = id_of(&browser.password("bob", PASSWORD).await.expect(200));
        browser.identify(&other).await.expect_error(409, "session.identity_conflict");
        browser.switch("Register").await.expect(204);
        browser.start("SignIn").await;
        assert_eq!(browser.state().await["verificationRecords"], json!([]));
        let bare = app.request("PUT", "/api/experience").json(json!({"interactionEvent": "SignIn"})).send().await;
        let body = bare.expect_error(400, "session.not_found").json();
        assert_eq!(body["error"], "invalid_request");
        assert_eq!(body["error_description"], "interaction session id cookie not found");
        browser.request("DELETE", "/api/experience/interaction").send().await.expect(405);
        browser.request("GET", "/api/experience/nope").send().await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_consent_interaction_has_no_experience() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open_at(&app, "default", Prompt::Consent).await;
        let shown = browser.request("GET", "/api/experience/interaction").send().await;
        shown.expect_error(404, "session.interaction_not_found");
        let started = browser.put("", json!({"interactionEvent": "SignIn"})).await;
        started.expect_error(404, "session.interaction_not_found");
    })
    .await;
}

#[tokio::test]
async fn suspended_and_expired_are_told_only_to_who_knows_the_password() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "susp", |_| {}).await;
        add_user(&app, "old", |_| {}).await;
        set(&app, sql!("update users set is_suspended = true where tenant_id = $1 and id = $2"), "susp").await;
        settings(&app, "default", json!({"passwordExpiration": {"enabled": true, "validPeriodDays": 30}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("susp", PASSWORD).await.expect_error(401, "user.suspended");
        browser.password("susp", "wrong").await.expect_error(422, "session.invalid_credentials");
        browser.password("old", PASSWORD).await.expect(200);
        app.app.clock.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("old", PASSWORD).await.expect_error(422, "password.expired");
        browser.password("old", "wrong").await.expect_error(422, "session.invalid_credentials");
        browser.submit().await.expect_error(404, "session.identifier_not_found");
        browser.put_email_code("c", "susp@example.com").await;
    })
    .await;
}

#[tokio::test]
async fn whoever_was_suspended_meanwhile_gets_no_session() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&id).await.expect(204);
        set(&app, sql!("update users set is_suspended = true where tenant_id = $1 and id = $2"), "alice").await;
        browser.submit().await.expect_error(401, "user.suspended");
        assert_eq!(browser.result().await, None);
    })
    .await;
}

#[tokio::test]
async fn lockout_follows_trace_20_10() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "locked", |user| user.primary_email = Some("locked@example.com".into())).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 5}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let blocked = (400, "session.verification_blocked_too_many_attempts");
        browser.password("locked", "wrong").await.expect_error(422, "session.invalid_credentials");
        browser.password("locked", "wrong").await.expect_error(422, "session.invalid_credentials");
        browser.password("locked", "wrong").await.expect_error(blocked.0, blocked.1);
        browser.password("locked", "wrong").await.expect_error(blocked.0, blocked.1);
        browser.password("locked", PASSWORD).await.expect_error(blocked.0, blocked.1);
        let other = Browser::open(&app).await;
        other.start("SignIn").await;
        other.password("locked", PASSWORD).await.expect_error(blocked.0, blocked.1);
        let identifier = json!({"type": "email", "value": "locked@example.com"});
        let body = json!({"identifier": identifier, "password": PASSWORD});
        browser.post("/verification/password", body).await.expect(200);
        let unlock = async |body| {
            app.management_request("POST", "/api/sentinel-activities/delete").await.json(body).send().await
        };
        unlock(json!({"targetType": "User", "targets": ["locked"]})).await.expect(204);
        browser.password("locked", PASSWORD).await.expect(200);
        let refused = unlock(json!({"targetType": "Foo", "targets": []})).await;
        refused.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn a_lock_ends_by_itself() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "locked", |_| {}).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 1, "lockoutDuration": 5}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("locked", "wrong").await.expect(400);
        app.app.clock.advance(std::time::Duration::from_secs(299));
        browser.password("locked", PASSWORD).await.expect(400);
        app.app.clock.advance(std::time::Duration::from_secs(1));
        browser.password("locked", PASSWORD).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn counters_are_swept_a_day_after_their_lock() {
    for_each_engine(async |app: TestApp| {
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 1, "lockoutDuration": 2880}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("nobody", "wrong").await.expect(400);
        let day = std::time::Duration::from_secs(24 * 3600);
        for counters in [1, 1, 0] {
            app.app.clock.advance(day + std::time::Duration::from_secs(1));
            server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
            let left =
                app.app.db.read(|r| r.query_one::<i64>(sql!("select count(*) from sentinel_counters"), &[])).await;
            assert_eq!(left, Ok(counters));
        }
    })
    .await;
}

#[tokio::test]
async fn modes_and_methods_are_those_of_trace_20_19() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        settings(&app, "default", json!({"signInMode": "SignIn"})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        browser.switch("Register").await.expect_error(403, "auth.forbidden");
        let id = id_of(&browser.new_identity("newbie", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect_error(403, "auth.forbidden");
        settings(&app, "default", json!({"signInMode": "Register"})).await;
        browser.start("SignIn").await;
        browser.start("ForgotPassword").await;
        settings(&app, "default", json!({"signInMode": "SignInAndRegister"})).await;
        browser.start("SignIn").await;
        let identifier = json!({"type": "email", "value": "alice@example.com"});
        let body = json!({"identifier": identifier, "password": PASSWORD});
        let id = id_of(&browser.post("/verification/password", body).await.expect(200));
        browser.identify(&id).await.expect_error(422, "user.sign_in_method_not_enabled");
    })
    .await;
}
