//! The action at the end of a sign-in.

use db::sql;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{act, entries};
use crate::experience::fixture::{Browser, PASSWORD, add_client, add_user, id_of, user};

/// A sign-in up to the point where only submit is missing.
async fn identified(app: &TestApp, name: &str) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = id_of(&browser.password(name, PASSWORD).await.expect(200));
    browser.identify(&id).await.expect(204);
    browser
}

fn returns(value: Value) -> Value {
    json!({"script": format!("const runAction = async () => ({value});")})
}

#[tokio::test]
async fn an_action_changes_the_user_with_the_sign_in() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |user| {
            user.custom_data = json!({"kept": 1, "changed": 1}).as_object().cloned().unwrap();
        })
        .await;
        let changes = json!({
            "name": "Alice A", "primaryEmail": "alice@example.com", "primaryPhone": "4915112345678",
            "avatar": "https://a.example/b.png", "customData": {"changed": 2, "new": true}, "profile": {"nickname": "al"}
        });
        act(&app, "postSignIn", returns(json!({"updateUser": changes}))).await;
        let browser = identified(&app, "alice").await;
        browser.submit().await.expect(200);
        let after = user(&app, "default", "alice").await;
        assert_eq!(after.name.as_deref(), Some("Alice A"));
        assert_eq!((after.primary_email.as_deref(), after.primary_phone.as_deref()), (Some("alice@example.com"), Some("4915112345678")));
        assert_eq!(Value::Object(after.custom_data), json!({"kept": 1, "changed": 2, "new": true}));
        assert_eq!((Value::Object(after.profile), after.avatar.as_deref()), (json!({"nickname": "al"}), Some("https://a.example/b.png")));
        let all = entries(&app, "Action.PostSignIn").await;
        assert_eq!((all.len(), &all[0]["result"], &all[0]["userId"]), (1, &json!("Success"), &json!("alice")));
        let names = json!(["name", "primaryEmail", "primaryPhone", "avatar", "customData", "profile"]);
        assert_eq!(all[0]["updatedFields"], names);
        assert!(!all[0].to_string().contains("Alice A"));
        browser.submit().await.expect(200);
        assert_eq!(entries(&app, "Action.PostSignIn").await.len(), 1, "the same answer again runs nothing");
        assert_eq!(browser.resume().await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn an_action_is_told_who_signs_in_and_how_but_no_secret() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        let script = "const runAction = async ({ event, environmentVariables }) =>
            ({ updateUser: { customData: { event, environmentVariables } } });";
        act(&app, "postSignIn", json!({"script": script, "environmentVariables": {"A": "b"}})).await;
        identified(&app, "alice").await.submit().await.expect(200);
        let seen = Value::Object(user(&app, "default", "alice").await.custom_data);
        assert_eq!(seen["environmentVariables"], json!({"A": "b"}));
        let event = &seen["event"];
        assert_eq!((&event["interactionEvent"], &event["user"]["id"]), (&json!("SignIn"), &json!("alice")));
        assert_eq!((&event["user"]["hasPassword"], &event["application"]["type"]), (&json!(true), &json!("SPA")));
        assert_eq!(event["verificationRecords"][0]["type"], "Password");
        assert_eq!(event["signInContext"]["ip"], "::ffff:127.0.0.1");
        assert!(
            event.get("password").is_none()
                && !seen.to_string().contains(PASSWORD)
                && !seen.to_string().contains("argon2")
        );
    })
    .await;
}

#[tokio::test]
async fn a_failed_action_blocks_or_lets_go_on_as_it_says() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        add_user(&app, "bob", |user| user.primary_email = Some("bob@example.com".into())).await;
        let taken = returns(json!({"updateUser": {"name": "never", "primaryEmail": "BOB@example.com"}}));
        let script = |text: &str| json!({"script": text});
        for (action, status, code) in [
            (script("const runAction = () => { throw new Error('boom') }"), 400, "action.general"),
            (script("const runAction = ("), 422, "action.general"),
            (script("const other = 1"), 422, "action.general"),
            (returns(json!(1)), 422, "action.general"),
            (returns(json!({"createUser": {}})), 422, "action.general"),
            (returns(json!({"updateUser": {"isSuspended": true}})), 422, "action.general"),
            (returns(json!({"updateUser": {"password": "x"}})), 422, "action.general"),
            (returns(json!({"updateUser": {"name": "never", "primaryEmail": "no address"}})), 422, "action.general"),
            (returns(json!({"updateUser": {"name": "never", "avatar": "javascript:alert(1)"}})), 422, "action.general"),
            (taken, 422, "user.email_already_in_use"),
        ] {
            act(&app, "postSignIn", action.clone()).await;
            let browser = identified(&app, "alice").await;
            let refused = browser.submit().await;
            assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (status, &json!(code)), "{action}");
            assert_eq!(browser.result().await, None, "{action}");
            assert_eq!(user(&app, "default", "alice").await.last_sign_in_at, None, "{action}");
            let mut allowing = action.clone();
            allowing["onExecutionError"] = json!("allow");
            act(&app, "postSignIn", allowing).await;
            browser.submit().await.expect(200);
            let after = user(&app, "default", "alice").await;
            assert_eq!((after.name, after.primary_email, after.is_suspended), (None, None, false), "{action}");
            app.app.db.write(|tx| tx.exec(sql!("update users set last_sign_in_at = null"), &[])).await.unwrap();
        }
        let all = entries(&app, "Action.PostSignIn").await;
        assert!(all.len() == 20 && all.iter().all(|entry| entry["result"] == "Error"), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn an_action_runs_on_forms_too_and_only_at_enabled_sign_ins() {
    for_each_engine(async |app: TestApp| {
        crate::pages::fixture::user(&app, "ada").await;
        let action = json!({"script": "const runAction = () => ({ updateUser: { name: 'Ada' } });", "enabled": false});
        act(&app, "postSignIn", action.clone()).await;
        let sign_in = async || {
            let mut browser = testkit::Browser::new(&app);
            let page = crate::pages::fixture::at_sign_in(&app, &mut browser).await;
            browser.submit(&page, &[("identifier", "ada"), ("password", crate::pages::fixture::PASSWORD)]).await
        };
        let name = async || {
            let read = app
                .app
                .db
                .read(|r| r.query_one::<Option<String>>(sql!("select name from users where username = 'ada'"), &[]));
            read.await.unwrap()
        };
        assert!(crate::pages::fixture::is_back_with_code(&sign_in().await));
        let before = name().await;
        assert_ne!(before.as_deref(), Some("Ada"));
        let mut enabled = action;
        enabled["enabled"] = json!(true);
        act(&app, "postSignIn", enabled).await;
        assert!(crate::pages::fixture::is_back_with_code(&sign_in().await));
        assert_eq!(name().await.as_deref(), Some("Ada"));
        act(&app, "postSignIn", json!({"script": "const runAction = () => { throw 1 };"})).await;
        for _ in 0..12 {
            let refused = sign_in().await;
            assert!(refused.text().contains("The action could not be completed"), "{}", refused.text());
        }
        act(&app, "postSignIn", json!({"script": "const runAction = () => {};"})).await;
        assert!(crate::pages::fixture::is_back_with_code(&sign_in().await), "a right password locked nobody out");
    })
    .await;
}
