//! A tenant beside `default` and `admin`: how it comes, where it answers, and that nothing of another one counts there (attack F6).

use serde_json::{Value, json};
use server::routes::Access;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::requests::{SeededTenant, sample_requests};
use super::routes::{body, is_refused};

async fn tenants(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    let token = app.management_token("admin").await;
    let request = app.admin_request(method, &format!("/api/tenants{path}")).bearer(&token);
    if body.is_null() { request.send().await } else { request.json(body).send().await }
}

async fn issuer_at(app: &TestApp, host: &str) -> Value {
    let path = "/oidc/.well-known/openid-configuration";
    app.request_at_host(host, "GET", path).send().await.expect(200).json()["issuer"].clone()
}

#[tokio::test]
async fn a_tenant_answers_at_its_host_until_it_is_deleted() {
    for_each_engine(async |app: TestApp| {
        let before = app.snapshot().await;
        let new = json!({"id": "acme", "name": "Acme", "endpoint": "https://Acme.auth.example.com/"});
        let made = tenants(&app, "POST", "", new).await.expect(201).json();
        let created_at = app.app.clock.now().0;
        let acme =
            json!({"id": "acme", "name": "Acme", "endpoint": "https://acme.auth.example.com", "createdAt": created_at});
        assert_eq!(made, acme);
        let listed = tenants(&app, "GET", "", Value::Null).await.expect(200).json();
        let ids: Vec<&str> = listed.as_array().unwrap().iter().map(|tenant| tenant["id"].as_str().unwrap()).collect();
        assert_eq!((ids, &listed[0]), (vec!["acme", "admin", "default"], &acme));
        assert_eq!(listed[2]["endpoint"], "http://localhost:3001");

        let issuer = json!("https://acme.auth.example.com/oidc");
        for host in ["acme.auth.example.com", "ACME.auth.example.com", "acme.auth.example.com:443"] {
            assert_eq!(issuer_at(&app, host).await, issuer, "{host}");
        }
        for host in
            ["localhost:3001", "acme.auth.example.com.evil.example", "acme.auth.example.com:8443", "auth.example.com"]
        {
            assert_eq!(issuer_at(&app, host).await, "http://localhost:3001/oidc", "{host}");
        }
        let token = app.management_token("acme").await;
        let users = app.request_at("acme", "GET", "/api/users").bearer(&token).send().await.expect(200);
        assert_eq!(users.header("total-number"), "0");
        let secrets = tenants_secret(&app, "m-acme").await;
        assert_eq!(secrets.as_array().unwrap().len(), 1, "its application waits for it");

        for (bad, status, code) in [
            (json!({"id": "acme", "endpoint": "https://other.example.com"}), 422, "entity.unique_integrity_violation"),
            (
                json!({"id": "other", "endpoint": "https://acme.auth.example.com"}),
                422,
                "entity.unique_integrity_violation",
            ),
            (json!({"id": "other", "endpoint": "http://localhost:3001"}), 422, "entity.unique_integrity_violation"),
            (
                json!({"id": "other", "endpoint": "https://acme.auth.example.com:443"}),
                422,
                "entity.unique_integrity_violation",
            ),
            (json!({"id": "admin", "endpoint": "https://other.example.com"}), 422, "entity.unique_integrity_violation"),
            (json!({"id": "-x", "endpoint": "https://other.example.com"}), 400, "guard.invalid_input"),
            (json!({"id": "a/b", "endpoint": "https://other.example.com"}), 400, "guard.invalid_input"),
            (json!({"id": "Acme2", "endpoint": "https://other.example.com"}), 400, "guard.invalid_input"),
            (json!({"id": "other", "endpoint": "https://other.example.com/path"}), 400, "guard.invalid_input"),
            (json!({"id": "other", "endpoint": "other.example.com"}), 400, "guard.invalid_input"),
            (json!({"id": "x".repeat(22), "endpoint": "https://other.example.com"}), 400, "guard.invalid_input"),
            (json!({"id": "other"}), 400, "guard.invalid_input"),
        ] {
            tenants(&app, "POST", "", bad.clone()).await.expect_error(status, code);
        }
        for own in ["default", "admin", "never"] {
            tenants(&app, "DELETE", &format!("/{own}"), Value::Null).await.expect_error(404, "entity.not_found");
        }
        let place = SeededTenant::with_all_entities(&app, "acme").await;
        tenants(&app, "DELETE", "/acme", Value::Null).await.expect(204);
        assert_eq!(issuer_at(&app, "acme.auth.example.com").await, "http://localhost:3001/oidc");
        let mut left = before.difference(&app.snapshot().await, &["logs", "config_versions", "tenants"]);
        // Segments of the search index are merged later.
        left.retain(|row| !row.starts_with("user_search_"));
        assert_eq!(left, Vec::<String>::new(), "nothing of it stays: {:?}", place.things);
        tenants(&app, "DELETE", "/acme", Value::Null).await.expect_error(404, "entity.not_found");
        app.make_tenant("acme").await;
        assert_eq!(issuer_at(&app, "acme.auth.example.com").await, issuer);
    })
    .await;
}

async fn tenants_secret(app: &TestApp, application: &str) -> Value {
    let token = app.management_token("admin").await;
    let path = format!("/api/applications/{application}/secrets");
    app.admin_request("GET", &path).bearer(&token).send().await.expect(200).json()
}

#[tokio::test]
async fn f6_a_tenant_made_by_another_process_answers_too() {
    for_each_engine(async |app: TestApp| {
        let second = TestApp::with(app.engine, app.app.settings.clone()).await;
        assert_eq!(issuer_at(&second, "acme.auth.example.com").await, "http://localhost:3001/oidc");
        app.make_tenant("acme").await;
        tokio::time::sleep(server::tenants::MAX_STALENESS).await;
        assert_eq!(issuer_at(&second, "acme.auth.example.com").await, "https://acme.auth.example.com/oidc");
        tenants(&app, "DELETE", "/acme", Value::Null).await.expect(204);
        tokio::time::sleep(server::tenants::MAX_STALENESS).await;
        let path = "/oidc/.well-known/openid-configuration";
        let gone = second.request_at_host("acme.auth.example.com", "GET", path).send().await;
        assert_ne!(gone.status, 200, "{}", gone.text());
    })
    .await;
}

#[tokio::test]
async fn f6_tokens_cookies_and_codes_of_one_tenant_open_no_route_of_another() {
    for_each_engine(async |app: TestApp| {
        app.make_tenant("acme").await;
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access profile").await;
        let access = tokens["access_token"].as_str().unwrap();
        let foreign = [
            app.management_token("default").await,
            app.signed_token("default", "m-default", "https://acme.logto.app/api", "all").await,
            app.signed_token("acme", "m-acme", "https://acme.logto.app/api", "all").await,
            access.to_owned(),
        ];
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let cookies: Vec<String> = agent.cookies().map(|(name, value, _)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let before = app.snapshot().await;
        let (mut management, mut account, mut interaction) = (0, 0, 0);
        for call in sample_requests() {
            let path = call.path.replace(['{', '}'], "");
            for (number, token) in foreign.iter().enumerate() {
                let request = app.request_at("acme", call.method, &path).bearer(token);
                let answer = request.json(json!({})).send().await;
                let shown = format!("{} {path} with token {number}: {} {}", call.method, answer.status, answer.text());
                assert!(matches!(answer.status.as_u16(), 401 | 403), "{shown}");
                management += 1;
            }
            // Nor does the token of the new tenant open the others.
            let token = app.management_token("acme").await;
            for other in ["default", "admin"] {
                let answer = app.request_at(other, call.method, &path).bearer(&token).json(json!({})).send().await;
                assert_eq!(answer.status, 401, "{} {path} of {other}: {}", call.method, answer.text());
            }
        }
        for route in server::router::declared() {
            let path = route.path.split('/').map(|part| if part.starts_with('{') { "none" } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            let request = app.request_at("acme", route.method.as_str(), &path);
            match route.access {
                Access::Account(_) => {
                    let answer = request.bearer(access).json(json!({})).send().await;
                    assert_eq!(answer.status, 401, "{} {path}: {}", route.method, answer.text());
                    account += 1;
                }
                Access::Interaction => {
                    let request = request.header("cookie", &cookies).header("logto-app-id", &client.id);
                    let answer = match (route.method.as_str(), path.starts_with("/api/")) {
                        ("GET", _) => request.send().await,
                        (_, true) => request.json(body(&path)).send().await,
                        _ => request.form(&[("identifier", "alice")]).send().await,
                    };
                    assert!(is_refused(&path, &answer), "{} {path}: {} {}", route.method, answer.status, answer.text());
                    interaction += 1;
                }
                Access::Me | Access::Console(_) => {
                    let answer = request.bearer(access).header("cookie", &cookies).send().await;
                    assert_eq!(answer.status, 404, "{} {path}: {}", route.method, answer.text());
                }
                Access::AccountPage(_) => {
                    let answer = request.bearer(access).header("cookie", &cookies).send().await;
                    assert!(!answer.status.is_success(), "{} {path}: {}", route.method, answer.text());
                }
                Access::Public | Access::Management => {}
            }
        }
        assert!(management > 400 && account > 15 && interaction > 50, "{management} {account} {interaction}");
        let me = app.request_at("acme", "GET", "/oidc/me").bearer(access).send().await;
        me.expect_error(401, "oidc.invalid_token");
        assert_eq!(before.difference(&app.snapshot().await, &["logs"]), Vec::<String>::new());
    })
    .await;
}

/// The keys of a tenant as a server shows them.
async fn keys_at(app: &TestApp, host: &str) -> Value {
    app.request_at_host(host, "GET", "/oidc/jwks").send().await.expect(200).json()["keys"].clone()
}

#[tokio::test]
async fn f6_a_tenant_with_the_id_of_a_deleted_one_has_nothing_of_it_on_any_server() {
    for_each_engine(async |app: TestApp| {
        let (second, host) = (TestApp::with(app.engine, app.app.settings.clone()).await, "acme.auth.example.com");
        app.make_tenant("acme").await;
        issuer_at(&second, host).await;
        let first = keys_at(&second, host).await;
        assert_eq!(first, keys_at(&app, host).await);
        tenants(&app, "DELETE", "/acme", Value::Null).await.expect(204);
        app.app.clock.advance(std::time::Duration::from_secs(1));
        app.make_tenant("acme").await;
        tokio::time::sleep(server::tenants::MAX_STALENESS).await;
        let now = keys_at(&app, host).await;
        assert_ne!(now, first);
        assert_eq!(keys_at(&second, host).await, now);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_further_tenant_is_done_by_a_server_that_nobody_asked_for_it() {
    for_each_engine(async |app: TestApp| {
        app.make_tenant("acme").await;
        let call = async |method: &str, path: &str, body: Value| {
            let token = app.management_token("acme").await;
            app.request_at("acme", method, path).bearer(&token).json(body).send().await
        };
        let url = "https://bell.example.com/hook";
        let hook = json!({"name": "bell", "events": ["Role.Created"], "config": {"url": url}});
        call("POST", "/api/hooks", hook).await.expect(201);
        call("POST", "/api/roles", json!({"name": "reader", "description": "d"})).await.expect(200);
        call("PATCH", "/api/configs/account", json!({"deletionEnabled": true})).await.expect(200);
        let user = call("POST", "/api/users", json!({"username": "ada"})).await.expect(200).json();
        let due = "insert into account_deletions (tenant_id, user_id, requested_at, due_at) values ('acme', $1, 0, 0)";
        app.sql(due, vec![user["id"].as_str().unwrap().into()]).await;
        let second = TestApp::with(app.engine, app.app.settings.clone()).await;
        second.outbound.respond(http::Method::POST, url, outbound::FakeResponse::status(http::StatusCode::OK));
        while server::outbox::deliver_due(&second.app).await.unwrap() > 0 {}
        assert_eq!(second.outbound.received().len(), 1);
        let third = TestApp::with(app.engine, app.app.settings.clone()).await;
        assert_eq!(server::users::planned_deletions::run(third.app.clone()).await.unwrap(), 1);
    })
    .await;
}
