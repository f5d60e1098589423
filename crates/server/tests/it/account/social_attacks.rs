//! Attacks on linking (attacks.md, C17, C20, D1 to D13, F2, F3).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::{call, delete};
use crate::experience::provider::Provider;

const CODE: &str = "c";

fn code() -> Value {
    json!({"code": CODE, "state": "st"})
}

async fn people(app: &TestApp) -> (Person, Person) {
    open_all(app, "Edit").await;
    for name in ["alice", "bob"] {
        add(app, name, |user| user.primary_email = Some(format!("{name}@example.com"))).await;
    }
    (Person::of(app, "alice").await.proven().await, Person::of(app, "bob").await.proven().await)
}

async fn has_no_identity(app: &TestApp, user: &str) {
    let id = user.into();
    let found = app.read("default", move |view| server::users::identities::of_user(view, &id)).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn c20_d3_a_record_of_another_person_purpose_or_age_links_nothing() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = people(&app).await;
        add_connectors(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let of_bob = bob.prove_social(&idp, "u1", plain_tokens()).await;
        let waiting = alice.leave(&idp).await.verification_id;
        let address = alice.prove("email", "new@example.com").await;
        for record in [of_bob.as_str(), &waiting, &address, alice.proof.as_deref().unwrap(), "none", ""] {
            alice.link(record).await.expect_error(400, "verification_record.not_found");
            let body = json!({"newIdentifierVerificationRecordId": record});
            let replaced = alice.send("PUT", "/api/my-account/identities", body).await;
            replaced.expect_error(400, "verification_record.not_found");
        }
        // What bob began, alice does not complete, and what is not a question has no answer.
        let away = bob.leave(&idp).await;
        idp.answer(&idp.claims(&away, "u1"));
        alice.come_back(&away, code()).await.expect_error(400, "verification_record.not_found");
        let body = json!({"verificationRecordId": address, "connectorData": code()});
        let refused = alice.post("/api/verifications/social/verify", body).await;
        refused.expect_error(400, "verification_record.not_found");
        bob.come_back(&away, code()).await.expect(200);

        let own = alice.prove_social(&idp, "u2", plain_tokens()).await;
        app.app.clock.advance(std::time::Duration::from_secs(600));
        let alice = alice.proven().await;
        alice.link(&own).await.expect_error(400, "verification_record.not_found");
        has_no_identity(&app, "alice").await;
    })
    .await;
}

#[tokio::test]
async fn f2_a_body_that_names_another_person_changes_the_caller_alone() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = people(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let record = alice.prove_social(&idp, "u1", plain_tokens()).await;
        let body = json!({"newIdentifierVerificationRecordId": record, "userId": "bob", "id": "bob"});
        alice.post("/api/my-account/identities?userId=bob", body).await.expect(204);
        has_no_identity(&app, "bob").await;
        let shown = alice.get("/api/my-account").await.expect(200).json();
        assert_eq!(shown["identities"]["harbour"]["userId"], "u1");
    })
    .await;
}

#[tokio::test]
async fn d13_only_the_session_that_left_can_come_back() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = people(&app).await;
        let elsewhere = Person::of(&app, "alice").await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let away = alice.leave(&idp).await;
        idp.answer(&idp.claims(&away, "u1"));
        let refused = elsewhere.come_back(&away, code()).await;
        refused.expect_error(404, "session.verification_session_not_found");
        // Neither another state nor the token of another request is an answer.
        let other = alice.come_back(&away, json!({"code": CODE, "state": "other"})).await;
        other.expect_error(400, "session.csrf_token_mismatch");
        let second = alice.leave(&idp).await;
        alice.come_back(&second, code()).await.expect_error(401, "connector.social_invalid_id_token");
        alice.come_back(&away, code()).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn d4_d6_d7_what_the_provider_says_must_be_complete() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = people(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let now = app.app.clock.now().seconds();
        for (claim, value) in [
            ("sub", json!("")),
            ("sub", json!(0)),
            ("sub", Value::Null),
            ("nonce", Value::Null),
            ("nonce", json!("x")),
            ("aud", json!("you")),
            ("exp", json!(now - 300)),
            ("iss", json!("https://evil.example")),
        ] {
            let away = alice.leave(&idp).await;
            let mut claims = idp.claims(&away, "u1");
            match value.is_null() {
                true => drop(claims.as_object_mut().unwrap().remove(claim)),
                false => claims[claim] = value.clone(),
            }
            idp.answer(&claims);
            let refused = alice.come_back(&away, code()).await;
            assert!([400, 401].contains(&refused.status.as_u16()), "{claim} {value}: {}", refused.text());
            alice.link(&away.verification_id).await.expect_error(400, "verification_record.not_found");
        }
        idp.refuse_code();
        let away = alice.leave(&idp).await;
        alice.come_back(&away, code()).await.expect_error(401, "connector.social_auth_code_invalid");
        let refusal = json!({"error": "access_denied", "state": "st"});
        let away = alice.leave(&idp).await;
        alice.come_back(&away, refusal).await.expect_error(401, "connector.authorization_failed");
        let mixed = json!({"code": CODE, "state": "st", "iss": "https://evil.example"});
        let away = alice.leave(&idp).await;
        alice.come_back(&away, mixed).await.expect_error(400, "session.csrf_token_mismatch");
    })
    .await;
}

#[tokio::test]
async fn d1_an_address_that_is_not_verified_is_not_shown_with_the_account() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = people(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let away = alice.leave(&idp).await;
        let mut claims = idp.claims(&away, "u1");
        claims["email"] = json!("bob@example.com");
        claims["email_verified"] = json!(false);
        idp.answer(&claims);
        alice.come_back(&away, code()).await.expect(200);
        alice.link(&away.verification_id).await.expect(204);
        let shown = alice.get("/api/my-account").await.expect(200).json();
        assert_eq!(shown["primaryEmail"], "alice@example.com");
        assert_eq!(shown["identities"]["harbour"]["details"].get("email"), None);
    })
    .await;
}

#[tokio::test]
async fn d5_the_same_id_at_two_providers_is_two_accounts() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = people(&app).await;
        let harbour = Provider::new(&app, "harbour", json!({})).await;
        let island = Provider::new(&app, "island", json!({})).await;
        let record = alice.prove_social(&harbour, "same", plain_tokens()).await;
        alice.link(&record).await.expect(204);
        let record = bob.prove_social(&island, "same", plain_tokens()).await;
        bob.link(&record).await.expect(204);
        let record = bob.prove_social(&harbour, "same", plain_tokens()).await;
        bob.link(&record).await.expect_error(422, "user.identity_already_in_use");
    })
    .await;
}

#[tokio::test]
async fn d10_a_connector_that_is_switched_off_meanwhile_links_nothing() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = people(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let away = alice.leave(&idp).await;
        let proven = alice.prove_social(&idp, "u1", plain_tokens()).await;
        let targets = async |targets: Value| {
            let body = json!({"socialSignInConnectorTargets": targets});
            call(&app, "PATCH", "/api/sign-in-exp", body).await.expect(200);
        };
        targets(json!([])).await;
        alice.try_leave(&idp).await.expect_error(400, "connector.not_enabled");
        alice.come_back(&away, code()).await.expect_error(400, "connector.not_enabled");
        alice.link(&proven).await.expect_error(400, "session.verification_failed");
        targets(json!(["harbour"])).await;
        // Another provider under the same connector has not asked this question.
        let mut config = crate::connectors::social::oidc_settings("harbour.example");
        config["tokenEndpoint"] = json!("https://other.example/token");
        call(&app, "PATCH", &format!("/api/connectors/{}", idp.connector_id), json!({"config": config}))
            .await
            .expect(200);
        let received = app.outbound.received().len();
        assert!(alice.come_back(&away, code()).await.status.is_client_error());
        assert!(app.outbound.received()[received..].iter().all(|one| !one.url.contains("harbour.example/token")));
        delete(&app, &format!("/api/connectors/{}", idp.connector_id)).await.expect(204);
        alice.link(&proven).await.expect_error(400, "session.verification_failed");
        has_no_identity(&app, "alice").await;
    })
    .await;
}

#[tokio::test]
async fn c17_who_acts_for_a_person_without_proof_links_no_account_to_theirs() {
    for_each_engine(async |app: TestApp| {
        open_all(&app, "Edit").await;
        add(&app, "alice", |user| user.password = None).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let alice = Person::of(&app, "alice").await;
        let record = alice.prove_social(&idp, "u1", plain_tokens()).await;
        let exchanged = "update access_tokens set gty = 'urn:ietf:params:oauth:grant-type:token-exchange'";
        app.sql(exchanged, vec![]).await;
        let refused = alice.link(&record).await;
        refused.expect_error(401, "verification_record.permission_denied");
        app.sql("update access_tokens set gty = 'authorization_code'", vec![]).await;
        alice.link(&record).await.expect(204);
    })
    .await;
}
