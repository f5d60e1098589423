//! Social accounts of an administrator (inventory A080; attacks D1 to D13).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::experience::provider::{Away, Provider};

const CALLBACK: &str = "http://localhost:3002/console/callback/social";

async fn leave(admin: &Admin, idp: &Provider, state: &str) -> Away {
    let body = json!({"connectorId": idp.connector_id, "state": state, "redirectUri": CALLBACK});
    let answer = admin.post("/me/social/authorization-uri", body).await.expect(200).json();
    assert_eq!(answer.as_object().unwrap().len(), 1);
    Away::to(answer["redirectTo"].as_str().unwrap(), String::new())
}

async fn link(admin: &Admin, idp: &Provider, data: Value) -> testkit::TestResponse {
    admin.post("/me/social/link-identity", json!({"connectorId": idp.connector_id, "connectorData": data})).await
}

fn code(state: &str) -> Value {
    json!({"code": "c", "state": state, "redirectUri": CALLBACK})
}

#[tokio::test]
async fn an_account_is_linked_replaced_and_unlinked() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let none = ada.get("/me/social/connectors").await.expect(200).json();
        assert_eq!(none, json!([]));
        let idp = Provider::at_admin(&app, "harbour").await;
        let offered = ada.get("/me/social/connectors").await.expect(200).json();
        assert_eq!((&offered[0]["id"], &offered[0]["target"]), (&json!(idp.connector_id), &json!("harbour")));
        for (state, account) in [("one", "u1"), ("two", "u2")] {
            let away = leave(&ada, &idp, state).await;
            assert_eq!((away.sent("state"), away.sent("code_challenge_method")), (state, "S256"));
            idp.answer(&idp.claims(&away, account));
            link(&ada, &idp, code(state)).await.expect(204);
            let shown = ada.get("/me").await.expect(200).json();
            assert_eq!(shown["identities"]["harbour"]["userId"], account);
        }
        let path = format!("/me/social/identity/{}", idp.connector_id);
        ada.send("DELETE", &path, Value::Null).await.expect(204);
        assert_eq!(ada.get("/me").await.expect(200).json()["identities"], json!({}));
        ada.send("DELETE", &path, Value::Null).await.expect_error(404, "user.identity_not_exist");
        ada.send("DELETE", "/me/social/identity/none", Value::Null).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn d13_only_who_left_comes_back_and_once() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let elsewhere = Admin::signed_in(&app, "ada", "grant2").await;
        let bob = Admin::new(&app, "bob").await;
        let idp = Provider::at_admin(&app, "harbour").await;
        let away = leave(&ada, &idp, "st").await;
        idp.answer(&idp.claims(&away, "u1"));
        for other in [&elsewhere, &bob] {
            link(other, &idp, code("st")).await.expect_error(400, "verification_record.not_found");
        }
        let stateless = json!({"code": "c", "redirectUri": CALLBACK});
        link(&ada, &idp, stateless).await.expect_error(400, "connector.insufficient_request_parameters");
        link(&ada, &idp, code("other")).await.expect_error(400, "verification_record.not_found");
        link(&ada, &idp, code("st")).await.expect(204);
        link(&ada, &idp, code("st")).await.expect_error(400, "session.connector_session_not_found");
        // Bob's own question is answered with the token for Ada's.
        leave(&bob, &idp, "st").await;
        link(&bob, &idp, code("st")).await.expect_error(401, "connector.social_invalid_id_token");
        let away = leave(&bob, &idp, "st").await;
        idp.answer(&idp.claims(&away, "u1"));
        link(&bob, &idp, code("st")).await.expect_error(422, "user.identity_already_in_use");
    })
    .await;
}
