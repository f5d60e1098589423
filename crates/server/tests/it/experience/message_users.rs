//! Whom the messages of a sign-in show (inventory H039): who is known there, to nobody who is not.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::factors::{app_code, enrol, policy, signed_in_by_password, verify_app};
use super::fixture::*;
use crate::pages::codes::{connectors, messages};

/// Has a code sent, and returns the user that its message shows.
async fn shown(browser: &Browser, to: &str, event: &str) -> Value {
    let identifier = json!({"type": "email", "value": to});
    let body = json!({"identifier": identifier, "interactionEvent": event});
    browser.post("/verification/verification-code", body).await.expect(200);
    messages(&browser.app).pop().unwrap()["payload"]["user"].clone()
}

#[tokio::test]
async fn messages_show_who_identified_themselves_and_nobody_before() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "alice", |user| {
            user.primary_email = Some("alice@example.com".into());
            user.name = Some("Alice".into());
        })
        .await;
        add_user(&app, "bob", |user| user.primary_email = Some("bob@example.com".into())).await;
        let stranger = Browser::open(&app).await;
        for event in ["SignIn", "ForgotPassword"] {
            stranger.start(event).await;
            assert_eq!(shown(&stranger, "alice@example.com", event).await, Value::Null, "as in trace 20-06");
        }
        let alice = signed_in_by_password(&app, "alice").await;
        let expected = json!({
            "id": "alice", "avatar": null, "name": "Alice", "primaryEmail": "alice@example.com", "primaryPhone": null,
            "username": "alice", "profile": {},
        });
        for to in ["new@example.com", "alice@example.com"] {
            assert_eq!(shown(&alice, to, "SignIn").await, expected, "{to}");
        }
        assert_eq!(shown(&alice, "bob@example.com", "SignIn").await, Value::Null, "the address is somebody else's");
    })
    .await;
}

/// Who has the password alone chooses where the message goes.
#[tokio::test]
async fn c_a_message_tells_a_stolen_password_nothing_of_the_account() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "alice", |user| user.primary_phone = Some("4915112345".into())).await;
        policy(&app, "Mandatory", &["Totp"]).await;
        let (secret, _) = enrol(&app, "alice").await;
        let browser = signed_in_by_password(&app, "alice").await;
        assert_eq!(shown(&browser, "thief@example.com", "SignIn").await, Value::Null);
        app.app.clock.advance(std::time::Duration::from_secs(60));
        verify_app(&browser, &app_code(&secret, app.app.clock.now())).await.expect(200);
        assert_eq!(shown(&browser, "new@example.com", "SignIn").await["primaryPhone"], "4915112345");
    })
    .await;
}
