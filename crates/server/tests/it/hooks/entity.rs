//! Hooks as the Management API shows and changes them (trace 40-17).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{call, get, hook, ok, path};

fn without(hook: &Value, names: &[&str]) -> Value {
    let mut hook = hook.clone();
    names.iter().for_each(|name| drop(hook.as_object_mut().unwrap().remove(*name)));
    hook
}

#[tokio::test]
async fn hooks_are_made_listed_changed_and_deleted_as_in_trace_40_17() {
    for_each_engine(async |app: TestApp| {
        let config = json!({"url": "http://127.0.0.1:9998/", "headers": {"x-a": "b"}});
        let new = json!({"name": "h", "events": ["PostSignIn", "User.Created", "PostSignIn"], "config": config});
        let made = call(&app, "POST", "/api/hooks", new).await.expect(201).json();
        let expected = json!({
            "tenantId": "default", "name": "h", "event": null, "events": ["PostSignIn", "User.Created"],
            "config": config, "enabled": true, "createdAt": app.app.clock.now().0,
        });
        assert_eq!(without(&made, &["id", "signingKey"]), expected);
        assert_eq!((made["id"].as_str().unwrap().len(), made["signingKey"].as_str().unwrap().len()), (21, 32));
        app.app.clock.advance(std::time::Duration::from_secs(1));
        let old = json!({"event": "PostSignIn", "config": {"url": "http://127.0.0.1:9998/", "retries": 2}});
        let old = call(&app, "POST", "/api/hooks", old).await.expect(201).json();
        assert_eq!((&old["event"], &old["events"], &old["name"]), (&json!("PostSignIn"), &json!([]), &json!("")));
        assert_eq!(old["config"], json!({"url": "http://127.0.0.1:9998/", "retries": 2}));
        assert_ne!(old["signingKey"], made["signingKey"]);

        let page = get(&app, "/api/hooks?page=1&page_size=1&includeExecutionStats=true").await.expect(200);
        let mut listed = old.clone();
        listed["executionStats"] = json!({"successCount": 0, "requestCount": 0});
        assert_eq!((page.json(), page.header("total-number")), (json!([listed]), "2"));
        let all = get(&app, "/api/hooks").await.expect(200);
        assert_eq!((all.json(), all.header("total-number")), (json!([old, made]), ""));
        let one = path(&made);
        assert_eq!(get(&app, &one).await.expect(200).json(), made);

        let patch = json!({"enabled": false, "events": ["PostRegister"]});
        let changed = call(&app, "PATCH", &one, patch).await.expect(200).json();
        let mut expected = made.clone();
        (expected["enabled"], expected["events"]) = (json!(false), json!(["PostRegister"]));
        assert_eq!(changed, expected);
        let renewed = call(&app, "PATCH", &format!("{one}/signing-key"), json!({})).await.expect(200).json();
        assert_eq!(without(&renewed, &["signingKey"]), without(&changed, &["signingKey"]));
        assert_ne!(renewed["signingKey"], changed["signingKey"]);
        assert_eq!(get(&app, &one).await.json(), renewed);
        let logs = get(&app, &format!("{one}/recent-logs?page=1&page_size=2")).await.expect(200);
        assert_eq!((logs.json(), logs.header("total-number")), (json!([]), "0"));

        call(&app, "DELETE", &one, json!({})).await.expect(204);
        call(&app, "DELETE", &one, json!({})).await.expect_error(404, "entity.not_found");
        assert_eq!(get(&app, "/api/hooks").await.json(), json!([old]));
    })
    .await;
}

#[tokio::test]
async fn a_patch_replaces_the_configuration_as_a_whole_and_clears_the_old_event() {
    for_each_engine(async |app: TestApp| {
        let config = json!({"url": "https://a.example/", "headers": {"x-a": "b"}, "retries": 3});
        let new = json!({"name": "h", "event": "PostSignIn", "config": config});
        let made = call(&app, "POST", "/api/hooks", new).await.expect(201).json();
        let one = path(&made);
        let same = call(&app, "PATCH", &one, json!({})).await.expect(200).json();
        assert_eq!(same, made);
        let patch =
            json!({"name": "n", "event": null, "events": ["User.Created"], "config": {"url": "https://b.example/"}});
        let changed = call(&app, "PATCH", &one, patch).await.expect(200).json();
        let expected = (json!("n"), json!(null), json!(["User.Created"]), json!({"url": "https://b.example/"}));
        let member = |name: &str| changed[name].clone();
        assert_eq!((member("name"), member("event"), member("events"), member("config")), expected);
        assert_eq!(changed["signingKey"], made["signingKey"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_hook_is_refused() {
    for_each_engine(async |app: TestApp| {
        let missing = "hook.missing_events";
        for body in [json!({}), json!({"events": []})] {
            let mut body = body;
            (body["name"], body["config"]) = (json!("x"), json!({"url": "http://a"}));
            call(&app, "POST", "/api/hooks", body).await.expect_error(400, missing);
        }
        let made = hook(&app, &["PostSignIn"], ok()).await;
        let many: serde_json::Map<String, Value> = (0..33).map(|n| (format!("x-{n}"), json!("v"))).collect();
        for config in [
            json!({}),
            json!({"url": ""}),
            json!({"url": "ftp://a.example/"}),
            json!({"url": "javascript:alert(1)"}),
            json!({"url": "https://user:password@a.example/"}),
            json!({"url": format!("https://a.example/{}", "a".repeat(2048))}),
            json!({"url": "https://a.example/", "retries": 4}),
            json!({"url": "https://a.example/", "retries": -1}),
            json!({"url": "https://a.example/", "headers": {"Host": "b.example"}}),
            json!({"url": "https://a.example/", "headers": {"logto-signature-sha-256": "x"}}),
            json!({"url": "https://a.example/", "headers": {"Transfer-Encoding": "chunked"}}),
            json!({"url": "https://a.example/", "headers": {"x": "a\r\nhost: b.example"}}),
            json!({"url": "https://a.example/", "headers": {"x": 1}}),
            json!({"url": "https://a.example/", "headers": many}),
        ] {
            let new = json!({"name": "x", "events": ["PostSignIn"], "config": config});
            call(&app, "POST", "/api/hooks", new).await.expect_error(400, "guard.invalid_input");
            call(&app, "PATCH", &path(&made), json!({"config": config})).await.expect_error(400, "guard.invalid_input");
            let test = json!({"events": ["PostSignIn"], "config": config});
            let answer = call(&app, "POST", &format!("{}/test", path(&made)), test).await;
            answer.expect_error(400, "guard.invalid_input");
        }
        let url = json!({"url": "https://a.example/"});
        for body in [
            json!({"name": "x", "events": ["Foo"], "config": url}),
            json!({"name": "x", "event": "Foo", "config": url}),
            json!({"name": "", "events": ["PostSignIn"], "config": url}),
            json!({"name": "n".repeat(257), "events": ["PostSignIn"], "config": url}),
            json!({"name": "x", "events": ["PostSignIn"], "config": url, "enabled": "yes"}),
        ] {
            call(&app, "POST", "/api/hooks", body).await.expect_error(400, "guard.invalid_input");
        }
        let unknown = json!({"name": "x", "events": ["Foo"], "config": url});
        let answer = call(&app, "POST", "/api/hooks", unknown).await.json();
        let issue = &answer["data"]["issues"][0];
        assert_eq!((&issue["received"], &issue["path"]), (&json!("Foo"), &json!(["events", 0])));
        assert_eq!((&issue["code"], issue["options"].as_array().unwrap().len()), (&json!("invalid_enum_value"), 31));
        assert_eq!(get(&app, "/api/hooks").await.json(), json!([made]), "nothing else was stored");
        for (method, path) in
            [("GET", "/api/hooks/none"), ("PATCH", "/api/hooks/none"), ("PATCH", "/api/hooks/none/signing-key")]
        {
            call(&app, method, path, json!({})).await.expect_error(404, "entity.not_exists_with_id");
        }
    })
    .await;
}

#[tokio::test]
async fn hooks_of_a_tenant_are_its_own() {
    for_each_engine(async |app: TestApp| {
        let made = hook(&app, &["PostSignIn"], ok()).await;
        let token = app.management_token("admin").await;
        let ask = async |method: &str, path: &str| app.admin_request(method, path).bearer(&token).send().await;
        assert_eq!(ask("GET", "/api/hooks").await.expect(200).json(), json!([]));
        ask("GET", &path(&made)).await.expect_error(404, "entity.not_exists_with_id");
        ask("DELETE", &path(&made)).await.expect_error(404, "entity.not_found");
        get(&app, &path(&made)).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn e7_key_and_headers_are_sealed_in_the_database() {
    for_each_engine(async |app: TestApp| {
        let config = json!({"url": "https://a.example/", "headers": {"authorization": "Bearer open-sesame"}});
        let new = json!({"name": "h", "events": ["PostSignIn"], "config": config});
        let made = call(&app, "POST", "/api/hooks", new).await.expect(201).json();
        let rows: Vec<String> =
            app.app.db.read(|r| r.query_all(db::sql!("select settings from hooks"), &[])).await.unwrap();
        assert!(rows[0].starts_with("sealed1."), "{rows:?}");
        assert!(!rows[0].contains("open-sesame") && !rows[0].contains(made["signingKey"].as_str().unwrap()));
    })
    .await;
}
