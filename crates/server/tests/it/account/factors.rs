//! The own second factors (A029 to A036, A049, A050; trace 50-04).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::*;
use crate::experience::authenticator::Authenticator;
use crate::experience::factors::{app_code, policy, signed_in_by_password, verify_app, verify_backup};

const FACTORS: &str = "/api/my-account/mfa-verifications";
const REGISTRATION: &str = "/api/verifications/web-authn/registration";
const ALL: [&str; 3] = ["Totp", "WebAuthn", "BackupCode"];
const NOT_ENABLED: &str = "session.mfa.mfa_factor_not_enabled";
const WRONG_CODE: &str = "session.mfa.invalid_totp_code";
const NO_RECORD: &str = "verification_record.not_found";

/// Alice, proven, where these factors are switched on.
async fn alice_with(app: &TestApp, factors: &[&str]) -> Person {
    add(app, "alice", |_| {}).await;
    open_all(app, "Edit").await;
    policy(app, "UserControlled", factors).await;
    Person::of(app, "alice").await.proven().await
}

async fn secret(person: &Person) -> String {
    let made = person.post(&format!("{FACTORS}/totp-secret/generate"), Value::Null).await.expect(200).json();
    made["secret"].as_str().unwrap().to_owned()
}

async fn codes(person: &Person) -> Vec<Value> {
    let made = person.post(&format!("{FACTORS}/backup-codes/generate"), Value::Null).await.expect(200).json();
    made["codes"].as_array().unwrap().clone()
}

fn code_now(person: &Person, secret: &str) -> String {
    app_code(secret, person.app.app.clock.now())
}

async fn add_app(person: &Person, secret: &str) -> TestResponse {
    let body = json!({"type": "Totp", "secret": secret, "code": code_now(person, secret)});
    person.post(FACTORS, body).await
}

async fn add_codes(person: &Person, codes: Value) -> TestResponse {
    person.post(FACTORS, json!({"type": "BackupCode", "codes": codes})).await
}

/// Registers a passkey; returns the record's id.
pub async fn register(person: &Person, authenticator: &mut Authenticator) -> String {
    let begun = person.post(REGISTRATION, Value::Null).await.expect(200).json();
    let payload = authenticator.create(&begun["registrationOptions"]);
    let id = begun["verificationRecordId"].as_str().unwrap().to_owned();
    answer(person, &id, &payload).await.expect(200);
    id
}

async fn answer(person: &Person, id: &str, payload: &Value) -> TestResponse {
    person.post(&format!("{REGISTRATION}/verify"), json!({"verificationRecordId": id, "payload": payload})).await
}

async fn add_passkey(person: &Person, record: &str, name: &str) -> TestResponse {
    let body = json!({"type": "WebAuthn", "newIdentifierVerificationRecordId": record, "name": name});
    person.post(FACTORS, body).await
}

async fn list(person: &Person) -> Vec<Value> {
    person.get(FACTORS).await.expect(200).json().as_array().unwrap().clone()
}

async fn id_of_kind(person: &Person, kind: &str) -> String {
    let found = list(person).await.into_iter().find(|factor| factor["type"] == kind).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_binds_and_unbinds_every_kind_of_factor_as_recorded() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &ALL).await;
        assert_eq!(list(&alice).await, Vec::<Value>::new());
        let seed = secret(&alice).await;
        assert_eq!(seed.len(), 32);
        let wrong = json!({"type": "Totp", "secret": seed, "code": "000000"});
        alice.post(FACTORS, wrong).await.expect_error(400, WRONG_CODE);
        let unproven = Person { proof: None, ..alice.clone() };
        add_app(&unproven, &seed).await.expect_error(401, DENIED.1);
        assert_eq!(add_app(&alice, &seed).await.expect(204).text(), "");
        add_app(&alice, &seed).await.expect_error(422, "user.totp_already_in_use");
        let new = codes(&alice).await;
        assert!(new.len() == 10 && new.iter().all(|code| code.as_str().unwrap().len() == 10));
        add_codes(&alice, json!(["a"])).await.expect_error(422, "user.wrong_backup_code_format");
        add_codes(&alice, json!([new[0], new[0]])).await.expect_error(422, "user.wrong_backup_code_format");
        add_codes(&alice, json!(vec!["0123456789"; 101])).await.expect_error(422, "user.wrong_backup_code_format");
        add_codes(&alice, json!(new)).await.expect(204);
        let shown = alice.get(&format!("{FACTORS}/backup-codes")).await.expect(200).json();
        assert_eq!(shown, json!({"codes": new.iter().map(|code| json!({"code": code})).collect::<Vec<_>>()}));
        app.app.clock.advance(Duration::from_millis(1));
        let record = register(&alice, &mut Authenticator::new("key1")).await;
        add_passkey(&alice, &record, "key1").await.expect(204);
        let bound = list(&alice).await;
        let shapes: Vec<(&Value, &Value, &Value)> =
            bound.iter().map(|factor| (&factor["type"], &factor["name"], &factor["remainCodes"])).collect();
        let (none, ten) = (Value::Null, json!(10));
        assert_eq!(
            shapes,
            [
                (&json!("Totp"), &none, &none),
                (&json!("BackupCode"), &none, &ten),
                (&json!("WebAuthn"), &json!("key1"), &none)
            ]
        );
        assert!(bound.iter().all(|factor| factor.get("lastUsedAt").is_none()), "{bound:?}");
        let passkey = id_of_kind(&alice, "WebAuthn").await;
        let renamed = alice.patch(&format!("{FACTORS}/{passkey}/name"), json!({"name": "key2"})).await.expect(200);
        assert_eq!((renamed.text(), renamed.header("content-type")), ("OK".into(), "text/plain; charset=utf-8"));
        assert_eq!(list(&alice).await[2]["name"], "key2");
        alice.delete(&format!("{FACTORS}/{passkey}")).await.expect(204);
        alice.delete(&format!("{FACTORS}/none")).await.expect_error(400, NO_RECORD);
        assert_eq!(list(&alice).await.len(), 2);
        let configs = alice.get("/api/my-account/logto-configs").await.expect(200).json();
        assert_eq!(configs["mfa"]["enabled"], true);
    })
    .await;
}

#[tokio::test]
async fn only_what_is_switched_on_is_bound_and_backup_codes_are_never_alone() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &["BackupCode"]).await;
        add_app(&alice, &secret(&alice).await).await.expect_error(400, NOT_ENABLED);
        let record = register(&alice, &mut Authenticator::new("k")).await;
        add_passkey(&alice, &record, "k").await.expect_error(400, NOT_ENABLED);
        let alone = "session.mfa.backup_code_can_not_be_alone";
        add_codes(&alice, json!(codes(&alice).await)).await.expect_error(422, alone);
        // Signing in with passkeys lets them be bound as well (A030).
        let sign_in = json!({"passkeySignIn": {"enabled": true, "showPasskeyButton": true, "allowAutofill": true}});
        crate::experience::fixture::settings(&app, "default", sign_in).await;
        add_passkey(&alice, &record, "k").await.expect(204);
        policy(&app, "UserControlled", &ALL).await;
        add_codes(&alice, json!(codes(&alice).await)).await.expect(204);
        let old = alice.get(&format!("{FACTORS}/backup-codes")).await.expect(200).json();
        add_codes(&alice, json!(codes(&alice).await)).await.expect(204);
        let new = alice.get(&format!("{FACTORS}/backup-codes")).await.expect(200).json();
        assert!(old != new && list(&alice).await.len() == 2, "new codes take the place of the old");
        // They go with the last factor that they stand in for.
        alice.delete(&format!("{FACTORS}/{}", id_of_kind(&alice, "WebAuthn").await)).await.expect(204);
        assert_eq!(list(&alice).await, Vec::<Value>::new());
        alice.get(&format!("{FACTORS}/backup-codes")).await.expect_error(404, NO_RECORD);
    })
    .await;
}

#[tokio::test]
async fn c5_a_code_that_bound_an_app_is_used_up_and_a_seed_keeps_what_was_used() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &ALL).await;
        let seed = secret(&alice).await;
        add_app(&alice, &seed).await.expect(204);
        let browser = signed_in_by_password(&app, "alice").await;
        verify_app(&browser, &code_now(&alice, &seed)).await.expect_error(400, WRONG_CODE);
        app.app.clock.advance(Duration::from_secs(30));
        let used = code_now(&alice, &seed);
        verify_app(&browser, &used).await.expect(200);
        let replace = async |secret: &str, code: &str| {
            alice.send("PUT", &format!("{FACTORS}/totp"), json!({"secret": secret, "code": code})).await
        };
        replace(&seed, &used).await.expect_error(400, WRONG_CODE);
        replace("A", "000000").await.expect_error(400, "user.totp_secret_invalid");
        let other = secret(&alice).await;
        replace(&other, "000000").await.expect_error(400, WRONG_CODE);
        replace(&other, &code_now(&alice, &other)).await.expect(204);
        assert_eq!(list(&alice).await.len(), 1);
        let browser = signed_in_by_password(&app, "alice").await;
        verify_app(&browser, &code_now(&alice, &other)).await.expect_error(400, WRONG_CODE);
        app.app.clock.advance(Duration::from_secs(30));
        verify_app(&browser, &code_now(&alice, &seed)).await.expect_error(400, WRONG_CODE);
        verify_app(&browser, &code_now(&alice, &other)).await.expect(200);
        // Without one it is bound as well.
        alice.delete(&format!("{FACTORS}/{}", id_of_kind(&alice, "Totp").await)).await.expect(204);
        app.app.clock.advance(Duration::from_secs(30));
        replace(&other, &code_now(&alice, &other)).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn a_backup_code_that_was_used_shows_when() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &ALL).await;
        add_app(&alice, &secret(&alice).await).await.expect(204);
        let new = codes(&alice).await;
        add_codes(&alice, json!(new)).await.expect(204);
        let browser = signed_in_by_password(&app, "alice").await;
        verify_backup(&browser, new[3].as_str().unwrap()).await.expect(200);
        let shown = alice.get(&format!("{FACTORS}/backup-codes")).await.expect(200).json();
        assert_eq!(shown["codes"][3], json!({"code": new[3], "usedAt": app.app.clock.now().iso8601()}));
        assert_eq!(list(&alice).await[1]["remainCodes"], 9);
    })
    .await;
}

#[tokio::test]
async fn c20_a_passkey_is_bound_by_the_record_of_its_own_person_alone_and_once() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &ALL).await;
        add(&app, "bob", |_| {}).await;
        let bob = Person::of(&app, "bob").await.proven().await;
        let begun = alice.post(REGISTRATION, Value::Null).await.expect(200).json();
        assert_eq!(begun["expiresAt"], app.app.clock.now().plus_seconds(600).iso8601());
        let options = &begun["registrationOptions"];
        assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!("localhost"), &json!("alice")));
        let id = begun["verificationRecordId"].as_str().unwrap();
        add_passkey(&alice, id, "k").await.expect_error(400, NO_RECORD);
        let mut key = Authenticator::new("k");
        let payload = key.create(options);
        answer(&bob, id, &payload).await.expect_error(400, NO_RECORD);
        answer(&alice, &alice.proof.clone().unwrap(), &payload).await.expect_error(400, NO_RECORD);
        let failed = "session.mfa.webauthn_verification_failed";
        // The challenge of another record, another page, a key that did not ask for its owner.
        let other = alice.post(REGISTRATION, Value::Null).await.expect(200).json();
        answer(&alice, other["verificationRecordId"].as_str().unwrap(), &payload).await.expect_error(400, failed);
        for change in [
            |key: &mut Authenticator| key.origin = "https://evil.example".to_owned(),
            |key: &mut Authenticator| key.rp_id = "evil.example".to_owned(),
            |key: &mut Authenticator| key.flags = 1,
        ] {
            let mut wrong = Authenticator::new("w");
            change(&mut wrong);
            answer(&alice, id, &wrong.create(options)).await.expect_error(400, failed);
        }
        answer(&alice, id, &payload).await.expect(200);
        answer(&alice, id, &payload).await.expect_error(400, failed);
        add_passkey(&bob, id, "k").await.expect_error(400, NO_RECORD);
        // It does not prove who the person is.
        alice.with_proof(id).get("/api/my-account/sessions").await.expect_error(401, DENIED.1);
        add_passkey(&alice, id, "k").await.expect(204);
        add_passkey(&alice, id, "k").await.expect_error(400, failed);
        let excluded = alice.post(REGISTRATION, Value::Null).await.expect(200).json();
        assert_eq!(excluded["registrationOptions"]["excludeCredentials"][0]["id"], key.credential_id.as_str());
        let late = register(&alice, &mut Authenticator::new("late")).await;
        let passkey = id_of_kind(&alice, "WebAuthn").await;
        bob.delete(&format!("{FACTORS}/{passkey}")).await.expect_error(400, NO_RECORD);
        bob.patch(&format!("{FACTORS}/{passkey}/name"), json!({"name": "x"})).await.expect_error(400, NO_RECORD);
        app.app.clock.advance(Duration::from_secs(600));
        add_passkey(&alice.proven().await, &late, "k").await.expect_error(400, NO_RECORD);
    })
    .await;
}

#[tokio::test]
async fn g1_a_person_has_twenty_passkeys_at_most() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &ALL).await;
        for n in 0..21 {
            // The newest twenty records are kept, and the clock stands still.
            let millisecond = Duration::from_millis(1);
            app.app.clock.advance(millisecond);
            let record = register(&alice, &mut Authenticator::new(&format!("k{n}"))).await;
            app.app.clock.advance(millisecond);
            let added = add_passkey(&alice.clone().proven().await, &record, "k").await;
            match n {
                20 => drop(added.expect_error(400, "guard.invalid_input")),
                _ => drop(added.expect(204)),
            }
        }
        assert_eq!(list(&alice).await.len(), 20);
    })
    .await;
}

#[tokio::test]
async fn passkeys_have_a_control_of_their_own() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &ALL).await;
        add_app(&alice, &secret(&alice).await).await.expect(204);
        let record = register(&alice, &mut Authenticator::new("k")).await;
        add_passkey(&alice, &record, "k").await.expect(204);
        let (passkey, of_app) = (id_of_kind(&alice, "WebAuthn").await, id_of_kind(&alice, "Totp").await);
        let (one, other) = (format!("{FACTORS}/{passkey}"), format!("{FACTORS}/{of_app}"));
        let fixed = "account_center.field_not_editable";
        open(&app, json!({"mfa": "Edit", "passkey": "ReadOnly"})).await;
        alice.delete(&one).await.expect_error(400, fixed);
        open(&app, json!({"mfa": "ReadOnly", "passkey": "Edit"})).await;
        alice.delete(&other).await.expect_error(400, fixed);
        alice.delete(&one).await.expect(204);
        open(&app, json!({"mfa": "Edit"})).await;
        alice.delete(&other).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn a_factor_that_is_bound_meanwhile_ends_a_sign_in_that_was_not_asked_for_it() {
    for_each_engine(async |app: TestApp| {
        let alice = alice_with(&app, &ALL).await;
        let browser = signed_in_by_password(&app, "alice").await;
        add_app(&alice, &secret(&alice).await).await.expect(204);
        assert_ne!(browser.submit().await.status, 200);
    })
    .await;
}
