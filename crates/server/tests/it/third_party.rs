//! What hangs on an application: roles, branding, and the consent settings of third-party ones (inventory M072–M075,
//! M081–M089; traces 40-06, 40-21).

use db::{params, sql};
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::{call, delete, get, make};

async fn role(app: &TestApp, name: &str, kind: &str) -> String {
    let body = json!({"name": name, "description": "d", "type": kind});
    let made = call(app, "POST", "/api/roles", body).await.expect(200);
    made.json()["id"].as_str().unwrap().to_owned()
}

async fn third_party(app: &TestApp) -> String {
    make(app, json!({"name": "third", "type": "Traditional", "isThirdParty": true})).await
}

#[tokio::test]
async fn roles_of_machine_applications_come_and_go() {
    for_each_engine(async |app: TestApp| {
        let machine = make(&app, json!({"name": "m", "type": "MachineToMachine"})).await;
        let spa = make(&app, json!({"name": "s", "type": "SPA"})).await;
        let (a, user) = (role(&app, "machine-a", "MachineToMachine").await, role(&app, "person", "User").await);
        let b = role(&app, "machine-b", "MachineToMachine").await;
        let path = format!("/api/applications/{machine}/roles");
        let added = call(&app, "POST", &path, json!({"roleIds": [a]})).await.expect(201).json();
        assert_eq!(added, json!({"roleIds": [a], "addedRoleIds": [a]}));
        let added = call(&app, "POST", &path, json!({"roleIds": [a, b]})).await.expect(201).json();
        assert_eq!(added, json!({"roleIds": [a, b], "addedRoleIds": [b]}));
        call(&app, "POST", &path, json!({"roleIds": [user]})).await.expect_error(422, "application.invalid_role_type");
        call(&app, "POST", &path, json!({"roleIds": ["none"]})).await.expect_error(404, "entity.not_exists_with_id");
        call(&app, "POST", &path, json!({"roleIds": []})).await.expect(201);
        call(&app, "POST", &path, json!({})).await.expect_error(400, "guard.invalid_input");
        let other = format!("/api/applications/{spa}/roles");
        call(&app, "POST", &other, json!({"roleIds": [a]})).await.expect_error(422, "application.invalid_type");
        get(&app, &other).await.expect_error(422, "application.invalid_type");
        call(&app, "PATCH", &format!("/api/applications/{machine}"), json!({"isAdmin": true})).await.expect(200);
        let list = get(&app, &format!("{path}?search=%25-a")).await.expect(200);
        assert_eq!(list.header("total-number"), "1");
        let expected = json!([{"tenantId": "default", "id": a, "name": "machine-a", "description": "d",
            "type": "MachineToMachine", "isDefault": false}]);
        assert_eq!(list.json(), expected);
        assert_eq!(get(&app, &path).await.expect(200).header("total-number"), "2", "internal roles are not listed");
        assert_eq!(call(&app, "PUT", &path, json!({"roleIds": [b]})).await.expect(200).json(), json!({"roleIds": [b]}));
        let registered = app.registered("default", &machine).await.unwrap();
        let held: Vec<&str> = registered.roles.iter().map(String::as_str).collect();
        assert_eq!(held.len(), 2, "replacing keeps #internal:admin");
        assert!(held.contains(&b.as_str()) && held.contains(&"admin-role"));
        delete(&app, &format!("{path}/{b}")).await.expect(204);
        delete(&app, &format!("{path}/{b}")).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn branding_of_an_application_is_merged_by_member() {
    for_each_engine(async |app: TestApp| {
        let id = third_party(&app).await;
        let path = format!("/api/applications/{id}/sign-in-experience");
        get(&app, &path).await.expect_error(404, "entity.not_exists_with_id");
        let first = json!({"displayName": "D", "branding": {"logoUrl": "https://l.example.com/l.png"},
            "termsOfUseUrl": "https://t.example.com"});
        let made = call(&app, "PUT", &path, first).await.expect(201).json();
        let mut expected = json!({"tenantId": "default", "applicationId": id, "color": {},
            "branding": {"logoUrl": "https://l.example.com/l.png"}, "customCss": null,
            "termsOfUseUrl": "https://t.example.com", "privacyPolicyUrl": null, "displayName": "D"});
        assert_eq!(made, expected);
        assert_eq!(get(&app, &path).await.expect(200).json(), expected);
        expected["termsOfUseUrl"] = Value::Null;
        assert_eq!(call(&app, "PUT", &path, json!({"termsOfUseUrl": null})).await.expect(200).json(), expected);
        expected["displayName"] = Value::Null;
        assert_eq!(call(&app, "PUT", &path, json!({"displayName": ""})).await.expect(200).json(), expected);
        for bad in [
            json!({"color": {"primaryColor": "red"}}),
            json!({"displayName": "d".repeat(257)}),
            json!({"branding": {"favicon": 1}}),
        ] {
            call(&app, "PUT", &path, bad).await.expect_error(400, "guard.invalid_input");
        }
        let registered = app.registered("default", &id).await.unwrap();
        let seen = registered.branding.as_ref().unwrap();
        assert_eq!(seen["branding"]["logoUrl"], "https://l.example.com/l.png");
    })
    .await;
}

#[tokio::test]
async fn a7_scriptable_schemes_are_refused_in_branding() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}/sign-in-experience", third_party(&app).await);
        for bad in ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "java\nscript:x"] {
            for body in [
                json!({"termsOfUseUrl": bad}),
                json!({"privacyPolicyUrl": bad}),
                json!({"branding": {"logoUrl": bad}}),
                json!({"branding": {"darkLogoUrl": bad}}),
                json!({"branding": {"favicon": bad}}),
                json!({"branding": {"darkFavicon": bad}}),
            ] {
                call(&app, "PUT", &path, body).await.expect_error(400, "guard.invalid_input");
            }
        }
        get(&app, &path).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn consent_scopes_are_grouped_by_resource() {
    for_each_engine(async |app: TestApp| {
        let id = third_party(&app).await;
        let path = format!("/api/applications/{id}/user-consent-scopes");
        let resource = json!({"name": "items", "indicator": "https://items.example.com"});
        let resource = call(&app, "POST", "/api/resources", resource).await.expect(201).json()["id"].clone();
        let scopes = format!("/api/resources/{}/scopes", resource.as_str().unwrap());
        let scope = json!({"name": "read:items", "description": "d"});
        let scope = call(&app, "POST", &scopes, scope).await.expect(201).json()["id"].clone();
        let organization = json!({"name": "org:read"});
        let organization = call(&app, "POST", "/api/organization-scopes", organization).await.expect(201).json();
        let wanted = json!({"userScopes": ["profile", "email"], "resourceScopes": [scope],
            "organizationScopes": [organization["id"]], "organizationResourceScopes": [scope]});
        for _ in 0..2 {
            assert_eq!(call(&app, "POST", &path, wanted.clone()).await.expect(201).text(), "Created");
        }
        let group = json!([{"resource": {"id": resource, "name": "items", "indicator": "https://items.example.com"},
            "scopes": [{"id": scope, "name": "read:items", "description": "d"}]}]);
        let expected = json!({
            "organizationScopes": [{"id": organization["id"], "name": "org:read", "description": null}],
            "resourceScopes": group, "organizationResourceScopes": group, "userScopes": ["email", "profile"],
        });
        assert_eq!(get(&app, &path).await.expect(200).json(), expected);
        let seen = app.registered("default", id.as_str()).await.unwrap().consent_scopes.clone();
        assert_eq!(seen.len(), 4, "b24: the next request sees it");
        delete(&app, &format!("{path}/user-scopes/profile")).await.expect(204);
        delete(&app, &format!("{path}/user-scopes/phone")).await.expect_error(404, "entity.not_found");
        let kind = delete(&app, &format!("{path}/foo/x")).await.expect_error(400, "guard.invalid_input");
        assert_eq!(kind.json()["data"]["issues"][0]["path"], json!(["scopeType"]));
        delete(&app, &format!("{path}/resource-scopes/{}", scope.as_str().unwrap())).await.expect(204);
        assert_eq!(get(&app, &path).await.expect(200).json()["resourceScopes"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn consent_scopes_have_their_rules() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}/user-consent-scopes", third_party(&app).await);
        let refused = call(&app, "POST", &path, json!({"resourceScopes": ["none"], "userScopes": ["email"]})).await;
        let refused = refused.expect_error(422, "application.user_consent_scopes_not_found");
        let data = json!({"invalidOrganizationScopes": [], "invalidResourceScopes": ["none"],
            "invalidOrganizationResourceScopes": []});
        assert_eq!(refused.json()["data"], data);
        assert_eq!(get(&app, &path).await.json()["userScopes"], json!([]), "a refused request leaves nothing behind");
        for member in ["resourceScopes", "organizationResourceScopes"] {
            let body = json!({member: ["management-api-all"]});
            let code = "application.consent_management_api_scopes_not_allowed";
            call(&app, "POST", &path, body).await.expect_error(422, code);
        }
        call(&app, "POST", &path, json!({"userScopes": ["all"]})).await.expect_error(400, "guard.invalid_input");
        // F6: a scope of the other tenant does not exist.
        let foreign = json!({"resourceScopes": ["me-all"], "organizationScopes": ["read-data"]});
        call(&app, "POST", &path, foreign).await.expect_error(422, "application.user_consent_scopes_not_found");
        let own = make(&app, json!({"name": "first", "type": "SPA"})).await;
        let own = format!("/api/applications/{own}/user-consent-scopes");
        let body = json!({"userScopes": ["profile"]});
        call(&app, "POST", &own, body).await.expect_error(422, "application.third_party_application_only");
    })
    .await;
}

#[tokio::test]
async fn a_users_organizations_are_opened_to_a_third_party() {
    for_each_engine(async |app: TestApp| {
        let id = third_party(&app).await;
        app.app
            .db
            .write(|tx| {
                let user = sql!(
                    "insert into users (tenant_id, id, username, created_at, updated_at) \
                     values ('default', 'bob', 'bob', 1, 1)"
                );
                tx.exec(user, &[])?;
                for organization in ["org-a", "org-b", "org-c"] {
                    let text = sql!(
                        "insert into organizations (tenant_id, id, name, created_at) values ('default', $1, $1, 1)"
                    );
                    tx.exec(text, params![organization])?;
                    if organization != "org-c" {
                        let text = sql!(
                            "insert into organization_users (tenant_id, organization_id, user_id, created_at) \
                             values ('default', $1, 'bob', 1)"
                        );
                        tx.exec(text, params![organization])?;
                    }
                }
                Ok::<_, db::DbError>(())
            })
            .await
            .unwrap();
        let path = format!("/api/applications/{id}/users/bob/consent-organizations");
        let empty = get(&app, &path).await.expect(200);
        assert_eq!((empty.json(), empty.header("total-number")), (json!({"organizations": []}), "0"));
        let ids = |ids: &[&str]| json!({"organizationIds": ids});
        let code = "organization.require_membership";
        call(&app, "POST", &path, ids(&["org-a", "org-c"])).await.expect_error(422, code);
        call(&app, "POST", &path, ids(&["none"])).await.expect_error(422, code);
        assert_eq!(get(&app, &path).await.header("total-number"), "0", "a refused request leaves nothing behind");
        for _ in 0..2 {
            call(&app, "POST", &path, ids(&["org-a"])).await.expect(201);
        }
        call(&app, "PUT", &path, ids(&["org-b", "org-a"])).await.expect(204);
        let list = get(&app, &format!("{path}?page=2&page_size=1")).await.expect(200);
        assert_eq!((list.header("total-number"), &list.json()["organizations"][0]["id"]), ("2", &json!("org-b")));
        delete(&app, &format!("{path}/org-b")).await.expect(204);
        delete(&app, &format!("{path}/org-b")).await.expect_error(404, "entity.not_found");
        call(&app, "PUT", &path, ids(&[])).await.expect(204);
        let nobody = path.replace("/bob/", "/nobody/");
        get(&app, &nobody).await.expect_error(404, "entity.not_found");
        let own = path.replace(&id, &make(&app, json!({"name": "first", "type": "SPA"})).await);
        get(&app, &own).await.expect_error(422, "application.third_party_application_only");
        call(&app, "POST", &own, ids(&["org-a"])).await.expect_error(422, "application.third_party_application_only");
    })
    .await;
}

#[tokio::test]
async fn f6_what_hangs_on_a_foreign_application_does_not_exist() {
    for_each_engine(async |app: TestApp| {
        for id in ["none", "admin-console", "m-default"] {
            for (method, tail, body) in [
                ("GET", "roles", json!({})),
                ("POST", "roles", json!({"roleIds": []})),
                ("PUT", "roles", json!({"roleIds": []})),
                ("DELETE", "roles/m-default", json!({})),
                ("GET", "sign-in-experience", json!({})),
                ("PUT", "sign-in-experience", json!({"displayName": "x"})),
                ("GET", "user-consent-scopes", json!({})),
                ("POST", "user-consent-scopes", json!({"userScopes": ["email"]})),
                ("DELETE", "user-consent-scopes/user-scopes/email", json!({})),
                ("GET", "users/bob/consent-organizations", json!({})),
                ("POST", "users/bob/consent-organizations", json!({"organizationIds": ["x"]})),
                ("PUT", "users/bob/consent-organizations", json!({"organizationIds": []})),
                ("DELETE", "users/bob/consent-organizations/x", json!({})),
            ] {
                let response = call(&app, method, &format!("/api/applications/{id}/{tail}"), body).await;
                response.expect_error(404, "entity.not_exists_with_id");
            }
        }
        let machine = make(&app, json!({"name": "m", "type": "MachineToMachine"})).await;
        let foreign = json!({"roleIds": ["m-default"]});
        let response = call(&app, "POST", &format!("/api/applications/{machine}/roles"), foreign).await;
        response.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}
