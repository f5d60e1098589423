use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{call, get, ids, made, organization, role, user};

#[tokio::test]
async fn scopes_of_the_template() {
    for_each_engine(async |app: TestApp| {
        let all = "/api/organization-scopes";
        let created = call(&app, "POST", all, json!({"name": "os:x", "description": "d"})).await.expect(201).json();
        let id = created["id"].as_str().unwrap();
        assert_eq!(id.len(), 21);
        assert_eq!(created, json!({"tenantId": "default", "id": id, "name": "os:x", "description": "d"}));
        let again = call(&app, "POST", all, json!({"name": "os:x"})).await;
        again.expect_error(422, "entity.unique_integrity_violation");
        call(&app, "POST", all, json!({"name": ""})).await.expect_error(400, "guard.invalid_input");
        made(&app, all, json!({"name": "org:read"})).await;
        made(&app, all, json!({"name": "org:write"})).await;
        let page = get(&app, &format!("{all}?page=1&page_size=1")).await.expect(200);
        assert_eq!((page.header("total-number"), &page.json()[0]["name"]), ("3", &json!("org:read")));
        assert_eq!(page.headers("link").len(), 3);
        let whole = get(&app, all).await.expect(200);
        assert_eq!((whole.header("total-number"), whole.json().as_array().unwrap().len()), ("", 3));
        assert_eq!(ids(&get(&app, &format!("{all}?q=S:X")).await), [id]);
        let one = format!("{all}/{id}");
        let changed = call(&app, "PATCH", &one, json!({"description": ""})).await.expect(200).json();
        assert_eq!(changed, json!({"tenantId": "default", "id": id, "name": "os:x", "description": null}));
        call(&app, "PATCH", &one, json!({"name": "org:read"}))
            .await
            .expect_error(422, "entity.unique_integrity_violation");
        assert_eq!(get(&app, &one).await.expect(200).json(), changed);
        call(&app, "DELETE", &one, json!({})).await.expect(204);
        get(&app, &one).await.expect_error(404, "entity.not_exists_with_id");
        call(&app, "PATCH", &one, json!({"name": "y"})).await.expect_error(404, "entity.not_exists");
        call(&app, "DELETE", &format!("{all}/none"), json!({})).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn roles_of_the_template_and_what_they_give() {
    for_each_engine(async |app: TestApp| {
        let scope = made(&app, "/api/organization-scopes", json!({"name": "os:x", "description": "d"})).await;
        let all = "/api/organization-roles";
        let body = json!({"name": "or-x", "description": "d", "organizationScopeIds": [scope]});
        let created = call(&app, "POST", all, body).await.expect(201).json();
        let id = created["id"].as_str().unwrap();
        let role = json!({"tenantId": "default", "id": id, "name": "or-x", "description": "d", "type": "User"});
        assert_eq!(created, role);
        call(&app, "POST", all, json!({"name": "or-x"})).await.expect_error(422, "entity.unique_integrity_violation");
        call(&app, "POST", all, json!({"name": "or-y", "organizationScopeIds": ["none"]}))
            .await
            .expect_error(422, "entity.relation_foreign_key_not_found");
        call(&app, "POST", all, json!({"name": "or-y", "type": "Robot"}))
            .await
            .expect_error(400, "guard.invalid_input");
        let resource =
            made(&app, "/api/resources", json!({"name": "items", "indicator": "https://items.example"})).await;
        let read = json!({"name": "read"});
        let read = made(&app, &format!("/api/resources/{resource}/scopes"), read).await;
        made(&app, all, json!({"name": "or-z", "type": "MachineToMachine", "resourceScopeIds": [read]})).await;
        let listed = get(&app, &format!("{all}?page=1&page_size=2")).await.expect(200);
        assert_eq!(listed.header("total-number"), "2");
        assert_eq!(listed.json()[0]["scopes"], json!([{"id": scope, "name": "os:x"}]));
        assert_eq!(listed.json()[0]["resourceScopes"], json!([]));
        assert_eq!(
            listed.json()[1]["resourceScopes"],
            json!([{
                "id": read, "name": "read", "resource": {"id": resource, "name": "items"},
            }])
        );
        let one = format!("{all}/{id}");
        assert_eq!(get(&app, &one).await.expect(200).json(), role);
        let renamed = call(&app, "PATCH", &one, json!({"name": "or-w"})).await.expect(200).json();
        assert_eq!((&renamed["name"], &renamed["description"]), (&json!("or-w"), &json!("d")));

        let scopes = format!("{one}/scopes");
        let entry = json!([{"tenantId": "default", "id": scope, "name": "os:x", "description": "d"}]);
        assert_eq!(get(&app, &scopes).await.expect(200).json(), entry);
        call(&app, "PUT", &scopes, json!({"organizationScopeIds": []})).await.expect(204);
        let add = json!({"organizationScopeIds": [scope]});
        assert_eq!(call(&app, "POST", &scopes, add.clone()).await.expect(201).text(), "Created");
        assert_eq!(call(&app, "POST", &scopes, add).await.expect(201).text(), "Created");
        let config = app.app.tenants.get("default", &app.app).await.unwrap();
        assert!(config.access.organization_role_scopes[id].contains("os:x"), "the snapshot follows at once");
        call(&app, "POST", &scopes, json!({"organizationScopeIds": []})).await.expect_error(400, "guard.invalid_input");
        call(&app, "DELETE", &format!("{scopes}/{scope}"), json!({})).await.expect(204);

        let resource_scopes = format!("{one}/resource-scopes");
        let add = json!({"scopeIds": [read]});
        call(&app, "POST", &resource_scopes, add.clone()).await.expect(201);
        let given = get(&app, &resource_scopes).await.expect(200).json();
        assert_eq!(
            (&given[0]["id"], &given[0]["resourceId"], &given[0]["name"]),
            (&json!(read), &json!(resource), &json!("read"))
        );
        let paged = get(&app, &format!("{resource_scopes}?page=2&page_size=1")).await.expect(200);
        assert_eq!((paged.header("total-number"), paged.json()), ("1", json!([])));
        call(&app, "DELETE", &format!("{resource_scopes}/none"), json!({})).await.expect_error(404, "entity.not_found");
        call(&app, "PUT", &resource_scopes, json!({"scopeIds": []})).await.expect(204);
        call(&app, "DELETE", &one, json!({})).await.expect(204);
        get(&app, &one).await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn no_role_in_an_organization_opens_the_management_api() {
    for_each_engine(async |app: TestApp| {
        let all = "/api/organization-roles";
        let refused = "role.management_api_scopes_not_assignable_to_user_role";
        for kind in ["User", "MachineToMachine"] {
            let new = json!({"name": "r", "type": kind, "resourceScopeIds": ["management-api-all"]});
            call(&app, "POST", all, new).await.expect_error(400, refused);
            let scopes = format!("{all}/{}/resource-scopes", role(&app, kind, kind, &[]).await);
            for method in ["POST", "PUT"] {
                let body = json!({"scopeIds": ["management-api-all"]});
                call(&app, method, &scopes, body).await.expect_error(400, refused);
            }
            assert_eq!(get(&app, &scopes).await.json(), json!([]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_role_that_someone_holds_keeps_its_type() {
    for_each_engine(async |app: TestApp| {
        let id = role(&app, "r", "User", &[]).await;
        let one = format!("/api/organization-roles/{id}");
        call(&app, "PATCH", &one, json!({"type": "MachineToMachine"})).await.expect(200);
        call(&app, "PATCH", &one, json!({"type": "User"})).await.expect(200);
        let users = format!("/api/organizations/{}/users", organization(&app, "o").await);
        user(&app, "ada").await;
        call(&app, "POST", &users, json!({"userIds": ["ada"]})).await.expect(201);
        call(&app, "POST", &format!("{users}/ada/roles"), json!({"organizationRoleIds": [id]})).await.expect(201);
        call(&app, "PATCH", &one, json!({"type": "MachineToMachine"}))
            .await
            .expect_error(422, "entity.db_constraint_violated");
        call(&app, "PATCH", &one, json!({"type": "User", "name": "s"})).await.expect(200);
    })
    .await;
}
