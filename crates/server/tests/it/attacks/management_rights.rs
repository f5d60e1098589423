//! Attack B24: a management token opens the API only while its caller has the right, whatever it says.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixtures::person;

const API: &str = "https://default.logto.app/api";

async fn opens(app: &TestApp, token: &str) -> bool {
    let response = app.get("/api/roles").bearer(token).send().await;
    assert!(matches!(response.status.as_u16(), 200 | 401 | 403), "{}", response.text());
    response.status == 200
}

/// A role of `default` that gives the scope `all` of its API to users or to machines.
pub async fn role(app: &TestApp, kind: &str) -> String {
    let insert = db::sql!(
        "insert into roles (tenant_id, id, name, description, type, created_at) values ('default', $1, $1, '', $2, 0)"
    );
    let (id, kind) = (format!("role-{kind}"), kind.to_owned());
    let role = id.clone();
    let write = app.write("default", move |work| {
        work.touch(server::tenants::Section::Access)?;
        work.exec_one(insert, db::params![&role, kind])?;
        work.exec_one(
            db::sql!(
                "insert into roles_scopes (tenant_id, role_id, scope_id) values ('default', $1, 'management-api-all')"
            ),
            db::params![&role],
        )
    });
    write.await.unwrap();
    id
}

#[tokio::test]
async fn b24_a_management_token_of_an_application_ends_with_its_role_and_with_the_application() {
    for_each_engine(async |app: TestApp| {
        let body = json!({"name": "machine", "type": "MachineToMachine"});
        let made = app.management_request("POST", "/api/applications").await.json(body).send().await.expect(200).json();
        let id = made["id"].as_str().unwrap().to_owned();
        let token = app.signed_token("default", &id, API, "all").await;
        assert!(!opens(&app, &token).await, "no role gives the scope");
        let roles = format!("/api/applications/{id}/roles");
        let role = role(&app, "MachineToMachine").await;
        let assign = json!({"roleIds": [role]});
        app.management_request("POST", &roles).await.json(assign.clone()).send().await.expect(201);
        assert!(opens(&app, &token).await);
        let path = format!("{roles}/{role}");
        app.management_request("DELETE", &path).await.send().await.expect(204);
        assert!(!opens(&app, &token).await, "the role was taken");
        app.management_request("POST", &roles).await.json(assign).send().await.expect(201);
        assert!(opens(&app, &token).await);
        app.management_request("DELETE", &format!("/api/applications/{id}")).await.send().await.expect(204);
        assert!(!opens(&app, &token).await, "the application is gone");
    })
    .await;
}

/// Makes a grant of alice to the application; the `jti` of a token under it.
async fn granted(app: &TestApp, client: &str) -> String {
    let text = "insert into grants (tenant_id, id, user_id, client_id, scope, resources, rejected, created_at, expires_at, consent_epoch) \
                values ('default', 'g', 'alice', $1, '', '{}', '{}', 0, $2, 0)";
    let end = app.app.clock.now().plus_seconds(3600);
    app.sql(text, vec![client.into(), end.millis().into()]).await;
    "g.t".to_owned()
}

#[tokio::test]
async fn b24_b11_a_management_token_of_a_person_ends_with_the_role_the_suspension_and_the_client() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let body = json!({"name": "console", "type": "SPA"});
        let made = app.management_request("POST", "/api/applications").await.json(body).send().await.expect(200).json();
        let client = made["id"].as_str().unwrap().to_owned();
        let config = app.app.tenants.get("default", &app.app).await.unwrap();
        let now = app.app.clock.now().seconds();
        let claims = json!({
            "jti": granted(&app, &client).await, "sub": "alice", "client_id": client, "iat": now, "exp": now + 3600, "scope": "all",
            "iss": app.app.tenants.issuer("default"), "aud": API,
        });
        let token = config.keys.current.sign(Some("at+jwt"), &claims).unwrap();
        assert!(!opens(&app, &token).await, "no role gives the scope");
        let role = role(&app, "User").await;
        let assign = app.management_request("POST", "/api/users/alice/roles").await.json(json!({"roleIds": [role]}));
        assign.send().await.expect(201);
        assert!(opens(&app, &token).await);
        for (suspended, open) in [(true, false), (false, true)] {
            let body = json!({"isSuspended": suspended});
            app.management_request("PATCH", "/api/users/alice/is-suspended").await.json(body).send().await.expect(200);
            if open {
                assert!(!opens(&app, &token).await, "the suspension ended her grants");
                granted(&app, &client).await;
            }
            assert_eq!(opens(&app, &token).await, open);
        }
        app.management_request("DELETE", &format!("/api/users/alice/roles/{role}")).await.send().await.expect(204);
        assert!(!opens(&app, &token).await, "the role was taken");
        let again = app.management_request("POST", "/api/users/alice/roles").await.json(json!({"roleIds": [role]}));
        again.send().await.expect(201);
        assert!(opens(&app, &token).await);
        let control = format!("/api/applications/{client}/access-control");
        for (controlled, open) in [(true, false), (false, true)] {
            let body = json!({"appLevelAccessControlEnabled": controlled});
            if controlled {
                person(&app, "bob").await;
                let rules = json!({
                    "userIds": ["bob"], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": [],
                });
                app.management_request("PUT", &control).await.json(rules).send().await.expect(200);
            }
            let switch = app.management_request("PATCH", &format!("/api/applications/{client}")).await;
            switch.json(body).send().await.expect(200);
            assert_eq!(opens(&app, &token).await, open, "the application is not open to her");
        }
        app.sql("delete from grants where client_id = $1", vec![client.as_str().into()]).await;
        let ended = app.get("/api/roles").bearer(&token).send().await;
        ended.expect_error(401, "auth.unauthorized");
        granted(&app, &client).await;
        assert!(opens(&app, &token).await);
        app.management_request("DELETE", &format!("/api/applications/{client}")).await.send().await.expect(204);
        assert!(!opens(&app, &token).await, "the client is gone");
    })
    .await;
}

#[tokio::test]
async fn b24_a_management_token_ends_when_its_client_becomes_a_third_party() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let body = json!({"name": "guest", "type": "Traditional"});
        let made = app.management_request("POST", "/api/applications").await.json(body).send().await.expect(200).json();
        let client = made["id"].as_str().unwrap().to_owned();
        let role = role(&app, "User").await;
        let assign = app.management_request("POST", "/api/users/alice/roles").await.json(json!({"roleIds": [role]}));
        assign.send().await.expect(201);
        let config = app.app.tenants.get("default", &app.app).await.unwrap();
        let now = app.app.clock.now().seconds();
        let claims = json!({
            "jti": granted(&app, &client).await, "sub": "alice", "client_id": client, "iat": now, "exp": now + 3600, "scope": "all",
            "iss": app.app.tenants.issuer("default"), "aud": API,
        });
        let token = config.keys.current.sign(Some("at+jwt"), &claims).unwrap();
        assert!(opens(&app, &token).await);
        let write = app.write("default", move |work| {
            work.touch(server::tenants::Section::Clients)?;
            work.exec_one(
                db::sql!("update applications set is_third_party = true where tenant_id = 'default' and id = $1"),
                db::params![&client],
            )
        });
        write.await.unwrap();
        app.app.clock.advance(std::time::Duration::from_secs(1));
        assert!(!opens(&app, &token).await);
    })
    .await;
}

#[tokio::test]
async fn b24_a_right_that_is_taken_while_the_body_comes_changes_nothing() {
    for_each_engine(async |app: TestApp| {
        let body = json!({"name": "machine", "type": "MachineToMachine"});
        let made = app.management_request("POST", "/api/applications").await.json(body).send().await.expect(200).json();
        let id = made["id"].as_str().unwrap().to_owned();
        let token = app.signed_token("default", &id, API, "all").await;
        let role = role(&app, "MachineToMachine").await;
        let roles = format!("/api/applications/{id}/roles");
        let assign = json!({"roleIds": [role]});
        app.management_request("POST", &roles).await.json(assign).send().await.expect(201);
        let taken = app.management_request("DELETE", &format!("{roles}/{role}")).await;
        // The body is read after the caller was let in.
        let slow = futures_util::stream::once(async move {
            taken.send().await.expect(204);
            Ok::<_, std::io::Error>(axum::body::Bytes::from(r#"{"name":"late","description":"late"}"#))
        });
        let late = app.post("/api/roles").bearer(&token).header("content-type", "application/json");
        let late = late.stream(axum::body::Body::from_stream(slow)).send().await;
        assert_eq!((late.status.as_u16(), late.json()["code"].clone()), (403, json!("auth.forbidden")));
        let all = app.management_request("GET", "/api/roles?search=late").await.send().await.expect(200).json();
        assert_eq!(all, json!([]));
    })
    .await;
}
