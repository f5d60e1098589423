//! What an invitation is and becomes.

use std::time::Duration;

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::super::{call, get, organization, role};
use super::{PATH, REFUSED, accept, body, end, id_of, invite, person, roles_of};

#[tokio::test]
async fn an_invitation_is_made_accepted_and_deleted_as_in_trace_40_11() {
    for_each_engine(async |app: TestApp| {
        let (docks, member) = (organization(&app, "docks").await, role(&app, "org-member", "User", &[]).await);
        let (ada, alice) = (person(&app, "inv").await, person(&app, "alice").await);
        call(&app, "POST", &format!("/api/organizations/{docks}/users"), json!({"userIds": [alice]})).await.expect(201);
        let more = json!({"organizationRoleIds": [member], "messagePayload": false});
        let made = invite(&app, &docks, "inv@example.com", more).await;
        let now = app.app.clock.now().millis();
        let expected = json!({
            "tenantId": "default", "id": made["id"], "inviterId": null, "invitee": "inv@example.com",
            "acceptedUserId": null, "organizationId": docks, "status": "Pending", "createdAt": now, "updatedAt": now,
            "expiresAt": now + 3_600_000, "organizationRoles": [{"id": member, "name": "org-member"}],
        });
        assert_eq!((id_of(&made).len(), &made), (21, &expected));
        let unique = "entity.unique_integrity_violation";
        for again in ["inv@example.com", "INV@Example.com", " inv@example.com\u{200b}"] {
            call(&app, "POST", PATH, body(&app, &docks, again, json!({}))).await.expect_error(422, unique);
        }
        let of_member = body(&app, &docks, "ALICE@example.com", json!({}));
        call(&app, "POST", PATH, of_member).await.expect_error(422, REFUSED);
        let past = json!({"organizationId": docks, "invitee": "inv2@example.com", "expiresAt": 1});
        call(&app, "POST", PATH, past).await.expect_error(400, REFUSED);
        assert_eq!(get(&app, &format!("{PATH}/{}", id_of(&made))).await.expect(200).json(), made);

        end(&app, &made, json!({"status": "Accepted"})).await.expect_error(422, REFUSED);
        for wrong in [&alice, "nobody"] {
            accept(&app, &made, wrong).await.expect_error(422, REFUSED);
        }
        end(&app, &made, json!({"status": "Revoked", "acceptedUserId": ada})).await.expect_error(422, REFUSED);
        end(&app, &made, json!({"status": "Pending"})).await.expect_error(400, "guard.invalid_input");
        app.app.clock.advance(Duration::from_secs(1));
        let accepted = accept(&app, &made, &ada).await.expect(200).json();
        let mut expected = expected;
        expected["status"] = json!("Accepted");
        expected["acceptedUserId"] = json!(ada);
        expected["updatedAt"] = json!(now + 1000);
        assert_eq!(accepted, expected);
        assert_eq!(roles_of(&app, &docks, &ada).await, Some(vec![member]));
        end(&app, &made, json!({"status": "Revoked"})).await.expect_error(422, REFUSED);
        accept(&app, &made, &ada).await.expect_error(422, REFUSED);
        let one = format!("{PATH}/{}", id_of(&made));
        call(&app, "DELETE", &one, json!(null)).await.expect(204);
        for (method, path) in [("GET", one.as_str()), ("DELETE", &one), ("GET", &format!("{PATH}/none"))] {
            call(&app, method, path, json!(null)).await.expect_error(404, "entity.not_found");
        }
        accept(&app, &made, &ada).await.expect_error(404, "entity.not_found");
        assert!(roles_of(&app, &docks, &ada).await.is_some(), "a member stays one");
    })
    .await;
}

#[tokio::test]
async fn lists_are_of_an_organization_an_inviter_or_an_invitee() {
    for_each_engine(async |app: TestApp| {
        let (docks, quay) = (organization(&app, "docks").await, organization(&app, "quay").await);
        let ada = person(&app, "ada").await;
        let first = invite(&app, &docks, "one@example.com", json!({"inviterId": ada})).await;
        app.app.clock.advance(Duration::from_secs(1));
        let second = invite(&app, &quay, "One@example.com", json!({"inviterId": null})).await;
        app.app.clock.advance(Duration::from_secs(1));
        let third = invite(&app, &docks, "two@example.com", json!({})).await;
        for (query, expected) in [
            (String::new(), json!([third, second, first])),
            (format!("?organizationId={docks}"), json!([third, first])),
            (format!("?inviterId={ada}"), json!([first])),
            ("?invitee=ONE@example.com".to_owned(), json!([second, first])),
            (format!("?organizationId={quay}&invitee=one@example.com"), json!([second])),
            ("?organizationId=none".to_owned(), json!([])),
        ] {
            assert_eq!(get(&app, &format!("{PATH}{query}")).await.expect(200).json(), expected, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_with_its_time_and_makes_room_for_another() {
    for_each_engine(async |app: TestApp| {
        let (docks, ada) = (organization(&app, "docks").await, person(&app, "ada").await);
        let late = invite(&app, &docks, "ada@example.com", json!({})).await;
        app.app.clock.advance(Duration::from_millis(3_599_999));
        let shown = async || get(&app, &format!("{PATH}/{}", id_of(&late))).await.json()["status"].clone();
        assert_eq!(shown().await, "Pending");
        app.app.clock.advance(Duration::from_millis(1));
        assert_eq!(shown().await, "Expired");
        assert_eq!(get(&app, PATH).await.json()[0]["status"], "Expired");
        accept(&app, &late, &ada).await.expect_error(422, REFUSED);
        end(&app, &late, json!({"status": "Revoked"})).await.expect_error(422, REFUSED);
        let message = format!("{PATH}/{}/message", id_of(&late));
        call(&app, "POST", &message, json!({})).await.expect_error(422, REFUSED);
        let next = invite(&app, &docks, "ada@example.com", json!({})).await;
        assert_eq!(shown().await, "Expired");
        let revoked = end(&app, &next, json!({"status": "Revoked"})).await.expect(200).json();
        assert_eq!((&revoked["status"], &revoked["acceptedUserId"]), (&json!("Revoked"), &json!(null)));
        invite(&app, &docks, "ada@example.com", json!({})).await;
        assert_eq!(roles_of(&app, &docks, &ada).await, None);
    })
    .await;
}

#[tokio::test]
async fn what_an_invitation_names_must_be_there() {
    for_each_engine(async |app: TestApp| {
        let docks = organization(&app, "docks").await;
        let machine = role(&app, "crane", "MachineToMachine", &[]).await;
        let unknown = "entity.relation_foreign_key_not_found";
        for (more, status, code) in [
            (json!({"organizationId": "none"}), 422, unknown),
            (json!({"inviterId": "none"}), 422, unknown),
            (json!({"organizationRoleIds": ["none"]}), 422, unknown),
            (json!({"organizationRoleIds": [machine]}), 422, "entity.db_constraint_violated"),
            (json!({"invitee": "no address"}), 400, "guard.invalid_input"),
            (json!({"invitee": "a@b@c.example"}), 400, "guard.invalid_input"),
            (json!({"invitee": null}), 400, "guard.invalid_input"),
            (json!({"expiresAt": "tomorrow"}), 400, "guard.invalid_input"),
            (json!({"messagePayload": true}), 400, "guard.invalid_input"),
            (json!({"messagePayload": "x"}), 400, "guard.invalid_input"),
            (json!({"messagePayload": {"link": 1}}), 400, "guard.invalid_input"),
        ] {
            let body = body(&app, &docks, "ada@example.com", more.clone());
            call(&app, "POST", PATH, body).await.expect_error(status, code);
        }
        assert_eq!(get(&app, PATH).await.json(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn invitations_go_with_their_organization_and_let_their_users_and_roles_go() {
    for_each_engine(async |app: TestApp| {
        let (docks, pilot) = (organization(&app, "docks").await, role(&app, "pilot", "User", &[]).await);
        let (ada, bob) = (person(&app, "ada").await, person(&app, "bob").await);
        let more = json!({"inviterId": ada, "organizationRoleIds": [pilot]});
        let of_bob = invite(&app, &docks, "bob@example.com", more.clone()).await;
        let of_eve = invite(&app, &docks, "eve@example.com", more).await;
        accept(&app, &of_bob, &bob).await.expect(200);
        for user in [&ada, &bob] {
            call(&app, "DELETE", &format!("/api/users/{user}"), json!(null)).await.expect(204);
        }
        call(&app, "DELETE", &format!("/api/organization-roles/{pilot}"), json!(null)).await.expect(204);
        let one = get(&app, &format!("{PATH}/{}", id_of(&of_bob))).await.expect(200).json();
        assert_eq!((&one["acceptedUserId"], &one["status"]), (&json!(null), &json!("Accepted")));
        let one = get(&app, &format!("{PATH}/{}", id_of(&of_eve))).await.expect(200).json();
        assert_eq!((&one["inviterId"], &one["organizationRoles"]), (&json!(null), &json!([])));
        let eve = person(&app, "eve").await;
        accept(&app, &of_eve, &eve).await.expect(200);
        assert_eq!(roles_of(&app, &docks, &eve).await, Some(vec![]));
        call(&app, "DELETE", &format!("/api/organizations/{docks}"), json!(null)).await.expect(204);
        assert_eq!(get(&app, PATH).await.json(), json!([]));
    })
    .await;
}

#[tokio::test]
async fn g1_an_organization_has_so_many_pending_invitations() {
    for_each_engine(async |app: TestApp| {
        let docks = organization(&app, "docks").await;
        let (of, now) = (docks.clone(), app.app.clock.now());
        let fill = app.write("default", move |work| {
            (0..10_000).try_for_each(|n| {
                let insert = db::sql!(
                    "insert into organization_invitations (tenant_id, id, organization_id, invitee, invitee_folded, \
                     status, created_at, updated_at, expires_at) values ('default', $1, $2, $1, $1, 'Pending', $3, $3, $4)"
                );
                let ends = now.plus_seconds(if n == 0 { 60 } else { 3600 });
                work.exec_pipelined(insert, db::params![format!("i{n}"), &of, now, ends])
            })
        });
        fill.await.unwrap();
        let one_more = || body(&app, &docks, "ada@example.com", json!({}));
        let full = call(&app, "POST", PATH, one_more()).await.expect_error(422, REFUSED);
        assert_eq!(full.json()["data"], json!({"maxPending": 10_000}));
        app.app.clock.advance(Duration::from_secs(60));
        call(&app, "POST", PATH, one_more()).await.expect(201);
    })
    .await;
}
