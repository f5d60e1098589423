//! Policies of passwords and profiles, and resetting (traces 20-05, 20-09, 20-23).

use axum::http::{Method, StatusCode};
use db::sql;
use outbound::FakeResponse;
use serde_json::{Value, json};
use server::Settings;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;

#[tokio::test]
async fn passwords_are_rejected_as_in_trace_20_05() {
    for_each_engine(async |app: TestApp| {
        let policy = json!({
            "length": {"min": 10, "max": 20}, "characterTypes": {"min": 3},
            "rejects": {"pwned": false, "repetitionAndSequence": true, "userInfo": true, "words": ["acme"]}
        });
        settings(&app, "default", json!({"passwordPolicy": policy})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let rejected = browser.new_identity("policy", "abc").await.expect_error(422, "password.rejected").json();
        assert_eq!(
            rejected["data"],
            json!([
                {"code": "password_rejected.too_short", "interpolation": {"min": 10}},
                {"code": "password_rejected.character_types", "interpolation": {"min": 3}},
                {"code": "password_rejected.restricted.sequence"}
            ])
        );
        for good in ["Aaaa1234!!", "Acme-9x!kqT", "Gk7!pL2#qXv"] {
            browser.new_identity("policy", good).await.expect(200);
        }
        let own_name = browser.new_identity("policyholder", "PolicyHolder1!").await;
        let own_name = own_name.expect_error(422, "password.rejected").json();
        assert_eq!(own_name["data"], json!([{"code": "password_rejected.restricted.user_info"}]));
    })
    .await;
}

#[tokio::test]
async fn common_and_breached_passwords_are_rejected() {
    for_each_engine(async |app: TestApp| {
        let settings_with_lookup =
            Settings { breached_passwords_url: Some("https://pwned.example".into()), ..app.app.settings.clone() };
        let app = TestApp::with(app.engine, settings_with_lookup).await;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, PASSWORD.as_bytes());
        let digest = kernel::hex::encode(digest.as_ref()).to_uppercase();
        let range = format!("https://pwned.example/range/{}", &digest[..5]);
        let pwned = json!([{"code": "password_rejected.pwned"}]);
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let common = browser.new_identity("newcomer", "Sunshine1").await.expect_error(422, "password.rejected").json();
        assert_eq!(common["data"], pwned);
        assert!(app.outbound.received().is_empty(), "a listed password is not looked up");
        browser.new_identity("newcomer", PASSWORD).await.expect(200);
        assert_eq!(app.outbound.received()[0].url, range, "a lookup that fails refuses nobody");
        app.outbound.respond(
            Method::GET,
            &range,
            FakeResponse::status(StatusCode::OK).body(format!("{}:3", &digest[5..])),
        );
        let breached = browser.new_identity("newcomer", PASSWORD).await.expect_error(422, "password.rejected").json();
        assert_eq!(breached["data"], pwned);
        let check = app.management_request("POST", "/api/sign-in-exp/default/check-password").await;
        add_user(&app, "ada", |_| {}).await;
        let checked = check.json(json!({"password": PASSWORD, "userId": "ada"})).send().await.expect(400).json();
        assert_eq!(checked, json!({"result": false, "issues": pwned}));

        let rejects = json!({"passwordPolicy": {"rejects": {"pwned": false}}});
        let patch = app.management_request("PATCH", "/api/sign-in-exp").await;
        patch.json(rejects).send().await.expect(200);
        let before = app.outbound.received().len();
        browser.new_identity("newcomer", "Sunshine1").await.expect(200);
        browser.new_identity("newcomer", PASSWORD).await.expect(200);
        assert_eq!(app.outbound.received().len(), before, "nothing is looked up that is not asked for");
    })
    .await;
}

#[tokio::test]
async fn addresses_that_the_policy_blocks_do_not_register() {
    for_each_engine(async |app: TestApp| {
        let sign_up = json!({"identifiers": ["email"], "password": false, "verify": true});
        let policy = json!({"blockDisposableAddresses": true, "blockSubaddressing": true, "customBlocklist": ["spam*@x.example"]});
        settings(&app, "default", json!({"signUp": sign_up, "emailBlocklistPolicy": policy})).await;
        for (email, code) in [
            ("a@mailinator.com", "session.email_blocklist.email_not_allowed"),
            ("Spammer@x.example", "session.email_blocklist.email_not_allowed"),
            ("a+b@example.com", "session.email_blocklist.email_subaddressing_not_allowed"),
        ] {
            let browser = Browser::open(&app).await;
            browser.start("Register").await;
            browser.put_email_code("c", email).await;
            browser.identify("c").await.expect_error(422, code);
        }
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        browser.put_email_code("c", "ada@example.com").await;
        browser.identify("c").await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn usernames_follow_the_policy() {
    for_each_engine(async |app: TestApp| {
        let allowed = json!({"lowercase": true, "uppercase": false, "numbers": true, "underscore": false});
        let policy = json!({"caseSensitive": true, "minLength": 3, "maxLength": 8, "allowedChars": allowed});
        settings(&app, "default", json!({"usernamePolicy": policy})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        for (name, code) in [
            ("ab", "user.username_too_short"),
            ("abcdefghi", "user.username_too_long"),
            ("Abcd", "user.username_uppercase_not_allowed"),
            ("ab_d", "user.username_underscore_not_allowed"),
        ] {
            browser.new_identity(name, PASSWORD).await.expect_error(422, code);
        }
        browser.new_identity("abc9", PASSWORD).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_reset_as_in_trace_20_09() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "forgot", |user| user.primary_email = Some("forgot@example.com".into())).await;
        let expire = sql!("update users set is_password_expired = true where tenant_id = $1 and id = $2");
        set(&app, expire, "forgot").await;
        let browser = Browser::open(&app).await;
        browser.start("ForgotPassword").await;
        browser.put_email_code("c", "forgot@example.com").await;
        browser.identify("c").await.expect_error(422, "session.not_supported_for_forgot_password");
        settings(&app, "default", json!({"forgotPasswordMethods": null})).await;
        let reset = async |password: &str| browser.put("/profile/password", json!({"password": password})).await;
        reset("Another-Passw0rd!9").await.expect_error(404, "session.identifier_not_found");
        browser.identify("c").await.expect(204);
        let short = reset("short").await.expect_error(422, "password.rejected").json();
        assert_eq!(short["data"], json!([{"code": "password_rejected.too_short", "interpolation": {"min": 8}}]));
        reset(PASSWORD).await.expect_error(422, "user.same_password");
        browser.submit().await.expect_error(422, "user.new_password_required_in_profile");
        reset("Another-Passw0rd!9").await.expect(204);
        assert_eq!(browser.state().await["profile"], json!({}));
        browser.submit().await.expect(204);
        let gone = browser.request("GET", "/api/experience/interaction").send().await;
        gone.expect_error(404, "session.interaction_not_found");
        assert_eq!(browser.result().await, None, "a reset does not sign in");
        let row = user(&app, "default", "forgot").await;
        assert!(!row.is_password_expired);
        browser.start("SignIn").await;
        browser.password("forgot", PASSWORD).await.expect(422);
        browser.password("forgot", "Another-Passw0rd!9").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn an_existing_account_is_completed_before_it_signs_in() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "bob", |_| {}).await;
        add_user(&app, "eve", |user| user.primary_email = Some("eve@example.com".into())).await;
        let sign_up = json!({"identifiers": ["email"], "password": true, "verify": true});
        settings(&app, "default", json!({"signUp": sign_up})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = id_of(&browser.password("bob", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(204);
        let missing = browser.submit().await.expect_error(422, "user.missing_profile").json();
        assert_eq!(missing["data"], json!({"missingProfile": ["email"]}));
        let email = |id: &str| json!({"type": "email", "verificationId": id});
        browser.put_email_code("theirs", "eve@example.com").await;
        browser.post("/profile", email("theirs")).await.expect_error(422, "user.email_already_in_use");
        let other: Value = json!({"type": "password", "value": "Another-Passw0rd!9"});
        browser.post("/profile", other).await.expect_error(422, "user.password_exists_in_profile");
        let name = json!({"type": "username", "value": "robert"});
        browser.post("/profile", name).await.expect_error(422, "user.username_exists_in_profile");
        browser.start("SignIn").await;
        let id = id_of(&browser.password("bob", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(204);
        browser.put_email_code("own", "bob@example.com").await;
        browser.post("/profile", email("own")).await.expect(204);
        browser.submit().await.expect(200);
        assert_eq!(user(&app, "default", "bob").await.primary_email.as_deref(), Some("bob@example.com"));
    })
    .await;
}

#[tokio::test]
async fn second_factors_are_suggested_and_may_be_declined() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        settings(&app, "default", json!({"mfa": {"factors": ["Totp"], "policy": "UserControlled"}})).await;
        let sign_in = async || {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = id_of(&browser.password("alice", PASSWORD).await.expect(200));
            browser.identify(&id).await.expect(204);
            browser
        };
        let browser = sign_in().await;
        browser.submit().await.expect_error(422, "user.suggest_mfa");
        browser.post("/profile/mfa/mfa-skipped", json!({})).await.expect(204);
        browser.submit().await.expect(200);
        sign_in().await.submit().await.expect(200);
        settings(&app, "default", json!({"mfa": {"factors": ["Totp"], "policy": "Mandatory"}})).await;
        let browser = sign_in().await;
        let missing = browser.submit().await.expect_error(422, "user.missing_mfa").json();
        assert_eq!(missing["data"], json!({"availableFactors": ["Totp"]}));
        let skip = browser.post("/profile/mfa/mfa-skipped", json!({})).await;
        skip.expect_error(422, "session.mfa.mfa_policy_not_user_controlled");
    })
    .await;
}
