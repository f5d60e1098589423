//! Storage, tenants, rights, language: what every slice stands on.

use db::registered;
use serde_json::json;
use server::routing::Access;
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn every_statement_is_valid_on_both_engines() {
    for_each_engine(async |app: TestApp| {
        let failures: Vec<String> = app
            .app
            .db
            .read(|r| {
                let check = |s: &db::Registered| r.prepare(s.sql).err().map(|e| format!("{}: {e}", s.place));
                Ok::<_, db::DbError>(registered().filter_map(check).collect())
            })
            .await
            .unwrap();
        assert!(failures.is_empty(), "{:?}: {failures:#?}", app.engine);
        assert!(registered().count() > 20);
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
async fn both_tenants_are_seeded_with_the_literal_ids() {
    for_each_engine(async |app: TestApp| {
        let default = app.app.tenants.get("default", &app.app).await.unwrap();
        let api = &default.resources["https://default.logto.app/api"];
        assert_eq!((api.id.as_str(), api.scopes["management-api-all"].as_str()), ("management-api", "all"));
        assert!(default.role_scopes["admin-role"].contains("management-api-all"));
        let admin = app.app.tenants.get("admin", &app.app).await.unwrap();
        assert!(admin.applications.contains_key("admin-console"));
        assert_eq!(admin.applications["m-default"].secrets.len(), 1);
        assert_eq!(admin.organization_role_scopes["admin"].len(), 8);
        assert_eq!(admin.organization_role_scopes["collaborator"].len(), 4);
        assert_eq!(admin.sign_in_experience["signInMode"], json!("Register"));
    })
    .await;
}

#[tokio::test]
async fn b14_b17_f1_management_routes_refuse_every_token_but_the_right_one() {
    for_each_engine(async |app: TestApp| {
        let good = app.management_token("default").await;
        let other_audience = app.access_token("default", "https://items.example.com", "all").await;
        let no_scope = app.access_token("default", "https://default.logto.app/api", "read").await;
        let other_tenant = app.management_token("admin").await;
        let broken = format!("{}AAAA", &good[..good.len() - 4]);
        let managed = server::router::declared().into_iter().filter(|route| route.access == Access::Management);
        for route in managed {
            let path = route.path.replace(['{', '}'], "");
            let call = || app.request(route.method.as_str(), &path);
            call().send().await.expect_error(401, "auth.authorization_header_missing");
            call()
                .header("authorization", "Basic eDp5")
                .send()
                .await
                .expect_error(401, "auth.authorization_token_type_not_supported");
            for token in ["x", &other_audience, &other_tenant, &broken] {
                call().bearer(token).send().await.expect_error(401, "auth.unauthorized");
            }
            call().bearer(&no_scope).send().await.expect_error(403, "auth.forbidden");
        }
    })
    .await;
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
async fn expired_rows_are_swept_after_a_day_and_living_ones_stay() {
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
        assert_eq!(server::expiry::sweep(&app.app.db, now).await, Ok(634));
        let left = app.app.db.read(|r| r.one(db::sql!("select count(*) from interactions"), &[]));
        assert_eq!(left.await, Ok::<i64, db::DbError>(66));
    })
    .await;
}
