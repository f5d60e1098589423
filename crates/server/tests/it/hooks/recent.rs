//! Recent requests and their statistics (M265, M270, H018).

use std::time::Duration;

use http::StatusCode;
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::{call, delivered, get, hook, make_role, ok, path};

async fn logs(app: &TestApp, hook: &Value, query: &str) -> TestResponse {
    app.app.flush_audit().await;
    get(app, &format!("{}/recent-logs{query}", path(hook))).await
}

async fn stats(app: &TestApp, hook: &Value) -> Value {
    get(app, &format!("{}?includeExecutionStats=true", path(hook))).await.expect(200).json()["executionStats"].clone()
}

#[tokio::test]
async fn each_request_is_an_entry_as_in_trace_60_06() {
    for_each_engine(async |app: TestApp| {
        let failing = FakeResponse::status(StatusCode::INTERNAL_SERVER_ERROR).body("ok");
        let made = hook(&app, &["Role.Created"], failing).await;
        let role = make_role(&app, "hr").await;
        let sent = super::body(&delivered(&app).await[0]);
        let listed = logs(&app, &made, "?page_size=2").await.expect(200);
        assert_eq!(listed.header("total-number"), "1");
        let entry = &listed.json()[0];
        let names: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(names, ["id", "key", "payload", "createdAt"]);
        assert_eq!((&entry["key"], &entry["payload"]["key"]), (&json!("TriggerHook.Role.Created"), &entry["key"]));
        let expected = json!({
            "key": "TriggerHook.Role.Created", "result": "Error", "error": "the receiver answered 500",
            "hookId": made["id"], "response": {"body": "ok", "statusCode": 500}, "hookRequest": {"body": sent}, "attempt": 1,
        });
        assert_eq!(entry["payload"], expected);
        assert_eq!(entry["payload"]["hookRequest"]["body"]["data"], role);
        assert_eq!(stats(&app, &made).await, json!({"successCount": 0, "requestCount": 1}));
        let listed = get(&app, "/api/hooks?includeExecutionStats=true").await.json();
        assert_eq!(listed[0]["executionStats"], json!({"successCount": 0, "requestCount": 1}));
        assert_eq!(get(&app, "/api/logs").await.json(), json!([]), "the audit log leaves them out");
        call(&app, "DELETE", &path(&made), json!({})).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn entries_are_listed_by_key_and_time_and_those_of_a_day_are_counted() {
    for_each_engine(async |app: TestApp| {
        let made = hook(&app, &["Role.Created", "Role.Deleted"], ok()).await;
        let other = hook(&app, &["Role.Deleted"], ok()).await;
        let role = make_role(&app, "a").await;
        delivered(&app).await;
        app.app.clock.advance(Duration::from_secs(20 * 3600));
        let middle = app.app.clock.now().0;
        call(&app, "DELETE", &format!("/api/roles/{}", role["id"].as_str().unwrap()), json!({})).await.expect(204);
        delivered(&app).await;
        let keys = async |hook: &Value, query: &str| -> Vec<String> {
            let listed = logs(&app, hook, query).await.expect(200).json();
            listed
                .as_array()
                .unwrap()
                .iter()
                .map(|log| log["key"].as_str().unwrap()["TriggerHook.".len()..].into())
                .collect()
        };
        assert_eq!(keys(&made, "").await, ["Role.Deleted", "Role.Created"]);
        assert_eq!(keys(&other, "").await, ["Role.Deleted"]);
        assert_eq!(stats(&app, &made).await, json!({"successCount": 2, "requestCount": 2}));
        app.app.clock.advance(Duration::from_secs(10 * 3600));
        assert_eq!(keys(&made, "").await, ["Role.Deleted"], "of the last 24 hours");
        assert_eq!(stats(&app, &made).await, json!({"successCount": 1, "requestCount": 1}));
        assert_eq!(keys(&made, "?start_time=0").await.len(), 2);
        assert_eq!(keys(&made, "?start_time=0&logKey=TriggerHook.Role.Created").await, ["Role.Created"]);
        assert_eq!(keys(&made, &format!("?end_time={}", middle - 1)).await, ["Role.Created"]);
        assert_eq!(keys(&made, "?start_time=0&page=2&page_size=1&enableCap=true").await, ["Role.Created"]);
        logs(&app, &made, "?start_time=2&end_time=1").await.expect_error(400, "log.invalid_time_window");
        assert_eq!(keys(&made, "?result=Success").await, ["Role.Deleted"]);
        assert_eq!(keys(&made, "?result=Error").await, [""; 0]);
        logs(&app, &made, "?result=x").await.expect_error(400, "guard.invalid_input");
        logs(&app, &made, "?start_time=x").await.expect_error(400, "guard.invalid_input");
        logs(&app, &made, "?page=0").await.expect_error(400, "guard.invalid_pagination");
        assert_eq!(get(&app, "/api/hooks/none/recent-logs").await.expect(200).json(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn e7_entries_are_bounded_and_hold_no_secrets() {
    for_each_engine(async |app: TestApp| {
        let echo = json!({"received": true, "api_key": "echoed-secret"}).to_string();
        let new = json!({"name": "bell", "events": ["User.Data.Updated"],
            "config": {"url": super::URL, "headers": {"authorization": "Bearer header-secret"}}});
        let made = super::hook_with(&app, new, FakeResponse::status(StatusCode::OK).body(echo)).await;
        let user = call(&app, "POST", "/api/users", json!({"username": "ada"})).await.json()["id"].clone();
        let data = json!({"customData": {"api_token": "data-secret", "plan": "pro"}});
        let one = format!("/api/users/{}/custom-data", user.as_str().unwrap());
        call(&app, "PATCH", &one, data).await.expect(200);
        assert!(
            String::from_utf8_lossy(&delivered(&app).await[0].body).contains("data-secret"),
            "the receiver gets it"
        );
        let entry = logs(&app, &made, "").await.text();
        assert!(entry.contains("pro") && entry.contains("received"), "{entry}");
        for secret in ["data-secret", "echoed-secret", "header-secret", made["signingKey"].as_str().unwrap()] {
            assert!(!entry.contains(secret), "{secret} in {entry}");
        }
        let large: serde_json::Map<String, Value> =
            (0..900).map(|n| (format!("k{n}"), json!("v".repeat(50)))).collect();
        app.outbound.respond(http::Method::POST, super::URL, ok().body("x".repeat(100_000)));
        call(&app, "PATCH", &one, json!({"customData": large})).await.expect(200);
        delivered(&app).await;
        let entries = logs(&app, &made, "").await.json();
        let payload = &entries[0]["payload"];
        assert_eq!((&payload["hookId"], &payload["result"]), (&made["id"], &json!("Success")));
        assert!(payload.to_string().len() < 8 * 1024, "{}", payload.to_string().len());
        assert_eq!(stats(&app, &made).await, json!({"successCount": 2, "requestCount": 2}));
    })
    .await;
}

#[tokio::test]
async fn entries_are_found_by_their_index() {
    for_each_engine(async |app: TestApp| {
        let plan = match app.engine {
            testkit::Engine::Sqlite => "explain query plan ",
            testkit::Engine::Postgres => return,
        };
        let condition = "from logs where tenant_id = 't' and hook_id = 'h' and created_at >= 1";
        for query in [
            format!("{plan}select id {condition} order by created_at desc, id desc limit 20"),
            format!("{plan}select count(*), sum(case when hook_succeeded then 1 else 0 end) {condition}"),
        ] {
            let steps: Vec<(i64, i64, i64, String)> =
                app.app.db.read(move |r| r.query_all(&db::Sql::dynamic(query), &[])).await.unwrap();
            assert!(steps[0].3.contains("INDEX logs_hook"), "{steps:?}");
        }
    })
    .await;
}
