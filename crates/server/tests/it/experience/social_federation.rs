//! A second Loggia as the provider: its real authorization and token endpoints.

use axum::http::Method;
use outbound::{FakeResponse, OutboundError};
use serde_json::{Map, Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::{call, get};

const ISSUER: &str = "http://localhost:3001/oidc";

#[tokio::test]
async fn another_loggia_signs_people_in() {
    for_each_engine(async |idp: TestApp| {
        for_each_engine(|app: TestApp| federate(idp.clone(), app)).await;
    })
    .await;
}

async fn federate(idp: TestApp, app: TestApp) {
    let person = person(&idp, &app).await;
    let client = idp.client("Traditional", &["https://custom.example/callback"], json!({})).await;
    let config = json!({
        "authorizationEndpoint": format!("{ISSUER}/auth"), "tokenEndpoint": format!("{ISSUER}/token"),
        "clientId": client.id, "clientSecret": client.secret, "scope": "profile email",
        "tokenEndpointAuthMethod": "client_secret_basic", "clientSecretJwtSigningAlgorithm": "HS256",
        "idTokenVerificationConfig": {"issuer": ISSUER, "jwksUri": format!("{ISSUER}/jwks")},
    });
    let body = json!({"connectorId": "oidc", "id": "loggia", "config": config, "metadata": {"target": "loggia"}});
    call(&app, "POST", "/api/connectors", body).await.expect(200);
    let offered =
        json!({"socialSignInConnectorTargets": ["loggia"], "socialSignIn": {"skipRequiredIdentifiers": true}});
    call(&app, "PATCH", "/api/sign-in-exp", offered).await.expect(200);
    sign_in(&idp, &app, &person, "/verification/social/loggia", "user.identity_not_exist").await;
}

/// Its issuer tells everything but the client's credentials.
#[tokio::test]
async fn another_loggia_is_the_provider_of_an_enterprise() {
    for_each_engine(async |idp: TestApp| {
        for_each_engine(|app: TestApp| federate_enterprise(idp.clone(), app)).await;
    })
    .await;
}

async fn federate_enterprise(idp: TestApp, app: TestApp) {
    let person = person(&idp, &app).await;
    let custom = json!({"alwaysIssueRefreshToken": true});
    let client = idp.client("Traditional", &["https://custom.example/callback"], custom).await;
    let metadata = idp.request("GET", "/oidc/.well-known/openid-configuration").send().await.expect(200).json();
    let address = format!("{ISSUER}/.well-known/openid-configuration");
    app.outbound.respond(Method::GET, &address, FakeResponse::json(&metadata));
    let config = json!({"issuer": ISSUER, "clientId": client.id, "clientSecret": client.secret});
    let members = json!({"config": config, "domains": ["example.com"], "enableTokenStorage": true});
    let made = crate::sso_connectors::create(&app, members).await;
    call(&app, "PATCH", "/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await.expect(200);
    let connector = made["id"].as_str().unwrap();
    let path = format!("/verification/sso/{connector}");
    let user_id = sign_in(&idp, &app, &person, &path, "user.sso_identity_not_exist").await;
    let path = format!("/api/users/{user_id}/sso-identities/{connector}?includeTokenSecret=true");
    let metadata = get(&app, &path).await.expect(200).json()["tokenSecret"]["metadata"].clone();
    assert_eq!((&metadata["tokenType"], &metadata["hasRefreshToken"]), (&json!("Bearer"), &json!(true)));
}

/// Somebody whom the provider knows.
async fn person(idp: &TestApp, app: &TestApp) -> String {
    let person = format!("p-{}", app.app.rng.text(b"abcdef", 8));
    add_user(idp, &person, |user| {
        user.primary_email = Some(format!("{person}@example.com"));
        user.name = Some("Ada Harbour".into());
    })
    .await;
    person
}

/// Goes to the provider as `person`, comes back and registers; returns the user's id.
async fn sign_in(idp: &TestApp, app: &TestApp, person: &str, path: &str, unknown: &str) -> String {
    let keys = idp.request("GET", "/oidc/jwks").send().await.expect(200).json();
    app.outbound.respond(Method::GET, &format!("{ISSUER}/jwks"), FakeResponse::json(&keys));

    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let asked = json!({"state": "st", "redirectUri": "https://custom.example/callback"});
    let sent = browser.post(&format!("{path}/authorization-uri"), asked).await.expect(200).json();
    let uri = url::Url::parse(sent["authorizationUri"].as_str().unwrap()).unwrap();
    let params: Vec<(String, String)> = uri.query_pairs().into_owned().collect();
    let back = idp.agent().authorize_as(&params, person).await;
    let data: Map<String, Value> =
        back.query_pairs().map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
    assert!(data.contains_key("code") && data["iss"] == ISSUER, "{back}");
    let answer = json!({"verificationId": sent["verificationId"], "connectorData": data});

    // What this server sends to the token endpoint is carried over to the other one.
    let token_endpoint = format!("{ISSUER}/token");
    let away = FakeResponse::failure(OutboundError::Unresolvable("localhost".into()));
    app.outbound.respond(Method::POST, &token_endpoint, away);
    let before = db::sql!("select state from interactions order by created_at desc limit 1");
    let state: String = app.app.db.read(move |read| read.query_one(before, &[])).await.unwrap();
    browser.post(&format!("{path}/verify"), answer.clone()).await.expect_error(400, "connector.general");
    let carried = app.outbound.received().into_iter().rfind(|request| request.method == Method::POST).unwrap();
    let mut request = idp.request("POST", "/oidc/token").raw(&carried.body);
    for name in ["authorization", "content-type"] {
        request = request.header(name, carried.headers[name].to_str().unwrap());
    }
    let tokens = request.send().await.expect(200).json();
    app.outbound.respond(Method::POST, &token_endpoint, FakeResponse::json(&tokens));
    // One answer causes one request, and this is the same one.
    app.sql("update interactions set state = $1", vec![state.into()]).await;
    browser.post(&format!("{path}/verify"), answer).await.expect(200);

    let id = sent["verificationId"].as_str().unwrap();
    browser.identify(id).await.expect_error(404, unknown);
    browser.switch("Register").await.expect(204);
    browser.identify(id).await.expect(201);
    browser.submit().await.expect(200);
    let user_id = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
    let made = user(app, "default", &user_id).await;
    assert_eq!(made.primary_email, Some(format!("{person}@example.com")));
    assert_eq!(made.name.as_deref(), Some("Ada Harbour"));
    user_id
}
