//! Introspection and revocation (traces 30-10, 30-11; attacks B7, B9, B10).

use serde_json::{Value, json};
use testkit::oidc::TestClient;
use testkit::{TestApp, TestResponse, for_each_engine};

async fn introspect(app: &TestApp, client: &TestClient, token: &str) -> Value {
    post_token(app, client, "introspection", token).await.expect(200).json()
}

async fn post_token(app: &TestApp, client: &TestClient, endpoint: &str, token: &str) -> TestResponse {
    let mut form = vec![("token", token), ("client_id", client.id.as_str())];
    form.extend(client.secret.as_deref().map(|secret| ("client_secret", secret)));
    app.post(&format!("/oidc/token/{endpoint}")).form(&form).send().await
}

#[tokio::test]
async fn introspection_describes_active_opaque_tokens() {
    for_each_engine(async |app: TestApp| {
        let (client, other, spa) = (app.web_client().await, app.web_client().await, app.spa_client().await);
        let user = app.user("alice").await;
        let tokens = app.code_flow(&client, &user, "openid offline_access profile").await;
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let now = app.app.clock.now().seconds();
        let expected = json!({
            "active": true, "sub": user, "client_id": client.id, "exp": now + 3600, "iat": now,
            "iss": "http://localhost:3001/oidc", "scope": "openid offline_access profile", "token_type": "Bearer",
        });
        assert_eq!(introspect(&app, &client, &token("access_token")).await.to_string(), expected.to_string());
        assert_eq!(introspect(&app, &other, &token("access_token")).await["active"], true);
        let refresh = introspect(&app, &client, &token("refresh_token")).await;
        assert_eq!((&refresh["exp"], refresh.get("token_type")), (&json!(now + 1_209_600), None));
        let inactive = json!({"active": false});
        assert_eq!(introspect(&app, &spa, &token("access_token")).await, inactive);
        assert_eq!(introspect(&app, &client, "x").await, inactive);
        let jwt = post_token(&app, &client, "introspection", &token("id_token")).await;
        let jwt = jwt.expect_error(400, "oidc.unsupported_token_type").json();
        assert_eq!(
            jwt["error_description"],
            "Structured JWT Tokens cannot be introspected via the introspection_endpoint"
        );
        let missing =
            post_token(&app, &client, "introspection", "").await.expect_error(400, "oidc.invalid_request").json();
        assert_eq!(missing["error_description"], "missing required parameter 'token'");
        // b10: expired, and of a suspended user.
        app.sql("update users set is_suspended = true where id = $1", vec![user.as_str().into()]).await;
        assert_eq!(introspect(&app, &client, &token("refresh_token")).await, inactive);
        app.sql("update users set is_suspended = false where id = $1", vec![user.as_str().into()]).await;
        app.app.clock.advance(std::time::Duration::from_secs(3600));
        assert_eq!(introspect(&app, &client, &token("access_token")).await, inactive);
    })
    .await;
}

#[tokio::test]
async fn b9_b10_revoking_either_token_revokes_the_grant() {
    for_each_engine(async |app: TestApp| {
        let (client, other, user) = (app.web_client().await, app.web_client().await, app.user("alice").await);
        for name in ["access_token", "refresh_token"] {
            let tokens = app.code_flow(&client, &user, "openid offline_access").await;
            let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
            let foreign =
                post_token(&app, &other, "revocation", &token(name)).await.expect_error(400, "oidc.invalid_request");
            assert_eq!(foreign.json()["error_description"], "client is not authorized to revoke the presented token");
            let jwt = post_token(&app, &client, "revocation", &token("id_token")).await;
            jwt.expect_error(400, "oidc.unsupported_token_type");
            app.get("/oidc/me").bearer(&token("access_token")).send().await.expect(200);
            let done = post_token(&app, &client, "revocation", &token(name)).await.expect(200);
            assert!(done.body.is_empty());
            app.get("/oidc/me").bearer(&token("access_token")).send().await.expect_error(401, "oidc.invalid_token");
            app.refresh(&client, &token("refresh_token"), &[]).send().await.expect_error(400, "oidc.invalid_grant");
            assert_eq!(introspect(&app, &client, &token("refresh_token")).await, json!({"active": false}));
            post_token(&app, &client, "revocation", &token(name)).await.expect(200);
        }
        post_token(&app, &client, "revocation", "x").await.expect(200);
        let bare = TestClient { secret: None, ..client };
        post_token(&app, &bare, "revocation", "x").await.expect_error(401, "oidc.invalid_client");
    })
    .await;
}

#[tokio::test]
async fn b7_a_revoked_token_stays_revoked_after_a_restart() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        post_token(&app, &client, "revocation", refresh).await.expect(200);
        let again = TestApp::with(app.engine, app.app.settings.clone()).await;
        again.refresh(&client, refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}
