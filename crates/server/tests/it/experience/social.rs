//! Social sign-in through the Experience API (E013, E014, E048, E049, E051, E058, E061).

use axum::http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use server::events::EventKind;
use server::users::identities;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::provider::Provider;
use crate::connectors::social::oidc_settings;

async fn linked(app: &TestApp, user: &str) -> Value {
    let id = user.into();
    let found = app.read("default", move |view| identities::of_user(view, &id)).await.unwrap();
    Value::Object(found)
}

async fn link(browser: &Browser, id: &str) -> testkit::TestResponse {
    browser.post("/identification", json!({"verificationId": id, "linkSocialIdentity": true})).await
}

#[tokio::test]
async fn who_comes_back_from_a_provider_registers_and_signs_in_again() {
    for_each_engine(async |app: TestApp| {
        settings(&app, "default", json!({"signUp": {"identifiers": ["email"], "password": true, "verify": true}}))
            .await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = idp.prove(&browser, "u1", |_| {}).await;
        let shown = browser.state().await;
        assert_eq!(shown["captcha"]["skipped"], true);
        assert_eq!(shown["verificationRecords"][0]["socialUserInfo"]["id"], "u1");
        browser.identify(&id).await.expect_error(404, "user.identity_not_exist");
        browser.switch("Register").await.expect(204);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let user_id = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
        let made = user(&app, "default", &user_id).await;
        assert_eq!(made.primary_email.as_deref(), Some("ada@example.com"));
        assert_eq!(made.name.as_deref(), Some("Ada Harbour"));
        assert_eq!(made.avatar.as_deref(), Some("https://idp.example/ada.png"));
        let identity = &linked(&app, &user_id).await["harbour"];
        assert_eq!((&identity["userId"], &identity["details"]["name"]), (&json!("u1"), &json!("Ada Harbour")));

        let again = Browser::open(&app).await;
        again.start("SignIn").await;
        let id = idp.prove(&again, "u1", |claims| claims["name"] = json!("Renamed")).await;
        again.identify(&id).await.expect(204);
        again.submit().await.expect(200);
        assert_eq!(again.result().await.unwrap()["login"]["accountId"], json!(user_id));
        assert_eq!(user(&app, "default", &user_id).await.name.as_deref(), Some("Ada Harbour"), "no sync was asked for");
    })
    .await;
}

#[tokio::test]
async fn the_profile_follows_the_provider_where_the_connector_says_so() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({"syncProfile": true})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
        for name in ["Ada One", "Ada Two"] {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = idp.prove(&browser, "u1", |claims| claims["name"] = json!(name)).await;
            link(&browser, &id).await.expect(204);
            browser.submit().await.expect(200);
            assert_eq!(user(&app, "default", "alice").await.name.as_deref(), Some(name));
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_with_the_same_verified_address_is_linked_only_on_demand() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("Ada@example.com".into())).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = idp.prove(&browser, "u1", |_| {}).await;
        let refused = browser.identify(&id).await;
        let refused = refused.expect_error(404, "user.identity_not_exist");
        assert_eq!(refused.json()["data"], json!({"relatedUser": {"type": "email", "value": "ada@example.com"}}));
        assert_eq!(linked(&app, "alice").await, json!({}));
        link(&browser, &id).await.expect(204);
        assert_eq!(linked(&app, "alice").await, json!({}), "nothing is linked before the sign-in is complete");
        browser.submit().await.expect(200);
        assert_eq!(linked(&app, "alice").await["harbour"]["userId"], "u1");

        // A second account of the same provider does not take the place of the first.
        let second = Browser::open(&app).await;
        second.start("SignIn").await;
        let id = idp.prove(&second, "u2", |_| {}).await;
        link(&second, &id).await.expect_error(422, "user.social_account_exists_in_profile");
        assert_eq!(linked(&app, "alice").await["harbour"]["userId"], "u1");
    })
    .await;
}

#[tokio::test]
async fn a_new_account_takes_over_only_an_address_that_is_free() {
    for_each_engine(async |app: TestApp| {
        settings(&app, "default", json!({"socialSignIn": {"skipRequiredIdentifiers": true}})).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = idp.prove(&browser, "u1", |_| {}).await;
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let user_id = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
        assert_eq!(user(&app, "default", &user_id).await.primary_email, None);
        let twin = Browser::open(&app).await;
        twin.start("Register").await;
        let id = idp.prove(&twin, "u1", |_| {}).await;
        twin.identify(&id).await.expect_error(422, "user.identity_already_in_use");
    })
    .await;
}

#[tokio::test]
async fn what_the_sign_up_asks_for_is_asked_of_social_accounts_too() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = idp.prove(&browser, "u1", |_| {}).await;
        let refused = browser.identify(&id).await;
        let refused = refused.expect_error(422, "user.missing_profile");
        assert_eq!(refused.json()["data"]["missingProfile"], json!(["username"]), "no password: the provider has one");
        browser.post("/profile", json!({"type": "username", "value": "ada"})).await.expect(204);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn an_identity_is_added_to_who_signed_in_otherwise() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |_| {}).await;
        add_user(&app, "bob", |_| {}).await;
        let sign_in = async |name: &str| {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = id_of(&browser.password(name, PASSWORD).await);
            browser.identify(&id).await.expect(204);
            browser
        };
        let alice = sign_in("alice").await;
        let id = idp.prove(&alice, "u1", |_| {}).await;
        let social = json!({"type": "social", "verificationId": id});
        alice.post("/profile", social).await.expect(204);
        alice.submit().await.expect(200);
        assert_eq!(linked(&app, "alice").await["harbour"]["userId"], "u1");
        let bob = sign_in("bob").await;
        let id = idp.prove(&bob, "u1", |_| {}).await;
        let social = json!({"type": "social", "verificationId": id});
        bob.post("/profile", social).await.expect_error(422, "user.identity_already_in_use");
    })
    .await;
}

#[tokio::test]
async fn what_a_provider_refuses_is_told_with_its_code() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let away = idp.leave(&browser).await;
        let denied = json!({"error": "access_denied", "state": "st"});
        idp.come_back(&browser, &away, denied).await.expect_error(401, "connector.authorization_failed");
        idp.come_back(&browser, &away, json!({})).await.expect_error(400, "connector.invalid_request_parameters");
        idp.refuse_code();
        let code = json!({"code": "c", "state": "st"});
        idp.come_back(&browser, &away, code.clone()).await.expect_error(401, "connector.social_auth_code_invalid");
        idp.come_back(&browser, &away, code.clone()).await.expect_error(400, "session.connector_session_not_found");
        let away = idp.leave(&browser).await;
        idp.answer(&idp.claims(&away, "u1"));
        idp.come_back(&browser, &away, code.clone()).await.expect(200);
        idp.come_back(&browser, &away, code).await.expect_error(400, "session.connector_session_not_found");
    })
    .await;
}

#[tokio::test]
async fn a_token_that_the_provider_gave_and_then_refuses_is_told_with_its_code() {
    for_each_engine(async |app: TestApp| {
        let mut config = oidc_settings("harbour.example");
        config.as_object_mut().unwrap().remove("idTokenVerificationConfig");
        config["userInfoEndpoint"] = json!("https://harbour.example/me");
        let idp = Provider::new(&app, "harbour", json!({"connectorId": "oauth2", "config": config})).await;
        idp.respond(FakeResponse::json(&json!({"access_token": "at", "token_type": "Bearer"})));
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for (answer, status, code) in [
            (FakeResponse::status(StatusCode::UNAUTHORIZED), 401, "connector.social_invalid_access_token"),
            (FakeResponse::status(StatusCode::FORBIDDEN), 400, "connector.invalid_response"),
            (FakeResponse::json(&json!({"name": "Ada"})), 400, "connector.invalid_response"),
        ] {
            app.outbound.respond(Method::GET, "https://harbour.example/me", answer);
            let away = idp.leave(&browser).await;
            let refused = idp.come_back(&browser, &away, json!({"code": "c", "state": "st"})).await;
            refused.expect_error(status, code);
        }
        app.outbound.respond(Method::GET, "https://harbour.example/me", FakeResponse::json(&json!({"id": "u1"})));
        let away = idp.leave(&browser).await;
        idp.come_back(&browser, &away, json!({"code": "c", "state": "st"})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_event_of_a_new_account_shows_the_account_at_the_provider() {
    for_each_engine(async |app: TestApp| {
        settings(&app, "default", json!({"socialSignIn": {"skipRequiredIdentifiers": true}})).await;
        let recorder = crate::outbox::Recorder::default();
        app.app.outbox.subscribe("recorder", &[EventKind::UserCreated], recorder.subscriber(0));
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = idp.prove(&browser, "u1", |_| {}).await;
        browser.identify(&id).await.expect(201);
        while server::outbox::deliver_due(&app.app).await.unwrap() > 0 {}
        let events = recorder.payloads();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].1["data"]["identities"]["harbour"]["userId"], "u1");
    })
    .await;
}

#[tokio::test]
async fn what_a_provider_refuses_is_in_the_audit_log() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let away = idp.leave(&browser).await;
        idp.refuse_code();
        let refused = idp.come_back(&browser, &away, json!({"code": "secret-code", "state": "st"})).await;
        refused.expect_error(401, "connector.social_auth_code_invalid");
        app.app.flush_audit().await;
        let logs =
            crate::applications::get(&app, "/api/logs?logKey=Interaction.SignIn.Verification.Social.Submit").await;
        let logs = logs.expect(200).json();
        let payload = &logs[0]["payload"];
        assert_eq!(
            (&payload["result"], &payload["error"]["code"]),
            (&json!("Error"), &json!("connector.social_auth_code_invalid"))
        );
        assert_eq!(payload["payload"]["connectorId"], json!(idp.connector_id));
        assert!(payload["error"]["data"]["reason"].as_str().unwrap().contains("invalid_grant"), "{payload}");
        assert!(!logs.to_string().contains("secret-code"), "{logs}");
    })
    .await;
}
