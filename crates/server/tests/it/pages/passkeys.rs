//! Passkeys on the hosted pages: what the script of a page would send is sent by a software authenticator.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::factors::versions;
use super::fixture::{PASSWORD, at_sign_in, is_back_with_code, settings, user};
use crate::experience::authenticator::Authenticator;

/// What the page asks the browser for.
pub fn options(page: &BrowserPage) -> Value {
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
        let wrong = [("credential", "{}"), ("name", "Phone")];
        let page = browser.submit(&page, &wrong).await;
        assert_eq!(page.response.status, 400);
        assert_eq!(page.value("name"), "Phone");
        let credential = authenticator.create(&options(&page)).to_string();
        let made = [("credential", credential.as_str()), ("name", "Phone")];
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
        // The password beside it is taken as ever.
        let back = browser.submit(&refused, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
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
        let back = browser.submit(&page, &[("credential", &credential)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-verification/WebAuthn");
        let wrong = browser.submit(&page, &[("credential", "{}")]).await;
        assert_eq!(wrong.response.status, 400);
        assert!(wrong.text().contains("role=\"alert\""));
        let credential = authenticator.get(&options(&wrong)).to_string();
        let back = browser.submit(&wrong, &[("credential", &credential)]).await;
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

/// The button beside the form is no way around the terms.
#[tokio::test]
async fn the_terms_must_be_agreed_to_before_a_passkey_signs_in() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        passkeys(&app, true).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        let mut authenticator = Authenticator::new("a");
        let credential = authenticator.create(&options(&page)).to_string();
        browser.submit(&page, &[("credential", credential.as_str())]).await;
        let terms = json!({"agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://harbour.example/terms"});
        settings(&app, terms).await;
        for agreed in [false, true] {
            let mut browser = Browser::new(&app);
            let page = at_sign_in(&app, &mut browser).await;
            let (xsrf, credential) = (page.value("xsrf"), authenticator.get(&options(&page)).to_string());
            let form = [
                ("xsrf", xsrf.as_str()),
                ("credential", credential.as_str()),
                ("agree", if agreed { "yes" } else { "" }),
            ];
            let response = browser.send("POST", "/sign-in/passkey", Some(&form)).await;
            match agreed {
                true => assert!(is_back_with_code(&browser.open(response.header("location")).await)),
                false => {
                    assert_eq!(response.status, 422);
                    assert!(response.text().contains("id=\"agree-error\""), "{}", response.text());
                }
            }
        }
        // Where nothing but passkeys signs in, the question stands beside their button.
        settings(&app, json!({"signIn": {"methods": []}})).await;
        let text = at_sign_in(&app, &mut Browser::new(&app)).await.text();
        assert!(!text.contains("class=\"alert\""), "a passkey is a way to sign in: {text}");
        assert!(text.contains("<noscript>") && text.contains("data-passkey-missing"));
        let form = text.split_once("class=\"passkey\"").unwrap().1.split_once("</form>").unwrap().0;
        assert!(form.contains("type=\"checkbox\" name=\"agree\""), "{form}");
    })
    .await;
}

/// Whoever makes a browser open an address changes nothing (F11), and an answer is good once (C22).
#[tokio::test]
async fn f11_asking_for_a_passkey_writes_nothing_and_c22_each_answer_is_good_once() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        settings(&app, json!({"mfa": {"factors": ["WebAuthn", "Totp"], "policy": "Mandatory"}})).await;
        let mut browser = Browser::new(&app);
        after_password(&app, &mut browser).await;
        let before = versions(&app).await;
        let first = browser.open("/mfa-binding/WebAuthn").await;
        let second = browser.open("/mfa-binding/WebAuthn").await;
        assert_eq!(versions(&app).await, before);
        let mut authenticator = Authenticator::new("a");
        // Another user's challenge, and one of signing in, begin nothing.
        let foreign = options(&browser_at_binding(&app, "bob").await);
        for other in [foreign, json!({"challenge": "A".repeat(43), "user": options(&first)["user"]})] {
            let credential = authenticator.create(&other).to_string();
            assert_eq!(browser.submit(&first, &[("credential", &credential)]).await.response.status, 400);
        }
        let credential = authenticator.create(&options(&first)).to_string();
        let back = browser.submit(&second, &[("credential", &credential)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        // A passkey that is synchronized counts nothing, so the counter does not save us.
        authenticator.counter = 0;
        let mut wrong = authenticator.get_again(&options(&page));
        wrong["response"]["signature"] = json!("");
        let page = browser.submit(&page, &[("credential", &wrong.to_string())]).await;
        assert_eq!(page.response.status, 400);
        let stale = authenticator.get_again(&wrong_options(&wrong)).to_string();
        let page = browser.submit(&page, &[("credential", &stale)]).await;
        assert_eq!(page.response.status, 400, "its challenge was answered before");
        app.app.clock.advance(std::time::Duration::from_millis(1));
        let page = browser.open("/mfa-verification/WebAuthn").await;
        let right = authenticator.get_again(&options(&page)).to_string();
        let back = browser.submit(&page, &[("credential", &right)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

/// The options with the challenge that this answer answered.
fn wrong_options(answer: &Value) -> Value {
    let data = URL_SAFE_NO_PAD.decode(answer["response"]["clientDataJSON"].as_str().unwrap()).unwrap();
    json!({"challenge": serde_json::from_slice::<Value>(&data).unwrap()["challenge"]})
}

async fn browser_at_binding(app: &TestApp, name: &str) -> BrowserPage {
    user(app, name).await;
    let mut browser = Browser::new(app);
    let page = at_sign_in(app, &mut browser).await;
    browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await;
    browser.open("/mfa-binding/WebAuthn").await
}
