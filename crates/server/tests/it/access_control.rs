//! Application-level access control (inventory O121, O122, M069, M070; trace 40-21).

use serde_json::{Value, json};
use testkit::oidc::{TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use crate::oidc::fixtures::{join, tenant};

async fn put(app: &TestApp, client: &TestClient, rules: Value) -> TestResponse {
    let mut body = json!({"userIds": [], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": []});
    body.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
    let path = format!("/api/applications/{}/access-control", client.id);
    app.management_request("PUT", &path).await.json(body).send().await
}

async fn switch(app: &TestApp, client: &TestClient, on: bool) -> TestResponse {
    let path = format!("/api/applications/{}", client.id);
    let body = json!({"appLevelAccessControlEnabled": on});
    app.management_request("PATCH", &path).await.json(body).send().await
}

/// Rules that only let somebody else in, switched on.
async fn exclude_everybody_here(app: &TestApp, client: &TestClient) {
    let other = app.user("somebody-else").await;
    put(app, client, json!({"userIds": [other]})).await.expect(200);
    switch(app, client, true).await.expect(200);
}

#[tokio::test]
async fn rules_are_replaced_listed_and_needed_while_they_count() {
    for_each_engine(async |app: TestApp| {
        tenant(&app).await;
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let path = format!("/api/applications/{}/access-control", client.id);
        let get = async || app.management_request("GET", &path).await.send().await.expect(200).json();
        let nothing = json!({"userIds": [], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": []});
        assert_eq!(get().await, nothing);
        switch(&app, &client, true).await.expect_error(422, "request.invalid_input");
        let rule =
            |organization: &str, roles: &[&str]| json!({"organizationId": organization, "organizationRoleIds": roles});
        let rules = json!({
            "userIds": [user, user], "userRoleIds": ["role"], "organizationIds": ["org"],
            "organizationRoleRules": [rule("org", &["member"]), rule("other", &["member"]), rule("org", &["member"])],
        });
        let expected = json!({
            "userIds": [user], "userRoleIds": ["role"], "organizationIds": ["org"],
            "organizationRoleRules": [rule("org", &["member"]), rule("other", &["member"])],
        });
        assert_eq!(put(&app, &client, rules).await.expect(200).json(), expected);
        assert_eq!(get().await, expected);
        switch(&app, &client, true).await.expect(200);
        put(&app, &client, json!({})).await.expect_error(422, "request.invalid_input");
        assert_eq!(get().await, expected, "an empty list would lock everybody out");
        switch(&app, &client, false).await.expect(200);
        assert_eq!(put(&app, &client, json!({})).await.expect(200).json(), nothing);
        for (bad, status, code) in [
            (json!({"organizationRoleRules": [rule("org", &[])]}), 422, "request.invalid_input"),
            (json!({"userRoleIds": ["m2m"]}), 422, "user.invalid_role_type"),
            (json!({"userRoleIds": ["nothing"]}), 404, "entity.not_exists_with_id"),
            (json!({"userIds": ["nobody"]}), 422, "entity.relation_foreign_key_not_found"),
            (json!({"organizationIds": ["nothing"]}), 422, "entity.relation_foreign_key_not_found"),
            (json!({"organizationRoleRules": [rule("org", &["robot"])]}), 422, "entity.db_constraint_violated"),
            (json!({"userIds": vec!["x"; 2001]}), 400, "guard.invalid_input"),
        ] {
            put(&app, &client, bad).await.expect_error(status, code);
        }
        let missing = app.management_request("GET", "/api/applications/nothing/access-control").await.send().await;
        missing.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_in_one_of_the_rules_may_sign_in() {
    for_each_engine(async |app: TestApp| {
        tenant(&app).await;
        let (client, user) = (app.web_client().await, app.user("alice").await);
        exclude_everybody_here(&app, &client).await;
        let request = tampered(&app.authorization(&client, "openid"), &[("prompt", "-")]);
        let refused = async |app: &TestApp, request: &[(String, String)]| {
            let mut agent = app.agent();
            agent.authorize(request).await.expect(303);
            let to = agent.finish_login(&user).await.expect(303).header("location").to_owned();
            assert!(to.starts_with("/consent"), "{to}");
            let page = agent.get(&to).await.expect(200);
            assert!(page.text().contains("You cannot use this application"), "{}", page.text());
            for method in ["GET", "POST"] {
                let call = app.request(method, "/api/interaction/consent").header("logto-app-id", &client.id);
                let call = if method == "POST" { call.json(json!({})) } else { call };
                agent.send(call).await.expect_error(400, "oidc.access_denied");
            }
        };
        let allowed = async |app: &TestApp, request: &[(String, String)]| {
            app.agent().sign_in(request, &user).await;
        };
        refused(&app, &request).await;
        put(&app, &client, json!({"userIds": [user]})).await.expect(200);
        allowed(&app, &request).await;
        put(&app, &client, json!({"userRoleIds": ["role"]})).await.expect(200);
        refused(&app, &request).await;
        let role = "insert into users_roles (tenant_id, user_id, role_id) values ('default', $1, 'role')";
        app.sql(role, vec![user.as_str().into()]).await;
        allowed(&app, &request).await;
        put(&app, &client, json!({"organizationIds": ["org"]})).await.expect(200);
        refused(&app, &request).await;
        join(&app, &user).await;
        allowed(&app, &request).await;
        let rule = |organization: &str| json!({"organizationId": organization, "organizationRoleIds": ["member"]});
        put(&app, &client, json!({"organizationRoleRules": [rule("other")]})).await.expect(200);
        refused(&app, &request).await;
        put(&app, &client, json!({"organizationRoleRules": [rule("org")]})).await.expect(200);
        allowed(&app, &request).await;
        app.sql("delete from organization_role_users where user_id = $1", vec![user.as_str().into()]).await;
        refused(&app, &request).await;
        switch(&app, &client, false).await.expect(200);
        allowed(&app, &request).await;
    })
    .await;
}

#[tokio::test]
async fn rules_count_for_what_was_granted_before() {
    for_each_engine(async |app: TestApp| {
        tenant(&app).await;
        let custom = json!({"allowTokenExchange": true});
        let client = app.client("Traditional", &["https://app.example.com/callback"], custom).await;
        let user = app.user("alice").await;
        let mut agent = app.agent();
        let request = app.authorization(&client, "openid offline_access");
        let code = agent.sign_in(&request, &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let unused = app.agent().sign_in(&request, &user).await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        exclude_everybody_here(&app, &client).await;
        let silent = tampered(&request, &[("prompt", "none")]);
        let to = agent.authorize(&silent).await.expect(303).header("location").to_owned();
        assert!(to.contains("error=access_denied"), "{to}");
        let refused = app.refresh(&client, refresh, &[]).send().await.expect_error(403, "oidc.access_denied").json();
        assert_eq!(refused["error_description"], "user may not use the application");
        app.exchange(&client, &unused).send().await.expect_error(403, "oidc.access_denied");
        let path = format!("/api/users/{user}/personal-access-tokens");
        let token =
            app.management_request("POST", &path).await.json(json!({"name": "a"})).send().await.expect(201).json();
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", token["value"].as_str().unwrap()),
            ("subject_token_type", "urn:logto:token-type:personal_access_token"),
        ];
        app.token_request(&client, &fields).send().await.expect_error(403, "oidc.access_denied");
        put(&app, &client, json!({"userIds": [user]})).await.expect(200);
        app.token_request(&client, &fields).send().await.expect(200);
        app.refresh(&client, refresh, &[]).send().await.expect(200);
        app.exchange(&client, &unused).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn b10_tokens_of_whoever_is_shut_out_count_no_more() {
    for_each_engine(async |app: TestApp| {
        tenant(&app).await;
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let exchanger =
            app.client("Traditional", &["https://app.example.com/callback"], json!({"allowTokenExchange": true})).await;
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let introspect = async |token: &str| {
            let asked = app.token_request_at("/oidc/token/introspection", &exchanger, &[("token", token)]);
            asked.send().await.expect(200).json()["active"].clone()
        };
        app.get("/oidc/me").bearer(&text("access_token")).send().await.expect(200);
        exclude_everybody_here(&app, &client).await;
        app.get("/oidc/me").bearer(&text("access_token")).send().await.expect_error(401, "oidc.invalid_token");
        for token in [text("access_token"), text("refresh_token")] {
            assert_eq!(introspect(&token).await, false);
        }
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", &text("access_token")),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        let exchanged = app.token_request(&exchanger, &fields).send().await;
        exchanged.expect_error(403, "oidc.access_denied");
    })
    .await;
}
