//! The account itself (A010 to A013, A015 to A018, A029; traces 50-01, 50-02).

use serde_json::{Value, json};
use server::events::EventKind;
use server::outbox::deliver_due;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::experience::fixture::settings;
use crate::outbox::Recorder;

async fn alice(app: &TestApp) -> Person {
    add(app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
    open_all(app, "Edit").await;
    Person::of(app, "alice").await
}

#[tokio::test]
async fn g1_what_people_store_of_themselves_is_bounded() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        open_all(&app, "Edit").await;
        let alice = Person::of(&app, "alice").await;
        let text = "x".repeat(6_000);
        for name in ["nickname", "familyName"] {
            alice.patch("/api/my-account/profile", json!({name: text})).await.expect(200);
        }
        let third = alice.patch("/api/my-account/profile", json!({"givenName": text})).await;
        third.expect_error(422, "entity.value_too_long");
        let large = alice.patch("/api/my-account", json!({"customData": {"k": "x".repeat(70_000)}})).await;
        large.expect_error(422, "entity.value_too_long");
        assert!(alice.get("/api/my-account").await.json()["profile"].get("givenName").is_none());
    })
    .await;
}

#[tokio::test]
async fn an_account_is_shown_as_in_trace_50_01() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let shown = alice.get("/api/my-account").await.expect(200);
        let known = shown.json();
        let expected = json!({
            "id": "alice", "username": "alice", "primaryEmail": "alice@example.com", "primaryPhone": null, "name": null,
            "avatar": null, "customData": {}, "identities": {}, "lastSignInAt": known["lastSignInAt"],
            "createdAt": known["createdAt"], "updatedAt": known["updatedAt"], "profile": {},
            "applicationId": known["applicationId"], "cimdClientId": null, "isSuspended": false, "hasPassword": true,
            "hasSecurityVerificationMethod": true,
        });
        assert_eq!(known, expected);
        assert!(known["createdAt"].is_i64() && known["applicationId"].is_string());
        // F4: nothing secret.
        for secret in ["password_digest", "passwordDigest", "argon2", "logto_config"] {
            assert!(!shown.text().contains(secret), "{secret}");
        }
        let bare = Person::with_scopes(&app, "alice", "openid").await.get("/api/my-account").await.expect(200).json();
        assert_eq!(bare, json!({"id": "alice", "hasSecurityVerificationMethod": true}));
        let nope = alice.get("/api/my-account/nope").await.expect(404);
        assert_eq!(nope.text(), "Not Found");
        // As in trace 50-02: what is off is not shown, also not whether there is a password.
        open(&app, json!({"name": "ReadOnly", "username": "Edit"})).await;
        let mut fewer: Vec<String> =
            alice.get("/api/my-account").await.expect(200).json().as_object().unwrap().keys().cloned().collect();
        fewer.sort();
        let expected = "applicationId cimdClientId createdAt hasSecurityVerificationMethod id isSuspended lastSignInAt name \
                        updatedAt username";
        assert_eq!(fewer, expected.split_whitespace().collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn each_scope_shows_its_own_members() {
    for_each_engine(async |app: TestApp| {
        alice(&app).await;
        let identity = "insert into user_identities (tenant_id, user_id, target, identity_id, created_at, updated_at) \
                        values ('default', 'alice', 'google', 'g1', 1, 1)";
        app.sql(identity, vec![]).await;
        app.sql("update users set profile = '{\"nickname\": \"a\", \"address\": {\"country\": \"DE\"}}'", vec![]).await;
        for (scope, member, value) in [
            ("email", "primaryEmail", json!("alice@example.com")),
            ("phone", "primaryPhone", Value::Null),
            ("custom_data", "customData", json!({})),
            ("identities", "identities", json!({"google": {"userId": "g1"}})),
            ("profile", "profile", json!({"nickname": "a"})),
            ("profile address", "profile", json!({"nickname": "a", "address": {"country": "DE"}})),
        ] {
            let person = Person::with_scopes(&app, "alice", &format!("openid {scope}")).await;
            let shown = person.get("/api/my-account").await.expect(200).json();
            assert_eq!(shown.get(member), Some(&value), "{scope}");
            if !scope.contains("profile") {
                assert_eq!(shown.as_object().unwrap().len(), 3, "{shown}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn c19_f2_a_person_changes_their_own_members_and_no_others() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        add(&app, "bob", |_| {}).await;
        let refused = |body: Value| alice.patch("/api/my-account", body);
        let wanted =
            json!({"name": "New", "username": "acc2", "avatar": "https://img.example.com/b.png", "customData": {"k": 1}});
        refused(wanted.clone()).await.expect_error(401, DENIED.1);
        let before = app.snapshot().await;
        for nothing in [
            json!({}),
            json!({"primaryEmail": "x@example.com"}),
            json!({"emailVerified": true, "isSuspended": false, "id": "bob", "userId": "bob", "hasPassword": false}),
            json!({"logtoConfig": {"mfa": {"enabled": false}}, "lastSignInAt": 1, "roles": ["admin"]}),
        ] {
            refused(nothing).await.expect_error(422, "entity.invalid_input");
        }
        for (wrong, path) in [
            (json!({"username": "1x"}), "username"),
            (json!({"avatar": "javascript:alert(1)"}), "avatar"),
            (json!({"name": "a\u{202e}b"}), "name"),
            (json!({"name": 7}), "name"),
        ] {
            let answer = refused(wanted_with(&wrong)).await.expect_error(400, "guard.invalid_input").json();
            assert_eq!(answer["data"]["issues"][0]["path"][0], path);
        }
        refused(json!({"name": "x".repeat(129)})).await.expect_error(422, "entity.value_too_long");
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
        // Somebody else's id in the query or body leads nowhere.
        let elsewhere = json!({"name": "Mine", "id": "bob", "userId": "bob"});
        alice.patch("/api/my-account?userId=bob", elsewhere).await.expect(200);
        let names = app.management_request("GET", "/api/users/bob").await.send().await.expect(200).json();
        assert_eq!(names["name"], Value::Null);

        let alice = alice.proven().await;
        let changed = alice.patch("/api/my-account", wanted).await.expect(200).json();
        assert_eq!(
            (&changed["name"], &changed["username"], &changed["avatar"], &changed["customData"]),
            (&json!("New"), &json!("acc2"), &json!("https://img.example.com/b.png"), &json!({"k": 1}))
        );
        let taken = async |name: &str| {
            let answer = alice.patch("/api/my-account", json!({"username": name})).await;
            answer.expect_error(422, "user.username_already_in_use");
        };
        taken("bob").await;
        settings(&app, "default", json!({"usernamePolicy": {"caseSensitive": false}})).await;
        taken("BOB").await;
        let cleared = alice.patch("/api/my-account", json!({"name": null, "avatar": null})).await.expect(200).json();
        assert_eq!((&cleared["name"], &cleared["avatar"]), (&Value::Null, &Value::Null));
        settings(&app, "default", json!({"usernamePolicy": {"minLength": 5, "maxLength": 10}})).await;
        alice.patch("/api/my-account", json!({"username": "abc"})).await.expect_error(422, "user.username_too_short");
        // The address stays, so the name may go; then it is the last way to sign in.
        let none = alice.patch("/api/my-account", json!({"username": null})).await.expect(200).json();
        assert_eq!(none["username"], Value::Null);
        let bob = Person::of(&app, "bob").await.proven().await;
        let last = bob.patch("/api/my-account", json!({"username": null})).await;
        last.expect_error(400, "user.last_sign_in_method_required");
        bob.patch("/api/my-account", json!({"name": "Bob"})).await.expect(200);
    })
    .await;
}

/// A body with one more member.
fn wanted_with(member: &Value) -> Value {
    let mut body = json!({"customData": {}});
    body.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn claims_are_merged_and_the_address_has_a_scope_of_its_own() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let path = "/api/my-account/profile";
        let body = json!({"nickname": "nn", "address": {"country": "DE"}, "unknown": "x"});
        let merged = alice.patch(path, body.clone()).await.expect(200).json();
        assert_eq!(merged, json!({"nickname": "nn", "address": {"country": "DE"}}));
        let merged = alice.patch(path, json!({"website": "https://a.example"})).await.expect(200).json();
        assert_eq!(merged["nickname"], "nn");
        let other = Person::with_scopes(&app, "alice", "openid profile").await;
        other.patch(path, body).await.expect_error(400, "auth.unauthorized");
        let merged = other.patch(path, json!({"nickname": "n2"})).await.expect(200).json();
        assert_eq!(merged, json!({"nickname": "n2", "website": "https://a.example"}), "no address is shown");
    })
    .await;
}

#[tokio::test]
async fn settings_of_sign_ins_are_as_in_trace_50_01() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let (configs, mfa) = ("/api/my-account/logto-configs", "/api/my-account/mfa-settings");
        let initial = json!({"mfa": {"skipped": false, "skipMfaOnSignIn": false}, "passkeySignIn": {"skipped": false}});
        assert_eq!(alice.get(configs).await.expect(200).json(), initial);
        assert_eq!(alice.get(mfa).await.expect(200).json(), json!({"skipMfaOnSignIn": false}));
        let alice = alice.proven().await;
        let changed = alice.patch(configs, json!({"mfa": {"skipMfaOnSignIn": true}})).await.expect(200).json();
        assert_eq!(changed["mfa"]["skipMfaOnSignIn"], true);
        assert_eq!(alice.get(mfa).await.expect(200).json(), json!({"skipMfaOnSignIn": true}));
        let changed = alice.patch(mfa, json!({"skipMfaOnSignIn": false})).await.expect(200).json();
        assert_eq!(changed, json!({"skipMfaOnSignIn": false}));
        alice.patch(mfa, json!({})).await.expect_error(400, "guard.invalid_input");
        app.bind_totp("alice").await;
        let factors = alice.get("/api/my-account/mfa-verifications").await.expect(200);
        assert_eq!(factors.json()[0]["type"], "Totp");
        assert_eq!(factors.json()[0].as_object().unwrap().len(), 3, "no secret: {}", factors.text());
    })
    .await;
}

#[tokio::test]
async fn every_change_is_an_event_about_the_person() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await.proven().await;
        add_connectors(&app).await;
        let record = alice.prove("email", "new@example.com").await;
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", &[EventKind::UserDataUpdated], recorder.subscriber(0));
        let email = json!({"email": "new@example.com", "newIdentifierVerificationRecordId": record});
        for (method, path, body) in [
            ("PATCH", "", json!({"name": "New"})),
            ("PATCH", "/profile", json!({"nickname": "nn"})),
            ("PATCH", "/mfa-settings", json!({"skipMfaOnSignIn": true})),
            ("PATCH", "/logto-configs", json!({"passkeySignIn": {"skipped": true}})),
            ("POST", "/primary-email", email),
            ("POST", "/password", json!({"password": "Brand-New1!x"})),
        ] {
            let answer = alice.send(method, &format!("/api/my-account{path}"), body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text());
            while deliver_due(&app.app).await.unwrap() > 0 {}
            let (kind, said) = recorder.payloads().pop().unwrap();
            assert_eq!((kind.as_str(), &said["data"]["id"]), ("User.Data.Updated", &json!("alice")), "{path}");
        }
        assert_eq!(recorder.payloads().len(), 6);
        assert_eq!(recorder.payloads()[5].1["data"]["primaryEmail"], "new@example.com");
        // Nothing of what was refused.
        alice.patch("/api/my-account", json!({"username": "1"})).await.expect(400);
        assert_eq!(deliver_due(&app.app).await.unwrap(), 0);
    })
    .await;
}
