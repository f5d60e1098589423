//! API resources and their scopes (inventory M104–M113; traces 40-07, 30-25).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::{call, delete, get};

async fn make(app: &TestApp, indicator: &str) -> String {
    let made = call(app, "POST", "/api/resources", json!({"name": "r", "indicator": indicator})).await.expect(201);
    made.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn resources_are_created_with_lax_indicators() {
    for_each_engine(async |app: TestApp| {
        let body = json!({"name": "r", "indicator": "https://r.example.com", "accessTokenTtl": 600});
        let made = call(&app, "POST", "/api/resources", body).await.expect(201).json();
        assert_eq!(made["id"].as_str().unwrap().len(), 21);
        let expected = json!({"tenantId": "default", "id": made["id"], "name": "r",
            "indicator": "https://r.example.com", "isDefault": false, "accessTokenTtl": 600, "scopes": []});
        assert_eq!(made, expected);
        let again = json!({"name": "r", "indicator": "https://r.example.com"});
        call(&app, "POST", "/api/resources", again).await.expect_error(422, "resource.resource_identifier_in_use");
        for indicator in ["not-a-uri", "urn:x:y"] {
            let body = json!({"name": "r", "indicator": indicator, "isDefault": true});
            let made = call(&app, "POST", "/api/resources", body).await.expect(201).json();
            assert_eq!((&made["isDefault"], &made["accessTokenTtl"]), (&json!(false), &json!(3600)));
        }
        for bad in [
            json!({"name": "r"}),
            json!({"indicator": "x"}),
            json!({"name": "", "indicator": "x"}),
            json!({"name": "r", "indicator": ""}),
            json!({"name": "r", "indicator": "x".repeat(2049)}),
            json!({"name": "r", "indicator": "x", "accessTokenTtl": 0}),
            json!({"name": "r", "indicator": "x", "accessTokenTtl": "1h"}),
        ] {
            call(&app, "POST", "/api/resources", bad).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn lists_show_scopes_on_request() {
    for_each_engine(async |app: TestApp| {
        app.app.clock.advance(std::time::Duration::from_secs(1));
        let id = make(&app, "https://orders.example.com").await;
        let scope = json!({"name": "read:orders"});
        call(&app, "POST", &format!("/api/resources/{id}/scopes"), scope).await.expect(201);
        let list = get(&app, "/api/resources?page=1&page_size=2&includeScopes=true").await.expect(200);
        assert_eq!(list.header("total-number"), "2");
        let list = list.json();
        assert_eq!((&list[0]["id"], &list[0]["scopes"][0]["name"]), (&json!("management-api"), &json!("all")));
        assert_eq!((&list[1]["id"], &list[1]["scopes"][0]["resourceId"]), (&json!(id), &json!(id)));
        let list = get(&app, "/api/resources").await.expect(200);
        assert!(list.headers.get("total-number").is_none());
        assert_eq!((list.json().as_array().unwrap().len(), list.json()[0].get("scopes")), (2, None));
    })
    .await;
}

#[tokio::test]
async fn patch_changes_name_and_lifetime_only() {
    for_each_engine(async |app: TestApp| {
        let id = make(&app, "https://r.example.com").await;
        let path = format!("/api/resources/{id}");
        let expected = json!({"tenantId": "default", "id": id, "name": "r2", "indicator": "https://r.example.com",
            "isDefault": false, "accessTokenTtl": 60});
        let change = json!({"name": "r2", "accessTokenTtl": 60});
        assert_eq!(call(&app, "PATCH", &path, change).await.expect(200).json(), expected);
        let moved = json!({"indicator": "https://other.example.com"});
        call(&app, "PATCH", &path, moved).await.expect_error(422, "entity.invalid_input");
        assert_eq!(get(&app, &path).await.expect(200).json(), expected);
        delete(&app, &path).await.expect(204);
        delete(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn at_most_one_resource_is_the_default() {
    for_each_engine(async |app: TestApp| {
        let (a, b) = (make(&app, "urn:a").await, make(&app, "urn:b").await);
        for id in [&a, &b, &b] {
            let path = format!("/api/resources/{id}/is-default");
            let changed = call(&app, "PATCH", &path, json!({"isDefault": true})).await.expect(200).json();
            assert_eq!((&changed["isDefault"], &changed["id"]), (&json!(true), &json!(id)));
            let config = app.app.tenants.get("default", &app.app).await.unwrap();
            let defaults: Vec<_> = config.access.resources.values().filter(|r| r.is_default).map(|r| &r.id).collect();
            assert_eq!(defaults, [id], "b24: the next request sees it");
        }
        let path = format!("/api/resources/{b}/is-default");
        let changed = call(&app, "PATCH", &path, json!({"isDefault": false})).await.expect(200).json();
        assert_eq!(changed["isDefault"], false);
        call(&app, "PATCH", &path, json!({})).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn scopes_of_a_resource_come_and_go() {
    for_each_engine(async |app: TestApp| {
        let id = make(&app, "https://r.example.com").await;
        let path = format!("/api/resources/{id}/scopes");
        let made = call(&app, "POST", &path, json!({"name": "read:x", "description": "d"})).await.expect(201).json();
        let scope = format!("{path}/{}", made["id"].as_str().unwrap());
        let expected = json!({"tenantId": "default", "id": made["id"], "resourceId": id, "name": "read:x",
            "description": "d", "createdAt": app.app.clock.now().millis()});
        assert_eq!(made, expected);
        call(&app, "POST", &path, json!({"name": "read:x"})).await.expect_error(422, "scope.name_exists");
        call(&app, "POST", &path, json!({"name": "has space"})).await.expect_error(400, "scope.name_with_space");
        call(&app, "POST", &path, json!({"name": ""})).await.expect_error(400, "guard.invalid_input");
        let list = get(&app, &path).await.expect(200);
        assert_eq!((list.header("total-number"), list.json()), ("1", json!([made])));
        call(&app, "POST", &path, json!({"name": "write:x"})).await.expect(201);
        let found = get(&app, &format!("{path}?search=%25read%25")).await.expect(200);
        assert_eq!((found.header("total-number"), &found.json()[0]["name"]), ("1", &json!("read:x")));
        for odd in ["%27", "%25", "_", "%5C", "%22", "$1", "%E5%AD%97"] {
            get(&app, &format!("{path}?search={odd}")).await.expect(200);
        }
        call(&app, "PATCH", &scope, json!({"name": "write:x"})).await.expect_error(422, "scope.name_exists");
        let changed = call(&app, "PATCH", &scope, json!({"description": null})).await.expect(200).json();
        assert_eq!((&changed["description"], &changed["name"]), (&Value::Null, &json!("read:x")));
        let other = make(&app, "https://other.example.com").await;
        let elsewhere = scope.replace(&id, &other);
        call(&app, "PATCH", &elsewhere, json!({"name": "y"})).await.expect(404);
        delete(&app, &elsewhere).await.expect_error(404, "entity.not_found");
        delete(&app, &scope).await.expect(204);
        delete(&app, &scope).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn the_management_api_cannot_be_changed() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/resources/management-api";
        let built_in = json!({"tenantId": "default", "id": "management-api", "name": "Logto Management API",
            "indicator": "https://default.logto.app/api", "isDefault": false, "accessTokenTtl": 3600});
        delete(&app, path).await.expect_error(400, "resource.cannot_delete_management_api");
        let code = "resource.cannot_modify_management_api";
        call(&app, "PATCH", path, json!({"name": "x"})).await.expect_error(400, code);
        call(&app, "POST", &format!("{path}/scopes"), json!({"name": "x"})).await.expect_error(400, code);
        let scope = format!("{path}/scopes/management-api-all");
        call(&app, "PATCH", &scope, json!({"name": "x"})).await.expect_error(400, code);
        delete(&app, &scope).await.expect_error(400, code);
        assert_eq!(get(&app, path).await.expect(200).json(), built_in);
    })
    .await;
}

#[tokio::test]
async fn f6_resources_of_another_tenant_do_not_exist() {
    for_each_engine(async |app: TestApp| {
        for id in ["none", "me", "default-management-api"] {
            let path = format!("/api/resources/{id}");
            get(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
            get(&app, &format!("{path}/scopes")).await.expect_error(404, "entity.not_exists_with_id");
            for (method, tail, body) in [
                ("PATCH", "", json!({"name": "x"})),
                ("DELETE", "", json!({})),
                ("PATCH", "/is-default", json!({"isDefault": true})),
                ("POST", "/scopes", json!({"name": "x"})),
                ("PATCH", "/scopes/me-all", json!({"name": "x"})),
                ("DELETE", "/scopes/me-all", json!({})),
            ] {
                call(&app, method, &format!("{path}{tail}"), body).await.expect(404);
            }
        }
    })
    .await;
}
