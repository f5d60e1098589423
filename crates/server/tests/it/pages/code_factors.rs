//! Codes by e-mail and SMS as a second factor on the hosted pages (inventory E066, E069, E098).

use flow::{Identifier, IdentifierType};
use serde_json::json;
use server::users::store;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::codes::{add_user, connectors, last_code, messages, wrong};
use super::fixture::{PASSWORD, at_sign_in, is_back_with_code, settings};

async fn prepare(app: &TestApp, policy: &str, factors: &[&str]) {
    connectors(app).await;
    settings(app, json!({"mfa": {"factors": factors, "policy": policy}})).await;
}

async fn after_password(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let page = at_sign_in(app, browser).await;
    browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await
}

#[tokio::test]
async fn a_person_shows_a_code_by_e_mail_or_sms_after_the_password() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, "Mandatory", &["EmailVerificationCode", "PhoneVerificationCode"]).await;
        add_user(&app, "ada", Some("ada@example.com"), Some("8613800138000")).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-verification/EmailVerificationCode");
        assert!(page.text().contains("a****@example.com") && page.text().contains("Use a code by SMS"));
        assert!(!page.text().contains("name=\"code\""));
        assert!(messages(&app).is_empty(), "a page that is only shown sends nothing");
        let early = browser.submit(&page, &[("code", "000000")]).await;
        assert_eq!(early.response.status, 400);
        let page = browser.submit(&page, &[("choice", "send")]).await;
        let code = last_code(&app);
        assert!(page.text().contains("autocomplete=\"one-time-code\"") && !page.text().contains(&code));
        let again = browser.submit(&page, &[("code", &wrong(&code))]).await;
        assert_eq!((again.response.status.as_u16(), again.value("code")), (400, String::new()));
        let other = browser.open("/mfa-verification/PhoneVerificationCode").await;
        let other = browser.submit(&other, &[("choice", "send")]).await;
        assert_eq!(messages(&app).last().unwrap()["to"], "8613800138000");
        let back = browser.submit(&other, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app).reading("zh-CN");
        let page = after_password(&app, &mut browser).await;
        let page = browser.submit(&page, &[("choice", "send")]).await;
        let back = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn c21_the_page_of_a_factor_that_nothing_waits_for_leads_on() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, "Mandatory", &["Totp", "EmailVerificationCode"]).await;
        add_user(&app, "ada", Some("ada@example.com"), None).await;
        let mut browser = Browser::new(&app);
        at_sign_in(&app, &mut browser).await;
        for path in ["/mfa-verification/EmailVerificationCode", "/mfa-binding/EmailVerificationCode"] {
            assert_eq!(browser.open(path).await.path(), "/sign-in", "{path} before the password");
        }
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-verification/EmailVerificationCode");
        let phone = browser.open("/mfa-verification/PhoneVerificationCode").await;
        assert_eq!(phone.path(), "/mfa-verification/EmailVerificationCode");
        let binding = browser.open("/mfa-binding/EmailVerificationCode").await;
        assert_eq!(binding.path(), "/mfa-verification/EmailVerificationCode", "no way around the factor");
        let added = browser.send("POST", "/continue/email", Some(&[("xsrf", &page.value("xsrf"))])).await;
        assert_eq!(added.status.as_u16(), 303);
        assert!(messages(&app).is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_has_no_address_adds_one_where_its_codes_are_the_factor() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, "Mandatory", &["EmailVerificationCode"]).await;
        add_user(&app, "ada", None, None).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-binding/EmailVerificationCode");
        assert!(!page.text().contains("value=\"skip\""), "it is mandatory");
        let page = browser.submit(&page, &[("identifier", "ada@example.com")]).await;
        assert_eq!(page.path(), "/continue/verification-code");
        let back = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let ada = Identifier::new(IdentifierType::Email, "ada@example.com");
        let found = app.read("default", move |view| store::find_by_identifier(view, &ada, true)).await.unwrap();
        assert_eq!(found.unwrap().username.as_deref(), Some("ada"));
        let page = after_password(&app, &mut Browser::new(&app)).await;
        assert_eq!(page.path(), "/mfa-verification/EmailVerificationCode");
    })
    .await;
}

#[tokio::test]
async fn every_factor_that_can_be_set_up_is_linked_from_the_others() {
    for_each_engine(async |app: TestApp| {
        let factors = ["Totp", "WebAuthn", "EmailVerificationCode"];
        prepare(&app, "Mandatory", &factors).await;
        add_user(&app, "ada", None, None).await;
        let mut browser = Browser::new(&app);
        after_password(&app, &mut browser).await;
        for shown in factors {
            let page = browser.open(&format!("/mfa-binding/{shown}")).await;
            assert_eq!(page.path(), format!("/mfa-binding/{shown}"));
            for other in factors.iter().filter(|factor| **factor != shown) {
                let link = format!("href=\"/mfa-binding/{other}");
                assert!(page.text().contains(&link), "{shown} does not lead to {other}");
            }
            assert!(page.text().contains("href=\"/sign-in"), "{shown} does not lead to another account");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_as_a_factor_can_be_declined_where_the_policy_allows_it() {
    for_each_engine(async |app: TestApp| {
        prepare(&app, "UserControlled", &["EmailVerificationCode"]).await;
        add_user(&app, "ada", None, None).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-onboarding");
        let page = browser.submit(&page, &[("choice", "enable")]).await;
        assert_eq!(page.path(), "/mfa-binding/EmailVerificationCode");
        assert!(page.text().contains("value=\"skip\""));
        let back = browser.submit(&page, &[("choice", "skip")]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}
