use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{application, call, get, ids, made, organization, role, user};

#[tokio::test]
async fn users_join_and_leave_an_organization() {
    for_each_engine(async |app: TestApp| {
        let base = format!("/api/organizations/{}/users", organization(&app, "o").await);
        let (ada, ben) = (user(&app, "ada").await, user(&app, "ben").await);
        let added = call(&app, "POST", &base, json!({"userIds": [ada, ben]})).await.expect(201);
        assert_eq!(added.json(), json!({"userIds": ["ada", "ben"]}));
        let again = call(&app, "POST", &base, json!({"userIds": [ben, ada, ben]})).await.expect(201);
        assert_eq!(again.json(), json!({"userIds": ["ben", "ada", "ben"]}), "as given");
        call(&app, "POST", &base, json!({"userIds": []})).await.expect_error(400, "guard.invalid_input");
        call(&app, "POST", &base, json!({"userIds": [""]})).await.expect_error(400, "guard.invalid_input");
        call(&app, "POST", &base, json!({"userIds": ["nobody"]}))
            .await
            .expect_error(422, "entity.relation_foreign_key_not_found");
        call(&app, "POST", "/api/organizations/none/users", json!({"userIds": [ada]}))
            .await
            .expect_error(422, "entity.relation_foreign_key_not_found");

        let page = get(&app, &format!("{base}?page=1&page_size=1")).await.expect(200);
        assert_eq!(page.header("total-number"), "2");
        let now = app.app.clock.now().0;
        assert_eq!(
            page.json(),
            json!([{
                "id": "ada", "username": "ada", "primaryEmail": null, "primaryPhone": null, "name": "Name of ada",
                "avatar": null, "customData": {}, "identities": {}, "lastSignInAt": null, "createdAt": now,
                "updatedAt": now, "profile": {}, "applicationId": null, "cimdClientId": null, "isSuspended": false,
                "organizationRoles": [],
            }])
        );
        assert_eq!(ids(&get(&app, &format!("{base}?q=OF%20BE")).await), ["ben"]);
        call(&app, "PUT", &base, json!({"userIds": [ada]})).await.expect(204);
        assert_eq!(ids(&get(&app, &base).await), ["ada"]);
        call(&app, "DELETE", &format!("{base}/ada"), json!({})).await.expect(204);
        call(&app, "DELETE", &format!("{base}/ada"), json!({})).await.expect_error(404, "entity.not_found");
        let unknown = get(&app, "/api/organizations/none/users").await.expect(200);
        assert_eq!((unknown.header("total-number"), unknown.json()), ("0", json!([])));
    })
    .await;
}

#[tokio::test]
async fn members_hold_roles_that_give_scopes() {
    for_each_engine(async |app: TestApp| {
        let scope = made(&app, "/api/organization-scopes", json!({"name": "org:read"})).await;
        let member = role(&app, "org-member", "User", &[&scope]).await;
        let machine = role(&app, "org-machine", "MachineToMachine", &[]).await;
        let users = format!("/api/organizations/{}/users", organization(&app, "o").await);
        user(&app, "ada").await;
        user(&app, "ben").await;
        call(&app, "POST", &users, json!({"userIds": ["ada"]})).await.expect(201);
        let roles = format!("{users}/ada/roles");
        let added = call(&app, "POST", &roles, json!({"organizationRoleIds": [member]})).await.expect(201);
        assert_eq!(added.json(), json!({"organizationRoleIds": [member]}));
        let added = call(&app, "POST", &roles, json!({"organizationRoleNames": ["org-member"]})).await.expect(201);
        assert_eq!(added.json(), json!({"organizationRoleIds": [member]}));
        let full = json!([
            {"tenantId": "default", "id": member, "name": "org-member", "description": null, "type": "User"}
        ]);
        assert_eq!(get(&app, &roles).await.expect(200).json(), full);
        assert_eq!(
            get(&app, &format!("{users}/ada/scopes")).await.expect(200).json(),
            json!([{"tenantId": "default", "id": scope, "name": "org:read", "description": null}])
        );
        let listed = get(&app, &users).await.json();
        assert_eq!(listed[0]["organizationRoles"], json!([{"id": member, "name": "org-member"}]));
        assert_eq!(ids(&get(&app, &format!("{users}?organizationRoleId={member}")).await), ["ada"]);
        assert!(ids(&get(&app, &format!("{users}?organizationRoleId={machine}")).await).is_empty());

        let names = call(&app, "POST", &roles, json!({"organizationRoleNames": ["org-member", "no"]})).await;
        names.expect_error(422, "organization.role_names_not_found");
        call(&app, "POST", &roles, json!({"organizationRoleIds": ["none"]}))
            .await
            .expect_error(422, "entity.relation_foreign_key_not_found");
        call(&app, "POST", &roles, json!({"organizationRoleIds": [machine]}))
            .await
            .expect_error(422, "entity.db_constraint_violated");
        for path in [format!("{users}/ben/roles"), format!("{users}/ben/scopes")] {
            get(&app, &path).await.expect_error(422, "organization.require_membership");
        }
        call(&app, "POST", &format!("{users}/ben/roles"), json!({"organizationRoleIds": [member]}))
            .await
            .expect_error(422, "organization.require_membership");

        call(&app, "PUT", &roles, json!({"organizationRoleIds": []})).await.expect(204);
        call(&app, "DELETE", &format!("{roles}/{member}"), json!({})).await.expect_error(404, "entity.not_found");
        let both = json!({"userIds": ["ada"], "organizationRoleIds": [member]});
        assert_eq!(call(&app, "POST", &format!("{users}/roles"), both).await.expect(201).text(), "Created");
        let stranger = json!({"userIds": ["ben"], "organizationRoleIds": [member]});
        call(&app, "POST", &format!("{users}/roles"), stranger)
            .await
            .expect_error(422, "entity.relation_foreign_key_not_found");
        assert_eq!(get(&app, &roles).await.json(), full);
        call(&app, "DELETE", &format!("{roles}/{member}"), json!({})).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn replacing_members_keeps_the_roles_of_those_who_stay_and_leaving_ends_them() {
    for_each_engine(async |app: TestApp| {
        let member = role(&app, "r", "User", &[]).await;
        let users = format!("/api/organizations/{}/users", organization(&app, "o").await);
        user(&app, "ada").await;
        user(&app, "ben").await;
        call(&app, "PUT", &users, json!({"userIds": ["ada"]})).await.expect(204);
        call(&app, "POST", &format!("{users}/ada/roles"), json!({"organizationRoleIds": [member]})).await.expect(201);
        call(&app, "PUT", &users, json!({"userIds": ["ben", "ada"]})).await.expect(204);
        assert_eq!(ids(&get(&app, &format!("{users}/ada/roles")).await), [member]);
        call(&app, "PUT", &users, json!({"userIds": []})).await.expect(204);
        call(&app, "PUT", &users, json!({"userIds": ["ada"]})).await.expect(204);
        assert!(ids(&get(&app, &format!("{users}/ada/roles")).await).is_empty());
    })
    .await;
}

#[tokio::test]
async fn only_machines_join_as_applications_and_hold_machine_roles() {
    for_each_engine(async |app: TestApp| {
        let (member, machine) = (role(&app, "m", "User", &[]).await, role(&app, "x", "MachineToMachine", &[]).await);
        let base = format!("/api/organizations/{}/applications", organization(&app, "o").await);
        let (m2m, spa) =
            (application(&app, "trace-m2m", "MachineToMachine").await, application(&app, "spa", "SPA").await);
        let added = call(&app, "POST", &base, json!({"applicationIds": [m2m]})).await.expect(201);
        assert_eq!(added.text(), "Created");
        call(&app, "POST", &base, json!({"applicationIds": [spa]}))
            .await
            .expect_error(422, "entity.db_constraint_violated");
        call(&app, "PUT", &base, json!({"applicationIds": ["none"]}))
            .await
            .expect_error(422, "entity.relation_foreign_key_not_found");
        let roles = format!("{base}/{m2m}/roles");
        assert_eq!(get(&app, &roles).await.expect(200).json(), json!([]));
        call(&app, "POST", &roles, json!({"organizationRoleIds": [member]}))
            .await
            .expect_error(422, "entity.db_constraint_violated");
        let both = json!({"applicationIds": [m2m], "organizationRoleIds": [machine]});
        call(&app, "POST", &format!("{base}/roles"), both).await.expect(201);
        assert_eq!(
            get(&app, &base).await.expect(200).json(),
            json!([{
                "tenantId": "default", "id": "trace-m2m", "name": "trace-m2m", "description": null,
                "type": "MachineToMachine",
                "oidcClientMetadata": {"redirectUris": [], "postLogoutRedirectUris": []},
                "customClientMetadata": {}, "protectedAppMetadata": null, "customData": {}, "isThirdParty": false,
                "appLevelAccessControlEnabled": false, "createdAt": app.app.clock.now().0,
                "organizationRoles": [{"id": machine, "name": "x"}],
            }])
        );
        call(&app, "PUT", &roles, json!({"organizationRoleIds": []})).await.expect(204);
        call(&app, "POST", &roles, json!({"organizationRoleIds": [machine]})).await.expect(201);
        call(&app, "DELETE", &format!("{roles}/{machine}"), json!({})).await.expect(204);
        call(&app, "DELETE", &format!("{base}/{m2m}"), json!({})).await.expect(204);
        get(&app, &roles).await.expect_error(422, "organization.require_membership");
        assert_eq!(get(&app, &format!("{base}?q=trace")).await.json(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn replacing_machines_keeps_the_roles_of_those_who_stay_and_says_who_came_and_went() {
    for_each_engine(async |app: TestApp| {
        let machine = role(&app, "x", "MachineToMachine", &[]).await;
        let id = organization(&app, "o").await;
        let base = format!("/api/organizations/{id}/applications");
        for name in ["m1", "m2", "m3"] {
            application(&app, name, "MachineToMachine").await;
        }
        let recorder = crate::outbox::Recorder::default();
        let kinds = &[server::events::EventKind::OrganizationMembershipUpdated];
        app.app.outbox.subscribe("recorder", kinds, recorder.subscriber(0));
        let put = async |list: serde_json::Value| {
            call(&app, "PUT", &base, json!({"applicationIds": list})).await.expect(204);
            while server::outbox::deliver_due(&app.app).await.unwrap() > 0 {}
        };
        let left = async || {
            let mut left = ids(&get(&app, &base).await.expect(200));
            left.sort_unstable();
            left
        };
        put(json!(["m1", "m2"])).await;
        call(&app, "POST", &format!("{base}/m2/roles"), json!({"organizationRoleIds": [machine]})).await.expect(201);
        put(json!(["m2", "m3"])).await;
        assert_eq!(left().await, ["m2", "m3"]);
        assert_eq!(ids(&get(&app, &format!("{base}/m2/roles")).await), [machine.as_str()]);
        call(&app, "PUT", &base, json!({"applicationIds": ["m1", "none"]}))
            .await
            .expect_error(422, "entity.relation_foreign_key_not_found");
        assert_eq!(left().await, ["m2", "m3"], "what is refused changes nothing");
        put(json!(["m2", "m3"])).await;
        put(json!([])).await;
        assert_eq!(left().await, [""; 0]);
        put(json!(["m2"])).await;
        assert!(ids(&get(&app, &format!("{base}/m2/roles")).await).is_empty(), "who left lost the roles");

        let members = |payload: &serde_json::Value| {
            assert_eq!(payload["organizationId"], json!(id));
            assert!(payload.get("addedUserIds").is_none() && payload.get("removedUserIds").is_none(), "{payload}");
            ["addedApplicationIds", "removedApplicationIds"].map(|name| {
                let mut ids = payload.get(name).cloned();
                if let Some(list) = ids.as_mut().and_then(|ids| ids.as_array_mut()) {
                    list.sort_by_key(ToString::to_string);
                }
                ids
            })
        };
        let told: Vec<_> = recorder.payloads().iter().map(|(_, payload)| members(payload)).collect();
        let expected = [
            [Some(json!(["m1", "m2"])), None],
            [Some(json!(["m3"])), Some(json!(["m1"]))],
            [None, Some(json!(["m2", "m3"]))],
            [Some(json!(["m2"])), None],
        ];
        assert_eq!(told, expected, "inventory H014; a replacement that changes nothing is no event");
    })
    .await;
}
