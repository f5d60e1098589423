//! The tokens of social providers in the secret vault (H131, E090, M039, M044, M191, M193, M298).

use federation::TokenSet;
use serde_json::{Value, json};
use server::sealing::SecretKey;
use server::secrets::{self, TokenProvider};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::provider::Provider;
use crate::applications::{call, delete, get};
use crate::connectors::social::oidc_settings;

const IDENTITY: &str = "/api/users/alice/identities/harbour";

async fn kept(app: &TestApp) -> Option<TokenSet> {
    let of = TokenProvider::Social("harbour".into());
    let found = app.read("default", move |view| secrets::find(view, &"alice".into(), &of)).await.unwrap();
    found.map(|kept| kept.tokens)
}

async fn secret(app: &TestApp) -> Value {
    get(app, &format!("{IDENTITY}?includeTokenSecret=true")).await.expect(200).json()["tokenSecret"].clone()
}

/// The provider, with tokens kept, and alice, whose address it verifies.
async fn provider(app: &TestApp) -> Provider {
    let idp = Provider::new(app, "harbour", json!({"enableTokenStorage": true})).await;
    add_user(app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
    idp
}

/// Proves the account `u1`, for which the provider gives these tokens.
pub async fn prove(idp: &Provider, browser: &Browser, tokens: Value) -> String {
    let away = idp.leave(browser).await;
    idp.answer_with(&idp.claims(&away, "u1"), tokens);
    idp.come_back(browser, &away, json!({"code": "c", "state": "st"})).await.expect(200);
    away.verification_id
}

async fn sign_in(app: &TestApp, idp: &Provider, tokens: Value) {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = prove(idp, &browser, tokens).await;
    browser.post("/identification", json!({"verificationId": id, "linkSocialIdentity": true})).await.expect(204);
    browser.submit().await.expect(200);
}

pub fn tokens(access: &str) -> Value {
    json!({"access_token": access, "refresh_token": "rt-1", "token_type": "Bearer", "scope": "mail", "expires_in": 600})
}

/// Nothing that is written in a sign-in has one of these in plain text.
pub async fn nothing_stored_shows(app: &TestApp, secrets: &[&str]) {
    app.app.flush_audit().await;
    let mut stored: Vec<String> = Vec::new();
    for text in ["select payload from logs", "select state from interactions", "select ciphertext from secrets"] {
        let text = db::Sql::dynamic(text.to_owned());
        stored.extend(app.app.db.read(move |read| read.query_all::<String>(&text, &[])).await.unwrap());
    }
    assert!(!stored.is_empty() && !stored.iter().any(|row| secrets.iter().any(|secret| row.contains(secret))));
}

#[tokio::test]
async fn tokens_are_kept_with_the_identity_and_replaced_at_the_next_sign_in() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        sign_in(&app, &idp, tokens("at-1")).await;
        assert_eq!(kept(&app).await.unwrap().access_token, "at-1");
        let shown = secret(&app).await;
        let expires_at = app.app.clock.now().seconds() + 600;
        let metadata =
            json!({"scope": "mail", "expiresAt": expires_at, "tokenType": "Bearer", "hasRefreshToken": true});
        assert_eq!(shown["metadata"], metadata);
        assert_eq!(
            (&shown["type"], &shown["userId"], &shown["identityId"], &shown["target"], &shown["connectorId"]),
            (&json!("federated_token_set"), &json!("alice"), &json!("u1"), &json!("harbour"), &json!(idp.connector_id))
        );
        assert!(get(&app, IDENTITY).await.expect(200).json().get("tokenSecret").is_none(), "only on demand");
        let all = get(&app, "/api/users/alice/all-identities?includeTokenSecret=true").await.expect(200).json();
        assert_eq!(all["socialIdentities"][0]["tokenSecret"], shown);
        assert_eq!((&all["socialIdentities"][0]["target"], &all["ssoIdentities"]), (&json!("harbour"), &json!([])));

        sign_in_again(&app, &idp, json!({"access_token": "at-2", "token_type": "Bearer"})).await;
        let newer = kept(&app).await.unwrap();
        assert_eq!((newer.access_token.as_str(), newer.refresh_token), ("at-2", None));
        assert_eq!(secret(&app).await["metadata"], json!({"tokenType": "Bearer", "hasRefreshToken": false}));
        assert_eq!(secret(&app).await["id"], shown["id"], "the same secret with other tokens");
    })
    .await;
}

async fn sign_in_again(app: &TestApp, idp: &Provider, tokens: Value) {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = prove(idp, &browser, tokens).await;
    browser.identify(&id).await.expect(204);
    browser.submit().await.expect(200);
}

#[tokio::test]
async fn a_new_account_keeps_its_tokens_and_nobody_is_shown_them() {
    for_each_engine(async |app: TestApp| {
        settings(&app, "default", json!({"socialSignIn": {"skipRequiredIdentifiers": true}})).await;
        let idp = Provider::new(&app, "harbour", json!({"enableTokenStorage": true})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = prove(&idp, &browser, tokens("at-secret")).await;
        assert!(!browser.state().await.to_string().contains("oken"), "{}", browser.state().await);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let user_id = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
        let path = format!("/api/users/{user_id}/identities/harbour?includeTokenSecret=true");
        let shown = get(&app, &path).await.expect(200).json();
        assert_eq!(shown["tokenSecret"]["metadata"]["hasRefreshToken"], true);
        assert!(!shown.to_string().contains("at-secret") && !shown.to_string().contains("rt-1"), "{shown}");
        let id = user_id.as_str().into();
        let opened = app
            .read("default", move |view| secrets::find(view, &id, &TokenProvider::Social("harbour".into())))
            .await
            .unwrap();
        assert_eq!(opened.unwrap().tokens.access_token, "at-secret");
        nothing_stored_shows(&app, &["at-secret", "rt-1"]).await;
    })
    .await;
}

#[tokio::test]
async fn tokens_go_with_the_identity_the_connector_and_the_user() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        let connector = format!("/api/connectors/{}", idp.connector_id);
        let again = async || {
            sign_in(&app, &idp, tokens("at-1")).await;
            assert!(kept(&app).await.is_some());
        };
        again().await;
        let left = delete(&app, IDENTITY).await.expect(200).json();
        assert_eq!((&left["id"], &left["identities"]), (&json!("alice"), &json!({})));
        assert!(kept(&app).await.is_none());
        delete(&app, IDENTITY).await.expect_error(404, "user.identity_not_exist");
        get(&app, IDENTITY).await.expect_error(404, "user.identity_not_exist");

        again().await;
        let path = format!("/api/secrets/{}", secret(&app).await["id"].as_str().unwrap());
        delete(&app, &path).await.expect(204);
        assert!(kept(&app).await.is_none());
        delete(&app, &path).await.expect_error(404, "entity.not_found");
        get(&app, IDENTITY).await.expect(200);

        sign_in_again(&app, &idp, tokens("at-1")).await;
        let other = call(&app, "PUT", IDENTITY, json!({"userId": "u2"})).await.expect(200).json();
        assert_eq!(other["harbour"], json!({"userId": "u2"}));
        assert!(kept(&app).await.is_none(), "they were another account's");
        delete(&app, IDENTITY).await.expect(200);
        call(&app, "PUT", IDENTITY, json!({"userId": "u1"})).await.expect(201);

        sign_in_again(&app, &idp, tokens("at-1")).await;
        assert!(kept(&app).await.is_some());
        let off = call(&app, "PATCH", &connector, json!({"enableTokenStorage": false})).await.expect(200).json();
        assert_eq!(off["enableTokenStorage"], false);
        assert!(kept(&app).await.is_none());
        sign_in_again(&app, &idp, tokens("at-1")).await;
        assert!(kept(&app).await.is_none(), "nothing is kept any more");

        call(&app, "PATCH", &connector, json!({"enableTokenStorage": true})).await.expect(200);
        sign_in_again(&app, &idp, tokens("at-1")).await;
        assert!(kept(&app).await.is_some());
        delete(&app, &connector).await.expect(204);
        assert!(kept(&app).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_deleted_user_leaves_no_tokens() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        sign_in(&app, &idp, tokens("at-1")).await;
        delete(&app, "/api/users/alice").await.expect(204);
        assert_eq!(count(&app).await, 0);
    })
    .await;
}

pub async fn count(app: &TestApp) -> i64 {
    app.app.db.read(|read| read.query_one(db::sql!("select count(*) from secrets"), &[])).await.unwrap()
}

#[tokio::test]
async fn what_is_not_complete_or_not_wanted_any_more_stores_nothing() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = prove(&idp, &browser, tokens("at-1")).await;
        let link = json!({"verificationId": id, "linkSocialIdentity": true});
        browser.post("/identification", link).await.expect(204);
        assert_eq!(count(&app).await, 0, "nobody is signed in yet");
        let connector = format!("/api/connectors/{}", idp.connector_id);
        call(&app, "PATCH", &connector, json!({"enableTokenStorage": false})).await.expect(200);
        browser.submit().await.expect(200);
        assert_eq!(count(&app).await, 0, "the connector keeps none any more");
        get(&app, IDENTITY).await.expect(200);

        call(&app, "PATCH", &connector, json!({"enableTokenStorage": true})).await.expect(200);
        let large = json!({"access_token": "x".repeat(40_000), "token_type": "Bearer"});
        sign_in_again(&app, &idp, large).await;
        assert_eq!(count(&app).await, 0, "too large, and no reason to refuse the sign-in");
    })
    .await;
}

#[tokio::test]
async fn tokens_in_another_row_or_under_another_key_do_not_open() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        sign_in(&app, &idp, tokens("at-1")).await;
        let mut settings = app.app.settings.clone();
        settings.secret_vault_kek = Some(SecretKey::from([9; 32]));
        let other = TestApp::with(app.engine, settings).await;
        let opened = other
            .read("default", |view| secrets::find(view, &"alice".into(), &TokenProvider::Social("harbour".into())))
            .await;
        assert!(opened.is_err());
        app.sql("update secrets set id = 'moved'", vec![]).await;
        let opened = app
            .read("default", |view| secrets::find(view, &"alice".into(), &TokenProvider::Social("harbour".into())))
            .await;
        assert!(opened.is_err());
    })
    .await;
}

#[tokio::test]
async fn token_storage_needs_a_key_and_a_provider_that_gives_tokens() {
    for_each_engine(async |app: TestApp| {
        let apple = json!({"connectorId": "apple-universal", "config": {"clientId": "me"}, "enableTokenStorage": true});
        call(&app, "POST", "/api/connectors", apple).await.expect_error(422, "connector.token_storage_not_supported");
        let mut settings = app.app.settings.clone();
        settings.secret_vault_kek = None;
        let without = TestApp::with(app.engine, settings).await;
        let github = json!({"connectorId": "github-universal", "config": {"clientId": "me", "clientSecret": "hush"}});
        let made = call(&without, "POST", "/api/connectors", github.clone()).await.expect(200).json();
        let path = format!("/api/connectors/{}", made["id"].as_str().unwrap());
        let on = json!({"enableTokenStorage": true});
        call(&without, "PATCH", &path, on.clone()).await.expect_error(422, "request.feature_not_supported");
        delete(&without, &path).await.expect(204);
        let mut storing = github;
        storing["enableTokenStorage"] = json!(true);
        call(&without, "POST", "/api/connectors", storing).await.expect_error(422, "request.feature_not_supported");
    })
    .await;
}

#[tokio::test]
async fn d12_tokens_do_not_outlive_the_endpoint_that_gave_them() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        let connector = format!("/api/connectors/{}", idp.connector_id);
        sign_in(&app, &idp, tokens("at-1")).await;
        let mut config = oidc_settings("harbour.example");
        config["scope"] = json!("profile email more");
        call(&app, "PATCH", &connector, json!({"config": config})).await.expect(200);
        assert!(kept(&app).await.is_some(), "another scope, the same provider");
        config["tokenEndpoint"] = json!("https://evil.example/token");
        call(&app, "PATCH", &connector, json!({"config": config})).await.expect(200);
        assert!(kept(&app).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn d12_tokens_that_wait_are_not_stored_for_another_provider() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        let connector = format!("/api/connectors/{}", idp.connector_id);
        let mut config = oidc_settings("harbour.example");
        config["scope"] = json!("profile email more");
        for (change, is_kept) in [(json!({}), true), (json!({"tokenEndpoint": "https://evil.example/token"}), false)] {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = prove(&idp, &browser, tokens("at-1")).await;
            let link = json!({"verificationId": id, "linkSocialIdentity": true});
            browser.post("/identification", link).await.expect(204);
            config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            call(&app, "PATCH", &connector, json!({"config": config})).await.expect(200);
            browser.submit().await.expect(200);
            get(&app, IDENTITY).await.expect(200);
            assert_eq!(kept(&app).await.is_some(), is_kept, "{change}");
        }
    })
    .await;
}
