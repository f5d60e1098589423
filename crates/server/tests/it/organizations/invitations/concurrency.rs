//! Invitations at the same time (attacks B11, G7).

use futures_util::future::join_all;
use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::super::{call, get, organization, role};
use super::{PATH, accept, body, end, invite, person, roles_of};

#[tokio::test]
async fn b11_of_several_answers_at_once_one_counts() {
    for_each_engine(async |app: TestApp| {
        let (docks, pilot) = (organization(&app, "docks").await, role(&app, "pilot", "User", &[]).await);
        let ada = person(&app, "ada").await;
        let made = invite(&app, &docks, "ada@example.com", json!({"organizationRoleIds": [pilot]})).await;
        let answers = join_all((0..6).map(async |n| match n {
            0 | 3 => end(&app, &made, json!({"status": "Revoked"})).await,
            _ => accept(&app, &made, &ada).await,
        }))
        .await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 422)), "{statuses:?}");
        let status = get(&app, PATH).await.json()[0]["status"].clone();
        let expected = (status == "Accepted").then(|| vec![pilot]);
        assert_eq!(roles_of(&app, &docks, &ada).await, expected, "a member exactly if it was accepted");
    })
    .await;
}

#[tokio::test]
async fn b11_of_several_invitations_at_once_one_is_made() {
    for_each_engine(async |app: TestApp| {
        let docks = organization(&app, "docks").await;
        let spellings = ["ada@example.com", "ADA@example.com", "Ada@Example.com", "ada@EXAMPLE.com"];
        let answers = join_all(spellings.map(async |invitee| {
            call(&app, "POST", PATH, body(&app, &docks, invitee, json!({}))).await.status.as_u16()
        }))
        .await;
        assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| matches!(status, 201 | 422)), "{answers:?}");
        assert_eq!(get(&app, PATH).await.json().as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn g7_accepting_what_is_being_deleted_leaves_no_half_state() {
    for_each_engine(async |app: TestApp| {
        for deleted in ["user", "role", "organization"] {
            let docks = organization(&app, &format!("docks-{deleted}")).await;
            let pilot = role(&app, &format!("pilot-{deleted}"), "User", &[]).await;
            let name = format!("ada-{deleted}");
            let ada = person(&app, &name).await;
            let roles = json!({"organizationRoleIds": [pilot]});
            let made = invite(&app, &docks, &format!("{name}@example.com"), roles).await;
            let path = match deleted {
                "user" => format!("/api/users/{ada}"),
                "role" => format!("/api/organization-roles/{pilot}"),
                _ => format!("/api/organizations/{docks}"),
            };
            let (answer, gone) = tokio::join!(accept(&app, &made, &ada), call(&app, "DELETE", &path, json!(null)));
            gone.expect(204);
            let answer = answer.status.as_u16();
            assert!(matches!(answer, 200 | 404 | 422), "{deleted}: {answer}");
            let roles = roles_of(&app, &docks, &ada).await;
            match deleted {
                "role" if answer == 200 => assert_eq!(roles, Some(vec![])),
                _ => assert_eq!(roles, None, "{deleted}: {answer}"),
            }
        }
    })
    .await;
}
