//! `/api/one-time-tokens` (M291–M296; trace 40-19).

use db::sql;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::{PATH, make, organization, token_of};
use crate::applications::call;

async fn verify(app: &TestApp, email: &str, token: &str) -> TestResponse {
    call(app, "POST", "/api/one-time-tokens/verify", json!({"email": email, "token": token})).await
}

#[tokio::test]
async fn a_token_is_made_listed_verified_revoked_and_deleted_as_in_trace_40_19() {
    for_each_engine(async |app: TestApp| {
        let organization = organization(&app).await;
        let context = json!({"jitOrganizationIds": [organization]});
        let made = make(&app, "ott@example.com", json!({"expiresIn": 60, "context": context})).await;
        let number = |made: &Value, name: &str| made[name].as_i64().unwrap();
        assert_eq!((&made["context"], &made["status"]), (&context, &json!("active")));
        assert_eq!((made["id"].as_str().unwrap().len(), token_of(&made).len()), (21, 32));
        assert_eq!(number(&made, "expiresAt") - number(&made, "createdAt"), 60_000);
        let other = make(&app, "bad", json!({})).await;
        assert_eq!(
            (&other["context"], number(&other, "expiresAt") - number(&other, "createdAt")),
            (&json!({}), 600_000)
        );
        let listed = call(&app, "GET", &format!("{PATH}?email=ott@example.com"), json!(null)).await.expect(200);
        assert_eq!((listed.json(), listed.header("total-number")), (json!([made]), "2"));
        verify(&app, "other@example.com", token_of(&made)).await.expect_error(400, "one_time_token.email_mismatch");
        verify(&app, "ott@example.com", "nope").await.expect_error(404, "one_time_token.token_not_found");
        let used = verify(&app, "OTT@example.com", token_of(&made)).await.expect(200).json();
        assert_eq!((&used["status"], &used["token"]), (&json!("consumed"), &made["token"]));
        verify(&app, "ott@example.com", token_of(&made)).await.expect_error(400, "one_time_token.token_consumed");
        let consumed = call(&app, "GET", &format!("{PATH}?status=consumed"), json!(null)).await.expect(200).json();
        assert_eq!(consumed, json!([used]));
        let one = format!("{PATH}/{}", made["id"].as_str().unwrap());
        let status = format!("{one}/status");
        let again = "one_time_token.cannot_reactivate_token";
        call(&app, "PUT", &status, json!({"status": "active"})).await.expect_error(400, again);
        let revoked = call(&app, "PUT", &status, json!({"status": "revoked"})).await.expect(200).json();
        assert_eq!(revoked["status"], "revoked");
        assert_eq!(call(&app, "GET", &one, json!(null)).await.expect(200).json(), revoked);
        verify(&app, "ott@example.com", token_of(&made)).await.expect_error(400, "one_time_token.token_revoked");
        call(&app, "DELETE", &one, json!(null)).await.expect(204);
        for (method, path) in [("GET", one.as_str()), ("DELETE", &one), ("PUT", &status)] {
            let answer = call(&app, method, path, json!({"status": "revoked"})).await;
            answer.expect_error(404, "entity.not_exists_with_id");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_counts_once_however_often_it_comes_at_once() {
    for_each_engine(async |app: TestApp| {
        let late = make(&app, "ott@example.com", json!({"expiresIn": 1})).await;
        app.app.clock.advance(Duration::from_secs(1));
        verify(&app, "ott@example.com", token_of(&late)).await.expect_error(400, "one_time_token.token_expired");
        let made = make(&app, "ott@example.com", json!({})).await;
        let attempt = || async { verify(&app, "ott@example.com", token_of(&made)).await.status.as_u16() };
        let (a, b, c) = tokio::join!(attempt(), attempt(), attempt());
        let mut answers = [a, b, c];
        answers.sort_unstable();
        assert_eq!(answers, [200, 400, 400]);
        for wrong in [json!({}), json!({"email": ""}), json!({"email": "a@b.example", "expiresIn": 0})] {
            call(&app, "POST", PATH, wrong).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_the_database_holds_no_usable_token() {
    for_each_engine(async |app: TestApp| {
        let made = make(&app, "ott@example.com", json!({})).await;
        let select = sql!("select token, token_digest from one_time_tokens where tenant_id = 'default'");
        let (token, digest): (String, String) = app.app.db.read(move |r| r.query_one(select, &[])).await.unwrap();
        assert!(token.starts_with("sealed1.") && !digest.contains(token_of(&made)));
        verify(&app, "ott@example.com", &digest).await.expect_error(404, "one_time_token.token_not_found");
    })
    .await;
}
