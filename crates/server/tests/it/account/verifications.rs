//! The Verification API (A044 to A046, A051; attacks C3, C24).

use std::time::Duration;

use serde_json::{Value, json};
use server::events::EventKind;
use server::jobs;
use server::outbox::deliver_due;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::*;
use crate::experience::fixture::{Browser, settings};
use crate::outbox::Recorder;

async fn guess(person: &Person, password: &str) -> TestResponse {
    person.post("/api/verifications/password", json!({"password": password})).await
}

#[tokio::test]
async fn c3_guesses_at_the_password_are_counted_for_the_account_and_do_not_lock_the_owner_out() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        add(&app, "bob", |_| {}).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 10}})).await;
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", &[EventKind::IdentifierLockout], recorder.subscriber(0));
        let (alice, bob) = (Person::of(&app, "alice").await, Person::of(&app, "bob").await);
        let made = guess(&alice, PASSWORD).await.expect(201).json();
        assert_eq!(made["verificationRecordId"].as_str().unwrap().len(), 21);
        let expires = app.app.clock.now().plus_seconds(600).iso8601();
        assert_eq!(made["expiresAt"], expires);
        for _ in 0..2 {
            guess(&alice, "wrong").await.expect_error(422, "session.invalid_credentials");
        }
        let locked = "session.verification_blocked_too_many_attempts";
        guess(&alice, "wrong").await.expect_error(400, locked);
        guess(&alice, PASSWORD).await.expect_error(400, locked);
        let another = Person::of(&app, "alice").await;
        for _ in 0..15 {
            guess(&another, PASSWORD).await.expect_error(400, locked);
        }
        guess(&bob, PASSWORD).await.expect(201);
        while deliver_due(&app.app).await.unwrap() > 0 {}
        let told = recorder.payloads();
        assert!(told.iter().all(|(_, said)| said["userId"] == "alice"));
        assert_eq!(told.len(), 11, "when it was locked, and then ten in an hour");
        // The sign-in page does not know of it.
        let browser = Browser::open(&app).await;
        browser.put("", json!({"interactionEvent": "SignIn"})).await.expect(204);
        let body = json!({"identifier": {"type": "username", "value": "alice"}, "password": PASSWORD});
        browser.post("/verification/password", body).await.expect(200);
        app.app.clock.advance(Duration::from_secs(601));
        guess(&alice, PASSWORD).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn guesses_at_a_code_end_with_the_code() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        add_connectors(&app).await;
        let alice = Person::of(&app, "alice").await;
        let (id, code) = alice.send_code("phone", "4915112345678").await;
        let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
        for _ in 0..10 {
            let answer = alice.verify_code("phone", "4915112345678", &id, &wrong).await;
            answer.expect_error(400, "verification_code.code_mismatch");
        }
        let late = alice.verify_code("phone", "4915112345678", &id, &code).await;
        late.expect_error(400, "verification_code.exceed_max_try");
        let (id, code) = alice.send_code("phone", "4915112345678").await;
        app.app.clock.advance(Duration::from_secs(600));
        let late = alice.verify_code("phone", "4915112345678", &id, &code).await;
        late.expect_error(400, "verification_record.not_found");
    })
    .await;
}

#[tokio::test]
async fn c24_messages_to_one_address_are_capped_over_all_ways_to_cause_them() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        add(&app, "bob", |_| {}).await;
        let (alice, bob) = (Person::of(&app, "alice").await, Person::of(&app, "bob").await);
        let send = |person: &Person, value: &str| {
            let (person, body) = (person.clone(), json!({"identifier": {"type": "email", "value": value}}));
            async move { person.post("/api/verifications/verification-code", body).await }
        };
        send(&alice, "a@example.com").await.expect_error(501, "connector.not_found");
        add_connectors(&app).await;
        let browser = Browser::open(&app).await;
        browser.put("", json!({"interactionEvent": "Register"})).await.expect(204);
        let body = json!({"identifier": {"type": "email", "value": "a@example.com"}, "interactionEvent": "Register"});
        browser.post("/verification/verification-code", body).await.expect(200);
        for spelling in ["a@example.com", "A@example.com", "a@EXAMPLE.com"].iter().cycle().take(9) {
            send(&alice, spelling).await.expect(201);
        }
        assert_eq!(messages(&app).len(), 10);
        for person in [&alice, &bob] {
            send(person, "a@example.com").await.expect_error(429, "request.message_rate_limited");
        }
        assert_eq!(messages(&app).len(), 10);
        send(&alice, "b@example.com").await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn records_are_few_and_go_when_they_expire() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        open_all(&app, "Edit").await;
        add_connectors(&app).await;
        let alice = Person::of(&app, "alice").await;
        let own = alice.prove("email", "alice@example.com").await;
        assert_eq!(last_code(&app).1, "UserPermissionValidation");
        alice.with_proof(&own).get("/api/my-account/sessions").await.expect(200);
        let rows = async || app.snapshot().await.counts().get("verification_records").copied().unwrap_or_default();
        for _ in 0..25 {
            app.app.clock.advance(Duration::from_millis(1));
            guess(&alice, PASSWORD).await.expect(201);
        }
        assert_eq!(rows().await, 20);
        alice.with_proof(&own).get("/api/my-account/sessions").await.expect_error(401, DENIED.1);
        app.app.clock.advance(Duration::from_secs(601));
        jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        assert_eq!(rows().await, 0);
        for body in [
            json!({}),
            json!({"identifier": {"type": "username", "value": "alice"}}),
            json!({"identifier": {"type": "email", "value": "none"}}),
            json!({"identifier": {"type": "email", "value": "a@example.com"}, "templateType": "SignIn"}),
            json!({"identifier": Value::Null}),
        ] {
            let answer = alice.post("/api/verifications/verification-code", body).await;
            answer.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}
