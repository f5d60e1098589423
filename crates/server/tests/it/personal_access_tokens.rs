//! Personal access tokens (inventory M048–M053, trace 40-03).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn names(app: &TestApp, path: &str) -> Vec<String> {
    let list = app.management_request("GET", path).await.send().await.expect(200).json();
    list.as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn tokens_are_created_listed_renamed_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("alice").await;
        let path = format!("/api/users/{user}/personal-access-tokens");
        let (now, soon) = (app.app.clock.now().millis(), app.app.clock.now().millis() + 1000);
        let created = call(&app, "POST", &path, json!({"name": "a", "expiresAt": soon})).await.expect(201).json();
        let value = created["value"].as_str().unwrap().to_owned();
        assert!(value.starts_with("pat_") && value.len() == 36, "{value}");
        let expected = |name: &str, value: &str| {
            json!({
                "tenantId": "default", "userId": user, "name": name, "value": value, "createdAt": now, "expiresAt": soon,
            })
        };
        assert_eq!(created, expected("a", &value));
        call(&app, "POST", &path, json!({"name": "a"})).await.expect_error(422, "user.personal_access_token_name_exists");
        for expires_at in [1, now] {
            let past = json!({"name": "b", "expiresAt": expires_at});
            call(&app, "POST", &path, past).await.expect_error(400, "request.invalid_input");
        }
        let listed = app.management_request("GET", &path).await.send().await.expect(200).json();
        assert_eq!(listed, json!([expected("a", "pat_********")]), "the value is shown once");
        assert!(!format!("{:?}", app.snapshot().await).contains(&value), "only a digest is stored");
        let renamed = call(&app, "PATCH", &format!("{path}/a"), json!({"name": "c"})).await.expect(200).json();
        assert_eq!(renamed, expected("c", "pat_********"));
        let odd = json!({"currentName": "c", "name": "../x y"});
        call(&app, "PATCH", &path, odd).await.expect(200);
        call(&app, "PATCH", &path, json!({"name": "y"})).await.expect_error(400, "guard.invalid_input");
        call(&app, "PATCH", &path, json!({"currentName": "c", "name": "d"})).await.expect_error(404, "entity.not_found");
        let forever = call(&app, "POST", &path, json!({"name": "forever", "expiresAt": null})).await.expect(201).json();
        assert_eq!(forever["expiresAt"], Value::Null);
        let taken = json!({"name": "../x y"});
        let taken = call(&app, "PATCH", &format!("{path}/forever"), taken).await;
        taken.expect_error(422, "user.personal_access_token_name_exists");
        call(&app, "POST", &format!("{path}/delete"), json!({"name": "../x y"})).await.expect(204);
        assert_eq!(names(&app, &path).await, ["forever"]);
        let gone = app.management_request("DELETE", &format!("{path}/a")).await.send().await;
        gone.expect_error(404, "entity.not_found");
        app.management_request("DELETE", &format!("{path}/forever")).await.send().await.expect(204);
        assert!(names(&app, &path).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_user_has_a_hundred_tokens_at_most() {
    for_each_engine(async |app: TestApp| {
        let (user, other) = (app.user("alice").await, app.user("bob").await);
        let path = format!("/api/users/{user}/personal-access-tokens");
        for number in 0..100 {
            call(&app, "POST", &path, json!({"name": number.to_string()})).await.expect(201);
        }
        let one_more = call(&app, "POST", &path, json!({"name": "x"})).await;
        one_more.expect_error(403, "system_limit.limit_exceeded");
        call(&app, "POST", &format!("/api/users/{other}/personal-access-tokens"), json!({"name": "x"}))
            .await
            .expect(201);
    })
    .await;
}

#[tokio::test]
async fn tokens_belong_to_users_that_exist() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/users/nobody/personal-access-tokens";
        app.management_request("GET", path).await.send().await.expect_error(404, "entity.not_found");
        call(&app, "POST", path, json!({"name": "x"})).await.expect_error(404, "entity.not_found");
        for name in [String::new(), "x".repeat(257)] {
            let user = app.user(&format!("user{}", name.len())).await;
            let path = format!("/api/users/{user}/personal-access-tokens");
            call(&app, "POST", &path, json!({"name": name})).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}
