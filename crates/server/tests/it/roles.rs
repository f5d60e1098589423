//! Roles (trace 40-08, inventory M114–M127).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

async fn create(app: &TestApp, body: Value) -> Value {
    call(app, "POST", "/api/roles", body).await.expect(200).json()
}

/// A resource `https://items.example.com` with the scope `read:items`; its id.
async fn scope(app: &TestApp) -> String {
    app.app
        .db
        .write(|tx| {
            tx.exec(
                db::sql!(
                    "insert into resources (tenant_id, id, name, indicator, access_token_ttl, created_at) \
                     values ('default', 'items', 'items', 'https://items.example.com', 1800, 1)"
                ),
                &[],
            )?;
            tx.exec(
                db::sql!(
                    "insert into scopes (tenant_id, id, resource_id, name, description, created_at) \
                     values ('default', 'read-items', 'items', 'read:items', 'Reads', 5)"
                ),
                &[],
            )?;
            Ok::<_, db::DbError>(())
        })
        .await
        .unwrap();
    "read-items".into()
}

async fn user(app: &TestApp, username: &str) -> String {
    let id = format!("user-{username}");
    let (user, name) = (id.clone(), username.to_owned());
    app.insert_user(server::users::store::NewUser { id: user.into(), username: Some(name), ..Default::default() })
        .await;
    id
}

#[tokio::test]
async fn roles_are_created_read_changed_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let role = create(&app, json!({"name": "r1", "description": "d"})).await;
        let id = role["id"].as_str().unwrap();
        assert_eq!(id.len(), 21);
        let expected = json!({"tenantId": "default", "id": id, "name": "r1", "description": "d", "type": "User",
            "isDefault": false});
        assert_eq!(role, expected);
        call(&app, "POST", "/api/roles", json!({"name": "r1", "description": "d"}))
            .await
            .expect_error(422, "role.name_in_use");
        assert_eq!(get(&app, &format!("/api/roles/{id}")).await.expect(200).json(), expected);
        let path = format!("/api/roles/{id}");
        let changed = call(&app, "PATCH", &path, json!({"name": "r1b", "isDefault": true})).await.expect(200).json();
        assert_eq!((&changed["name"], &changed["isDefault"]), (&json!("r1b"), &json!(true)));
        call(&app, "PATCH", &path, json!({})).await.expect_error(422, "entity.invalid_input");
        call(&app, "PATCH", &path, json!({"name": "Logto Management API access"}))
            .await
            .expect_error(422, "role.name_in_use");
        call(&app, "DELETE", &path, json!({})).await.expect(204);
        call(&app, "DELETE", &path, json!({})).await.expect(404);
        get(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
        call(&app, "DELETE", "/api/roles/admin-role", json!({})).await.expect(204);
        call(&app, "PATCH", "/api/roles/admin-role", json!({"name": "x"}))
            .await
            .expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_role_is_refused_with_the_place_of_the_fault() {
    for_each_engine(async |app: TestApp| {
        let long = "x".repeat(129);
        for (body, place) in [
            (json!({"name": "r2"}), "description"),
            (json!({"name": "r2", "description": ""}), "description"),
            (json!({"name": long, "description": "d"}), "name"),
            (json!({"name": "r2", "description": "d", "type": "Admin"}), "type"),
            (json!({"name": "r2\u{0}", "description": "d"}), "name"),
        ] {
            let error = call(&app, "POST", "/api/roles", body).await.expect_error(400, "guard.invalid_input").json();
            assert_eq!(
                error["data"]["issues"][0]["path"].as_array().unwrap().first().map_or("", |p| p.as_str().unwrap()),
                place
            );
        }
        call(&app, "POST", "/api/roles", json!({"name": "r2", "description": "d", "scopeIds": ["none"]}))
            .await
            .expect_error(404, "entity.not_exists_with_id");
        call(&app, "POST", "/api/roles", json!({"name": "r2", "description": "d", "scopeIds": ["management-api-all"]}))
            .await
            .expect_error(400, "role.management_api_scopes_not_assignable_to_user_role");
        // Nothing of a refused request stays.
        assert_eq!(get(&app, "/api/roles?search=r2").await.expect(200).json(), json!([]));
        let machine =
            json!({"name": "m", "description": "d", "type": "MachineToMachine", "scopeIds": ["management-api-all"]});
        create(&app, machine).await;
    })
    .await;
}

#[tokio::test]
async fn the_list_leaves_internal_roles_out_pages_searches_and_shows_holders() {
    for_each_engine(async |app: TestApp| {
        create(&app, json!({"name": "#internal:x", "description": "d"})).await;
        let r1 = create(&app, json!({"name": "r1", "description": "d"})).await;
        let id = r1["id"].as_str().unwrap();
        let bob = user(&app, "bob").await;
        call(&app, "POST", &format!("/api/roles/{id}/users"), json!({"userIds": [bob]})).await.expect(201);

        let list = get(&app, "/api/roles?page=1&page_size=1").await.expect(200);
        assert_eq!(list.header("total-number"), "2");
        let links = [
            "<http://localhost:3001/roles?page=1&page_size=1>; rel=\"first\"",
            "<http://localhost:3001/roles?page=2&page_size=1>; rel=\"last\"",
            "<http://localhost:3001/roles?page=2&page_size=1>; rel=\"next\"",
        ];
        assert_eq!(list.headers("link"), links);
        let found = get(&app, "/api/roles?type=User&search=%25R1%25").await.expect(200).json();
        let mut expected = r1.clone();
        for (name, value) in [
            ("usersCount", json!(1)),
            ("featuredUsers", json!([{"id": bob, "avatar": null, "name": null}])),
            ("applicationsCount", json!(0)),
            ("featuredApplications", json!([])),
        ] {
            expected[name] = value;
        }
        assert_eq!(found, json!([expected]));
        let count = async |query: &str| {
            get(&app, &format!("/api/roles?{query}")).await.expect(200).json().as_array().unwrap().len()
        };
        assert_eq!(count("type=MachineToMachine").await, 1);
        assert_eq!(count(&format!("excludeUserId={bob}")).await, 1);
        assert_eq!(count("excludeApplicationId=none").await, 2);
        get(&app, "/api/roles?type=Other").await.expect_error(400, "guard.invalid_input");
        get(&app, "/api/roles?search.type=User").await.expect_error(400, "request.invalid_input");
        for page in ["page=0", "page=-1", "page_size=0", "page_size=101", "page=99999999999999999999", "page=x"] {
            get(&app, &format!("/api/roles?{page}")).await.expect_error(400, "guard.invalid_pagination");
        }
    })
    .await;
}

#[tokio::test]
async fn scopes_of_a_role_are_added_once_listed_with_their_resource_and_removed() {
    for_each_engine(async |app: TestApp| {
        let scope = scope(&app).await;
        let role = create(&app, json!({"name": "r1", "description": "d"})).await;
        let id = role["id"].as_str().unwrap().to_owned();
        let path = format!("/api/roles/{id}/scopes");
        let list = get(&app, &path).await.expect(200);
        assert_eq!((list.json(), list.headers("link").len()), (json!([]), 0));
        let body = json!({"scopeIds": [scope]});
        let shown = json!({"tenantId": "default", "id": scope, "resourceId": "items", "name": "read:items",
            "description": "Reads", "createdAt": 5});
        assert_eq!(call(&app, "POST", &path, body.clone()).await.expect(201).json(), json!([shown]));
        assert!(app.app.tenants.get("default", &app.app).await.unwrap().access.role_scopes[&id].contains(&scope));
        call(&app, "POST", &path, body).await.expect_error(422, "role.scope_exists");
        let paged = get(&app, &format!("{path}?page=1&page_size=5")).await.expect(200);
        assert_eq!(paged.header("total-number"), "1");
        let mut with_resource = shown.clone();
        with_resource["resource"] = json!({"tenantId": "default", "id": "items", "name": "items",
            "indicator": "https://items.example.com", "isDefault": false, "accessTokenTtl": 1800});
        assert_eq!(paged.json(), json!([with_resource]));
        let one = format!("{path}/{scope}");
        call(&app, "DELETE", &one, json!({})).await.expect(204);
        call(&app, "DELETE", &one, json!({})).await.expect_error(404, "entity.not_found");
        assert!(!app.app.tenants.get("default", &app.app).await.unwrap().access.role_scopes.contains_key(&id));
        for body in [json!({}), json!({"scopeIds": "x"}), json!({"scopeIds": [""]}), json!({"scopeIds": []})] {
            call(&app, "POST", &path, body).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn users_of_a_role_are_added_once_listed_and_removed() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = (user(&app, "alice").await, user(&app, "bob").await);
        let role = create(&app, json!({"name": "r1", "description": "d"})).await;
        let path = format!("/api/roles/{}/users", role["id"].as_str().unwrap());
        let created = call(&app, "POST", &path, json!({"userIds": [alice]})).await.expect(201);
        assert_eq!(created.text(), "Created");
        call(&app, "POST", &path, json!({"userIds": [bob, alice]})).await.expect_error(422, "role.user_exists");
        let list = get(&app, &path).await.expect(200);
        assert_eq!(list.header("total-number"), "1");
        assert_eq!(list.json()[0]["username"], "alice");
        assert_eq!(list.json()[0]["hasPassword"], false);
        assert_eq!(get(&app, &format!("{path}?search.username=b%25")).await.expect(200).json(), json!([]));
        call(&app, "POST", &path, json!({"userIds": ["none"]})).await.expect_error(404, "entity.not_found");
        call(&app, "POST", &path, json!({"userIds": []})).await.expect_error(400, "guard.invalid_input");
        call(&app, "DELETE", &format!("{path}/{alice}"), json!({})).await.expect(204);
        call(&app, "DELETE", &format!("{path}/{alice}"), json!({})).await.expect_error(404, "entity.not_found");
        get(&app, "/api/roles/none/users").await.expect_error(404, "entity.not_exists_with_id");
        let machine = create(&app, json!({"name": "m", "description": "d", "type": "MachineToMachine"})).await;
        call(&app, "POST", &format!("/api/roles/{}/users", machine["id"].as_str().unwrap()), json!({"userIds": [bob]}))
            .await
            .expect_error(422, "entity.db_constraint_violated");
    })
    .await;
}

#[tokio::test]
async fn machine_applications_of_a_role_are_added_once_listed_and_removed() {
    for_each_engine(async |app: TestApp| {
        let application = async |kind: &str| {
            let body = json!({"name": format!("app {kind}"), "type": kind});
            call(&app, "POST", "/api/applications", body).await.expect(200).json()["id"].as_str().unwrap().to_owned()
        };
        let (machine, web) = (application("MachineToMachine").await, application("Traditional").await);
        let role = create(&app, json!({"name": "m", "description": "d", "type": "MachineToMachine"})).await;
        let id = role["id"].as_str().unwrap();
        let path = format!("/api/roles/{id}/applications");
        let add = async |path: &str, id: &str| call(&app, "POST", path, json!({"applicationIds": [id]})).await;
        assert_eq!(add(&path, &machine).await.expect(201).text(), "Created");
        assert!(app.registered("default", &machine).await.unwrap().roles.contains(id));
        add(&path, &machine).await.expect_error(422, "role.application_exists");
        add(&path, &web).await.expect_error(422, "application.invalid_type");
        add(&path, "none").await.expect_error(404, "entity.not_exists_with_id");
        let none = json!({"applicationIds": []});
        call(&app, "POST", &path, none).await.expect_error(400, "guard.invalid_input");
        let user_role = create(&app, json!({"name": "u", "description": "d"})).await;
        add(&format!("/api/roles/{}/applications", user_role["id"].as_str().unwrap()), &machine)
            .await
            .expect_error(422, "entity.db_constraint_violated");
        let list = get(&app, &path).await.expect(200);
        assert_eq!((list.header("total-number"), list.headers("link").len()), ("1", 2));
        let mut expected = get(&app, &format!("/api/applications/{machine}")).await.expect(200).json();
        expected.as_object_mut().unwrap().remove("isAdmin");
        assert_eq!(list.json(), json!([expected]));
        assert_eq!(get(&app, &format!("{path}?search=none")).await.expect(200).json(), json!([]));
        let featured = get(&app, "/api/roles?search=m").await.json();
        assert_eq!(featured[0]["applicationsCount"], 1);
        let shown = json!([{"id": machine, "name": "app MachineToMachine", "type": "MachineToMachine"}]);
        assert_eq!(featured[0]["featuredApplications"], shown);
        app.management_request("DELETE", &format!("{path}/{machine}")).await.send().await.expect(204);
        app.management_request("DELETE", &format!("{path}/{machine}"))
            .await
            .send()
            .await
            .expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn f6_roles_and_holders_of_another_tenant_are_not_there() {
    for_each_engine(async |app: TestApp| {
        let role = create(&app, json!({"name": "r1", "description": "d"})).await;
        let (id, bob) = (role["id"].as_str().unwrap(), user(&app, "bob").await);
        let token = app.management_token("admin").await;
        let admin = async |method: &str, path: String, body: Value| {
            app.admin_request(method, &path).bearer(&token).json(body).send().await.expect(404);
        };
        for suffix in ["", "/users", "/scopes", "/applications"] {
            admin("GET", format!("/api/roles/{id}{suffix}"), json!({})).await;
        }
        admin("PATCH", format!("/api/roles/{id}"), json!({"name": "stolen"})).await;
        admin("DELETE", format!("/api/roles/{id}"), json!({})).await;
        admin("POST", "/api/roles/user/users".into(), json!({"userIds": [bob]})).await;
        admin("POST", "/api/roles/m-default/applications".into(), json!({"applicationIds": ["none"]})).await;
        admin("POST", "/api/roles/user/scopes".into(), json!({"scopeIds": ["management-api-all"]})).await;
        get(&app, &format!("/api/roles/{id}")).await.expect(200);
    })
    .await;
}
