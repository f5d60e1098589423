//! The action after a wrong password: people come over from another system as they sign in.

use db::sql;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{act, entries};
use crate::experience::fixture::{Browser, PASSWORD, add_client, add_user, id_of, settings, user};

const OLD: &str = "old-system-password";

/// Vouches for [`OLD`] and gives back `value`.
fn vouches(value: &Value) -> Value {
    let script =
        format!("const runAction = async ({{ event }}) => event.password === '{OLD}' ? ({value}) : undefined;");
    json!({"script": script})
}

async fn begun(app: &TestApp) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    browser
}

async fn finish(browser: &Browser, response: &testkit::TestResponse) {
    browser.identify(&id_of(response)).await.expect(204);
    browser.submit().await.expect(200);
    assert_eq!(browser.resume().await.status, 303);
}

#[tokio::test]
async fn a_new_user_comes_over_with_the_typed_password() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        let new = json!({"name": "Carol", "customData": {"from": "old"}});
        act(&app, "postFirstFactorVerification", vouches(&json!({"createUser": new, "passwordVerified": true}))).await;
        let browser = begun(&app).await;
        browser.password("carol", "wrong").await.expect_error(422, "session.invalid_credentials");
        let verified = browser.password("carol", OLD).await.expect(200);
        finish(&browser, &verified).await;
        let text = sql!("select id from users where username = 'carol'");
        let id: String = app.app.db.read(move |r| r.query_one(text, &[])).await.unwrap();
        let made = user(&app, "default", &id).await;
        assert_eq!((made.name.as_deref(), Value::Object(made.custom_data)), (Some("Carol"), json!({"from": "old"})));
        crate::applications::delete(&app, "/api/configs/actions/action.postFirstFactorVerification").await.expect(204);
        let later = begun(&app).await;
        later.password("carol", OLD).await.expect(200);
        let all = entries(&app, "Action.PostFirstFactorVerification").await;
        assert_eq!(all.len(), 2);
        let success = all.iter().find(|entry| entry["userId"] == json!(id)).unwrap();
        assert_eq!(success["updatedFields"], json!(["name", "customData", "username"]));
        assert!(!json!(all).to_string().contains(OLD) && !json!(all).to_string().contains("wrong"));
    })
    .await;
}

#[tokio::test]
async fn a_user_gets_the_typed_password_and_the_changes() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "dora", |user| user.password = None).await;
        add_user(&app, "eve", |_| {}).await;
        let value = json!({"updateUser": {"name": "New", "passwordVerified": true}});
        act(&app, "postFirstFactorVerification", vouches(&value)).await;
        for name in ["dora", "eve"] {
            let browser = begun(&app).await;
            let verified = browser.password(name, OLD).await.expect(200);
            finish(&browser, &verified).await;
            assert_eq!(user(&app, "default", name).await.name.as_deref(), Some("New"));
        }
        let browser = begun(&app).await;
        browser.password("eve", PASSWORD).await.expect_error(422, "session.invalid_credentials");
        browser.password("eve", OLD).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn it_is_asked_only_at_sign_ins_and_told_the_password_only_there() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        let script = "const runAction = ({ event }) => { throw new Error(Object.keys(event).sort().join() + ' ' + event.identifier.value
            + ' ' + event.user?.id) };";
        act(&app, "postFirstFactorVerification", json!({"script": script})).await;
        let browser = begun(&app).await;
        browser.password("alice", PASSWORD).await.expect(200);
        assert_eq!(entries(&app, "Action.PostFirstFactorVerification").await.len(), 0, "a right password asks nobody");
        browser.start("ForgotPassword").await;
        browser.password("alice", "wrong").await.expect_error(422, "session.invalid_credentials");
        assert_eq!(entries(&app, "Action.PostFirstFactorVerification").await.len(), 0);
        browser.start("SignIn").await;
        browser.password("alice", "wrong").await.expect_error(400, "action.general");
        let all = entries(&app, "Action.PostFirstFactorVerification").await;
        let members = "application,identifier,interactionEvent,password,signInContext,user,verificationRecords";
        assert_eq!(all[0]["error"], format!("Error: {members} alice alice"));
        assert_eq!((&all[0]["result"], &all[0]["userId"]), (&json!("Error"), &json!("alice")));
    })
    .await;
}

#[tokio::test]
async fn what_it_returns_is_held_to_the_rules() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        add_user(&app, "bob", |user| user.primary_email = Some("bob@example.com".into())).await;
        for (name, value, status, code) in [
            ("carol", json!({"createUser": {}}), 422, "action.general"),
            ("carol", json!({"updateUser": {}, "passwordVerified": true}), 422, "action.general"),
            ("carol", json!({"passwordVerified": true}), 422, "action.general"),
            ("alice", json!({"createUser": {}, "passwordVerified": true}), 422, "action.general"),
            ("alice", json!({"createUser": {}, "updateUser": {}, "passwordVerified": true}), 422, "action.general"),
            ("alice", json!({"updateUser": {"name": "x"}, "passwordVerified": "yes"}), 422, "action.general"),
            ("alice", json!({"updateUser": {"isSuspended": false}, "passwordVerified": true}), 422, "action.general"),
            (
                "alice",
                json!({"updateUser": {"username": "other"}, "passwordVerified": true}),
                422,
                "action.sign_in_identifier_changed",
            ),
            (
                "alice",
                json!({"updateUser": {"primaryEmail": "bob@example.com"}, "passwordVerified": true}),
                422,
                "user.email_already_in_use",
            ),
            (
                "carol",
                json!({"createUser": {"username": "other"}, "passwordVerified": true}),
                422,
                "action.sign_in_identifier_changed",
            ),
            (
                "carol",
                json!({"createUser": {"primaryEmail": "bob@example.com"}, "passwordVerified": true}),
                422,
                "user.email_already_in_use",
            ),
            ("alice", json!({"passwordVerified": false}), 422, "session.invalid_credentials"),
            ("alice", json!(null), 422, "session.invalid_credentials"),
        ] {
            act(&app, "postFirstFactorVerification", vouches(&value)).await;
            begun(&app).await.password(name, OLD).await.expect_error(status, code);
            let count: i64 = app
                .app
                .db
                .read(|r| r.query_one(sql!("select count(*) from users where tenant_id = 'default'"), &[]))
                .await
                .unwrap();
            assert_eq!(count, 2, "{value}");
        }
        begun(&app).await.password("alice", PASSWORD).await.expect(200);
        let mut allowing = vouches(&json!({"createUser": {}}));
        allowing["onExecutionError"] = json!("allow");
        act(&app, "postFirstFactorVerification", allowing).await;
        begun(&app).await.password("carol", OLD).await.expect_error(422, "session.invalid_credentials");
    })
    .await;
}

#[tokio::test]
async fn c3_an_action_that_fails_gives_nobody_more_guesses() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 60}})).await;
        act(&app, "postFirstFactorVerification", json!({"script": "const runAction = () => { throw 1 };"})).await;
        let browser = begun(&app).await;
        for _ in 0..2 {
            browser.password("alice", "wrong").await.expect_error(400, "action.general");
        }
        browser.password("alice", "wrong").await.expect_error(400, "session.verification_blocked_too_many_attempts");
        browser.password("alice", PASSWORD).await.expect_error(400, "session.verification_blocked_too_many_attempts");
    })
    .await;
}

#[tokio::test]
async fn c3_g1_one_network_keeps_only_its_part_of_the_places_for_the_action_and_guesses_no_further() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 10, "lockoutDuration": 60}})).await;
        let slow = "const runAction = () => { let n = 0; for (let i = 0; i < 4e7; i += 1) n += i; return n < 0; };";
        act(&app, "postFirstFactorVerification", json!({"script": slow})).await;
        let browsers = futures_util::future::join_all((0..9).map(|_| begun(&app))).await;
        let guesses = browsers.iter().map(async |browser| browser.password("alice", "wrong").await.status);
        let answers = futures_util::future::join_all(guesses).await;
        assert_eq!(answers.iter().filter(|status| **status == 503).count(), 1, "{answers:?}");
        // The one without a place counts, too.
        let tenth = browsers[0].password("alice", "wrong").await;
        tenth.expect_error(400, "session.verification_blocked_too_many_attempts");
    })
    .await;
}

#[tokio::test]
async fn a_new_user_comes_over_on_the_page_though_the_other_action_is_on_too() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        act(&app, "postFirstFactorVerification", vouches(&json!({"createUser": {}, "passwordVerified": true}))).await;
        let after = "const runAction = async () => ({ updateUser: { name: 'Seen' } });";
        act(&app, "postSignIn", json!({"script": after})).await;
        let mut browser = testkit::Browser::new(&app);
        let page = browser.open(&crate::pages::fixture::authorization(&client.id, &[])).await;
        let page = browser.submit(&page, &[("identifier", "carol"), ("password", OLD)]).await;
        assert!(crate::pages::fixture::is_back_with_code(&page), "{} {}", page.url, page.text());
        let text = sql!("select name from users where username = 'carol'");
        let name: Option<String> = app.app.db.read(move |r| r.query_one(text, &[])).await.unwrap();
        assert_eq!(name.as_deref(), Some("Seen"));
    })
    .await;
}

#[tokio::test]
async fn a_refused_sign_in_changes_nobody() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        add_user(&app, "eve", |_| {}).await;
        let suspend = json!({"isSuspended": true});
        crate::applications::call(&app, "PATCH", "/api/users/eve/is-suspended", suspend).await.expect(200);
        let value = json!({"updateUser": {"name": "New", "passwordVerified": true}});
        act(&app, "postFirstFactorVerification", vouches(&value)).await;
        let before = user(&app, "default", "eve").await;
        let mut browser = testkit::Browser::new(&app);
        let page = browser.open(&crate::pages::fixture::authorization(&client.id, &[])).await;
        let page = browser.submit(&page, &[("identifier", "eve"), ("password", OLD)]).await;
        assert!(!crate::pages::fixture::is_back_with_code(&page));
        let after = user(&app, "default", "eve").await;
        assert_eq!((after.name, after.password), (None, before.password));
        assert_eq!(entries(&app, "Action.PostFirstFactorVerification").await.len(), 0);
    })
    .await;
}
