//! Deleting the own account, and downloading what is stored about it: both our own.

use std::time::Duration;

use serde_json::{Value, json};
use server::users::planned_deletions;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;

const DELETION: &str = "/api/my-account/deletion";
const DATA: &str = "/api/my-account/data";
const DAY: Duration = Duration::from_secs(86_400);

async fn configure(app: &TestApp, patch: Value) {
    call(app, "PATCH", "/api/configs/account", patch).await.expect(200);
}

async fn run(app: &TestApp) -> u64 {
    planned_deletions::run(app.app.clone()).await.unwrap()
}

async fn exists(app: &TestApp, id: &str) -> bool {
    call(app, "GET", &format!("/api/users/{id}"), Value::Null).await.status == 200
}

#[tokio::test]
async fn an_account_is_deleted_when_its_grace_period_is_over_and_not_before() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        open_all(&app, "Edit").await;
        let alice = Person::of(&app, "alice").await.proven().await;
        let closed = json!({"enabled": false, "graceDays": 14, "dueAt": null});
        assert_eq!(alice.get(DELETION).await.expect(200).json(), closed);
        alice.post(DELETION, Value::Null).await.expect_error(400, "account_center.field_not_enabled");
        configure(&app, json!({"deletionEnabled": true, "deletionGraceDays": 7})).await;
        for days in [-1, 366] {
            let refused = call(&app, "PATCH", "/api/configs/account", json!({"deletionGraceDays": days})).await;
            refused.expect_error(400, "guard.invalid_input");
        }
        let unproven = Person { proof: None, ..alice.clone() };
        unproven.post(DELETION, Value::Null).await.expect_error(401, DENIED.1);
        let due = app.app.clock.now().plus_seconds(7 * 86_400).iso8601();
        let planned = json!({"enabled": true, "graceDays": 7, "dueAt": due});
        assert_eq!(alice.post(DELETION, Value::Null).await.expect(200).json(), planned);
        // Asking again does not put it off, and a longer period does not either.
        configure(&app, json!({"deletionGraceDays": 30})).await;
        app.app.clock.advance(Duration::from_secs(60));
        assert_eq!(alice.post(DELETION, Value::Null).await.expect(200).json()["dueAt"], due.as_str());
        unproven.delete(DELETION).await.expect(204);
        unproven.delete(DELETION).await.expect(204);
        assert_eq!(alice.get(DELETION).await.expect(200).json()["dueAt"], Value::Null);
        configure(&app, json!({"deletionGraceDays": 7})).await;
        alice.post(DELETION, Value::Null).await.expect(200);
        app.app.clock.advance(DAY * 7 - Duration::from_secs(1));
        assert_eq!((run(&app).await, exists(&app, "alice").await), (0, true));
        app.app.clock.advance(Duration::from_secs(1));
        assert_eq!((run(&app).await, exists(&app, "alice").await), (1, false));
        assert_eq!(run(&app).await, 0);
        let rows = app.snapshot().await;
        assert_eq!(rows.counts().get("account_deletions").copied().unwrap_or_default(), 0);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_deleted_while_it_is_switched_off_or_the_account_is_suspended() {
    for_each_engine(async |app: TestApp| {
        open_all(&app, "Edit").await;
        configure(&app, json!({"deletionEnabled": true, "deletionGraceDays": 0})).await;
        for name in ["alice", "bob"] {
            add(&app, name, |_| {}).await;
            Person::of(&app, name).await.proven().await.post(DELETION, Value::Null).await.expect(200);
        }
        configure(&app, json!({"deletionEnabled": false})).await;
        assert_eq!(run(&app).await, 0);
        configure(&app, json!({"deletionEnabled": true})).await;
        let suspend = json!({"isSuspended": true});
        call(&app, "PATCH", "/api/users/bob/is-suspended", suspend).await.expect(200);
        assert_eq!(run(&app).await, 1);
        assert!(!exists(&app, "alice").await && exists(&app, "bob").await);
        call(&app, "PATCH", "/api/users/bob/is-suspended", json!({"isSuspended": false})).await.expect(200);
        assert_eq!(run(&app).await, 1);
    })
    .await;
}

#[tokio::test]
async fn f4_the_file_holds_what_is_stored_and_no_secret() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |user| {
            user.primary_email = Some("alice@example.com".into());
            user.custom_data.insert("shelf".into(), 7.into());
            user.profile.insert("address".into(), json!({"country": "DE"}));
        })
        .await;
        add(&app, "bob", |_| {}).await;
        open(&app, json!({})).await;
        app.bind_totp("alice").await;
        let link = json!({"userId": "42", "details": {"id": "42", "login": "ali"}});
        call(&app, "PUT", "/api/users/alice/identities/github", link).await.expect(201);
        let made = call(&app, "POST", "/api/users/alice/personal-access-tokens", json!({"name": "ci"})).await;
        let secret = made.expect(201).json()["value"].as_str().unwrap().to_owned();
        let alice = Person::of(&app, "alice").await.proven().await;
        let unproven = Person { proof: None, ..alice.clone() };
        unproven.get(DATA).await.expect_error(401, DENIED.1);
        let file = alice.get(DATA).await.expect(200);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"account-data.json\"");
        assert_eq!(file.header("cache-control"), "no-store");
        let (text, data) = (file.text(), file.json());
        for (path, value) in [
            ("/account/id", json!("alice")),
            ("/account/primaryEmail", json!("alice@example.com")),
            ("/account/profile/address/country", json!("DE")),
            ("/account/customData/shelf", json!(7)),
            ("/identities/github/details/login", json!("ali")),
            ("/secondFactors/0/type", json!("Totp")),
            ("/personalAccessTokens/0/name", json!("ci")),
        ] {
            assert_eq!(data.pointer(path), Some(&value), "{path}");
        }
        assert!(data["sessions"].as_array().unwrap().len() == 1 && data["grants"].as_array().unwrap().len() == 1);
        for hidden in [&secret, "JBSWY3DPEHPK3PXP", "argon2", &alice.token, &alice.digest(), "bob"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        // What the token may not see is not in it (attack F3).
        let narrow = Person::with_scopes(&app, "alice", "openid profile").await.proven().await;
        let data = narrow.get(DATA).await.expect(200).json();
        assert_eq!((&data["account"]["id"], &data["account"]["profile"]), (&json!("alice"), &json!({})));
        for name in ["identities", "secondFactors", "sessions", "grants", "activity", "trustedDevices"] {
            assert!(data.get(name).is_none(), "{name}");
        }
        assert!(data["account"].get("primaryEmail").is_none() && data["account"].get("customData").is_none());
        Person::with_scopes(&app, "alice", "openid email").await.proven().await.get(DATA).await.expect(401);
        configure(&app, json!({"dataDownloadEnabled": false})).await;
        alice.get(DATA).await.expect_error(400, "account_center.field_not_enabled");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_recovered_is_not_deleted() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        open_all(&app, "Edit").await;
        configure(&app, json!({"deletionEnabled": true, "deletionGraceDays": 7})).await;
        let thief = Person::of(&app, "alice").await.proven().await;
        thief.post(DELETION, Value::Null).await.expect(200);
        // Who changes their own password while signed in keeps what they planned.
        thief.post("/api/my-account/password", json!({"password": "Brand-New1!x"})).await.expect(204);
        assert_ne!(thief.get(DELETION).await.expect(200).json()["dueAt"], Value::Null);
        let body = json!({"password": "Other-New1!x"});
        call(&app, "PATCH", "/api/users/alice/password", body).await.expect(200);
        app.app.clock.advance(DAY * 8);
        assert_eq!((run(&app).await, exists(&app, "alice").await), (0, true));
    })
    .await;
}
