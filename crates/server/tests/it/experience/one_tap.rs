//! Google One Tap through the Experience API (E014, E089).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::google::{Google, passed_on, with_csrf_cookie};
use super::provider::Provider;
use crate::applications::get;

async fn began(app: &TestApp) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    browser
}

#[tokio::test]
async fn who_taps_registers_and_signs_in_again() {
    for_each_engine(async |app: TestApp| {
        settings(&app, "default", json!({"signUp": {"identifiers": ["email"], "password": true, "verify": true}}))
            .await;
        let google = Google::new(&app).await;
        let browser = began(&app).await;
        assert_eq!(browser.state().await["captcha"]["skipped"], false);
        let id = google.prove(&browser, "g1").await;
        let shown = browser.state().await;
        assert_eq!(shown["captcha"]["skipped"], true);
        let record = &shown["verificationRecords"][0];
        assert_eq!((&record["id"], &record["type"]), (&json!(id), &json!("Social")));
        assert_eq!(record["connectorId"], json!(google.connector_id));
        assert_eq!(record["socialUserInfo"]["id"], "g1");
        browser.identify(&id).await.expect_error(404, "user.identity_not_exist");
        browser.switch("Register").await.expect(204);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let user_id = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
        let made = user(&app, "default", &user_id).await;
        assert_eq!(made.primary_email.as_deref(), Some("ada@example.com"));
        assert_eq!(made.name.as_deref(), Some("Ada Harbour"));

        let again = began(&app).await;
        let id = google.prove(&again, "g1").await;
        again.identify(&id).await.expect(204);
        again.submit().await.expect(200);
        assert_eq!(again.result().await.unwrap()["login"]["accountId"], json!(user_id));
    })
    .await;
}

#[tokio::test]
async fn an_application_passes_a_credential_on_which_is_gone_afterwards() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        add_client(&app).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
        let credential = google.credential("g1");
        let browser = passed_on(&app, &credential).await;
        let proven = google.show(&browser, json!({"credential": credential})).await.expect(200);
        let gone = "_logto_google_one_tap_credential=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT";
        assert!(proven.headers("set-cookie").iter().any(|line| line.starts_with(gone)), "{:?}", proven.headers);
        browser.keep(&proven);
        let used = google.show(&browser, json!({"credential": credential})).await;
        used.expect_error(400, "session.google_one_tap.cookie_mismatch");
        let body = json!({"verificationId": id_of(&proven), "linkSocialIdentity": true});
        browser.post("/identification", body).await.expect(204);
        browser.submit().await.expect(200);
        browser.resume().await.expect(303);
    })
    .await;
}

/// Whatever is verified there: trace 20-17 shows it of another provider.
#[tokio::test]
async fn the_credential_is_gone_after_any_social_verification_but_no_refusal() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = began(&app).await;
        let away = idp.leave(&browser).await;
        let refused = idp.come_back(&browser, &away, json!({"code": "c", "state": "other"})).await;
        assert_eq!(refused.expect_error(400, "session.csrf_token_mismatch").headers("set-cookie"), [""; 0]);
        idp.answer(&idp.claims(&away, "u1"));
        let proven = idp.come_back(&browser, &away, json!({"code": "c", "state": "st"})).await.expect(200);
        let names: Vec<_> =
            proven.headers("set-cookie").iter().map(|line| line.split_once('=').unwrap().0.to_owned()).collect();
        assert_eq!(names, ["_logto_google_one_tap_credential", "_logto_google_one_tap_credential.sig"]);
    })
    .await;
}

#[tokio::test]
async fn a_verification_that_was_begun_takes_a_credential_too() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let browser = with_csrf_cookie(&began(&app).await);
        let path = format!("/verification/social/{}/authorization-uri", google.connector_id);
        let away = json!({"state": "st", "redirectUri": "https://custom.example/callback"});
        let begun = id_of(&browser.post(&path, away).await.expect(200));
        let data = json!({"credential": google.credential("g1"), "g_csrf_token": "csrf"});
        let body = json!({"verificationId": begun, "connectorData": data});
        assert_eq!(id_of(&google.verify(&browser, body.clone()).await.expect(200)), begun);
        assert_eq!(browser.state().await["verificationRecords"].as_array().unwrap().len(), 1);
        google.verify(&browser, body).await.expect_error(400, "session.connector_session_not_found");
        let unknown = json!({"verificationId": "nope", "connectorData": data});
        google.verify(&browser, unknown).await.expect_error(404, "session.verification_session_not_found");
    })
    .await;
}

#[tokio::test]
async fn only_a_credential_stands_for_a_verification_id() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let browser = with_csrf_cookie(&began(&app).await);
        for data in [
            json!({}),
            json!({"code": "c"}),
            json!({"credential": 7, "g_csrf_token": "csrf"}),
            json!({"credential": google.credential("g1"), "g_csrf_token": "csrf", "code": "c"}),
        ] {
            let refused = google.show(&browser, data.clone()).await.expect_error(400, "guard.invalid_input");
            assert_eq!(refused.json()["data"]["issues"][0]["path"], json!(["verificationId"]), "{data}");
        }
        let not_begun = Browser::open(&app).await;
        google.tap(&not_begun, &google.credential("g1")).await.expect_error(404, "session.interaction_not_found");
    })
    .await;
}

#[tokio::test]
async fn only_google_has_one_tap_and_only_where_it_is_switched_on_and_offered() {
    for_each_engine(async |app: TestApp| {
        let mut google = Google::new(&app).await;
        let browser = began(&app).await;
        for off in [json!({"isEnabled": false, "autoSelect": true}), json!({}), Value::Null] {
            google.configure(&off).await.expect(200);
            google.tap(&browser, &google.credential("g1")).await.expect_error(400, "connector.not_enabled");
        }
        google.configure(&json!({"isEnabled": true})).await.expect(200);
        google.offer(false).await;
        google.tap(&browser, &google.credential("g1")).await.expect_error(400, "connector.not_enabled");
        google.offer(true).await;
        google.prove(&browser, "g1").await;
        google.connector_id = Provider::new(&app, "harbour", json!({})).await.connector_id;
        google.tap(&browser, &google.credential("g1")).await.expect_error(400, "connector.not_enabled");
        google.connector_id = "nope".to_owned();
        google.tap(&browser, &google.credential("g1")).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn pages_are_told_the_settings_and_wrong_ones_are_refused() {
    for_each_engine(async |app: TestApp| {
        let google = Google::with(&app, json!({"isEnabled": true, "closeOnTapOutside": false})).await;
        let told = async || get(&app, "/api/.well-known/sign-in-exp").await.expect(200).json().get("googleOneTap").cloned();
        let id = &google.connector_id;
        let expected = json!({"isEnabled": true, "closeOnTapOutside": false, "clientId": "me", "connectorId": id});
        assert_eq!(told().await, Some(expected));
        let all = json!({"isEnabled": true, "autoSelect": true, "closeOnTapOutside": true, "itpSupport": false});
        google.configure(&all).await.expect(200);
        assert_eq!(told().await.unwrap()["autoSelect"], true);
        google.configure(&json!({"isEnabled": false})).await.expect(200);
        assert_eq!(told().await, None);
        google.configure(&all).await.expect(200);
        google.offer(false).await;
        assert_eq!(told().await, None, "what is not offered");
        for wrong in [json!({"isEnabled": "yes"}), json!({"isEnabled": true, "promptParentId": "x"}), json!([true])] {
            google.configure(&wrong).await.expect_error(400, "connector.invalid_config");
        }
        let body = json!({"connectorId": "github-universal", "config": {"clientId": "me", "clientSecret": "hush", "oneTap": all}});
        let refused = crate::applications::call(&app, "POST", "/api/connectors", body).await;
        refused.expect_error(400, "connector.invalid_config");
    })
    .await;
}
