//! Passkeys on the hosted pages: what the script of a page would send is sent by a software authenticator.

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{PASSWORD, at_sign_in, is_back_with_code, settings, user};
use crate::experience::authenticator::Authenticator;

/// What the page asks the browser for.
fn options(page: &BrowserPage) -> Value {
    let text = page.text();
    let attribute = text.split_once("data-options=\"").unwrap().1.split_once('"').unwrap().0;
    serde_json::from_str(&attribute.replace("&quot;", "\"")).unwrap()
}

async fn passkeys(app: &TestApp, button: bool) {
    let switch = json!({"enabled": true, "showPasskeyButton": button, "allowAutofill": !button});
    settings(app, json!({"passkeySignIn": switch})).await;
}

async fn after_password(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let page = at_sign_in(app, browser).await;
    browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await
}

/// Sends the form of the sign-in page that takes passkeys.
async fn answer(browser: &mut Browser, page: &BrowserPage, credential: &Value) -> BrowserPage {
    let text = page.text();
    let form = text.split_once("class=\"passkey\"").unwrap().0.rsplit_once("action=\"").unwrap().1;
    let action = form.split_once('"').unwrap().0.replace("&amp;", "&");
    let (xsrf, credential) = (page.value("xsrf"), credential.to_string());
    let response = browser.send("POST", &action, Some(&[("xsrf", &xsrf), ("credential", &credential)])).await;
    match response.status.as_u16() {
        303 => browser.open(response.header("location")).await,
        _ => BrowserPage { url: action, response },
    }
}

#[tokio::test]
async fn a_person_makes_a_passkey_and_signs_in_with_it() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        passkeys(&app, true).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/create-passkey");
        let mut authenticator = Authenticator::new("a");
        let id = page.value("verification");
        let wrong = [("credential", "{}"), ("verification", id.as_str()), ("name", "Phone")];
        let page = browser.submit(&page, &wrong).await;
        assert_eq!(page.response.status, 400);
        assert_eq!(page.value("name"), "Phone");
        let credential = authenticator.create(&options(&page)).to_string();
        let id = page.value("verification");
        let made = [("credential", credential.as_str()), ("verification", id.as_str()), ("name", "Phone")];
        let back = browser.submit(&page, &made).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let credential = authenticator.get(&options(&page));
        let back = answer(&mut browser, &page, &credential).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        // The answer is used up, and the page says so.
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let refused = answer(&mut browser, &page, &credential).await;
        assert_eq!(refused.response.status, 400);
        assert!(refused.text().contains("role=\"alert\""));
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_declined_without_javascript_and_not_asked_for_again() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        passkeys(&app, true).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        let back = browser.submit(&page, &[("choice", "skip")]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let back = after_password(&app, &mut Browser::new(&app)).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn the_sign_in_page_offers_passkeys_as_the_settings_say() {
    for_each_engine(async |app: TestApp| {
        let page = at_sign_in(&app, &mut Browser::new(&app)).await;
        assert!(!page.text().contains("data-passkey"));
        for button in [true, false] {
            passkeys(&app, button).await;
            let text = at_sign_in(&app, &mut Browser::new(&app)).await.text();
            let (shown, fills) = if button { ("yes", "no") } else { ("no", "yes") };
            assert!(text.contains(&format!("data-button=\"{shown}\" data-autofill=\"{fills}\"")));
            assert_eq!(text.contains("autocomplete=\"username webauthn\""), !button);
        }
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_bound_and_asked_for_as_a_second_factor() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        settings(&app, json!({"mfa": {"factors": ["WebAuthn"], "policy": "Mandatory"}})).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-binding/WebAuthn");
        assert!(!page.text().contains("value=\"skip\""), "it is mandatory");
        let mut authenticator = Authenticator::new("a");
        let credential = authenticator.create(&options(&page)).to_string();
        let id = page.value("verification");
        let back = browser.submit(&page, &[("credential", &credential), ("verification", &id)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-verification/WebAuthn");
        let wrong = browser.submit(&page, &[("credential", "{}"), ("verification", "x")]).await;
        assert_eq!(wrong.response.status, 400);
        assert!(wrong.text().contains("role=\"alert\""));
        let credential = authenticator.get(&options(&wrong)).to_string();
        let id = wrong.value("verification");
        let back = browser.submit(&wrong, &[("credential", &credential), ("verification", &id)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn the_page_of_an_authenticator_app_offers_a_passkey_instead() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        settings(&app, json!({"mfa": {"factors": ["Totp", "WebAuthn"], "policy": "Mandatory"}})).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-binding/Totp");
        assert!(page.text().contains("/mfa-binding/WebAuthn"));
        let page = browser.open("/mfa-binding/WebAuthn").await;
        assert!(page.text().contains("/mfa-binding/Totp"));
    })
    .await;
}
