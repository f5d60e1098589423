//! What the new token is for: userinfo, a resource, an organization (O060, O087, O093).

use serde_json::{Value, json};
use testkit::oidc::claims;
use testkit::{TestApp, for_each_engine};

use super::super::fixtures::{ITEMS, ORDERS, alice};
use super::{ACCESS, GRANT, IMPERSONATION, exchange, exchanger, subject_token};

#[tokio::test]
async fn an_impersonation_token_gives_what_the_user_may_do_once() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let token = subject_token(&app, &user).await;
        assert!(token.starts_with("sub_") && token.len() == 36, "{token}");
        let asked = [("resource", ITEMS), ("scope", "read:items nothing")];
        let answer = exchange(&app, &client, IMPERSONATION, &token, &asked).send().await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let answer = answer.json();
        let mut members: Vec<&String> = answer.as_object().unwrap().keys().collect();
        members.sort();
        // RFC 8693 section 2.2.1 requires the type, which the recorded answer lacks.
        assert_eq!(members, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
        assert_eq!(answer["issued_token_type"], ACCESS);
        assert_eq!((&answer["expires_in"], &answer["scope"]), (&json!(1800), &json!("read:items")));
        let found = claims(answer["access_token"].as_str().unwrap());
        assert_eq!(
            (&found["sub"], &found["aud"], &found["client_id"], &found["scope"]),
            (&json!(user), &json!(ITEMS), &json!(client.id), &json!("read:items"))
        );
        assert!(!found.contains_key("act") && !found.contains_key("organization_id"));
        exchange(&app, &client, IMPERSONATION, &token, &asked).send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn without_a_resource_the_token_is_opaque_and_opens_userinfo() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let token = subject_token(&app, &user).await;
        let scope = [("scope", "openid profile offline_access")];
        let answer = exchange(&app, &client, IMPERSONATION, &token, &scope).send().await.expect(200).json();
        assert_eq!((&answer["expires_in"], &answer["scope"]), (&json!(3600), &json!("openid profile")));
        assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
        let opaque = answer["access_token"].as_str().unwrap();
        let info = app.get("/oidc/me").bearer(opaque).send().await.expect(200).json();
        assert_eq!((&info["sub"], &info["name"]), (&json!(user), &json!("Alice")));
        // The token has a grant of its own, which lives as long as the token.
        let grants = app.app.db.read(|r| {
            let text = "select g.client_id, g.expires_at - g.created_at from grants g join access_tokens t on t.grant_id = g.id";
            r.query_all::<(String, i64)>(&db::Sql::dynamic(text.to_owned()), &[])
        });
        assert_eq!(grants.await.unwrap(), [(client.id.clone(), 3_600_000)]);
        app.token_request_at("/oidc/token/revocation", &client, &[("token", opaque)]).send().await.expect(200);
        app.get("/oidc/me").bearer(opaque).send().await.expect_error(401, "oidc.invalid_token");
    })
    .await;
}

#[tokio::test]
async fn organization_tokens_have_the_scopes_of_the_users_roles_now() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let scope = ("scope", "urn:logto:scope:organizations org:read org:write read:orders read:items");
        let ask = async |extra: &[(&str, &str)]| {
            let token = subject_token(&app, &user).await;
            exchange(&app, &client, IMPERSONATION, &token, extra).send().await
        };
        let found = |answer: &Value| claims(answer["access_token"].as_str().unwrap());
        let answer = ask(&[("organization_id", "org"), scope]).await.expect(200).json();
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&json!("org:read"), &json!(3600)));
        assert_eq!(found(&answer)["aud"], "urn:logto:organization:org");
        let answer = ask(&[("organization_id", "org"), ("resource", ORDERS), scope]).await.expect(200).json();
        assert_eq!(answer["scope"], "read:orders");
        assert_eq!((&found(&answer)["organization_id"], &found(&answer)["aud"]), (&json!("org"), &json!(ORDERS)));
        // Rights are asked for at the exchange.
        app.sql("delete from organization_role_users where user_id = $1", vec![user.as_str().into()]).await;
        let answer = ask(&[("organization_id", "org"), scope]).await.expect(200).json();
        assert_eq!(answer["scope"], "");
        app.sql("delete from users_roles where user_id = $1", vec![user.as_str().into()]).await;
        let answer = ask(&[("resource", ITEMS), scope]).await.expect(200).json();
        assert_eq!(answer["scope"], "");
        app.sql("update organizations set is_mfa_required = true where id = 'org'", vec![]).await;
        let refused = ask(&[("organization_id", "org")]).await.expect_error(403, "oidc.access_denied").json();
        assert_eq!(refused["error_description"], "organization requires MFA but user has no MFA configured");
    })
    .await;
}

#[tokio::test]
async fn requests_are_refused_as_recorded_and_use_nothing_up() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let token = subject_token(&app, &user).await;
        let text = async |fields: &[(&str, &str)], code: &str| {
            let mut form = vec![("grant_type", GRANT)];
            form.extend_from_slice(fields);
            let status = if code == "oidc.access_denied" { 403 } else { 400 };
            let answer = app.token_request(&client, &form).send().await.expect_error(status, code).json();
            answer["error_description"].as_str().unwrap().to_owned()
        };
        let missing = "missing required parameters 'subject_token' and 'subject_token_type'";
        assert_eq!(text(&[], "oidc.invalid_request").await, missing);
        let missing = "missing required parameter 'subject_token_type'";
        assert_eq!(text(&[("subject_token", "x")], "oidc.invalid_request").await, missing);
        let subject = [("subject_token", token.as_str()), ("subject_token_type", IMPERSONATION)];
        let with = |extra| [subject[0], subject[1], extra];
        let foreign = text(&with(("organization_id", "other")), "oidc.access_denied").await;
        assert_eq!(foreign, "user is not a member of the organization");
        let unknown = text(&with(("resource", "https://unknown.example.com")), "oidc.invalid_target").await;
        assert_eq!(unknown, "resource indicator is missing, or unknown");
        exchange(&app, &client, IMPERSONATION, &token, &[]).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn only_applications_with_the_setting_may_exchange_tokens() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        let machine = app.client("MachineToMachine", &[], json!({"allowTokenExchange": true})).await;
        let token = subject_token(&app, &user).await;
        let asked = [("resource", ITEMS), ("scope", "read:items")];
        let answer = exchange(&app, &machine, IMPERSONATION, &token, &asked).send().await.expect(200).json();
        assert_eq!(claims(answer["access_token"].as_str().unwrap())["sub"], json!(user));
        for kind in ["Traditional", "MachineToMachine"] {
            let client = app.client(kind, &[], json!({})).await;
            let token = subject_token(&app, &user).await;
            let refused = exchange(&app, &client, IMPERSONATION, &token, &[]).send().await;
            let refused = refused.expect_error(400, "oidc.invalid_request").json();
            assert_eq!(refused["error_description"], "requested grant type is not allowed for this client");
        }
        let discovery = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
        assert!(discovery["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    })
    .await;
}

#[tokio::test]
async fn a_subject_token_is_for_a_user_that_exists() {
    for_each_engine(async |app: TestApp| {
        let ask =
            async |body: Value| app.management_request("POST", "/api/subject-tokens").await.json(body).send().await;
        ask(json!({"userId": "nobody"})).await.expect_error(404, "entity.relation_foreign_key_not_found");
        let user = app.user("alice").await;
        let long = json!({"userId": user, "context": {"note": "x".repeat(5000)}});
        ask(long).await.expect_error(400, "guard.invalid_input");
        let token = subject_token(&app, &user).await;
        assert!(!format!("{:?}", app.snapshot().await).contains(&token), "only a digest is stored");
    })
    .await;
}
