//! What a change through the Management API means to the next protocol request (attack B24; traces 30-18, 30-25).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims};
use testkit::{TestApp, TestResponse, for_each_engine};

use crate::applications::{call, delete, get, make};

async fn machine(app: &TestApp) -> TestClient {
    let id = make(app, json!({"name": "m", "type": "MachineToMachine"})).await;
    let secrets = get(app, &format!("/api/applications/{id}/secrets")).await.expect(200).json();
    TestClient { id, secret: Some(text(&secrets[0]["value"])), redirect_uri: String::new() }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// An API with one scope: the ids of both.
async fn items(app: &TestApp) -> (String, String) {
    let body = json!({"name": "items", "indicator": "https://items.example.com", "accessTokenTtl": 1800});
    let resource = text(&call(app, "POST", "/api/resources", body).await.expect(201).json()["id"]);
    let path = format!("/api/resources/{resource}/scopes");
    let scope = call(app, "POST", &path, json!({"name": "read:items"})).await.expect(201).json();
    (resource, text(&scope["id"]))
}

async fn client_credentials(app: &TestApp, client: &TestClient, secret: &str, extra: &[(&str, &str)]) -> TestResponse {
    let client = TestClient { secret: Some(secret.to_owned()), ..client.clone() };
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend_from_slice(extra);
    app.token_request(&client, &fields).send().await
}

#[tokio::test]
async fn b24_secrets_open_the_token_endpoint_until_they_expire_or_are_deleted() {
    for_each_engine(async |app: TestApp| {
        items(&app).await;
        let client = machine(&app).await;
        let first = client.secret.clone().unwrap();
        let path = format!("/api/applications/{}/secrets", client.id);
        let expiry = app.app.clock.now().millis() + 60_000;
        let second = call(&app, "POST", &path, json!({"name": "second", "expiresAt": expiry})).await.expect(201);
        let second = text(&second.json()["value"]);
        let resource = [("resource", "https://items.example.com")];
        for secret in [&first, &second] {
            client_credentials(&app, &client, secret, &resource).await.expect(200);
        }
        app.app.clock.advance(Duration::from_secs(61));
        let expired = client_credentials(&app, &client, &second, &resource).await.expect(400).json();
        assert_eq!(expired["error_description"], "client secret has expired");
        call(&app, "PATCH", &format!("{path}/Default%20secret"), json!({"name": "main"})).await.expect(200);
        client_credentials(&app, &client, &first, &resource).await.expect(200);
        delete(&app, &format!("{path}/main")).await.expect(204);
        client_credentials(&app, &client, &first, &resource).await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn b24_scopes_and_roles_taken_away_are_gone_from_the_next_token() {
    for_each_engine(async |app: TestApp| {
        let (resource, scope) = items(&app).await;
        let client = machine(&app).await;
        let secret = client.secret.clone().unwrap();
        let wanted = [("resource", "https://items.example.com"), ("scope", "read:items")];
        let granted = async || {
            let answer = client_credentials(&app, &client, &secret, &wanted).await.expect(200).json();
            answer.get("scope").cloned().unwrap_or_default()
        };
        assert_eq!(granted().await, Value::Null);
        let role = json!({"name": "reader", "description": "d", "type": "MachineToMachine", "scopeIds": [scope]});
        let role = text(&call(&app, "POST", "/api/roles", role).await.expect(200).json()["id"]);
        let roles = format!("/api/applications/{}/roles", client.id);
        call(&app, "POST", &roles, json!({"roleIds": [role]})).await.expect(201);
        assert_eq!(granted().await, "read:items");
        delete(&app, &format!("{roles}/{role}")).await.expect(204);
        assert_eq!(granted().await, Value::Null);
        call(&app, "PUT", &roles, json!({"roleIds": [role]})).await.expect(200);
        assert_eq!(granted().await, "read:items");
        delete(&app, &format!("/api/resources/{resource}/scopes/{scope}")).await.expect(204);
        assert_eq!(granted().await, Value::Null);
        delete(&app, &format!("/api/resources/{resource}")).await.expect(204);
        let answer = client_credentials(&app, &client, &secret, &wanted).await.expect(400).json();
        assert_eq!(answer["error"], "invalid_target");
    })
    .await;
}

#[tokio::test]
async fn the_default_resource_is_used_when_none_is_asked_for() {
    for_each_engine(async |app: TestApp| {
        let (resource, _) = items(&app).await;
        let client = machine(&app).await;
        let secret = client.secret.clone().unwrap();
        client_credentials(&app, &client, &secret, &[]).await.expect(400);
        let path = format!("/api/resources/{resource}/is-default");
        call(&app, "PATCH", &path, json!({"isDefault": true})).await.expect(200);
        let answer = client_credentials(&app, &client, &secret, &[]).await.expect(200).json();
        assert_eq!(answer["expires_in"], 1800);
        assert_eq!(claims(&text(&answer["access_token"]))["aud"], "https://items.example.com");
        call(&app, "PATCH", &format!("/api/resources/{resource}"), json!({"accessTokenTtl": 60})).await.expect(200);
        let answer = client_credentials(&app, &client, &secret, &[]).await.expect(200).json();
        assert_eq!(answer["expires_in"], 60);
        call(&app, "PATCH", &path, json!({"isDefault": false})).await.expect(200);
        client_credentials(&app, &client, &secret, &[]).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn b24_a_deleted_client_leaves_no_living_token() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let user = app.user("alice").await;
        let tokens = app.code_flow(&client, &user, "openid offline_access profile").await;
        let path = format!("/api/applications/{}", client.id);
        let access_token = text(&tokens["access_token"]);
        let userinfo = async || app.get("/oidc/me").bearer(&access_token).send().await.status.as_u16();
        assert_eq!(userinfo().await, 200);
        let moved = json!({"oidcClientMetadata": {"redirectUris": ["https://new.example.com/cb"],
            "postLogoutRedirectUris": []}});
        call(&app, "PATCH", &path, moved).await.expect(200);
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(400);
        let moved = TestClient { redirect_uri: "https://new.example.com/cb".into(), ..client.clone() };
        agent.authorize(&app.authorization(&moved, "openid")).await.expect(303);
        delete(&app, &path).await.expect(204);
        assert_eq!(userinfo().await, 401);
        app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]).send().await.expect(400);
        agent.authorize(&app.authorization(&moved, "openid")).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn b24_another_node_sees_the_change() {
    for_each_engine(async |app: TestApp| {
        let other = TestApp::with(app.engine, app.app.settings.clone()).await;
        let id = make(&app, json!({"name": "m", "type": "MachineToMachine"})).await;
        let seen = async || other.registered("default", &id).await.map(|registered| registered.client.name.clone());
        seen().await;
        call(&app, "PATCH", &format!("/api/applications/{id}"), json!({"name": "renamed"})).await.expect(200);
        for _ in 0..250 {
            if seen().await.as_deref() == Some("renamed") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the other node still shows {:?}", seen().await);
    })
    .await;
}

#[tokio::test]
async fn concurrent_changes_of_one_application_do_not_overwrite_each_other() {
    for_each_engine(async |app: TestApp| {
        let id = make(&app, json!({"name": "m", "type": "SPA"})).await;
        let path = format!("/api/applications/{id}/custom-data");
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..12 {
            let (app, path) = (app.clone(), path.clone());
            tasks.spawn(async move {
                let member = format!("key-{number}");
                call(&app, "PATCH", &path, json!({member: number})).await.expect(200);
            });
        }
        tasks.join_all().await;
        let custom_data = get(&app, &format!("/api/applications/{id}")).await.expect(200).json()["customData"].clone();
        assert_eq!(custom_data.as_object().unwrap().len(), 12, "{custom_data}");
    })
    .await;
}

#[tokio::test]
async fn organizations_of_an_application_show_its_roles_there() {
    for_each_engine(async |app: TestApp| {
        let id = make(&app, json!({"name": "m", "type": "MachineToMachine"})).await;
        let path = format!("/api/applications/{id}/organizations");
        assert_eq!(get(&app, &path).await.expect(200).json(), json!([]));
        let organization = call(&app, "POST", "/api/organizations", json!({"name": "o"})).await.expect(201).json();
        let role = json!({"name": "org-machine", "type": "MachineToMachine"});
        let role = text(&call(&app, "POST", "/api/organization-roles", role).await.expect(201).json()["id"]);
        let members = format!("/api/organizations/{}/applications", text(&organization["id"]));
        call(&app, "POST", &members, json!({"applicationIds": [id]})).await.expect(201);
        let roles = json!({"organizationRoleIds": [role]});
        call(&app, "POST", &format!("{members}/{id}/roles"), roles).await.expect(201);
        let mut expected = organization;
        expected["organizationRoles"] = json!([{"id": role, "name": "org-machine"}]);
        let list = get(&app, &path).await.expect(200);
        assert!(list.headers.get("total-number").is_none());
        assert_eq!(list.json(), json!([expected]));
        assert_eq!(get(&app, &format!("{path}?page=1")).await.expect(200).header("total-number"), "1");
        get(&app, "/api/applications/none/organizations").await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}
