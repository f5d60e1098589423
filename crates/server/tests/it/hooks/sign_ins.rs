//! Events of sign-ins beside that of a plain one: newcomers, resets, unusual sign-ins and trusted devices (inventory H001, H003, H012).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{body, delivered, hook, ok};
use crate::applications::call;
use crate::experience::adaptive;
use crate::experience::factors::{app_code, verify_app};
use crate::experience::fixture::{Browser, PASSWORD, add_user, id_of};
use crate::pages::codes::{connectors, last_code};
use crate::pages::trusted_devices;

/// What the hook was told so far, by its event.
async fn told(app: &TestApp) -> Vec<(String, Value)> {
    let received = delivered(app).await;
    let hooked = received.iter().filter(|request| request.url == super::URL).map(body);
    hooked.map(|told| (told["event"].as_str().unwrap().to_owned(), told)).collect()
}

#[tokio::test]
async fn who_registers_and_who_resets_a_password_are_told() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        let reset_by_code = json!({"forgotPasswordMethods": ["EmailVerificationCode"]});
        call(&app, "PATCH", "/api/sign-in-exp", reset_by_code).await.expect(200);
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        hook(&app, &["PostRegister", "PostSignIn", "PostResetPassword"], ok()).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = id_of(&browser.new_identity("newbie", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(201);
        assert_eq!(told(&app).await, [], "nobody is registered before the interaction is submitted");
        browser.submit().await.expect(200);
        let user_id = browser.result().await.unwrap()["login"]["accountId"].clone();
        let registered = told(&app).await;
        assert_eq!(registered.len(), 1, "{registered:?}");
        let (event, said) = &registered[0];
        assert_eq!((event.as_str(), &said["interactionEvent"]), ("PostRegister", &json!("Register")));
        assert_eq!((&said["userId"], &said["user"]["username"]), (&user_id, &json!("newbie")));
        assert!(said["sessionId"].is_string() && said["userIp"].is_string() && said.get("data").is_none(), "{said}");

        let reset = Browser::open(&app).await;
        reset.start("ForgotPassword").await;
        let address = json!({"type": "email", "value": "alice@example.com"});
        let body = json!({"identifier": address, "interactionEvent": "ForgotPassword"});
        let id = id_of(&reset.post("/verification/verification-code", body).await.expect(200));
        let body = json!({"identifier": address, "verificationId": id, "code": last_code(&app)});
        reset.post("/verification/verification-code/verify", body).await.expect(200);
        reset.identify(&id).await.expect(204);
        reset.put("/profile/password", json!({"password": "Xq7!velvet-harbour"})).await.expect(204);
        reset.submit().await.expect(204);
        let all = told(&app).await;
        assert_eq!(all.len(), 2, "{all:?}");
        let (event, said) = &all[1];
        assert_eq!((event.as_str(), &said["interactionEvent"]), ("PostResetPassword", &json!("ForgotPassword")));
        assert_eq!((&said["userId"], &said["user"]["id"]), (&json!("alice"), &json!("alice")));
        assert!(!said.to_string().contains("velvet") && !said.to_string().contains("argon2"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn an_unusual_sign_in_is_told_with_its_reasons_once_the_factor_was_shown() {
    for_each_engine(async |app: TestApp| {
        let app = adaptive::prepare(&app, true).await;
        hook(&app, &["PostSignInAdaptiveMfaTriggered"], ok()).await;
        assert_eq!(adaptive::sign_in(&app, "DE", "52.5", "13.4").await, None);
        app.app.clock.advance(Duration::from_secs(24 * 3600));
        let browser = adaptive::identified(&app, "FR", "48.9", "2.4").await;
        browser.submit().await.expect_error(403, adaptive::REQUIRED);
        assert_eq!(told(&app).await, [], "nobody was signed in yet");
        verify_app(&browser, &app_code("JBSWY3DPEHPK3PXP", app.app.clock.now())).await.expect(200);
        browser.submit().await.expect(200);
        let told = told(&app).await;
        assert_eq!(told.len(), 1, "{told:?}");
        let said = &told[0].1;
        let rules = json!([{"rule": "new_country"}]);
        assert_eq!(said["adaptiveMfaResult"], json!({"requiresMfa": true, "triggeredRules": rules}));
        assert_eq!((&said["userId"], &said["interactionEvent"]), (&json!("alice"), &json!("SignIn")));
        assert_eq!(said["user"].as_object().unwrap().len(), 15, "inventory H013");
    })
    .await;
}

#[tokio::test]
async fn trusted_devices_are_told_as_they_come_and_go() {
    for_each_engine(async |app: TestApp| {
        let (ada, _) = trusted_devices::prepared(&app).await;
        hook(&app, &["TrustedDevice.Created", "TrustedDevice.Deleted"], ok()).await;
        trusted_devices::trusting(&app, "ada").await;
        let device = trusted_devices::devices(&app, &ada).await.pop().unwrap();
        assert_eq!(told(&app).await.len(), 1);
        let path = format!("/api/users/{ada}/trusted-devices/{}", device["id"].as_str().unwrap());
        app.management_request("DELETE", &path).await.send().await.expect(204);
        let told = told(&app).await;
        let events: Vec<&str> = told.iter().map(|(event, _)| event.as_str()).collect();
        assert_eq!(events, ["TrustedDevice.Created", "TrustedDevice.Deleted"]);
        for (event, said) in &told {
            assert_eq!((&said["userId"], &said["trustedDevice"]), (&json!(ada), &device), "{event}");
        }
    })
    .await;
}
