//! The webhook of Hasura, and what is not configured (M300, M305; trace 40-20).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use crate::applications::call;
use crate::oidc::fixtures::{ITEMS, alice};

const RESOURCE: &str = "https://hasura.example.com";

async fn ask(app: &TestApp, query: &str, token: Option<&str>, role: &str) -> TestResponse {
    let request = app.get(&format!("/api/authn/hasura?{query}"));
    let request = match token {
        Some(token) => request.bearer(token),
        None => request,
    };
    request.header("expected-role", role).send().await
}

/// A token of a machine that holds the permission `editor`.
async fn editor(app: &TestApp) -> (String, String) {
    let resource = call(app, "POST", "/api/resources", json!({"name": "Hasura", "indicator": RESOURCE})).await;
    let resource = resource.expect(201).json()["id"].as_str().unwrap().to_owned();
    let scope = call(app, "POST", &format!("/api/resources/{resource}/scopes"), json!({"name": "editor"})).await;
    let scope = scope.expect(201).json()["id"].clone();
    let role = json!({"name": "editor", "description": "d", "type": "MachineToMachine", "scopeIds": [scope]});
    let role = call(app, "POST", "/api/roles", role).await.expect(200).json()["id"].clone();
    let machine = json!({"name": "crane", "type": "MachineToMachine"});
    let machine = call(app, "POST", "/api/applications", machine).await.expect(200).json()["id"].clone();
    let id = machine.as_str().unwrap().to_owned();
    call(app, "POST", &format!("/api/applications/{id}/roles"), json!({"roleIds": [role]})).await.expect(201);
    let secrets = call(app, "GET", &format!("/api/applications/{id}/secrets"), json!(null)).await.expect(200).json();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secrets[0]["value"].as_str().unwrap()),
        ("resource", RESOURCE),
        ("scope", "editor"),
    ];
    let token = app.request("POST", "/oidc/token").form(&form).send().await.expect(200).json();
    (token["access_token"].as_str().unwrap().to_owned(), id)
}

#[tokio::test]
async fn a_token_of_the_resource_gives_the_role_that_it_holds() {
    for_each_engine(async |app: TestApp| {
        let (token, machine) = editor(&app).await;
        let query = format!("resource={RESOURCE}&unauthorizedRole=anon");
        let anon = json!({"X-Hasura-Role": "anon"});
        let json = async |query: &str, token, role| ask(&app, query, token, role).await.expect(200).json();
        assert_eq!(json(&query, None, "editor").await, anon);
        assert_eq!(json(&format!("resource={RESOURCE}"), None, "").await, json!({}));
        let editor = json!({"X-Hasura-User-Id": machine, "X-Hasura-Role": "editor"});
        assert_eq!(json(&query, Some(&token), "editor").await, editor);
        for role in ["admin", "edit", "", "editor editor"] {
            ask(&app, &query, Some(&token), role).await.expect_error(401, "auth.expected_role_not_found");
        }
        ask(&app, "unauthorizedRole=anon", None, "").await.expect_error(400, "guard.invalid_input");
        ask(&app, "resource=", None, "").await.expect_error(400, "guard.invalid_input");
        // Of another resource, of nobody, and once its application is gone.
        let elsewhere = "resource=https://other.example.com";
        ask(&app, elsewhere, Some(&token), "editor").await.expect_error(401, "auth.unauthorized");
        let admin = app.management_token("default").await;
        for wrong in ["x", admin.as_str()] {
            assert_eq!(json(&query, Some(wrong), "editor").await, anon);
            let strict = format!("resource={RESOURCE}");
            ask(&app, &strict, Some(wrong), "editor").await.expect_error(401, "auth.unauthorized");
        }
        call(&app, "DELETE", &format!("/api/applications/{machine}"), json!(null)).await.expect(204);
        assert_eq!(json(&query, Some(&token), "editor").await, anon);
    })
    .await;
}

#[tokio::test]
async fn b11_b24_a_token_of_a_person_ends_with_the_grant_and_where_the_application_is_closed_to_them() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let mut request = app.authorization(&client, "openid offline_access read:items");
        request.push(("resource".into(), ITEMS.into()));
        let code = app.agent().sign_in(&request, &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let token = app.refresh(&client, refresh, &[("resource", ITEMS)]).send().await.expect(200).json();
        let token = token["access_token"].as_str().unwrap();
        let query = format!("resource={ITEMS}");
        let seen = ask(&app, &query, Some(token), "read:items").await.expect(200).json();
        assert_eq!(seen, json!({"X-Hasura-User-Id": user, "X-Hasura-Role": "read:items"}));
        let path = format!("/api/applications/{}", client.id);
        let nobody = json!({"userIds": [app.user("bob").await], "userRoleIds": [], "organizationIds": [],
            "organizationRoleRules": []});
        call(&app, "PUT", &format!("{path}/access-control"), nobody).await.expect(200);
        for (is_on, status) in [(true, 401), (false, 200)] {
            call(&app, "PATCH", &path, json!({"appLevelAccessControlEnabled": is_on})).await.expect(200);
            ask(&app, &query, Some(token), "read:items").await.expect(status);
        }
        app.sql("delete from grants where client_id = $1", vec![client.id.as_str().into()]).await;
        ask(&app, &query, Some(token), "read:items").await.expect_error(401, "auth.unauthorized");
    })
    .await;
}

#[tokio::test]
async fn protected_applications_are_not_configured() {
    for_each_engine(async |app: TestApp| {
        let answer: Value = call(&app, "GET", "/api/systems/application", json!(null)).await.expect(501).json();
        assert_eq!(answer["code"], "application.protected_app_not_configured");
    })
    .await;
}
