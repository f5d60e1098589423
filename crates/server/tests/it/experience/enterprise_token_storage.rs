//! The tokens of the providers of enterprises in the secret vault (H104, H131, E016, E042, E090, M043, M044, M201, M203).

use federation::TokenSet;
use serde_json::{Value, json};
use server::secrets::{self, TokenProvider};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::provider::Provider;
use super::token_storage::{count, nothing_stored_shows, prove, tokens};
use crate::applications::{call, delete, get};
use crate::sso_connectors::{publish, settings as config};

/// The provider, with tokens kept, and alice, who has an address there.
async fn provider(app: &TestApp) -> Provider {
    let storing = json!({"enableTokenStorage": true});
    let idp = Provider::enterprise(app, "harbour", storing).await.with_email("ada@harbour-corp.example");
    add_user(app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
    idp
}

fn connector(idp: &Provider) -> String {
    format!("/api/sso-connectors/{}", idp.connector_id)
}

async fn kept(app: &TestApp, idp: &Provider, user: &str) -> Option<TokenSet> {
    let (user, connector_id) = (user.into(), idp.connector_id.clone());
    let open = app.read("default", move |view| secrets::find(view, &user, &TokenProvider::Enterprise(connector_id)));
    open.await.unwrap().map(|kept| kept.tokens)
}

async fn identity(app: &TestApp, idp: &Provider, user: &str, query: &str) -> Value {
    let path = format!("/api/users/{user}/sso-identities/{}{query}", idp.connector_id);
    get(app, &path).await.expect(200).json()
}

/// Signs the account `u1` in, for which the provider gives these tokens; returns the user's id.
async fn sign_in(app: &TestApp, idp: &Provider, tokens: Value) -> String {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = prove(idp, &browser, tokens).await;
    browser.identify(&id).await.expect(204);
    browser.submit().await.expect(200);
    browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn tokens_are_kept_with_the_linked_account_and_replaced_at_the_next_sign_in() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        assert_eq!(get(&app, &connector(&idp)).await.expect(200).json()["enableTokenStorage"], true);
        assert_eq!(sign_in(&app, &idp, tokens("at-1")).await, "alice", "linked by the address of the enterprise");
        assert_eq!(kept(&app, &idp, "alice").await.unwrap().access_token, "at-1");
        let shown = identity(&app, &idp, "alice", "?includeTokenSecret=true").await;
        let secret = &shown["tokenSecret"];
        let expires_at = app.app.clock.now().seconds() + 600;
        let expected = json!({
            "tenantId": "default", "id": secret["id"], "userId": "alice", "type": "federated_token_set",
            "metadata": {"scope": "mail", "expiresAt": expires_at, "tokenType": "Bearer", "hasRefreshToken": true},
            "createdAt": secret["createdAt"], "updatedAt": secret["updatedAt"], "ssoConnectorId": idp.connector_id,
            "issuer": "https://harbour.example", "identityId": "u1",
        });
        assert_eq!(*secret, expected);
        let hidden = identity(&app, &idp, "alice", "").await;
        assert_eq!(hidden, json!({"ssoIdentity": shown["ssoIdentity"]}), "only on demand");
        let all = get(&app, "/api/users/alice/all-identities?includeTokenSecret=true").await.expect(200).json();
        let listed = json!({
            "ssoConnectorId": idp.connector_id, "ssoIdentity": shown["ssoIdentity"], "tokenSecret": secret,
        });
        assert_eq!(all, json!({"socialIdentities": [], "ssoIdentities": [listed]}));

        sign_in(&app, &idp, json!({"access_token": "at-2", "token_type": "Bearer"})).await;
        let newer = kept(&app, &idp, "alice").await.unwrap();
        assert_eq!((newer.access_token.as_str(), newer.refresh_token), ("at-2", None));
        let replaced = identity(&app, &idp, "alice", "?includeTokenSecret=true").await["tokenSecret"].clone();
        assert_eq!(replaced["id"], secret["id"], "the same secret with other tokens");
        assert_eq!(replaced["metadata"], json!({"tokenType": "Bearer", "hasRefreshToken": false}));
    })
    .await;
}

#[tokio::test]
async fn who_registers_keeps_the_tokens_and_nobody_is_shown_them() {
    for_each_engine(async |app: TestApp| {
        let storing = json!({"enableTokenStorage": true});
        let idp = Provider::enterprise(&app, "harbour", storing).await.with_email("ada@harbour-corp.example");
        let mut more = config("harbour.example");
        more["scope"] = json!("offline_access");
        call(&app, "PATCH", &connector(&idp), json!({"config": more})).await.expect(200);
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        assert_eq!(idp.leave(&browser).await.sent("scope"), "openid profile email offline_access");
        let id = prove(&idp, &browser, tokens("at-secret")).await;
        assert!(!browser.state().await.to_string().contains("oken"), "{}", browser.state().await);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let user_id = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
        let shown = identity(&app, &idp, &user_id, "?includeTokenSecret=true").await;
        assert_eq!(shown["tokenSecret"]["metadata"]["hasRefreshToken"], true);
        assert!(!shown.to_string().contains("at-secret") && !shown.to_string().contains("rt-1"), "{shown}");
        assert_eq!(kept(&app, &idp, &user_id).await.unwrap().access_token, "at-secret");
        nothing_stored_shows(&app, &["at-secret", "rt-1"]).await;
    })
    .await;
}

#[tokio::test]
async fn tokens_go_with_the_setting_the_connector_and_the_user() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        let switch = async |on: bool| {
            let changed = call(&app, "PATCH", &connector(&idp), json!({"enableTokenStorage": on})).await.expect(200);
            assert_eq!(changed.json()["enableTokenStorage"], on);
        };
        sign_in(&app, &idp, tokens("at-1")).await;
        switch(false).await;
        assert_eq!(count(&app).await, 0);
        sign_in(&app, &idp, tokens("at-1")).await;
        assert_eq!(count(&app).await, 0, "nothing is kept any more");

        // Nor what was proven before the setting changed.
        switch(true).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = prove(&idp, &browser, tokens("at-1")).await;
        browser.identify(&id).await.expect(204);
        assert_eq!(count(&app).await, 0, "nobody is signed in yet");
        switch(false).await;
        browser.submit().await.expect(200);
        assert_eq!(count(&app).await, 0);

        switch(true).await;
        sign_in(&app, &idp, tokens("at-1")).await;
        let secret = identity(&app, &idp, "alice", "?includeTokenSecret=true").await["tokenSecret"]["id"].clone();
        delete(&app, &format!("/api/secrets/{}", secret.as_str().unwrap())).await.expect(204);
        assert_eq!(count(&app).await, 0);
        sign_in(&app, &idp, tokens("at-1")).await;
        delete(&app, "/api/users/alice").await.expect(204);
        assert_eq!(count(&app).await, 0);

        add_user(&app, "bob", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
        assert_eq!(sign_in(&app, &idp, tokens("at-1")).await, "bob");
        assert_eq!(count(&app).await, 1);
        delete(&app, &connector(&idp)).await.expect(204);
        assert_eq!(count(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn tokens_of_a_social_provider_and_of_an_enterprise_are_apart() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        // Both connectors have one id, and both accounts too.
        let social = json!({"enableTokenStorage": true, "id": idp.connector_id});
        let social = Provider::new(&app, "island", social).await;
        assert_eq!(social.connector_id, idp.connector_id);
        add_user(&app, "bob", |user| user.primary_email = Some("ada@example.com".into())).await;
        let link = async || {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = prove(&social, &browser, tokens("at-social")).await;
            browser
                .post("/identification", json!({"verificationId": id, "linkSocialIdentity": true}))
                .await
                .expect(204);
            browser.submit().await.expect(200);
        };
        link().await;
        sign_in(&app, &idp, tokens("at-enterprise")).await;
        assert_eq!(count(&app).await, 2);
        let social_connector = format!("/api/connectors/{}", social.connector_id);
        let off = json!({"enableTokenStorage": false});
        call(&app, "PATCH", &social_connector, off.clone()).await.expect(200);
        assert_eq!(count(&app).await, 1);
        assert_eq!(kept(&app, &idp, "alice").await.unwrap().access_token, "at-enterprise");
        call(&app, "PATCH", &social_connector, json!({"enableTokenStorage": true})).await.expect(200);
        link().await;
        call(&app, "PATCH", &connector(&idp), off).await.expect(200);
        assert_eq!(count(&app).await, 1);
        let path = "/api/users/bob/identities/island?includeTokenSecret=true";
        assert_eq!(get(&app, path).await.expect(200).json()["tokenSecret"]["target"], "island");
    })
    .await;
}

#[tokio::test]
async fn d12_tokens_do_not_outlive_the_registration_that_they_were_given_to() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        publish(&app, "elsewhere.example");
        let patch = async |config: Value| {
            call(&app, "PATCH", &connector(&idp), json!({"config": config})).await.expect(200);
        };
        let changed = |member: &str, value: &str| {
            let mut changed = config("harbour.example");
            changed[member] = json!(value);
            changed
        };
        for (settings, is_kept) in [
            (changed("scope", "offline_access"), true),
            (changed("clientSecret", "hush hush"), true),
            (changed("clientId", "another"), false),
            (changed("issuer", "https://elsewhere.example"), false),
            (json!({}), false),
        ] {
            sign_in(&app, &idp, tokens("at-1")).await;
            assert_eq!(count(&app).await, 1);
            patch(settings.clone()).await;
            assert_eq!(count(&app).await, i64::from(is_kept), "{settings}");
            patch(config("harbour.example")).await;
        }
    })
    .await;
}

#[tokio::test]
async fn d12_tokens_that_wait_are_not_stored_for_another_issuer() {
    for_each_engine(async |app: TestApp| {
        let idp = provider(&app).await;
        publish(&app, "elsewhere.example");
        let single_sign_on = async |on: bool| {
            call(&app, "PATCH", "/api/sign-in-exp", json!({"singleSignOnEnabled": on})).await.expect(200);
        };
        sign_in(&app, &idp, tokens("at-1")).await;
        for (host, is_kept) in [("harbour.example", true), ("elsewhere.example", false)] {
            let secret = identity(&app, &idp, "alice", "?includeTokenSecret=true").await["tokenSecret"]["id"].clone();
            delete(&app, &format!("/api/secrets/{}", secret.as_str().unwrap())).await.expect(204);
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = prove(&idp, &browser, tokens("at-2")).await;
            browser.identify(&id).await.expect(204);
            // While single sign-on is off, the same person may come in by another proof, and the tokens still wait.
            single_sign_on(false).await;
            call(&app, "PATCH", &connector(&idp), json!({"config": config(host)})).await.expect(200);
            let id = id_of(&browser.password("alice", PASSWORD).await);
            browser.identify(&id).await.expect(204);
            browser.submit().await.expect(200);
            assert_eq!(count(&app).await, i64::from(is_kept), "{host}");
            single_sign_on(true).await;
        }
    })
    .await;
}

#[tokio::test]
async fn token_storage_needs_a_key() {
    for_each_engine(async |app: TestApp| {
        let mut settings = app.app.settings.clone();
        settings.secret_vault_kek = None;
        let without = TestApp::with(app.engine, settings).await;
        let mut body = json!({"providerName": "OIDC", "connectorName": "harbour", "enableTokenStorage": true});
        let path = "/api/sso-connectors";
        call(&without, "POST", path, body.clone()).await.expect_error(422, "request.feature_not_supported");
        body["enableTokenStorage"] = json!(false);
        let made = call(&without, "POST", path, body).await.expect(200).json();
        let one = format!("{path}/{}", made["id"].as_str().unwrap());
        let on = call(&without, "PATCH", &one, json!({"enableTokenStorage": true})).await;
        on.expect_error(422, "request.feature_not_supported");
        assert_eq!(get(&without, &one).await.expect(200).json()["enableTokenStorage"], false);
    })
    .await;
}
