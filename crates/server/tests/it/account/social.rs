//! Linking accounts at social providers (inventory A023 to A025, A047, A048, A060; trace 50-05).

use serde_json::{Value, json};
use server::events::EventKind;
use server::outbox::deliver_due;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::delete;
use crate::experience::fixture::Browser;
use crate::experience::provider::Provider;
use crate::outbox::Recorder;

async fn identities(person: &Person) -> Value {
    person.get("/api/my-account").await.expect(200).json()["identities"].clone()
}

async fn alice(app: &TestApp) -> Person {
    open_all(app, "Edit").await;
    add(app, "alice", |_| {}).await;
    Person::of(app, "alice").await.proven().await
}

#[tokio::test]
async fn an_account_is_proven_linked_shown_and_unlinked_as_in_trace_50_05() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let made = alice.try_leave(&idp).await.expect(201).json();
        let names: Vec<&String> = made.as_object().unwrap().keys().collect();
        assert_eq!(names, ["verificationRecordId", "authorizationUri", "expiresAt"]);
        assert_eq!(made["expiresAt"], app.app.clock.now().plus_seconds(600).iso8601());

        let away = alice.leave(&idp).await;
        assert_eq!(
            (away.host.as_str(), away.sent("redirect_uri"), away.sent("state")),
            ("harbour.example", CALLBACK, "st")
        );
        assert_eq!((away.sent("code_challenge_method"), away.sent("scope")), ("S256", "openid profile email"));
        assert!(away.sent("nonce").len() > 40 && away.sent("code_challenge").len() > 40);
        idp.answer(&idp.claims(&away, "u1"));
        let data = json!({"code": "c", "state": "st", "redirectUri": CALLBACK});
        let proven = alice.come_back(&away, data.clone()).await.expect(200).json();
        assert_eq!(proven, json!({"verificationRecordId": away.verification_id}));
        alice.come_back(&away, data).await.expect_error(400, "session.connector_session_not_found");

        alice.link(&away.verification_id).await.expect(204);
        let linked = identities(&alice).await;
        assert_eq!((&linked["harbour"]["userId"], &linked["harbour"]["details"]["id"]), (&json!("u1"), &json!("u1")));
        assert_eq!(linked["harbour"]["details"]["email"], "ada@example.com");
        // The same record again, and another account at the same provider.
        alice.link(&away.verification_id).await.expect_error(400, "user.identity_already_in_use");
        let other = alice.prove_social(&idp, "u2", plain_tokens()).await;
        alice.link(&other).await.expect_error(400, "user.identity_already_in_use");
        let body = json!({"newIdentifierVerificationRecordId": other});
        alice.send("PUT", "/api/my-account/identities", body).await.expect(204);
        assert_eq!(identities(&alice).await["harbour"]["userId"], "u2");

        alice.delete("/api/my-account/identities/none").await.expect_error(404, "user.identity_not_exist");
        alice.delete("/api/my-account/identities/harbour").await.expect(204);
        assert_eq!(identities(&alice).await, json!({}));
    })
    .await;
}

#[tokio::test]
async fn a_request_may_name_its_scopes_and_must_name_an_address() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut body = json!({
            "connectorId": idp.connector_id, "redirectUri": CALLBACK, "state": "st", "scope": "openid calendar",
        });
        let made = alice.post("/api/verifications/social", body.clone()).await.expect(201).json();
        assert!(made["authorizationUri"].as_str().unwrap().contains("scope=openid+calendar"), "{made}");
        for (member, value) in [
            ("redirectUri", json!("social")),
            ("redirectUri", json!("https://app.example.com/#x")),
            ("state", json!("")),
            ("state", json!("s".repeat(1025))),
            ("scope", json!("s".repeat(1025))),
        ] {
            let good = std::mem::replace(&mut body[member], value);
            alice.post("/api/verifications/social", body.clone()).await.expect_error(400, "guard.invalid_input");
            body[member] = good;
        }
        body["connectorId"] = json!("none");
        alice.post("/api/verifications/social", body).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn the_last_way_to_sign_in_is_not_unlinked() {
    for_each_engine(async |app: TestApp| {
        open_all(&app, "Edit").await;
        add(&app, "alice", |user| {
            user.username = None;
            user.password = None;
        })
        .await;
        // Without a way to prove who they are, a person who signed in needs none.
        let alice = Person::of(&app, "alice").await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let island = Provider::new(&app, "island", json!({})).await;
        for (idp, id) in [(&idp, "u1"), (&island, "u2")] {
            let record = alice.prove_social(idp, id, plain_tokens()).await;
            alice.link(&record).await.expect(204);
        }
        alice.delete("/api/my-account/identities/island").await.expect(204);
        let last = alice.delete("/api/my-account/identities/harbour").await;
        last.expect_error(400, "user.last_sign_in_method_required");
        assert_eq!(identities(&alice).await["harbour"]["userId"], "u1");
    })
    .await;
}

#[tokio::test]
async fn a_change_is_an_event_and_ends_sign_ins_that_the_old_account_began() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let record = alice.prove_social(&idp, "u1", plain_tokens()).await;
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", &[EventKind::UserDataUpdated], recorder.subscriber(0));
        alice.link(&record).await.expect(204);
        while deliver_due(&app.app).await.unwrap() > 0 {}
        let told = recorder.payloads();
        assert_eq!((told.len(), told[0].0.as_str()), (1, "User.Data.Updated"));
        assert_eq!(told[0].1["data"]["identities"]["harbour"]["userId"], "u1");

        // Somebody is in the middle of a sign-in with the account that is unlinked.
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = idp.prove(&browser, "u1", |_| {}).await;
        browser.identify(&id).await.expect(204);
        alice.delete("/api/my-account/identities/harbour").await.expect(204);
        assert!(browser.submit().await.status.is_client_error());
        assert!(browser.result().await.is_none());
        while deliver_due(&app.app).await.unwrap() > 0 {}
        assert_eq!(recorder.payloads().pop().unwrap().1["data"]["identities"], json!({}));
    })
    .await;
}

#[tokio::test]
async fn an_account_of_somebody_else_is_refused_also_when_both_ask_at_once() {
    for_each_engine(async |app: TestApp| {
        open_all(&app, "Edit").await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut people = Vec::new();
        for name in ["alice", "bob"] {
            add(&app, name, |_| {}).await;
            let person = Person::of(&app, name).await.proven().await;
            let record = person.prove_social(&idp, "u1", plain_tokens()).await;
            people.push((person, record));
        }
        let link = |(person, record): &(Person, String)| {
            let (person, record) = (person.clone(), record.clone());
            tokio::spawn(async move { outcome(&person.link(&record).await) })
        };
        let (one, two) = (link(&people[0]), link(&people[1]));
        let mut seen = [one.await.unwrap(), two.await.unwrap()];
        seen.sort();
        assert_eq!(seen, [(204, String::new()), (422, "user.identity_already_in_use".to_owned())]);
        delete(&app, &format!("/api/connectors/{}", idp.connector_id)).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_answers_by_a_form_is_asked_for_an_address() {
    for_each_engine(async |app: TestApp| {
        for path in ["/callback/c1", "/account/callback/social/c1"] {
            let form = [("code", "a&b"), ("state", "s"), ("evil", "x"), ("id_token", "t")];
            let answer = app.post(path).header("origin", "https://idp.example").form(&form).send().await.expect(303);
            assert_eq!(answer.header("location"), format!("{path}?code=a%26b&state=s&id_token=t"));
        }
    })
    .await;
}
