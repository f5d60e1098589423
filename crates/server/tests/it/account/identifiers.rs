//! The own address and number (A019 to A022; trace 50-03; attack C20).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::experience::fixture::settings;

const EMAIL: &str = "/api/my-account/primary-email";
const PHONE: &str = "/api/my-account/primary-phone";
const NOT_FOUND: &str = "verification_record.not_found";

fn email(address: &str, record: &str) -> Value {
    json!({"email": address, "newIdentifierVerificationRecordId": record})
}

fn phone(number: &str, record: &str) -> Value {
    json!({"phone": number, "newIdentifierVerificationRecordId": record})
}

async fn alice(app: &TestApp) -> Person {
    add(app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
    add(app, "bob", |user| user.primary_email = Some("bob@example.com".into())).await;
    open_all(app, "Edit").await;
    add_connectors(app).await;
    Person::of(app, "alice").await.proven().await
}

#[tokio::test]
async fn a_new_address_is_proven_by_a_code_as_in_trace_50_03() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let (record, code) = alice.send_code("email", "New@Example.com").await;
        assert_eq!(last_code(&app).1, "BindNewIdentifier");
        let shown = messages(&app).pop().unwrap()["payload"]["user"].clone();
        let expected = json!({
            "id": "alice", "avatar": null, "name": null, "primaryEmail": "alice@example.com", "primaryPhone": null,
            "username": "alice", "profile": {},
        });
        assert_eq!(shown, expected, "inventory H039");
        assert!(!app.snapshot().await.contain(&format!("\"{code}\"")), "sealed");
        let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
        let verify = |value: &'static str, id: String, code: String| {
            let alice = alice.clone();
            async move { alice.verify_code("email", value, &id, &code).await }
        };
        let unproven = alice.post(EMAIL, email("new@example.com", &record)).await;
        unproven.expect_error(400, NOT_FOUND);
        verify("new@example.com", record.clone(), wrong).await.expect_error(400, "verification_code.code_mismatch");
        verify("new@example.com", record.clone(), String::new()).await.expect_error(400, "verification_code.not_found");
        verify("x@example.com", record.clone(), code.clone())
            .await
            .expect_error(400, "verification_code.email_mismatch");
        verify("new@example.com", "none".into(), code.clone()).await.expect_error(400, NOT_FOUND);
        let bob = Person::of(&app, "bob").await.proven().await;
        bob.verify_code("email", "new@example.com", &record, &code).await.expect_error(400, NOT_FOUND);
        let done = verify("new@example.com", record.clone(), code.clone()).await.expect(200).json();
        assert_eq!(done, json!({"verificationRecordId": record}));
        verify("new@example.com", record.clone(), code).await.expect_error(400, "verification_code.not_found");

        // c20: of another person, of another address, of the wrong kind.
        bob.post(EMAIL, email("new@example.com", &record)).await.expect_error(400, NOT_FOUND);
        alice.post(EMAIL, email("other@example.com", &record)).await.expect_error(400, NOT_FOUND);
        alice.post(EMAIL, email("new@example.com", alice.proof.as_ref().unwrap())).await.expect_error(400, NOT_FOUND);
        alice.post(PHONE, phone("4915112345678", &record)).await.expect_error(400, NOT_FOUND);
        alice.post(EMAIL, email("none", &record)).await.expect_error(400, "guard.invalid_input");
        alice.post(EMAIL, json!({"email": "new@example.com"})).await.expect_error(400, "guard.invalid_input");
        let unproven = Person { proof: None, ..alice.clone() };
        unproven.post(EMAIL, email("new@example.com", &record)).await.expect_error(401, DENIED.1);
        let own = alice.prove("email", "alice@example.com").await;
        alice.post(EMAIL, email("alice@example.com", &own)).await.expect_error(400, NOT_FOUND);

        alice.post(EMAIL, email("new@example.com", &record)).await.expect(204);
        let shown = alice.get("/api/my-account").await.expect(200).json();
        assert_eq!(shown["primaryEmail"], "New@Example.com");
        let number = alice.prove("phone", "4915112345678").await;
        alice.post(PHONE, phone("4915112345678", &number)).await.expect(204);
        assert_eq!(alice.get("/api/my-account").await.json()["primaryPhone"], "4915112345678");
    })
    .await;
}

#[tokio::test]
async fn an_address_of_somebody_else_or_one_that_is_blocked_is_refused() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        for address in ["bob@example.com", "BOB@example.com"] {
            let record = alice.prove("email", address).await;
            let taken = alice.post(EMAIL, email(address, &record)).await;
            taken.expect_error(422, "user.email_already_in_use");
        }
        let number = alice.prove("phone", "4915112345678").await;
        app.sql("update users set primary_phone = '4915112345678' where id = 'bob'", vec![]).await;
        alice.post(PHONE, phone("4915112345678", &number)).await.expect_error(422, "user.phone_already_in_use");
        let record = alice.prove("email", "a@blocked.example").await;
        settings(&app, "default", json!({"emailBlocklistPolicy": {"customBlocklist": ["@blocked.example"]}})).await;
        let blocked = (422, "session.email_blocklist.email_not_allowed");
        let body = json!({"identifier": {"type": "email", "value": "b@blocked.example"}});
        let sent = alice.post("/api/verifications/verification-code", body).await;
        assert_eq!(outcome(&sent).1, blocked.1);
        let set = alice.post(EMAIL, email("a@blocked.example", &record)).await;
        assert_eq!(outcome(&set).1, blocked.1);
        let body = json!({"identifier": {"type": "phone", "value": "1"}});
        let odd = alice.post("/api/verifications/verification-code", body).await;
        odd.expect_error(422, "user.invalid_phone");
    })
    .await;
}

#[tokio::test]
async fn the_last_way_to_sign_in_stays() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        alice.delete(PHONE).await.expect(204);
        alice.delete(EMAIL).await.expect(204);
        assert_eq!(alice.get("/api/my-account").await.json()["primaryEmail"], Value::Null);
        add(&app, "carol", |user| {
            user.username = None;
            user.primary_email = Some("carol@example.com".into());
        })
        .await;
        let carol = Person::of(&app, "carol").await.proven().await;
        carol.delete(EMAIL).await.expect_error(400, "user.last_sign_in_method_required");
        // A username is one only with a password.
        app.sql("update users set username = 'carol', username_folded = 'carol' where id = 'carol'", vec![]).await;
        let by_code = carol.with_proof(&carol.prove("email", "carol@example.com").await);
        app.sql("update users set password_digest = null, password_algorithm = null where id = 'carol'", vec![]).await;
        by_code.delete(EMAIL).await.expect_error(400, "user.last_sign_in_method_required");
        let identity = "insert into user_identities (tenant_id, user_id, target, identity_id, created_at, updated_at) \
                        values ('default', 'carol', 'google', 'g1', 1, 1)";
        app.sql(identity, vec![]).await;
        by_code.delete(EMAIL).await.expect(204);
    })
    .await;
}
