//! Bound tokens at userinfo and at the Management API: a stolen one opens nothing.

use serde_json::json;
use testkit::oidc::TestClient;
use testkit::{TestApp, for_each_engine};

use super::{Holder, bound_tokens, refused, remembered, text};
use crate::applications::call;
use crate::attacks::management_rights::role;

#[tokio::test]
async fn userinfo_demands_the_key_of_a_bound_token() {
    for_each_engine(async |app: TestApp| {
        let (spa, holder, thief) = (app.spa_client().await, Holder::new(), Holder::new());
        let tokens = bound_tokens(&app, &spa, &holder, "openid").await;
        let token = text(&tokens, "access_token");
        let me = || app.get("/oidc/me");
        holder.present(&app, me(), "GET", token).send().await.expect(200);
        holder.present(&app, app.post("/oidc/me"), "POST", token).send().await.expect(200);
        refused(&me().bearer(token).send().await, 401, "invalid_token");
        refused(&app.post("/oidc/me").form(&[("access_token", token)]).send().await, 401, "invalid_token");
        let stolen = thief.present(&app, me(), "GET", token).send().await;
        refused(&stolen, 401, "invalid_token");
        let challenge = stolen.header("www-authenticate");
        assert!(challenge.starts_with("DPoP realm=") && challenge.contains("algs=\"ES256 "), "{challenge}");
        let dpop = format!("DPoP {token}");
        let with = |proof: &str| me().header("authorization", &dpop).header("dpop", proof);
        refused(&me().header("authorization", &dpop).send().await, 401, "invalid_dpop_proof");
        let ath = kernel::id::token_digest(token);
        let before = remembered(&app).await;
        for changes in [
            json!({}),
            json!({"ath": kernel::id::token_digest("other")}),
            json!({"ath": ath, "htm": "POST"}),
            json!({"ath": ath, "htu": "http://localhost:3001/oidc/token"}),
            json!({"ath": ath, "iat": 1}),
        ] {
            let proof = holder.proof_with(&app, "GET", "/oidc/me", changes);
            refused(&with(&proof).send().await, 401, "invalid_dpop_proof");
        }
        assert_eq!(remembered(&app).await, before);
        let proof = holder.proof_with(&app, "GET", "/oidc/me", json!({"ath": ath}));
        with(&proof).send().await.expect(200);
        refused(&with(&proof).send().await, 401, "invalid_dpop_proof");
    })
    .await;
}

#[tokio::test]
async fn a_token_without_a_key_is_a_bearer_token_and_nothing_else() {
    for_each_engine(async |app: TestApp| {
        let (spa, user, holder) = (app.spa_client().await, app.user("ada").await, Holder::new());
        let tokens = app.code_flow(&spa, &user, "openid").await;
        let token = text(&tokens, "access_token");
        app.get("/oidc/me").bearer(token).send().await.expect(200);
        refused(&holder.present(&app, app.get("/oidc/me"), "GET", token).send().await, 401, "invalid_token");
        let management = app.management_token("default").await;
        let path = "/api/applications";
        app.get(path).bearer(&management).send().await.expect(200);
        assert_eq!(holder.present(&app, app.get(path), "GET", &management).send().await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn b24_a_token_from_before_its_client_had_bound_ones_alone_opens_nothing() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid").await;
        let token = text(&tokens, "access_token");
        let asked = [("token", token)];
        let shown = async || {
            let asking = app.token_request_at("/oidc/token/introspection", &client, &asked);
            asking.send().await.expect(200).json()["active"].clone()
        };
        assert_eq!(shown().await, json!(true));
        let manager = manager(&app).await;
        let fields =
            [("grant_type", "client_credentials"), ("resource", "https://default.logto.app/api"), ("scope", "all")];
        let management = app.token_request(&manager, &fields).send().await.expect(200).json();
        let management = management["access_token"].as_str().unwrap();
        app.get("/api/applications").bearer(management).send().await.expect(200);
        for client in [&client, &manager] {
            let path = format!("/api/applications/{}", client.id);
            let bound = json!({"customClientMetadata": {"dpopBoundAccessTokens": true}});
            call(&app, "PATCH", &path, bound).await.expect(200);
        }
        refused(&app.get("/oidc/me").bearer(token).send().await, 401, "invalid_token");
        assert_eq!(shown().await, json!(false));
        assert_eq!(app.get("/api/applications").bearer(management).send().await.status, 401);
    })
    .await;
}

/// A machine that may use the Management API.
async fn manager(app: &TestApp) -> TestClient {
    let body = json!({"name": "machine", "type": "MachineToMachine"});
    let made = app.management_request("POST", "/api/applications").await.json(body).send().await.expect(200).json();
    let id = made["id"].as_str().unwrap().to_owned();
    let role = role(app, "MachineToMachine").await;
    let path = format!("/api/applications/{id}/roles");
    app.management_request("POST", &path).await.json(json!({"roleIds": [role]})).send().await.expect(201);
    let secrets = app.management_request("GET", &format!("/api/applications/{id}/secrets")).await.send().await;
    let secret = secrets.expect(200).json()[0]["value"].as_str().map(str::to_owned);
    TestClient { id, secret, redirect_uri: String::new() }
}

#[tokio::test]
async fn the_management_api_demands_the_key_of_a_bound_token() {
    for_each_engine(async |app: TestApp| {
        let (machine, holder, thief) = (manager(&app).await, Holder::new(), Holder::new());
        let fields =
            [("grant_type", "client_credentials"), ("resource", "https://default.logto.app/api"), ("scope", "all")];
        let request = app.token_request(&machine, &fields).header("dpop", &holder.proof(&app));
        let tokens = request.send().await.expect(200).json();
        let token = tokens["access_token"].as_str().unwrap();
        let list = || app.get("/api/applications");
        // The second one finds the token verified: the key is asked for all the same.
        for _ in 0..2 {
            holder.present(&app, list(), "GET", token).send().await.expect(200);
            assert_eq!(list().bearer(token).send().await.status, 401);
            assert_eq!(thief.present(&app, list(), "GET", token).send().await.status, 401);
        }
        let proof = holder.proof_with(&app, "GET", "/api/roles", json!({"ath": kernel::id::token_digest(token)}));
        let elsewhere = list().header("authorization", &format!("DPoP {token}")).header("dpop", &proof).send().await;
        elsewhere.expect_error(401, "oidc.invalid_dpop_proof");
        let roles = || app.get("/api/roles").header("authorization", &format!("DPoP {token}")).header("dpop", &proof);
        roles().send().await.expect(200);
        roles().send().await.expect_error(401, "oidc.invalid_dpop_proof");
    })
    .await;
}
