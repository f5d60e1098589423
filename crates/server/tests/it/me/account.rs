//! The account of an administrator (inventory A075 to A077, A081, A082).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::account::fixture::messages;

#[tokio::test]
async fn an_account_is_shown_and_changed_as_in_trace_50_06() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let shown = ada.get("/me").await.expect(200).json();
        let now = app.app.clock.now().millis();
        let expected = json!({
            "id": "ada", "username": "ada", "primaryEmail": null, "primaryPhone": null, "name": null, "avatar": null,
            "customData": {}, "identities": {}, "lastSignInAt": null, "createdAt": now, "updatedAt": now, "profile": {},
            "applicationId": "admin-console", "cimdClientId": null, "isSuspended": false, "hasPassword": true,
        });
        assert_eq!(shown, expected);
        let changed = ada.patch("/me", json!({"name": "Ada"})).await.expect(200).json();
        let mut expected = expected;
        expected["name"] = json!("Ada");
        expected.as_object_mut().unwrap().remove("hasPassword");
        assert_eq!(changed, expected);
        let avatar = json!({"avatar": "https://img.example.com/a.png", "username": "ada_2", "name": null});
        let changed = ada.patch("/me", avatar).await.expect(200).json();
        assert_eq!((&changed["avatar"], &changed["name"]), (&json!("https://img.example.com/a.png"), &Value::Null));
        assert_eq!(changed["username"], "ada_2");

        ada.patch("/me", json!({})).await.expect_error(422, "entity.invalid_input");
        ada.patch("/me", json!({"username": "1x"})).await.expect(400);
        ada.patch("/me", json!({"avatar": "javascript:x"})).await.expect(400);
        // F2, C19: the account is the caller's, and only its own members.
        let evil = json!({"id": "eve", "isSuspended": false, "primaryPhone": "4915112345678", "name": "A"});
        let changed = ada.patch("/me?userId=eve", evil).await.expect(200).json();
        assert_eq!((&changed["id"], &changed["primaryPhone"]), (&json!("ada"), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn custom_data_is_the_body_itself_and_merged() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let path = "/me/custom-data";
        assert_eq!(ada.get(path).await.expect(200).json(), json!({}));
        assert_eq!(ada.patch(path, json!({"a": 1})).await.expect(200).json(), json!({"a": 1}));
        assert_eq!(ada.patch(path, json!({"b": {"c": 2}})).await.expect(200).json(), json!({"a": 1, "b": {"c": 2}}));
        assert_eq!(ada.get(path).await.expect(200).json(), json!({"a": 1, "b": {"c": 2}}));
        let large = json!({"x": "y".repeat(70_000)});
        ada.patch(path, large).await.expect_error(422, "entity.value_too_long");
    })
    .await;
}

#[tokio::test]
async fn the_last_way_to_sign_in_stays() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let cleared = ada.patch("/me", json!({"username": null})).await;
        cleared.expect_error(400, "user.last_sign_in_method_required");
    })
    .await;
}

/// The last code in the inbox of the tenant, and what it was for.
async fn connect_mail(app: &TestApp) {
    let endpoint = "https://messages.example.com/send";
    app.outbound.respond(http::Method::POST, endpoint, outbound::FakeResponse::status(http::StatusCode::OK));
    let token = app.management_token("admin").await;
    let body = json!({"connectorId": "http-email", "config": {"endpoint": endpoint}});
    app.admin_request("POST", "/api/connectors").bearer(&token).json(body).send().await.expect(200);
}

fn last_code(app: &TestApp) -> String {
    messages(app).pop().unwrap()["payload"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_address_was_verified_in_the_last_ten_minutes_in_this_sign_in() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        connect_mail(&app).await;
        let not_proven = (400, "session.verification_session_not_found");
        let email = json!({"primaryEmail": "ada@example.com"});
        ada.patch("/me", email.clone()).await.expect_error(not_proven.0, not_proven.1);
        ada.post("/me/verification-codes", json!({"email": "ada@example.com"})).await.expect(204);
        let code = last_code(&app);
        ada.patch("/me", email.clone()).await.expect_error(not_proven.0, not_proven.1);
        let verify = async |who: &Admin, email: &str, code: &str| {
            who.post("/me/verification-codes/verify", json!({"email": email, "verificationCode": code})).await
        };
        verify(&ada, "ada@example.com", "000000").await.expect_error(400, "verification_code.code_mismatch");
        verify(&ada, "eve@example.com", &code).await.expect(400);
        // Another sign-in of the same person, and another person, prove nothing here (attack C20).
        let elsewhere = Admin::signed_in(&app, "ada", "grant2").await;
        verify(&elsewhere, "ada@example.com", &code).await.expect(400);
        verify(&ada, "ada@example.com", &code).await.expect(204);
        elsewhere.patch("/me", email.clone()).await.expect_error(not_proven.0, not_proven.1);
        ada.patch("/me", json!({"primaryEmail": "eve@example.com"})).await.expect_error(not_proven.0, not_proven.1);
        let changed = ada.patch("/me", email.clone()).await.expect(200).json();
        assert_eq!(changed["primaryEmail"], "ada@example.com");
        // Both addresses learn of the next change.
        let token = app.management_token("admin").await;
        let told = app.admin_request("PATCH", "/api/configs/account").bearer(&token);
        told.json(json!({"mailAboutChanges": true})).send().await.expect(200);
        ada.post("/me/verification-codes", json!({"email": "ada2@example.com"})).await.expect(204);
        verify(&ada, "ada2@example.com", &last_code(&app)).await.expect(204);
        ada.patch("/me", json!({"primaryEmail": "ada2@example.com"})).await.expect(200);
        while server::outbox::deliver_due(&app.app).await.unwrap() > 0 {}
        let notices = messages(&app).into_iter().filter(|message| message["type"] == "AccountChanged");
        let mut to: Vec<String> = notices.map(|message| message["to"].as_str().unwrap().to_owned()).collect();
        to.sort();
        assert_eq!(to, ["ada2@example.com", "ada@example.com"]);
        let silent = app.admin_request("PATCH", "/api/configs/account").bearer(&token);
        silent.json(json!({"mailAboutChanges": false})).send().await.expect(200);

        ada.post("/me/verification-codes", json!({"email": "new@example.com"})).await.expect(204);
        verify(&ada, "new@example.com", &last_code(&app)).await.expect(204);
        app.app.clock.advance(Duration::from_secs(600));
        let late = ada.patch("/me", json!({"primaryEmail": "new@example.com"})).await;
        late.expect_error(not_proven.0, not_proven.1);
    })
    .await;
}

#[tokio::test]
async fn c24_codes_to_one_address_are_capped() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        connect_mail(&app).await;
        let send = async || ada.post("/me/verification-codes", json!({"email": "new@example.com"})).await;
        for _ in 0..10 {
            send().await.expect(204);
        }
        send().await.expect_error(429, "request.message_rate_limited");
        assert_eq!(messages(&app).len(), 10);
    })
    .await;
}

#[tokio::test]
async fn pictures_have_the_same_storage_as_everywhere() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let status = ada.get("/me/user-assets/service-status").await.expect(200).json();
        assert_eq!((&status["status"], &status["maxUploadFileSize"]), (&json!("ready"), &json!(8 << 20)));
        let upload = |file: &[u8]| app.admin_request("POST", "/me/user-assets").bearer(&ada.token).file(file);
        let url = crate::assets::url_of(&upload(&crate::assets::png()).send().await.expect(200));
        assert!(url.starts_with("http://localhost:3002/user-assets/"), "{url}");
        upload(b"<svg/>").send().await.expect_error(400, "guard.mime_type_not_allowed");
    })
    .await;
}
