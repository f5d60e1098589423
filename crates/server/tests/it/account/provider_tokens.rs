//! Tokens of providers for their own person (inventory A026 to A028; attacks D3, D12, F3, F4).

use std::time::Duration;

use axum::http::{Method, StatusCode};
use outbound::{FakeResponse, OutboundError};
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;
use crate::experience::fixture::Browser;
use crate::experience::provider::Provider;
use crate::experience::token_storage::{count, nothing_stored_shows, prove, tokens};

const SOCIAL: &str = "/api/my-account/identities/harbour/access-token";
const NONE: &str = "secrets.third_party_token_set.token_not_found";
const EXPIRED: &str = "secrets.third_party_token_set.access_token_expired";

/// Alice, whose account at a provider that keeps tokens is linked.
pub async fn linked(app: &TestApp, given: Value) -> (Person, Provider) {
    open_all(app, "Edit").await;
    add(app, "alice", |_| {}).await;
    let alice = Person::of(app, "alice").await.proven().await;
    let idp = Provider::new(app, "harbour", json!({"enableTokenStorage": true})).await;
    let record = alice.prove_social(&idp, "u1", given).await;
    alice.link(&record).await.expect(204);
    (alice, idp)
}

async fn expire(app: &TestApp, alice: &Person) {
    app.app.clock.advance(Duration::from_secs(600));
    // The token of the caller is still good.
    alice.get("/api/my-account").await.expect(200);
}

/// The forms that the token endpoint was sent to refresh tokens.
pub fn refreshes(app: &TestApp) -> Vec<String> {
    let received = app.outbound.received().into_iter();
    let bodies = received.map(|one| String::from_utf8_lossy(&one.body).into_owned());
    bodies.filter(|body| body.contains("grant_type=refresh_token")).collect()
}

#[tokio::test]
async fn a_person_gets_the_token_that_the_provider_gave_and_no_more() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = linked(&app, tokens("at-secret")).await;
        let answer = alice.get(SOCIAL).await.expect(200);
        let expected = json!({"access_token": "at-secret", "scope": "mail", "token_type": "Bearer", "expires_in": 600});
        assert_eq!(answer.json(), expected);
        app.app.clock.advance(Duration::from_secs(599));
        assert_eq!(alice.get(SOCIAL).await.expect(200).json()["expires_in"], 1);
        assert!(refreshes(&app).is_empty());
        nothing_stored_shows(&app, &["at-secret", "rt-1"]).await;

        alice.get("/api/my-account/identities/none/access-token").await.expect_error(404, NONE);
        alice.get("/api/my-account/sso-identities/none/access-token").await.expect_error(404, NONE);
        alice.delete("/api/my-account/identities/harbour").await.expect(204);
        alice.get(SOCIAL).await.expect_error(404, NONE);
        assert_eq!(count(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_person_gets_the_token_of_their_enterprise_and_it_is_refreshed() {
    for_each_engine(async |app: TestApp| {
        open_all(&app, "Edit").await;
        add(&app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
        add(&app, "bob", |_| {}).await;
        // While single sign-on is off, the password of alice still signs her in.
        let (alice, bob) = (Person::of(&app, "alice").await, Person::of(&app, "bob").await);
        let idp = Provider::enterprise(&app, "harbour", json!({"enableTokenStorage": true})).await;
        let idp = idp.with_email("ada@harbour-corp.example");
        let path = format!("/api/my-account/sso-identities/{}/access-token", idp.connector_id);
        alice.get(&path).await.expect_error(404, NONE);
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = prove(&idp, &browser, tokens("at-secret")).await;
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        assert_eq!(browser.result().await.unwrap()["login"]["accountId"], "alice");

        let expected = json!({"access_token": "at-secret", "scope": "mail", "token_type": "Bearer", "expires_in": 600});
        assert_eq!(alice.get(&path).await.expect(200).json(), expected);
        bob.get(&path).await.expect_error(404, NONE);
        open(&app, json!({"social": "Off"})).await;
        alice.get(&path).await.expect_error(400, "account_center.field_not_enabled");
        open(&app, json!({"social": "ReadOnly"})).await;
        expire(&app, &alice).await;
        idp.respond(FakeResponse::json(&json!({"access_token": "at-2", "expires_in": 300})));
        let expected = json!({"access_token": "at-2", "scope": "mail", "token_type": "Bearer", "expires_in": 300});
        assert_eq!(alice.get(&path).await.expect(200).json(), expected);
        assert_eq!(alice.get(&path).await.expect(200).json(), expected, "it is kept");
        let sent = refreshes(&app);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].contains("refresh_token=rt-1"), "{}", sent[0]);
        nothing_stored_shows(&app, &["at-secret", "rt-1"]).await;
        let connector = format!("/api/sso-connectors/{}", idp.connector_id);
        call(&app, "PATCH", &connector, json!({"enableTokenStorage": false})).await.expect(200);
        alice.get(&path).await.expect_error(404, NONE);
    })
    .await;
}

#[tokio::test]
async fn f3_the_scope_the_field_and_the_client_are_asked_for() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = linked(&app, tokens("at-1")).await;
        let scope = "update access_tokens set scope = $1 where digest = $2";
        app.sql(scope, vec![SCOPES.replace("identities", "").into(), alice.digest().into()]).await;
        alice.get(SOCIAL).await.expect_error(403, "auth.unauthorized");
        app.sql(scope, vec![SCOPES.into(), alice.digest().into()]).await;
        open(&app, json!({"social": "Off"})).await;
        alice.get(SOCIAL).await.expect_error(400, "account_center.field_not_enabled");
        open(&app, json!({"social": "ReadOnly"})).await;
        alice.get(SOCIAL).await.expect(200);
        let bob = {
            add(&app, "bob", |_| {}).await;
            Person::of(&app, "bob").await
        };
        bob.get(SOCIAL).await.expect_error(404, NONE);
        let third = crate::attacks::fixtures::third_party_client(&app).await;
        let owner = "update access_tokens set client_id = $1 where digest = $2";
        app.sql(owner, vec![third.id.as_str().into(), alice.digest().into()]).await;
        alice.get(SOCIAL).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_refreshed_and_what_the_answer_leaves_out_stays() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, tokens("at-1")).await;
        expire(&app, &alice).await;
        idp.respond(FakeResponse::json(&json!({"access_token": "at-2", "expires_in": 300})));
        let expected = json!({"access_token": "at-2", "scope": "mail", "token_type": "Bearer", "expires_in": 300});
        assert_eq!(alice.get(SOCIAL).await.expect(200).json(), expected);
        assert_eq!(alice.get(SOCIAL).await.expect(200).json(), expected, "it is kept");
        let sent = refreshes(&app);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].contains("refresh_token=rt-1") && sent[0].contains("client_id=me"), "{}", sent[0]);

        // Another refresh token replaces the first.
        app.app.clock.advance(Duration::from_secs(300));
        idp.respond(FakeResponse::json(&json!({"access_token": "at-3", "refresh_token": "rt-2", "expires_in": 60})));
        assert_eq!(alice.get(SOCIAL).await.expect(200).json()["access_token"], "at-3");
        app.app.clock.advance(Duration::from_secs(60));
        idp.respond(FakeResponse::json(&json!({"access_token": "at-4"})));
        let last = alice.get(SOCIAL).await.expect(200).json();
        assert_eq!(last, json!({"access_token": "at-4", "scope": "mail", "token_type": "Bearer"}));
        assert!(refreshes(&app)[2].contains("refresh_token=rt-2"));
    })
    .await;
}

#[tokio::test]
async fn tokens_that_nothing_refreshes_are_deleted() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, json!({"access_token": "at-1", "expires_in": 600})).await;
        expire(&app, &alice).await;
        alice.get(SOCIAL).await.expect_error(401, EXPIRED);
        alice.get(SOCIAL).await.expect_error(404, NONE);

        let alice = alice.proven().await;
        let record = alice.prove_social(&idp, "u1", tokens("at-2")).await;
        let body = json!({"newIdentifierVerificationRecordId": record});
        alice.send("PUT", "/api/my-account/identities", body).await.expect(204);
        app.app.clock.advance(Duration::from_secs(600));
        let alice = Person::of(&app, "alice").await;
        idp.refuse_code();
        alice.get(SOCIAL).await.expect_error(401, EXPIRED);
        assert_eq!((count(&app).await, refreshes(&app).len()), (0, 1));
        alice.get(SOCIAL).await.expect_error(404, NONE);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_fails_loses_nobody_their_tokens() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, tokens("at-1")).await;
        expire(&app, &alice).await;
        for failure in [
            FakeResponse::status(StatusCode::BAD_GATEWAY),
            FakeResponse::failure(OutboundError::TimedOut(Duration::from_secs(5))),
            FakeResponse::json(&json!({"error": "temporarily_unavailable"})).with_status(StatusCode::BAD_REQUEST),
            FakeResponse::json(&json!({"token_type": "Bearer"})),
        ] {
            idp.respond(failure);
            let refused = alice.get(SOCIAL).await;
            assert!([400, 401].contains(&refused.status.as_u16()), "{}", refused.text());
            assert_ne!(outcome(&refused).1, EXPIRED);
            assert_eq!(count(&app).await, 1);
        }
        idp.respond(FakeResponse::json(&json!({"access_token": "at-2"})));
        assert_eq!(alice.get(SOCIAL).await.expect(200).json()["access_token"], "at-2");
    })
    .await;
}

#[tokio::test]
async fn d12_a_refresh_token_goes_to_no_provider_but_its_own() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, tokens("at-1")).await;
        let mut config = crate::connectors::social::oidc_settings("harbour.example");
        config["tokenEndpoint"] = json!("https://evil.example/token");
        app.outbound.respond(Method::POST, "https://evil.example/token", FakeResponse::json(&tokens("at-2")));
        call(&app, "PATCH", &format!("/api/connectors/{}", idp.connector_id), json!({"config": config}))
            .await
            .expect(200);
        expire(&app, &alice).await;
        alice.get(SOCIAL).await.expect_error(404, NONE);
        assert!(refreshes(&app).is_empty());
    })
    .await;
}

#[tokio::test]
async fn d3_tokens_are_replaced_by_those_of_the_linked_account_alone() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, tokens("at-1")).await;
        let island = Provider::new(&app, "island", json!({"enableTokenStorage": true})).await;
        let put = async |record: &str| alice.send("PUT", SOCIAL, json!({"verificationRecordId": record})).await;
        let same = alice.prove_social(&idp, "u1", json!({"access_token": "at-2", "expires_in": 60})).await;
        assert_eq!(put(&same).await.expect(200).json(), json!({"access_token": "at-2", "expires_in": 60}));
        assert_eq!(alice.get(SOCIAL).await.expect(200).json()["access_token"], "at-2");

        let invalid = "verification_record.social_verification.invalid_target";
        let other = alice.prove_social(&idp, "u2", tokens("at-3")).await;
        put(&other).await.expect_error(422, invalid);
        let elsewhere = alice.prove_social(&island, "u1", tokens("at-3")).await;
        put(&elsewhere).await.expect_error(422, invalid);
        let password = alice.proof.clone().unwrap();
        for record in ["none", password.as_str()] {
            put(record).await.expect_error(400, "verification_record.not_found");
        }
        let off = json!({"enableTokenStorage": false});
        call(&app, "PATCH", &format!("/api/connectors/{}", idp.connector_id), off).await.expect(200);
        let unkept = alice.prove_social(&idp, "u1", tokens("at-4")).await;
        put(&unkept).await.expect_error(422, "verification_record.social_verification.token_response_not_found");
        put(&same).await.expect_error(422, "verification_record.social_verification.token_response_not_found");
        alice.get(SOCIAL).await.expect_error(404, NONE);
    })
    .await;
}
