//! The own password (A014; trace 50-03; attacks C17, C20).

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;

const PATH: &str = "/api/my-account/password";

#[tokio::test]
async fn a_new_password_keeps_this_sign_in_and_ends_all_others() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        open_all(&app, "Edit").await;
        let client = app.web_client().await;
        let (own, other) = (app.code_flow(&client, "alice", SCOPES).await, Person::of(&app, "alice").await);
        let token = |name: &str| own[name].as_str().unwrap().to_owned();
        let alice = Person { app: app.clone(), token: token("access_token"), proof: None };
        alice.post(PATH, json!({"password": "Brand-New1!x"})).await.expect_error(401, DENIED.1);
        let stale = other.clone().proven().await;
        let alice = alice.proven().await;
        let rejected = alice.post(PATH, json!({"password": "abc"})).await.expect_error(422, "password.rejected").json();
        assert_eq!(rejected["data"][0]["code"], "password_rejected.too_short");
        alice.post(PATH, json!({"password": ""})).await.expect_error(400, "guard.invalid_input");
        alice.post(PATH, json!({"password": "x".repeat(5000)})).await.expect_error(400, "guard.invalid_input");
        other.get("/api/my-account").await.expect(200);
        alice.post(PATH, json!({"password": "Brand-New1!x"})).await.expect(204);
        // As in trace 50-03: the token survives, and so does its proof.
        app.get("/oidc/me").bearer(&alice.token).send().await.expect(200);
        app.refresh(&client, &token("refresh_token"), &[]).send().await.expect(200);
        other.get("/api/my-account").await.expect_error(401, "auth.unauthorized");
        alice
            .with_proof(stale.proof.as_ref().unwrap())
            .get("/api/my-account/sessions")
            .await
            .expect_error(401, DENIED.1);
        let sessions = alice.get("/api/my-account/sessions").await.expect(200).json();
        assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(sessions["sessions"][0]["isCurrent"], true);
        let verify = |password: &str| alice.post("/api/verifications/password", json!({"password": password}));
        verify(PASSWORD).await.expect_error(422, "session.invalid_credentials");
        verify("Brand-New1!x").await.expect(201);
        alice.post(PATH, json!({"password": PASSWORD})).await.expect(204);
        verify(PASSWORD).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_who_changes_the_password_voids_tokens_and_proofs() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        open_all(&app, "Edit").await;
        let alice = Person::of(&app, "alice").await.proven().await;
        let change = app.management_request("PATCH", "/api/users/alice/password").await;
        change.json(json!({"password": "Brand-New1!x"})).send().await.expect(200);
        alice.get("/api/my-account").await.expect_error(401, "auth.unauthorized");
        let again = Person { proof: alice.proof.clone(), ..Person::of(&app, "alice").await };
        again.post(PATH, json!({"password": PASSWORD})).await.expect_error(401, DENIED.1);
    })
    .await;
}

#[tokio::test]
async fn c17_the_first_password_is_set_by_who_signed_in_and_not_by_who_acts_for_them() {
    for_each_engine(async |app: TestApp| {
        let id = app.user("alice").await;
        open_all(&app, "Edit").await;
        let alice = Person::of(&app, &id).await;
        let shown = alice.get("/api/my-account").await.expect(200).json();
        assert_eq!((&shown["hasPassword"], &shown["hasSecurityVerificationMethod"]), (&json!(false), &json!(false)));
        for gty in [
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:token-exchange refresh_token",
        ] {
            let stranger = Person::of(&app, &id).await;
            let exchanged = "update access_tokens set gty = $1 where digest = $2";
            app.sql(exchanged, vec![gty.into(), stranger.digest().into()]).await;
            stranger.post(PATH, json!({"password": "Brand-New1!x"})).await.expect_error(401, DENIED.1);
        }
        // Nothing else opens without a proof, and there is none to give.
        alice.get("/api/my-account/sessions").await.expect_error(401, DENIED.1);
        alice.post("/api/verifications/password", json!({"password": ""})).await.expect(400);
        let wrong = alice.post("/api/verifications/password", json!({"password": "x"})).await;
        wrong.expect_error(422, "session.invalid_credentials");
        alice.post(PATH, json!({"password": "Brand-New1!x"})).await.expect(204);
        alice.post(PATH, json!({"password": "Other-New1!x"})).await.expect_error(401, DENIED.1);
        let proof =
            alice.post("/api/verifications/password", json!({"password": "Brand-New1!x"})).await.expect(201).json();
        let alice = alice.with_proof(proof["verificationRecordId"].as_str().unwrap());
        alice.post(PATH, json!({"password": "Other-New1!x"})).await.expect(204);
    })
    .await;
}
