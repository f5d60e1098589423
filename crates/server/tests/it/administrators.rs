//! Changes by administrators in the audit log (attacks E7, G1, G7).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::{call, get};
use crate::attacks::requests::{SeededTenant, sample_requests};

const MASK: &str = "******";

/// The payloads of the changes of a collection, oldest first.
async fn changes(app: &TestApp, key: &str) -> Vec<Value> {
    let found = get(app, &format!("/api/logs?page_size=100&logKey=Administration{key}")).await.expect(200).json();
    found.as_array().unwrap().iter().rev().map(|log| log["payload"].clone()).collect()
}

async fn last(app: &TestApp) -> Value {
    changes(app, "").await.pop().unwrap()
}

#[tokio::test]
async fn a_change_is_written_down_with_before_after_and_who_asked() {
    for_each_engine(async |app: TestApp| {
        let body = json!({"username": "ada", "name": "Ada", "password": "Xq7!velvet-harbour"});
        let user = call(&app, "POST", "/api/users", body).await.expect(200).json()["id"].as_str().unwrap().to_owned();
        let made = last(&app).await;
        assert_eq!((&made["key"], &made["result"]), (&json!("Administration.Users.Created"), &json!("Success")));
        assert_eq!((&made["userId"], &made["created"]), (&json!(user), &json!([user])));
        assert_eq!((&made["method"], &made["route"]), (&json!("POST"), &json!("/api/users")));
        assert_eq!(made["body"], json!({"username": "ada", "name": "Ada", "password": MASK}));
        assert_eq!((&made["after"]["name"], &made["after"]["passwordDigest"]), (&json!("Ada"), &json!(MASK)));
        assert!(made.get("before").is_none() && made["actor"]["id"].is_string() && made["ip"].is_string());

        let path = format!("/api/users/{user}");
        app.app.clock.advance(std::time::Duration::from_secs(1));
        call(&app, "PATCH", &path, json!({"name": "Grace"})).await.expect(200);
        let changed = last(&app).await;
        assert_eq!(
            (&changed["key"], &changed["params"]),
            (&json!("Administration.Users.Updated"), &json!({"userId": user}))
        );
        assert_eq!((&changed["before"], &changed["after"]), (&json!({"name": "Ada"}), &json!({"name": "Grace"})));
        app.app.clock.advance(std::time::Duration::from_secs(1));
        call(&app, "PATCH", &format!("{path}/password"), json!({"password": "Zw3!velvet-harbour"})).await.expect(200);
        let changed = last(&app).await;
        assert_eq!(
            (&changed["before"]["passwordDigest"], &changed["after"]["passwordDigest"]),
            (&json!(MASK), &json!(MASK))
        );
        app.app.clock.advance(std::time::Duration::from_secs(1));
        call(&app, "PATCH", &format!("{path}/custom-data"), json!({"customData": {"plan": "pro"}})).await.expect(200);
        assert_eq!(last(&app).await["after"], json!({"customData": {"plan": "pro"}}));
        app.app.clock.advance(std::time::Duration::from_secs(1));
        call(&app, "DELETE", &path, json!(null)).await.expect(204);
        let gone = last(&app).await;
        assert_eq!((&gone["key"], &gone["before"]["name"]), (&json!("Administration.Users.Deleted"), &json!("Grace")));
        assert!(gone.get("after").is_none());

        call(&app, "DELETE", &path, json!(null)).await.expect(404);
        call(&app, "PATCH", "/api/users/none", json!({"name": "x"})).await.expect(404);
        assert_eq!(changes(&app, "").await.len(), 5, "what fails changes nothing");
        assert_eq!(changes(&app, ".Users").await.len(), 5);
        assert_eq!(changes(&app, ".Users.Deleted").await.len(), 1);
        assert_eq!(changes(&app, ".User").await.len() + changes(&app, ".%").await.len(), 0);
        // Clients that know sign-ins and tokens alone see what they know.
        assert_eq!(get(&app, "/api/logs").await.expect(200).json(), json!([]));
        assert_eq!(get(&app, &format!("/api/logs?userId={user}")).await.expect(200).json(), json!([]));
        let own = get(&app, &format!("/api/logs?userId={user}&logKey=Administration")).await.expect(200);
        assert_eq!(own.json().as_array().unwrap().len(), 5);
        let one = format!("/api/logs/{}", own.json()[0]["id"].as_str().unwrap());
        assert_eq!(get(&app, &one).await.expect(200).json(), own.json()[0]);
    })
    .await;
}

#[tokio::test]
async fn links_and_settings_are_written_down_too() {
    for_each_engine(async |app: TestApp| {
        let id = |answer: testkit::TestResponse| answer.json()["id"].as_str().unwrap().to_owned();
        let role = id(call(&app, "POST", "/api/roles", json!({"name": "pilot", "description": "d"})).await.expect(200));
        let user = id(call(&app, "POST", "/api/users", json!({"username": "ada"})).await.expect(200));
        call(&app, "POST", &format!("/api/users/{user}/roles"), json!({"roleIds": [role]})).await.expect(201);
        let links = json!([{"table": "users_roles", "of": [user], "added": [role], "count": 1}]);
        assert!(changes(&app, ".Users.Updated").await.iter().any(|change| change["links"] == links));
        call(&app, "DELETE", &format!("/api/users/{user}/roles/{role}"), json!(null)).await.expect(204);
        let links = json!([{"table": "users_roles", "of": [user], "removed": [role], "count": 1}]);
        assert!(changes(&app, ".Users.Updated").await.iter().any(|change| change["links"] == links));

        call(&app, "PATCH", "/api/sign-in-exp", json!({"termsOfUseUrl": "https://t.example/"})).await.expect(200);
        let changed = changes(&app, ".SignInExp").await.pop().unwrap();
        assert_eq!(changed["after"], json!({"settings": {"termsOfUseUrl": "https://t.example/"}}));
        let config = json!({"endpoint": "https://sms.example.com/send", "authorization": "hush-hush"});
        let connector = json!({"connectorId": "http-sms", "config": config});
        call(&app, "POST", "/api/connectors", connector).await.expect(200);
        let made = changes(&app, ".Connectors").await.pop().unwrap();
        assert_eq!(made["body"]["config"], json!({"endpoint": MASK, "authorization": MASK}));
        assert_eq!((&made["after"]["factoryId"], &made["after"]["config"]), (&json!("http-sms"), &json!(MASK)));
        call(&app, "POST", "/api/configs/oidc/private-keys/rotate", json!({})).await.expect(200);
        assert_eq!(changes(&app, ".Configs").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn g1_a_large_change_makes_no_large_entry() {
    for_each_engine(async |app: TestApp| {
        let data: serde_json::Map<String, Value> =
            (0..2_000).map(|n| (format!("member{n}"), json!("x".repeat(200)))).collect();
        let body = json!({"username": "ada", "customData": data});
        call(&app, "POST", "/api/users", body).await.expect(200);
        let entry = last(&app).await;
        assert!(entry.to_string().len() < 10_000, "{}", entry.to_string().len());
        assert_eq!(entry["key"], "Administration.Users.Created");
        assert!(entry["userId"].is_string() && entry["actor"].is_object());
    })
    .await;
}

/// Requests that change nothing, or what nobody asks about later.
const CHANGES_NOTHING: [&str; 8] = [
    "/api/domains/cleanup",
    "/password/verify",
    "/check-password",
    "/authorization-uri",
    "/legacy-secret",
    "/api/secrets/none",
    "http-sms/test",
    "/api/hooks/{hook}/test",
];

#[tokio::test]
async fn e7_every_request_that_changes_something_is_written_down_without_its_secrets() {
    for_each_engine(async |app: TestApp| {
        let mut place = SeededTenant::new(&app, "default").await;
        let mut secrets = vec!["velvet-harbour".to_owned(), "hush".to_owned()];
        let count = async || {
            let text = db::sql!("select count(*) from logs where key like 'Administration.%'");
            app.app.db.read(move |r| r.query_one::<i64>(text, &[])).await.unwrap()
        };
        let mut silent = Vec::new();
        for request in sample_requests() {
            let before = count().await;
            let answer = place.send(&request).await;
            place.record_success(&request, &answer).await;
            let is_change = request.method != "GET" && answer.status.is_success();
            if is_change && count().await == before {
                silent.push(format!("{} {}", request.method, request.path));
            }
            let answer: Value = serde_json::from_str(&answer.text()).unwrap_or_default();
            for name in ["token", "value", "secret"] {
                secrets.extend(answer[name].as_str().filter(|text| text.len() > 15).map(str::to_owned));
            }
        }
        silent.retain(|request| !CHANGES_NOTHING.iter().any(|known| request.contains(known)));
        assert!(silent.is_empty(), "{silent:#?}");
        assert!(secrets.len() > 4, "{}", secrets.len());
        let all: Vec<String> =
            app.app.db.read(|r| r.query_all(db::sql!("select payload from logs"), &[])).await.unwrap();
        for secret in secrets {
            let found = all.iter().find(|payload| payload.contains(&secret));
            assert!(found.is_none(), "{secret}: {found:?}");
        }
    })
    .await;
}
