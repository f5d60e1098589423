//! `/api/logs` (inventory M273, M274; trace 40-18).

use std::time::Duration;

use serde_json::{Map, Value, json};
use server::audit::AuditEntry;
use testkit::{TestApp, TestResponse, for_each_engine};

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

/// Writes an entry and moves the clock by a second.
async fn add(app: &TestApp, tenant: &'static str, key: &str, payload: Value) {
    let payload: Map<String, Value> = payload.as_object().unwrap().clone();
    let entry = AuditEntry { key: key.into(), payload };
    app.write(tenant, move |work| work.audit(&entry)).await.unwrap();
    app.app.clock.advance(Duration::from_secs(1));
}

fn keys(response: &TestResponse) -> Vec<String> {
    response.json().as_array().unwrap().iter().map(|log| log["key"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn entries_are_listed_newest_first_by_user_application_key_and_time() {
    for_each_engine(async |app: TestApp| {
        let start = app.app.clock.now().0;
        let payload = json!({"result": "Error", "error": {"code": "x", "message": "m"}, "userId": "u", "ip": "::1"});
        add(&app, "default", "A", payload).await;
        add(&app, "default", "B", json!({"result": "Success", "userId": "u", "applicationId": "a", "scope": "s"}))
            .await;
        add(&app, "default", "C", json!({"result": "Success", "params": {"code": "******"}})).await;
        add(&app, "default", "TriggerHook.User.Created", json!({"result": "Success", "userId": "u"})).await;
        add(&app, "default", "TrustedDevice.Used", json!({"result": "Success", "userId": "u"})).await;
        add(&app, "admin", "D", json!({"result": "Success", "userId": "u"})).await;

        let all = get(&app, "/api/logs").await.expect(200);
        assert_eq!((keys(&all), all.header("total-number")), (vec!["C".into(), "B".into(), "A".into()], "3"));
        let window = format!("/api/logs?start_time={}&end_time={}", start + 1000, start + 1000);
        for (query, expected) in [
            ("/api/logs?userId=u", vec!["B", "A"]),
            ("/api/logs?applicationId=a", vec!["B"]),
            ("/api/logs?logKey=A&userId=u", vec!["A"]),
            ("/api/logs?logKey=TriggerHook.User.Created", vec![]),
            ("/api/logs?logKey=Nope", vec![]),
            (&window, vec!["B"]),
            ("/api/logs?page=2&page_size=2", vec!["A"]),
        ] {
            assert_eq!(keys(&get(&app, query).await.expect(200)), expected, "{query}");
        }
        let second = &get(&app, "/api/logs?logKey=B").await.json()[0];
        let payload = json!({"key": "B", "result": "Success", "userId": "u", "applicationId": "a", "scope": "s"});
        assert_eq!((&second["payload"], &second["createdAt"]), (&payload, &json!(start + 1000)));
        let one = format!("/api/logs/{}", second["id"].as_str().unwrap());
        assert_eq!(&get(&app, &one).await.expect(200).json(), second);
        get(&app, "/api/logs/none").await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn a_time_window_is_two_times_in_their_order() {
    for_each_engine(async |app: TestApp| {
        get(&app, "/api/logs?start_time=abc").await.expect_error(400, "guard.invalid_input");
        get(&app, "/api/logs?end_time=1.5").await.expect_error(400, "guard.invalid_input");
        get(&app, "/api/logs?start_time=2&end_time=1").await.expect_error(400, "log.invalid_time_window");
        get(&app, "/api/logs?start_time=1&end_time=2").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_count_of_very_many_entries_is_capped_on_request() {
    for_each_engine(async |app: TestApp| {
        let fill = app.write("default", |work| {
            let insert = db::sql!(
                "insert into logs (tenant_id, id, key, payload, created_at) \
                 values ($1, $2, 'k', '{\"key\": \"k\", \"result\": \"Success\"}', $3)"
            );
            (0..10_001).try_for_each(|n| {
                work.exec_pipelined(
                    insert,
                    db::params![work.tenant_id(), format!("e{n:05}"), work.now().plus_seconds(n)],
                )
            })
        });
        fill.await.unwrap();
        let capped = get(&app, "/api/logs?enableCap=true&page_size=1").await.expect(200);
        assert_eq!((capped.header("total-number"), capped.header("total-number-is-capped")), ("10000", "true"));
        let whole = get(&app, "/api/logs?page_size=1").await.expect(200);
        assert_eq!((whole.header("total-number"), whole.header("total-number-is-capped")), ("10001", ""));
        let few = get(&app, "/api/logs?enableCap=true&page_size=1&userId=u").await.expect(200);
        assert_eq!((few.header("total-number"), few.header("total-number-is-capped")), ("0", ""));
    })
    .await;
}
