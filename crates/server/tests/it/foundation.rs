//! Storage, tenants, rights, language: what every slice stands on.

use db::registered_statements;
use kernel::Secret;
use serde_json::json;
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn every_statement_is_valid_on_both_engines() {
    for_each_engine(async |app: TestApp| {
        let failures: Vec<String> = app
            .app
            .db
            .read(|r| {
                let check = |s: &db::RegisteredSql| r.prepare(s.sql).err().map(|e| format!("{}: {e}", s.place));
                Ok::<_, db::DbError>(registered_statements().filter_map(check).collect())
            })
            .await
            .unwrap();
        assert!(failures.is_empty(), "{:?}: {failures:#?}", app.engine);
        assert!(registered_statements().count() > 20);
    })
    .await;
}

#[tokio::test]
async fn every_answer_of_the_apis_has_the_security_headers_and_no_policy_of_pages() {
    for_each_engine(async |app: TestApp| {
        for path in ["/api/status", "/api/users", "/api/unknown", "/oidc/jwks", "/oidc/unknown", "/oidc/me"] {
            let answer = app.get(path).send().await;
            for (name, value) in [
                ("cross-origin-resource-policy", "same-origin"),
                ("origin-agent-cluster", "?1"),
                ("referrer-policy", "strict-origin-when-cross-origin"),
                ("strict-transport-security", "max-age=15552000; includeSubDomains"),
                ("x-content-type-options", "nosniff"),
                ("x-download-options", "noopen"),
                ("x-frame-options", "SAMEORIGIN"),
                ("x-permitted-cross-domain-policies", "none"),
                ("x-xss-protection", "0"),
            ] {
                assert_eq!(answer.header(name), value, "{path} {name}");
            }
            let left_out = ["content-security-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy"];
            for name in left_out.into_iter().chain(["x-dns-prefetch-control"]) {
                assert_eq!(answer.header(name), "", "{path} {name}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn status_answers_without_a_body_and_with_the_headers_of_every_response() {
    for_each_engine(async |app: TestApp| {
        let response = app.get("/api/status").send().await.expect(204);
        assert!(response.body.is_empty());
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("logto-core-request-id").len(), 16);
    })
    .await;
}

#[tokio::test]
async fn the_status_names_its_tenant_for_who_has_the_key_and_nobody_else() {
    for_each_engine(async |app: TestApp| {
        let status = async |app: &TestApp, key: &str| {
            let answer = app.get("/api/status").header("logto-status-api-key", key).send().await.expect(204);
            answer.header("logto-tenant-id").to_owned()
        };
        assert_eq!(status(&app, "").await, "", "without the setting");
        let mut settings = app.app.settings.clone();
        settings.status_api_key = Some(Secret::new("k3y".to_owned()));
        let with_key = TestApp::with(app.engine, settings).await;
        for (key, tenant) in [("k3y", "default"), ("k3", ""), ("other", ""), ("", "")] {
            assert_eq!(status(&with_key, key).await, tenant, "{key:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn unknown_api_routes_are_404_in_plain_text_before_authentication() {
    for_each_engine(async |app: TestApp| {
        let response = app.get("/api/nothing").send().await.expect(404);
        assert_eq!(
            (response.text().as_str(), response.header("content-type")),
            ("Not Found", "text/plain; charset=utf-8")
        );
        let response = app.request("DELETE", "/api/status").send().await.expect(405);
        assert_eq!(response.header("allow"), "GET,HEAD");
    })
    .await;
}

#[tokio::test]
async fn the_default_tenant_is_seeded_with_the_literal_ids() {
    for_each_engine(async |app: TestApp| {
        let default = app.app.tenants.get("default", &app.app).await.unwrap();
        assert_eq!(default.keys.current.algorithm().as_str(), "ES384");
        assert_eq!(default.keys.cookie_keys.iter().map(String::len).collect::<Vec<_>>(), [32]);
        let api = &default.access.resources["https://default.logto.app/api"];
        assert_eq!((api.id.as_str(), api.name.as_str()), ("management-api", "Logto Management API"));
        assert_eq!(api.scopes["management-api-all"], "all");
        assert!(default.access.role_scopes["admin-role"].contains("management-api-all"));
        let names = roles(&app, "default").await;
        assert!(names.contains(&("#internal:admin".into(), "MachineToMachine".into())));
        assert!(names.contains(&("Logto Management API access".into(), "MachineToMachine".into())));
        assert_eq!(default.configs["adminConsole"]["organizationCreated"], json!(false));
        let claims = json!(["roles", "organizations", "organization_roles"]);
        assert_eq!(default.configs["idToken"]["enabledExtendedClaims"], claims);
        let experience = serde_json::to_value(&default.policy.experience).unwrap();
        assert_eq!(experience["color"]["primaryColor"], json!("#6139F6"));
        assert_eq!(experience["signInMode"], json!("SignInAndRegister"));
        assert_eq!(experience["mfa"], json!({"factors": [], "policy": "UserControlled"}));
    })
    .await;
}

#[tokio::test]
async fn the_admin_tenant_is_seeded_with_the_literal_ids() {
    for_each_engine(async |app: TestApp| {
        let admin = app.app.tenants.get("admin", &app.app).await.unwrap();
        for tenant in ["default", "admin"] {
            let api = &admin.access.resources[&format!("https://{tenant}.logto.app/api")];
            assert!(api.scopes.values().any(|scope| scope == "all"));
            let machine = app.registered("admin", &format!("m-{tenant}")).await.unwrap();
            assert_eq!(machine.client.name, format!("Management API access for {tenant}"));
            assert_eq!((machine.client.application_type.name(), machine.secrets.len()), ("MachineToMachine", 1));
            assert!(machine.roles.contains(&format!("m-{tenant}")));
        }
        assert_eq!(admin.access.resources["https://admin.logto.app/me"].scopes.len(), 1);
        assert_eq!(admin.access.resources["https://cloud.logto.io/api"].scopes.len(), 8);
        let names = roles(&app, "admin").await;
        for (name, kind) in [
            ("user", "User"),
            ("default:admin", "User"),
            ("default:auditor", "User"),
            ("default:owner", "User"),
            ("default:support", "User"),
            ("machine:mapi:default", "MachineToMachine"),
            ("machine:mapi:admin", "MachineToMachine"),
            ("tenantApplication", "MachineToMachine"),
        ] {
            assert!(names.contains(&(name.into(), kind.into())), "{name}");
        }
        assert!(app.registered("admin", "admin-console").await.unwrap().secrets.is_empty());
        assert_eq!(admin.access.organization_role_scopes["admin"].len(), 8);
        assert_eq!(admin.access.organization_role_scopes["collaborator"].len(), 4);
        assert_eq!(admin.access.organization_scopes["update-member-role"], "update:member:role");
        let read = db::sql!("select id, name from organizations where tenant_id = 'admin' order by id");
        let organizations = app.app.db.read(|r| r.query_all::<(String, String)>(read, &[])).await;
        let named = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        assert_eq!(
            organizations,
            Ok::<_, db::DbError>(vec![named("t-admin", "Tenant admin"), named("t-default", "Tenant default")])
        );
        let experience = serde_json::to_value(&admin.policy.experience).unwrap();
        assert_eq!(
            (&experience["signInMode"], &experience["color"]["isDarkModeEnabled"]),
            (&json!("Register"), &json!(true))
        );
        assert_eq!(experience["mfa"]["factors"], json!(["Totp", "WebAuthn", "BackupCode"]));
    })
    .await;
}

/// Names and types of all roles of a tenant.
async fn roles(app: &TestApp, tenant: &'static str) -> Vec<(String, String)> {
    let read = db::sql!("select name, type from roles where tenant_id = $1");
    app.app.db.read(move |r| r.query_all(read, db::params![tenant])).await.map_err(|error: db::DbError| error).unwrap()
}

#[tokio::test]
async fn messages_follow_the_readers_language() {
    for_each_engine(async |app: TestApp| {
        let missing = server::ApiError::not_found();
        assert_ne!(missing.message(kernel::Locale::En), missing.message(kernel::Locale::ZhCn));
        drop(app);
    })
    .await;
}

#[tokio::test]
async fn the_management_api_answers_cross_origin_only_to_the_console() {
    for_each_engine(async |app: TestApp| {
        let preflight = |origin: &'static str| {
            app.request("OPTIONS", "/api/status")
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization")
        };
        let console = preflight("http://localhost:3002").send().await.expect(204);
        assert_eq!(console.header("access-control-allow-origin"), "http://localhost:3002");
        assert_eq!(console.header("access-control-allow-headers"), "authorization");
        let other = preflight("https://spa.example.com").send().await.expect(200);
        assert_eq!((other.header("access-control-allow-origin"), other.header("allow")), ("", "GET,HEAD"));
        for origin in ["https://spa.example.com", "null"] {
            let response = app.get("/api/status").header("origin", origin).send().await.expect(204);
            assert_eq!(response.header("access-control-allow-origin"), "");
            assert_eq!(response.header("vary"), "Accept-Encoding, Origin");
        }
    })
    .await;
}

#[tokio::test]
async fn g1_expired_interactions_are_swept_and_living_ones_stay() {
    for_each_engine(async |app: TestApp| {
        let now = app.app.clock.now();
        let times = [now.plus_seconds(-25 * 3600), now.plus_seconds(-3600), now.plus_seconds(3600)];
        let insert = db::sql!(
            "insert into interactions (tenant_id, uid, client_id, prompt, request, xsrf, created_at, expires_at) \
             values ('default', $1, 'c', 'login', '{}', 'x', 0, $2)"
        );
        let fill = app.app.db.write(move |tx| {
            (0..700).try_for_each(|n| {
                let expires = times[if n < 600 { 0 } else { n % 3 }];
                tx.exec_one(insert, db::params![format!("i{n}"), expires])
            })
        });
        let _: () = fill.await.unwrap();
        assert_eq!(server::jobs::sweep::delete_expired(app.app.clone()).await, Ok(667));
        let left = app.app.db.read(|r| r.query_one(db::sql!("select count(*) from interactions"), &[]));
        assert_eq!(left.await, Ok::<i64, db::DbError>(33));
    })
    .await;
}
