//! Client credentials (trace 30-05).

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims};
use testkit::{TestApp, for_each_engine};

use super::fixtures::{ITEMS, ORDERS, tenant};

async fn machine_client(app: &TestApp) -> TestClient {
    tenant(app).await;
    let client = app.client("MachineToMachine", &[], json!({})).await;
    let id = || vec![client.id.as_str().into()];
    app.sql("insert into applications_roles (tenant_id, application_id, role_id) values ('default', $1, 'm2m')", id())
        .await;
    app.sql("insert into organization_applications (tenant_id, organization_id, application_id, created_at) values ('default', 'org', $1, 0)", id()).await;
    app.sql("insert into organization_role_applications (tenant_id, organization_id, organization_role_id, application_id) values ('default', 'org', 'robot', $1)", id()).await;
    client
}

#[tokio::test]
async fn machine_applications_get_tokens_for_resources_and_organizations() {
    for_each_engine(async |app: TestApp| {
        let client = machine_client(&app).await;
        let organizations = "urn:logto:resource:organizations";
        for (fields, scope, lifetime, audience) in [
            (vec![("resource", ITEMS)], None, 1800, ITEMS),
            (vec![("resource", ITEMS), ("scope", "read:items")], Some("read:items"), 1800, ITEMS),
            (vec![("resource", ITEMS), ("scope", "read:items write:items")], Some("read:items"), 1800, ITEMS),
            (vec![("resource", ITEMS), ("scope", "nope openid")], None, 1800, ITEMS),
            (vec![("resource", ORDERS), ("scope", "read:orders")], None, 3600, ORDERS),
            (vec![("organization_id", "org")], Some(""), 3600, "urn:logto:organization:org"),
            (
                vec![("organization_id", "org"), ("scope", "org:write")],
                Some("org:write"),
                3600,
                "urn:logto:organization:org",
            ),
            (
                vec![("organization_id", "org"), ("resource", ORDERS), ("scope", "read:orders")],
                Some("read:orders"),
                3600,
                ORDERS,
            ),
            (vec![("resource", organizations)], None, 3600, organizations),
            (vec![("resource", ITEMS), ("authorization_details", "[]")], None, 1800, ITEMS),
        ] {
            let mut all = vec![("grant_type", "client_credentials")];
            all.extend_from_slice(&fields);
            let answer = app.token_request(&client, &all).send().await.expect(200).json();
            assert_eq!(answer.get("scope").and_then(Value::as_str), scope, "{fields:?}");
            assert_eq!((&answer["expires_in"], &answer["token_type"]), (&json!(lifetime), &json!("Bearer")));
            let token = claims(answer["access_token"].as_str().unwrap());
            assert_eq!(token.get("scope").and_then(Value::as_str), scope, "{fields:?}");
            assert_eq!(
                (&token["aud"], &token["sub"], &token["client_id"]),
                (&json!(audience), &json!(client.id), &json!(client.id))
            );
            let both = fields.iter().filter(|(name, _)| *name == "organization_id" || *name == "resource").count() == 2;
            assert_eq!(token.contains_key("organization_id"), both, "{fields:?}");
            assert_eq!(answer.get("refresh_token"), None);
        }
    })
    .await;
}

#[tokio::test]
async fn client_credentials_errors_name_the_reason() {
    for_each_engine(async |app: TestApp| {
        let client = machine_client(&app).await;
        for (fields, status, code, text) in [
            (vec![], 400, "oidc.invalid_target", "both `resource` and `organization_id` are not provided"),
            (
                vec![("organization_id", "other")],
                403,
                "oidc.access_denied",
                "app has not associated with the organization",
            ),
            (
                vec![("resource", ITEMS), ("resource", ORDERS)],
                400,
                "oidc.invalid_target",
                "only a single resource indicator value is supported for this grant type",
            ),
            (
                vec![("resource", "https://unknown.example.com")],
                400,
                "oidc.invalid_target",
                "resource indicator is missing, or unknown",
            ),
        ] {
            let mut all = vec![("grant_type", "client_credentials")];
            all.extend_from_slice(&fields);
            let answer = app.token_request(&client, &all).send().await.expect_error(status, code).json();
            assert_eq!(answer["error_description"], text);
        }
        app.sql("update resources set is_default = true where id = 'items'", vec![]).await;
        let answer =
            app.token_request(&client, &[("grant_type", "client_credentials"), ("scope", "read:items")]).send().await;
        let answer = answer.expect(200).json();
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&json!("read:items"), &json!(1800)));
    })
    .await;
}

#[tokio::test]
async fn b24_a_changed_role_applies_to_the_next_token() {
    for_each_engine(async |app: TestApp| {
        let client = machine_client(&app).await;
        let ask = async || {
            let fields =
                [("grant_type", "client_credentials"), ("resource", ITEMS), ("scope", "read:items write:items")];
            app.token_request(&client, &fields).send().await.expect(200).json()
        };
        assert_eq!(ask().await["scope"], "read:items");
        app.sql("insert into roles_scopes (tenant_id, role_id, scope_id) values ('default', 'm2m', 's-write')", vec![])
            .await;
        assert_eq!(ask().await["scope"], "read:items write:items");
        app.sql("delete from applications_roles where application_id = $1", vec![client.id.as_str().into()]).await;
        assert_eq!(ask().await.get("scope"), None);
    })
    .await;
}
