//! Userinfo (traces 30-12, 30-13; attacks B10, B14, B17).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixtures::{EVERYTHING, ITEMS, alice};

#[tokio::test]
async fn userinfo_claims_depend_on_the_scopes() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        for (scope, expected) in [
            ("openid", json!({"sub": user})),
            (
                "openid profile",
                json!({
                    "sub": user, "name": "Alice", "family_name": "A", "given_name": "Alice", "preferred_username": "alice",
                    "picture": null, "updated_at": 2, "username": "alice", "created_at": 1,
                }),
            ),
            (
                "openid email phone",
                json!({
                    "sub": user, "email": "alice@example.com", "email_verified": true, "phone_number": "49123",
                    "phone_number_verified": true,
                }),
            ),
            ("openid address", json!({"sub": user, "address": {"country": "DE"}})),
            (
                "openid custom_data identities",
                json!({"sub": user, "custom_data": {"plan": "pro"}, "identities": {}, "sso_identities": []}),
            ),
            ("openid roles", json!({"sub": user, "roles": ["trace-role"]})),
            (
                "openid urn:logto:scope:organizations urn:logto:scope:organization_roles",
                json!({
                    "sub": user, "organizations": ["org"],
                    "organization_data": [{"id": "org", "name": "trace-org", "description": null}],
                    "organization_roles": ["org:org-member"],
                }),
            ),
        ] {
            let tokens = app.code_flow(&client, &user, scope).await;
            let me = app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200);
            assert_eq!(me.json().to_string(), expected.to_string(), "{scope}");
            assert_eq!((me.header("cache-control"), me.header("access-control-allow-origin")), ("no-store", "*"));
        }
        let bob = app.user("bob").await;
        let tokens = app.code_flow(&client, &bob, EVERYTHING).await;
        let form = [("access_token", tokens["access_token"].as_str().unwrap())];
        let me = app.post("/oidc/me").form(&form).send().await.expect(200).json();
        assert_eq!((&me["email"], &me["email_verified"], &me["roles"]), (&Value::Null, &json!(false), &json!([])));
        assert_eq!((me.get("address"), me.get("given_name"), &me["organization_data"]), (None, None, &json!([])));
    })
    .await;
}

#[tokio::test]
async fn userinfo_errors_have_a_bearer_challenge() {
    for_each_engine(async |app: TestApp| {
        let realm = "Bearer realm=\"http://localhost:3001/oidc\"";
        for (header, status, code, description) in [
            (None, 401, "oidc.invalid_token", "no access token provided"),
            (Some("Bearer x"), 401, "oidc.invalid_token", "invalid token provided"),
            (Some("Basic eA=="), 400, "oidc.invalid_request", "authorization header scheme must be `Bearer`"),
            (Some("Bearer"), 400, "oidc.invalid_request", "invalid authorization header value format"),
        ] {
            let request = app.get("/oidc/me");
            let request = match header {
                Some(value) => request.header("authorization", value),
                None => request,
            };
            let answer = request.send().await.expect_error(status, code);
            assert_eq!(answer.json()["error_description"], description);
            let expected = match header {
                None => realm.to_owned(),
                Some(_) => format!("{realm}, error=\"{}\", error_description=\"{description}\"", &code[5..]),
            };
            assert_eq!(answer.header("www-authenticate"), expected);
        }
        let query = app.get("/oidc/me?access_token=x").send().await.expect_error(400, "oidc.invalid_request");
        assert_eq!(query.json()["error_description"], "access tokens must not be provided via query parameter");
    })
    .await;
}

#[tokio::test]
async fn b14_userinfo_accepts_only_active_opaque_access_tokens() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let mut request = app.authorization(&client, "openid offline_access read:items");
        request.push(("resource".into(), ITEMS.into()));
        let code = app.agent().sign_in(&request, &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let jwt = app.refresh(&client, &token("refresh_token"), &[("resource", ITEMS)]).send().await.expect(200).json();
        let jwt = jwt["access_token"].as_str().unwrap().to_owned();
        let (head, tail) = jwt.split_once('.').unwrap();
        let none = format!("eyJhbGciOiJub25lIn0.{}.", tail.split('.').next().unwrap());
        let management = app.management_token("default").await;
        for bad in
            [token("id_token"), token("refresh_token"), code, jwt.clone(), none, format!("{head}.{tail}x"), management]
        {
            app.get("/oidc/me").bearer(&bad).send().await.expect_error(401, "oidc.invalid_token");
        }
        // An ID token or a forged one is no hint for another client, and a JWT access token is none at all.
        for hint in [jwt.clone(), format!("{head}.{tail}x")] {
            let asked = testkit::oidc::tampered(&request, &[("id_token_hint", &hint)]);
            let answer = app.agent().authorize(&asked).await.expect(303);
            assert!(answer.header("location").contains("could+not+validate+id_token_hint"));
        }
        app.get("/oidc/me").bearer(&token("access_token")).send().await.expect(200);
        app.app.clock.advance(std::time::Duration::from_secs(3600));
        app.get("/oidc/me").bearer(&token("access_token")).send().await.expect_error(401, "oidc.invalid_token");
    })
    .await;
}

#[tokio::test]
async fn userinfo_needs_the_openid_scope() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "profile").await;
        assert_eq!((&tokens["scope"], tokens.get("id_token")), (&json!("profile"), None));
        let me = app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await;
        assert_eq!(me.expect_error(403, "oidc.insufficient_scope").json()["scope"], "openid");
    })
    .await;
}

#[tokio::test]
async fn userinfo_refuses_unregistered_origins() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid").await;
        let call = |origin: &str| {
            app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).header("origin", origin)
        };
        let own = call("https://spa.example.com").send().await.expect(200);
        assert_eq!(own.header("access-control-allow-origin"), "https://spa.example.com");
        let foreign = call("https://evil.example").send().await.expect_error(400, "oidc.invalid_request");
        assert_eq!(foreign.header("access-control-allow-origin"), "");
        assert!(foreign.header("www-authenticate").contains("not allowed for client"));
    })
    .await;
}
