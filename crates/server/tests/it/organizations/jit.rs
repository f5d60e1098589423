use serde_json::json;
use server::Tenant;
use server::organizations::jit::{Origin, join};
use server::work::Actor;
use testkit::{TestApp, for_each_engine};

use super::{call, get, ids, organization, role, user};

#[tokio::test]
async fn domains_and_roles_of_just_in_time_membership() {
    for_each_engine(async |app: TestApp| {
        let id = organization(&app, "o").await;
        let base = format!("/api/organizations/{id}/jit");
        let domains = format!("{base}/email-domains");
        let entry = json!({"tenantId": "default", "organizationId": id, "emailDomain": "j2.example"});
        let added = call(&app, "POST", &domains, json!({"emailDomain": "J2.example"})).await.expect(201);
        assert_eq!(added.json(), entry);
        call(&app, "POST", &domains, json!({"emailDomain": "j2.example"}))
            .await
            .expect_error(422, "entity.unique_integrity_violation");
        call(&app, "POST", &domains, json!({"emailDomain": ""})).await.expect_error(400, "guard.invalid_input");
        let listed = get(&app, &format!("{domains}?page=1&page_size=20")).await.expect(200);
        assert_eq!((listed.header("total-number"), listed.json()), ("1", json!([entry])));
        call(&app, "PUT", &domains, json!({"emailDomains": ["j3.example"]})).await.expect(204);
        assert_eq!(get(&app, &domains).await.json()[0]["emailDomain"], "j3.example");
        let gone = call(&app, "DELETE", &format!("{domains}/none.example"), json!({})).await;
        gone.expect_error(404, "entity.not_found");
        call(&app, "DELETE", &format!("{domains}/j3.example"), json!({})).await.expect(204);

        let roles = format!("{base}/roles");
        let (member, machine) = (role(&app, "m", "User", &[]).await, role(&app, "x", "MachineToMachine", &[]).await);
        call(&app, "POST", &roles, json!({"organizationRoleIds": [member]})).await.expect(201);
        assert_eq!(
            get(&app, &roles).await.expect(200).json(),
            json!([{"tenantId": "default", "id": member, "name": "m", "description": null, "type": "User"}])
        );
        call(&app, "POST", &roles, json!({"organizationRoleIds": [machine]}))
            .await
            .expect_error(422, "entity.db_constraint_violated");
        call(&app, "DELETE", &format!("{roles}/{member}"), json!({})).await.expect(204);
        call(&app, "PUT", &roles, json!({"organizationRoleIds": []})).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn a_verified_address_of_the_domain_joins_with_the_roles() {
    for_each_engine(async |app: TestApp| {
        let (by_domain, given) = (organization(&app, "domain").await, organization(&app, "given").await);
        let member = role(&app, "m", "User", &[]).await;
        let base = format!("/api/organizations/{by_domain}/jit");
        call(&app, "POST", &format!("{base}/email-domains"), json!({"emailDomain": "acme.example"})).await.expect(201);
        call(&app, "POST", &format!("{base}/roles"), json!({"organizationRoleIds": [member]})).await.expect(201);
        user(&app, "ada").await;
        user(&app, "eve").await;
        let (list, tenant) = (vec![given.as_str().into(), "gone".into()], Tenant::new("default", &app.app));
        let joined = tenant
            .write(&Actor::Server, move |work| join(work, &"ada".into(), Origin::Email(Some("a@ACME.example")), &list))
            .await;
        assert_eq!(joined.unwrap(), [by_domain.clone(), given]);
        let other =
            tenant.write(&Actor::Server, |work| join(work, &"eve".into(), Origin::Email(Some("e@xacme.example")), &[]));
        assert!(other.await.unwrap().is_empty());
        let users = format!("/api/organizations/{by_domain}/users");
        assert_eq!(ids(&get(&app, &users).await), ["ada"]);
        assert_eq!(ids(&get(&app, &format!("{users}/ada/roles")).await), [member]);
    })
    .await;
}
