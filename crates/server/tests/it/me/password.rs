//! The password of an administrator (inventory A078, A079; attacks C3, C17, C20).

use std::time::Duration;

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::account::fixture::PASSWORD;

const NEW: &str = "Brand-New1!x";
const NOT_PROVEN: &str = "session.verification_session_not_found";

#[tokio::test]
async fn a_new_password_needs_the_old_one_in_this_sign_in_and_time() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let elsewhere = Admin::signed_in(&app, "ada", "grant2").await;
        let set = async |who: &Admin| who.post("/me/password", json!({"password": NEW})).await;
        let verify =
            async |who: &Admin, password: &str| who.post("/me/password/verify", json!({"password": password})).await;
        set(&ada).await.expect_error(400, NOT_PROVEN);
        verify(&ada, "wrong").await.expect_error(422, "session.invalid_credentials");
        set(&ada).await.expect_error(400, NOT_PROVEN);
        verify(&ada, PASSWORD).await.expect(204);
        set(&elsewhere).await.expect_error(400, NOT_PROVEN);
        app.app.clock.advance(Duration::from_secs(600));
        set(&ada).await.expect_error(400, NOT_PROVEN);

        verify(&ada, PASSWORD).await.expect(204);
        let weak = ada.post("/me/password", json!({"password": "123"})).await;
        weak.expect_error(422, "password.rejected");
        set(&ada).await.expect(204);
        // The proof of the old password is gone, and so are other sign-ins; this one stays.
        set(&ada).await.expect_error(400, NOT_PROVEN);
        elsewhere.get("/me").await.expect_error(401, "auth.unauthorized");
        verify(&ada, PASSWORD).await.expect_error(422, "session.invalid_credentials");
        verify(&ada, NEW).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn the_windows_are_in_the_database_so_that_other_processes_know_them() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        ada.post("/me/password/verify", json!({"password": PASSWORD})).await.expect(204);
        let rows =
            app.sql("update verification_records set created_at = created_at where user_id = 'ada'", vec![]).await;
        assert_eq!(rows, 1);
        ada.post("/me/password/verify", json!({"password": PASSWORD})).await.expect(204);
        let rows = app.sql("delete from verification_records where user_id = 'ada'", vec![]).await;
        assert_eq!(rows, 1, "another proof takes the place of the first");
        ada.post("/me/password", json!({"password": NEW})).await.expect_error(400, NOT_PROVEN);
    })
    .await;
}

#[tokio::test]
async fn c3_guesses_at_the_password_are_counted() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let policy = json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 10}});
        let token = app.management_token("admin").await;
        app.admin_request("PATCH", "/api/sign-in-exp").bearer(&token).json(policy).send().await.expect(200);
        for _ in 0..2 {
            let wrong = ada.post("/me/password/verify", json!({"password": "wrong"})).await;
            wrong.expect_error(422, "session.invalid_credentials");
        }
        let blocked = "session.verification_blocked_too_many_attempts";
        ada.post("/me/password/verify", json!({"password": "wrong"})).await.expect_error(400, blocked);
        ada.post("/me/password/verify", json!({"password": PASSWORD})).await.expect_error(400, blocked);
    })
    .await;
}

#[tokio::test]
async fn a_person_without_a_password_sets_the_first_one() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        app.sql("update users set password_digest = null, password_algorithm = null where id = 'ada'", vec![]).await;
        assert_eq!(ada.get("/me").await.expect(200).json()["hasPassword"], false);
        ada.post("/me/password", json!({"password": NEW})).await.expect(204);
        assert_eq!(ada.get("/me").await.expect(200).json()["hasPassword"], true);
    })
    .await;
}
