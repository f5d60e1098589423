//! Enterprise single sign-on through the Experience API (E006, E015, E016, E046, E050, E051, E058, E081).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::provider::Provider;
use crate::applications::{call, get};
use crate::sso_connectors;

/// Claims with an address of the enterprise.
pub fn at_corp(claims: &mut Value) {
    claims["email"] = json!("ada@harbour-corp.example");
}

pub async fn linked(app: &TestApp, user: &str) -> Value {
    get(app, &format!("/api/users/{user}?includeSsoIdentities=true")).await.expect(200).json()["ssoIdentities"].clone()
}

/// Signs in at the provider as `id`; returns the user's id.
async fn sign_in(app: &TestApp, idp: &Provider, id: &str, change: impl FnOnce(&mut Value)) -> String {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = idp.prove(&browser, id, change).await;
    browser.identify(&id).await.expect(204);
    browser.submit().await.expect(200);
    browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned()
}

/// Registers at the provider as `id`; returns the user's id.
pub async fn register(app: &TestApp, idp: &Provider, id: &str, change: impl FnOnce(&mut Value)) -> String {
    let browser = Browser::open(app).await;
    browser.start("Register").await;
    let id = idp.prove(&browser, id, change).await;
    browser.identify(&id).await.expect(201);
    browser.submit().await.expect(200);
    browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn connectors_are_looked_up_by_address_as_in_trace_20_18() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let browser = Browser::open(&app).await;
        let look_up = async |email: &str| {
            let query: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
            browser.get(&format!("/sso-connectors?email={query}")).await
        };
        for email in ["a@harbour-corp.example", "A@HARBOUR-CORP.example"] {
            let found = look_up(email).await.expect(200).json();
            assert_eq!(found, json!({"connectorIds": [idp.connector_id]}), "{email}");
        }
        assert_eq!(look_up("a@example.com").await.expect(200).json(), json!({"connectorIds": []}));
        look_up("bad").await.expect_error(400, "guard.invalid_input");
        browser.get("/sso-connectors").await.expect_error(400, "guard.invalid_input");
        call(&app, "PATCH", "/api/sign-in-exp", json!({"singleSignOnEnabled": false})).await.expect(200);
        assert_eq!(look_up("a@harbour-corp.example").await.expect(200).json(), json!({"connectorIds": []}));
    })
    .await;
}

#[tokio::test]
async fn who_comes_from_the_enterprise_registers_and_signs_in_again() {
    for_each_engine(async |app: TestApp| {
        let sign_up = json!({"identifiers": ["username"], "password": true, "verify": false});
        settings(&app, "default", json!({"signUp": sign_up})).await;
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = idp.prove(&browser, "u1", at_corp).await;
        let shown = browser.state().await;
        assert_eq!(shown["captcha"]["skipped"], true);
        assert_eq!(shown["verificationRecords"][0]["enterpriseSsoUserInfo"]["id"], "u1");
        assert_eq!(shown["verificationRecords"][0]["issuer"], "https://harbour.example");
        browser.identify(&id).await.expect_error(404, "user.sso_identity_not_exist");
        browser.switch("Register").await.expect(204);
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect(200);
        let user_id = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
        let made = user(&app, "default", &user_id).await;
        assert_eq!(made.primary_email.as_deref(), Some("ada@harbour-corp.example"));
        assert_eq!((made.name.as_deref(), made.username), (Some("Ada Harbour"), None), "no username was asked for");
        let identity = linked(&app, &user_id).await[0].clone();
        assert_eq!((&identity["identityId"], &identity["issuer"]), (&json!("u1"), &json!("https://harbour.example")));
        assert_eq!(identity["ssoConnectorId"], json!(idp.connector_id));

        let renamed = |claims: &mut Value| {
            at_corp(claims);
            claims["name"] = json!("Renamed");
        };
        assert_eq!(sign_in(&app, &idp, "u1", renamed).await, user_id);
        assert_eq!(user(&app, "default", &user_id).await.name.as_deref(), Some("Ada Harbour"), "no sync was asked for");
        assert_eq!(linked(&app, &user_id).await[0]["detail"]["name"], "Renamed");

        let path = format!("/api/sso-connectors/{}", idp.connector_id);
        call(&app, "PATCH", &path, json!({"syncProfile": true})).await.expect(200);
        sign_in(&app, &idp, "u1", renamed).await;
        assert_eq!(user(&app, "default", &user_id).await.name.as_deref(), Some("Renamed"));
    })
    .await;
}

#[tokio::test]
async fn an_account_with_the_address_of_the_enterprise_is_linked_by_itself() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("Ada@Harbour-Corp.example".into())).await;
        assert_eq!(sign_in(&app, &idp, "u1", at_corp).await, "alice");
        assert_eq!(linked(&app, "alice").await[0]["identityId"], "u1");
        let path = |connector: &str| format!("/api/users/alice/sso-identities/{connector}");
        let shown = call(&app, "GET", &path(&idp.connector_id), json!(null)).await.expect(200).json();
        assert_eq!((&shown["ssoIdentity"]["identityId"], shown.get("tokenSecret")), (&json!("u1"), None));
        call(&app, "GET", &path("other"), json!(null)).await.expect_error(404, "user.identity_not_exist");
        // The address may change: the account is known by its id.
        assert_eq!(
            sign_in(&app, &idp, "u1", |claims| claims["email"] = json!("x@harbour-corp.example")).await,
            "alice"
        );

        // A second account of the enterprise does not take the place of the first.
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = idp.prove(&browser, "u2", at_corp).await;
        browser.identify(&id).await.expect_error(422, "user.social_account_exists_in_profile");
        assert_eq!(linked(&app, "alice").await.as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_connector_that_moves_to_another_issuer_locks_nobody_out() {
    for_each_engine(async |app: TestApp| {
        let old = Provider::enterprise(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
        assert_eq!(sign_in(&app, &old, "u1", at_corp).await, "alice");
        let new = Provider::enterprise(&app, "elsewhere", json!({})).await.with_connector(old.connector_id.clone());
        let config = json!({"config": sso_connectors::settings(&new.host)});
        call(&app, "PATCH", &format!("/api/sso-connectors/{}", old.connector_id), config).await.expect(200);

        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = new.prove(&browser, "n1", |claims| claims["email"] = json!("ada@other.example")).await;
        browser.identify(&id).await.expect_error(404, "user.sso_identity_not_exist");
        let id = new.prove(&browser, "n1", |claims| claims["email_verified"] = json!(false)).await;
        browser.identify(&id).await.expect_error(404, "user.sso_identity_not_exist");
        assert_eq!(sign_in(&app, &new, "n1", at_corp).await, "alice", "by the address of the enterprise");
        let links = linked(&app, "alice").await;
        assert_eq!(links.as_array().unwrap().len(), 1, "{links}");
        assert_eq!((&links[0]["identityId"], &links[0]["issuer"]), (&json!("n1"), &json!("https://elsewhere.example")));
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = new.prove(&browser, "n2", at_corp).await;
        browser.identify(&id).await.expect_error(422, "user.social_account_exists_in_profile");
    })
    .await;
}

#[tokio::test]
async fn an_address_of_the_enterprise_signs_nobody_in_otherwise() {
    for_each_engine(async |app: TestApp| {
        let methods = json!([
            {"identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true},
            {"identifier": "email", "password": true, "verificationCode": false, "isPasswordPrimary": true},
        ]);
        settings(&app, "default", json!({"signIn": {"methods": methods}})).await;
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let social = Provider::new(&app, "social", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let identifier = json!({"type": "email", "value": "ada@HARBOUR-corp.example"});
        let body = json!({"identifier": identifier, "password": PASSWORD});
        let id = id_of(&browser.post("/verification/password", body).await.expect(200));
        let refused = browser.identify(&id).await;
        let refused = refused.expect_error(422, "session.sso_enabled").json();
        assert_eq!(refused["data"]["ssoConnectors"][0]["id"], json!(idp.connector_id));
        assert!(!refused.to_string().contains("hush"), "surprise 36: {refused}");
        let id = social.prove(&browser, "s1", at_corp).await;
        let link = json!({"verificationId": id, "linkSocialIdentity": true});
        browser.post("/identification", link).await.expect_error(422, "session.sso_enabled");
        let id = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn who_registers_at_a_connector_joins_its_organizations() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let made = async |name: &str| {
            let body = json!({"name": name});
            let made = call(&app, "POST", "/api/organizations", body).await.expect(201).json();
            made["id"].as_str().unwrap().to_owned()
        };
        let (of_connector, of_domain) = (made("connector").await, made("domain").await);
        let path = format!("/api/organizations/{of_connector}/jit/sso-connectors");
        call(&app, "POST", &path, json!({"ssoConnectorIds": [idp.connector_id]})).await.expect(201);
        let path = format!("/api/organizations/{of_domain}/jit/email-domains");
        call(&app, "POST", &path, json!({"emailDomain": "harbour-corp.example"})).await.expect(201);
        let user_id = register(&app, &idp, "u1", at_corp).await;
        let joined = get(&app, &format!("/api/users/{user_id}/organizations")).await.expect(200).json();
        let names: Vec<&str> = joined.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["connector"]);
        // Whom the issuer lets in is not of the enterprise by that.
        for (id, email) in [("u2", json!("stranger@example.com")), ("u3", Value::Null)] {
            let user_id = register(&app, &idp, id, |claims| claims["email"] = email).await;
            let joined = get(&app, &format!("/api/users/{user_id}/organizations")).await.expect(200).json();
            assert_eq!(joined, json!([]), "{id}");
        }
    })
    .await;
}
