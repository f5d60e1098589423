//! Mails about changes of credentials: to the address of before as well, by whomever, bounded, without a link.

use std::time::Duration;

use serde_json::{Value, json};
use server::outbox::deliver_due;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;
use crate::connectors::smtp_server::{Behaviour, SmtpServer};
use crate::experience::factors::policy;

async fn switch(app: &TestApp, value: Value) {
    call(app, "PATCH", "/api/configs/account", json!({"mailAboutChanges": value})).await.expect(200);
}

async fn drain(app: &TestApp) {
    while deliver_due(&app.app).await.unwrap() > 0 {}
}

/// Address, changes and who did it, of all notices so far.
async fn told(app: &TestApp) -> Vec<(String, Vec<String>, String)> {
    drain(app).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let notices = messages(app).into_iter().filter(|message| message["type"] == "AccountChanged");
    let notice = |message: Value| {
        let changes = message["payload"]["changes"].as_array().unwrap();
        let changes = changes.iter().map(|change| text(&change["change"])).collect();
        (text(&message["to"]), changes, text(&message["payload"]["by"]))
    };
    let mut all: Vec<_> = notices.map(notice).collect();
    // They are delivered side by side.
    all.sort();
    all
}

fn sorted<T: Ord>(expected: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut expected: Vec<T> = expected.into_iter().collect();
    expected.sort();
    expected
}

async fn alice(app: &TestApp) -> Person {
    add(app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
    open_all(app, "Edit").await;
    policy(app, "UserControlled", &["Totp", "WebAuthn", "BackupCode"]).await;
    add_connectors(app).await;
    Person::of(app, "alice").await.proven().await
}

fn one(to: &str, change: &str, by: &str) -> (String, Vec<String>, String) {
    (to.to_owned(), vec![change.to_owned()], by.to_owned())
}

#[tokio::test]
async fn every_change_by_the_person_is_told_also_to_the_address_of_before() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        switch(&app, json!(true)).await;
        let own = "alice@example.com";
        alice.post("/api/my-account/password", json!({"password": "Brand-New1!x"})).await.expect(204);
        alice.patch("/api/my-account", json!({"username": "alice_2"})).await.expect(200);
        alice.patch("/api/my-account", json!({"name": "A"})).await.expect(200);
        let seed = json!({"type": "Totp", "secret": "JBSWY3DPEHPK3PXP"});
        alice.post("/api/my-account/mfa-verifications", seed).await.expect(204);
        alice.patch("/api/my-account/mfa-settings", json!({"skipMfaOnSignIn": true})).await.expect(200);
        alice.patch("/api/my-account/mfa-settings", json!({"skipMfaOnSignIn": true})).await.expect(200);
        let record = alice.prove("email", "new@example.com").await;
        let body = json!({"email": "new@example.com", "newIdentifierVerificationRecordId": record});
        alice.post("/api/my-account/primary-email", body).await.expect(204);
        alice.delete("/api/my-account/primary-email").await.expect(204);
        let expected = sorted([
            one(own, "password_changed", "person"),
            one(own, "username_changed", "person"),
            one(own, "app_added", "person"),
            one(own, "second_factor_skipped", "person"),
            one(own, "email_changed", "person"),
            one("new@example.com", "email_changed", "person"),
            one("new@example.com", "email_removed", "person"),
        ]);
        assert_eq!(told(&app).await, expected);
        let last = messages(&app).pop().unwrap();
        assert!(last["payload"]["at"].is_string() && last["payload"]["ip"].is_string(), "{last}");
        assert!(last["payload"].get("code").is_none() && !last.to_string().contains("http"), "{last}");
        // Who has no address can't be told.
        alice.patch("/api/my-account", json!({"username": "alice_3"})).await.expect(200);
        assert_eq!(told(&app).await.len(), 7);
    })
    .await;
}

#[tokio::test]
async fn changes_by_administrators_are_told_as_theirs_and_do_not_say_where_they_sit() {
    for_each_engine(async |app: TestApp| {
        alice(&app).await;
        switch(&app, json!(true)).await;
        let user = "/api/users/alice";
        let changes = json!({"username": "al", "primaryPhone": "4915112345678", "primaryEmail": "al@example.com"});
        call(&app, "PATCH", user, changes).await.expect(200);
        call(&app, "PATCH", &format!("{user}/password"), json!({"password": "Brand-New1!x"})).await.expect(200);
        let factors = format!("{user}/mfa-verifications");
        call(&app, "POST", &factors, json!({"type": "Totp"})).await.expect(200);
        let bound = call(&app, "GET", &factors, Value::Null).await.expect(200).json();
        let id = bound[0]["id"].as_str().unwrap().to_owned();
        call(&app, "DELETE", &format!("{factors}/{id}"), Value::Null).await.expect(204);
        let link = json!({"userId": "42"});
        call(&app, "PUT", &format!("{user}/identities/github"), link).await.expect(201);
        call(&app, "DELETE", &format!("{user}/identities/github"), Value::Null).await.expect(200);
        call(&app, "DELETE", user, Value::Null).await.expect(204);
        let all = ["username_changed", "email_changed", "phone_set"].map(str::to_owned).to_vec();
        let by = "administrator";
        let expected = sorted([
            ("al@example.com".to_owned(), all.clone(), by.to_owned()),
            ("alice@example.com".to_owned(), all, by.to_owned()),
            one("al@example.com", "password_changed", by),
            one("al@example.com", "app_added", by),
            one("al@example.com", "app_removed", by),
            one("al@example.com", "social_linked", by),
            one("al@example.com", "social_removed", by),
            one("al@example.com", "account_deleted", by),
        ]);
        assert_eq!(told(&app).await, expected);
        assert!(messages(&app).iter().all(|message| message["payload"].get("ip").is_none()));
    })
    .await;
}

#[tokio::test]
async fn c24_notices_to_one_address_are_capped_and_codes_do_not_silence_them() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        switch(&app, json!(true)).await;
        let code = json!({"identifier": {"type": "email", "value": "alice@example.com"}});
        while alice.post("/api/verifications/verification-code", code.clone()).await.status == 201 {}
        for n in 0..30 {
            alice.patch("/api/my-account", json!({"username": format!("alice_{n}")})).await.expect(200);
        }
        assert_eq!(told(&app).await.len(), 20);
        app.app.clock.advance(Duration::from_secs(3599));
        alice.clone().patch("/api/my-account", json!({"name": "B"})).await;
        app.app.clock.advance(Duration::from_secs(1));
        call(&app, "PATCH", "/api/users/alice", json!({"username": "later"})).await.expect(200);
        assert_eq!(told(&app).await.len(), 21);
    })
    .await;
}

#[tokio::test]
async fn a_service_that_makes_its_own_texts_is_asked_only_where_it_is_switched_on() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        let settings = call(&app, "GET", "/api/configs/account", Value::Null).await.expect(200).json();
        let expected = json!({
            "mailAboutChanges": null, "deletionEnabled": false, "deletionGraceDays": 14, "dataDownloadEnabled": true,
        });
        assert_eq!(settings, expected);
        let rename = async |name: &str| {
            alice.patch("/api/my-account", json!({"username": name})).await.expect(200);
        };
        rename("a1").await;
        assert_eq!(told(&app).await.len(), 0);
        switch(&app, json!(true)).await;
        rename("a2").await;
        assert_eq!(told(&app).await.len(), 1);
        switch(&app, json!(false)).await;
        rename("a3").await;
        switch(&app, Value::Null).await;
        rename("a4").await;
        assert_eq!(told(&app).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn over_smtp_people_are_told_in_their_language_unless_it_is_switched_off() {
    for_each_engine(async |app: TestApp| {
        let server = SmtpServer::start(Behaviour::default()).await;
        app.outbound.forward("smtp.example.com", 587, server.address);
        let config = json!({"host": "smtp.example.com", "port": 587, "auth": {"user": "u", "pass": "p"},
            "fromEmail": "Harbour <no-reply@example.com>", "tls": {"ca": server.pem},
            "templates": [{"usageType": "Generic", "contentType": "text/plain", "subject": "s", "content": "{{code}}"}]});
        add(&app, "alice", |user| {
            user.primary_email = Some("alice@example.com".into());
            user.profile.insert("locale".into(), "zh-CN".into());
        })
        .await;
        let body = json!({"connectorId": "simple-mail-transfer-protocol", "config": config});
        call(&app, "POST", "/api/connectors", body).await.expect(200);
        call(&app, "PATCH", "/api/users/alice", json!({"username": "al"})).await.expect(200);
        drain(&app).await;
        let lines = server.transcript();
        assert!(lines.contains("tls RCPT TO:<alice@example.com>") && lines.contains("multipart/alternative"), "{lines}");
        assert!(lines.contains("tls Subject: =?utf-8?b?"), "{lines}");
        switch(&app, json!(false)).await;
        call(&app, "PATCH", "/api/users/alice", json!({"username": "ali"})).await.expect(200);
        drain(&app).await;
        assert_eq!(server.transcript(), lines);
    })
    .await;
}

#[tokio::test]
async fn two_step_verification_is_not_switched_off_in_silence() {
    for_each_engine(async |app: TestApp| {
        let alice = alice(&app).await;
        switch(&app, json!(true)).await;
        let own = "alice@example.com";
        let set = async |enabled: bool| {
            let body = json!({"mfa": {"enabled": enabled}});
            alice.patch("/api/my-account/logto-configs", body).await.expect(200);
        };
        set(true).await;
        assert_eq!(told(&app).await, []);
        set(false).await;
        set(false).await;
        assert_eq!(told(&app).await, [one(own, "second_factor_skipped", "person")]);
        set(true).await;
        let body = json!({"mfa": {"enabled": false}});
        call(&app, "PATCH", "/api/users/alice/logto-configs", body).await.expect(200);
        let expected =
            sorted([one(own, "second_factor_skipped", "person"), one(own, "second_factor_skipped", "administrator")]);
        assert_eq!(told(&app).await, expected);
    })
    .await;
}
