use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{call, get, ids, made, organization, user};

#[tokio::test]
async fn an_organization_is_created_read_changed_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let body = json!({
            "name": "o1", "description": "d", "customData": {"a": 1},
            "branding": {"logoUrl": "https://l.example.com", "unknown": 1},
        });
        let created = call(&app, "POST", "/api/organizations", body).await.expect(201).json();
        let id = created["id"].as_str().unwrap();
        assert_eq!(id.len(), 12);
        let expected = json!({
            "tenantId": "default", "id": id, "name": "o1", "description": "d", "customData": {"a": 1},
            "isMfaRequired": false, "color": {}, "branding": {"logoUrl": "https://l.example.com"},
            "customCss": null, "createdAt": app.app.clock.now().0,
        });
        assert_eq!(created, expected);
        let path = format!("/api/organizations/{id}");
        assert_eq!(get(&app, &path).await.expect(200).json(), expected);

        let patch = json!({"customData": {"b": 1}, "isMfaRequired": true, "description": "", "customCss": "a{}"});
        let changed = call(&app, "PATCH", &path, patch).await.expect(200).json();
        assert_eq!(changed["customData"], json!({"b": 1}));
        assert_eq!((&changed["isMfaRequired"], &changed["name"]), (&json!(true), &json!("o1")));
        assert_eq!((&changed["description"], &changed["customCss"]), (&json!(null), &json!("a{}")));
        let changed = call(&app, "PATCH", &path, json!({"customCss": null, "color": {"primaryColor": "#abc"}})).await;
        assert_eq!(changed.json()["customCss"], json!(null));
        assert_eq!(changed.json()["color"], json!({"primaryColor": "#abc"}));
        assert_eq!(changed.json()["isMfaRequired"], json!(true));
        call(&app, "PATCH", &path, json!({})).await.expect_error(422, "entity.invalid_input");

        assert!(call(&app, "DELETE", &path, json!({})).await.expect(204).body.is_empty());
        call(&app, "DELETE", &path, json!({})).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn faults_have_the_codes_of_the_contract() {
    for_each_engine(async |app: TestApp| {
        for bad in [
            json!({}),
            json!({"name": ""}),
            json!({"name": "x".repeat(129)}),
            json!({"name": "x", "description": "x".repeat(257)}),
            json!({"name": 1}),
            json!({"name": "x", "customData": []}),
            json!({"name": "x", "color": {"primaryColor": "red"}}),
            json!({"name": "x", "branding": {"logoUrl": "javascript:alert(1)"}}),
        ] {
            let response = call(&app, "POST", "/api/organizations", bad.clone()).await;
            assert_eq!(response.expect_error(400, "guard.invalid_input").json()["data"]["name"], "ZodError", "{bad}");
        }
        get(&app, "/api/organizations/none").await.expect_error(404, "entity.not_exists_with_id");
        call(&app, "PATCH", "/api/organizations/none", json!({"name": "x"}))
            .await
            .expect_error(404, "entity.not_exists");
    })
    .await;
}

#[tokio::test]
async fn the_list_is_paged_searched_and_shows_first_members() {
    for_each_engine(async |app: TestApp| {
        let first = made(&app, "/api/organizations", json!({"name": "Trace-org"})).await;
        app.app.clock.advance(std::time::Duration::from_secs(1));
        organization(&app, "o1").await;
        app.app.clock.advance(std::time::Duration::from_secs(1));
        organization(&app, "100%").await;
        let users: Vec<String> =
            vec![user(&app, "u1").await, user(&app, "u2").await, user(&app, "u3").await, user(&app, "u4").await];
        call(&app, "POST", &format!("/api/organizations/{first}/users"), json!({"userIds": users})).await.expect(201);

        let page = get(&app, "/api/organizations?page=1&page_size=1&showFeatured=true").await.expect(200);
        assert_eq!(page.header("total-number"), "3");
        assert_eq!(
            page.headers("link"),
            [
                "<http://localhost:3001/organizations?page=1&page_size=1&showFeatured=true>; rel=\"first\"",
                "<http://localhost:3001/organizations?page=3&page_size=1&showFeatured=true>; rel=\"last\"",
                "<http://localhost:3001/organizations?page=2&page_size=1&showFeatured=true>; rel=\"next\"",
            ]
        );
        let item = &page.json()[0];
        assert_eq!((item["id"].as_str(), &item["usersCount"]), (Some(first.as_str()), &json!(4)));
        assert_eq!(item["featuredUsers"].as_array().unwrap().len(), 3);
        assert_eq!(item["featuredUsers"][0], json!({"id": "u1", "avatar": null, "name": "Name of u1"}));

        let all = get(&app, "/api/organizations").await.expect(200);
        assert_eq!((all.header("total-number"), all.json()[0].get("usersCount")), ("3", None));
        assert_eq!(ids(&get(&app, "/api/organizations?q=tRACE").await), [first.as_str()]);
        assert_eq!(get(&app, "/api/organizations?q=0%25").await.json()[0]["name"], "100%");
        assert_eq!(get(&app, "/api/organizations?q=1_0").await.json(), json!([]));
    })
    .await;
}
