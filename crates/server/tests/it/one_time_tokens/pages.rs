//! The page of magic links (O046, E098; attack C25).

use serde_json::json;
use std::time::Duration;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::{make, token_of};
use crate::applications::call;
use crate::pages::fixture::{application, authorization, is_back_with_code, settings, user};

const EMAIL: &str = "ada@example.com";

async fn add_ada(app: &TestApp) {
    let id = user(app, "ada").await;
    call(app, "PATCH", &format!("/api/users/{id}"), json!({"primaryEmail": EMAIL})).await.expect(200);
}

/// Opens the link that an application makes of a token.
async fn follow(app: &TestApp, browser: &mut Browser, token: &str, email: &str) -> BrowserPage {
    let client = application(app, "Harbour", false).await;
    let extra = [("one_time_token", token), ("login_hint", email)];
    browser.open(&authorization(&client, &extra)).await
}

#[tokio::test]
async fn a_link_asks_and_signs_in_and_opening_it_uses_nothing_up() {
    for_each_engine(async |app: TestApp| {
        add_ada(&app).await;
        let made = make(&app, EMAIL, json!({})).await;
        let mut browser = Browser::new(&app);
        for _ in 0..2 {
            follow(&app, &mut Browser::new(&app), token_of(&made), EMAIL).await;
        }
        let page = follow(&app, &mut browser, token_of(&made), EMAIL).await;
        assert_eq!((page.path(), page.response.status.as_u16()), ("/one-time-token", 200));
        assert!(page.text().contains(EMAIL) && page.text().contains("Harbour"), "{}", page.text());
        let back = browser.submit(&page, &[]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let mut other = Browser::new(&app);
        let used = follow(&app, &mut other, token_of(&made), EMAIL).await;
        assert_eq!((used.path(), used.response.status.as_u16()), ("/one-time-token", 400));
        assert!(used.text().contains("role=\"alert\"") && !used.text().contains("<form"), "{}", used.text());
        let sign_in = other.open("/sign-in").await;
        assert_eq!(sign_in.path(), "/sign-in", "another way is open");
    })
    .await;
}

#[tokio::test]
async fn a_link_registers_somebody_new_unless_it_is_only_for_signing_in() {
    for_each_engine(async |app: TestApp| {
        let sign_up = json!({"identifiers": ["email"], "password": false, "verify": true});
        settings(&app, json!({"signInMode": "SignIn", "signUp": sign_up})).await;
        let only = make(&app, "new@example.com", json!({"context": {"interactionEvent": "SignIn"}})).await;
        let mut browser = Browser::new(&app);
        let page = follow(&app, &mut browser, token_of(&only), "new@example.com").await;
        let refused = browser.submit(&page, &[]).await;
        assert_eq!((refused.path(), refused.response.status.as_u16()), ("/one-time-token", 404));
        let made = make(&app, "new@example.com", json!({})).await;
        let mut browser = Browser::new(&app);
        let page = follow(&app, &mut browser, token_of(&made), "new@example.com").await;
        let back = browser.submit(&page, &[]).await;
        assert!(is_back_with_code(&back), "{} {}", back.url, back.text());
        let found = call(&app, "GET", "/api/users?search=new@example.com", json!(null)).await.expect(200).json();
        assert_eq!(found[0]["primaryEmail"], "new@example.com");
        settings(&app, json!({"agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://t.example"})).await;
        let made = make(&app, "third@example.com", json!({})).await;
        let mut browser = Browser::new(&app);
        let page = follow(&app, &mut browser, token_of(&made), "third@example.com").await;
        let refused = browser.submit(&page, &[]).await;
        assert_eq!(refused.response.status.as_u16(), 422);
        assert!(is_back_with_code(&browser.submit(&refused, &[("agree", "yes")]).await));
    })
    .await;
}

#[tokio::test]
async fn c25_the_form_of_a_link_belongs_to_its_browser_and_a_late_one_says_why() {
    for_each_engine(async |app: TestApp| {
        add_ada(&app).await;
        let made = make(&app, EMAIL, json!({})).await;
        let mut browser = Browser::new(&app);
        let page = follow(&app, &mut browser, token_of(&made), EMAIL).await;
        let xsrf = page.value("xsrf");
        let stolen = Browser::new(&app).send("POST", "/one-time-token", Some(&[("xsrf", xsrf.as_str())])).await;
        assert!(stolen.status.is_redirection() && stolen.header("location").ends_with("/unknown-session"));
        let foreign = browser.send("POST", "/one-time-token", Some(&[("xsrf", "x")])).await;
        foreign.expect(400);
        app.app.clock.advance(Duration::from_secs(600));
        let late = browser.submit(&page, &[]).await;
        assert_eq!(late.response.status, 400);
        assert!(late.text().contains("expired"), "{}", late.text());
        let wrong = follow(&app, &mut Browser::new(&app), token_of(&made), "\"><script>alert(1)</script>").await;
        assert!(!wrong.text().contains("<script>alert"));
    })
    .await;
}
