//! Details of the wire that existing clients see.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn a_public_client_learns_nothing_by_revoking_a_foreign_token() {
    for_each_engine(async |app: TestApp| {
        let (client, spa, other) = (app.web_client().await, app.spa_client().await, app.web_client().await);
        let user = app.user("alice").await;
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let token = tokens["access_token"].as_str().unwrap();
        let fields = [("token", token)];
        let path = "/oidc/token/revocation";
        let done = app.token_request_at(path, &spa, &fields).send().await.expect(200);
        assert_eq!((done.text().as_str(), done.header("content-type")), ("", ""));
        app.get("/oidc/me").bearer(token).send().await.expect(200);
        let refused =
            app.token_request_at(path, &other, &fields).send().await.expect_error(400, "oidc.invalid_request");
        assert_eq!(refused.json()["error_description"], "client is not authorized to revoke the presented token");
        let done = app.token_request_at(path, &client, &fields).send().await.expect(200);
        assert_eq!((done.text().as_str(), done.header("content-type")), ("", ""));
        app.get("/oidc/me").bearer(token).send().await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn malformed_json_at_the_token_endpoint_counts_as_an_empty_body() {
    for_each_engine(async |app: TestApp| {
        for body in ["{bad", "[]", "\"x\"", ""] {
            let request = app.post("/oidc/token").header("content-type", "application/json").raw(body.as_bytes());
            let refused = request.send().await.expect_error(400, "oidc.invalid_request").json();
            assert_eq!(refused["error_description"], "no client authentication mechanism provided", "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_metadata_is_also_where_rfc_8414_puts_it() {
    for_each_engine(async |app: TestApp| {
        let known = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
        for path in ["/.well-known/oauth-authorization-server/oidc", "/.well-known/oauth-authorization-server/oidc?x=1"]
        {
            assert_eq!(app.get(path).send().await.expect(200).json(), known, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_signing_out_are_not_framed_by_others() {
    for_each_engine(async |app: TestApp| {
        for path in ["/oidc/session/end", "/oidc/session/end/success"] {
            let page = app.get(path).send().await.expect(200);
            assert_eq!(page.header("x-frame-options"), "SAMEORIGIN", "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_console_returns_to_its_own_callback() {
    for_each_engine(async |app: TestApp| {
        let endpoint = app.app.tenants.endpoint("admin").to_owned();
        let console = app.registered("admin", "admin-console").await.unwrap();
        assert!(console.has_redirect_uri(&format!("{endpoint}/console/callback")));
        assert!(!console.has_redirect_uri("http://localhost:3001/console/callback"));
        assert_eq!(console.client.oidc.post_logout_redirect_uris, [format!("{endpoint}/console")]);
    })
    .await;
}

#[tokio::test]
async fn a_stranger_at_the_logout_makes_no_session() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let bye = format!("{}/bye", client.redirect_uri);
        let path = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri={bye}&state=x", client.id);
        let mut agent = app.agent();
        let page = agent.get(&path).await.expect(200);
        let sessions =
            app.app.db.read(|r| r.query_one::<i64>(&db::Sql::dynamic("select count(*) from sessions".into()), &[]));
        assert_eq!((sessions.await.unwrap(), agent.cookie("_session")), (0, ""));
        let xsrf = super::end_session::xsrf_token(&page);
        let forged = format!("{}x", &xsrf[..xsrf.len() - 1]);
        let confirm = |xsrf: &str| app.post("/oidc/session/end/confirm").form(&[("xsrf", xsrf), ("logout", "yes")]);
        confirm(&forged).send().await.expect_error(400, "oidc.invalid_request");
        let gone = agent.send(confirm(&xsrf)).await.expect(303);
        assert_eq!(gone.header("location"), format!("{bye}?state=x"));
        // Whoever signed in meanwhile stays signed in.
        let user = app.user("alice").await;
        let code = agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        agent.send(confirm(&xsrf)).await.expect(303);
        app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200);
        assert_eq!(json!(agent.cookie("_session").is_empty()), json!(false));
    })
    .await;
}

#[tokio::test]
async fn built_in_applications_are_read_by_id() {
    for_each_engine(async |app: TestApp| {
        let demo = app.management_request("GET", "/api/applications/demo-app").await.send().await.expect(200).json();
        assert_eq!(
            (&demo["id"], &demo["type"], &demo["isAdmin"], &demo["oidcClientMetadata"]["redirectUris"]),
            (&json!("demo-app"), &json!("SPA"), &json!(false), &json!(["http://localhost:3001/demo-app"]))
        );
        let account = app.management_request("GET", "/api/applications/account-center").await.send().await.expect(200);
        assert_eq!(account.json()["customClientMetadata"]["alwaysIssueRefreshToken"], true);
        let device = app.management_request("GET", "/api/applications/device-demo-app").await.send().await.expect(200);
        let device = device.json();
        assert_eq!(
            (&device["type"], &device["customClientMetadata"]["isDeviceFlow"]),
            (&json!("Native"), &json!(true))
        );
        assert_eq!(
            device["oidcClientMetadata"],
            json!({"redirectUris": [], "postLogoutRedirectUris": ["http://localhost:3001/device-demo-app"]})
        );
        // The console belongs to the tenant `admin`: here it can be read, and nothing else.
        let path = "/api/applications/admin-console";
        let console = app.management_request("GET", path).await.send().await.expect(200).json();
        assert_eq!(
            (&console["tenantId"], &console["name"], &console["type"], &console["isAdmin"]),
            (&json!("default"), &json!("Admin Console"), &json!("SPA"), &json!(false))
        );
        let uris = json!({
            "redirectUris": ["http://localhost:3002/console/callback"],
            "postLogoutRedirectUris": ["http://localhost:3002/console"],
        });
        assert_eq!(console["oidcClientMetadata"], uris);
        for (method, body) in [("PATCH", json!({"name": "n"})), ("DELETE", json!({}))] {
            app.management_request(method, path).await.json(body).send().await.expect(404);
        }
        let query = "client_id=admin-console&redirect_uri=http%3A%2F%2Flocalhost%3A3002%2Fconsole%2Fcallback";
        let foreign = app.get(&format!("/oidc/auth?{query}&response_type=code&scope=openid")).send().await;
        foreign.expect_error(400, "oidc.invalid_client");
    })
    .await;
}
