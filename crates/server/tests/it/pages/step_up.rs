//! A factor that an application demands (`acr_values`) on the hosted pages, without JavaScript.

use serde_json::json;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{PASSWORD, application, authorization, is_back_with_code, settings, user};
use crate::experience::factors::app_code;

const MFA: [(&str, &str); 1] = [("acr_values", "https://refeds.org/profile/mfa")];

async fn after_password(browser: &mut Browser, request: &str) -> BrowserPage {
    let page = browser.open(request).await;
    assert_eq!(page.path(), "/sign-in");
    browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await
}

#[tokio::test]
async fn a_demanded_factor_is_declined_or_set_up_and_asked_for_once() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        settings(&app, json!({"mfa": {"factors": ["Totp"], "policy": "PromptAtSignInAndSignUp"}})).await;
        let client = application(&app, "Harbour", false).await;
        let path = format!("/api/applications/{client}");
        let body = json!({"customClientMetadata": {"acrValuesEnabled": true}});
        app.management_request("PATCH", &path).await.json(body).send().await.expect(200);
        let request = authorization(&client, &MFA);
        let mut browser = Browser::new(&app);
        let page = after_password(&mut browser, &request).await;
        assert_eq!(page.path(), "/mfa-binding/Totp");
        let back = browser.submit(&page, &[("choice", "skip")]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let back = browser.open(&authorization(&client, &[])).await;
        assert!(is_back_with_code(&back), "the session is good enough for other requests: {}", back.url);
        // Who declined is asked again where an application demands it.
        let page = after_password(&mut browser, &request).await;
        assert_eq!(page.path(), "/mfa-binding/Totp");
        let shown = page.text();
        let key = shown.split_once("id=\"key\">").unwrap().1.split_once('<').unwrap().0.replace(' ', "");
        let back = browser.submit(&page, &[("code", &app_code(&key, app.app.clock.now()))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let back = browser.open(&request).await;
        assert!(is_back_with_code(&back), "the session reached it: {}", back.url);
    })
    .await;
}
