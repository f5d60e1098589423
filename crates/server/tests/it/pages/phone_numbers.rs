//! Phone numbers and their countries on the hosted pages (inventory E099).

use serde_json::json;
use testkit::{Browser, TestApp, for_each_engine};

use super::codes::{add_user, connectors, messages, method};
use super::fixture::{at_sign_in, settings};

#[tokio::test]
async fn a_number_is_read_as_people_of_the_chosen_country_write_it() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "ada", None, Some("4915123456789")).await;
        settings(&app, json!({"signIn": {"methods": [method("phone", false, true, false)]}})).await;
        for (country, typed) in [("DE", "0151 2345 6789"), ("US", "+49 151 23456789"), ("", "49 151 23456789")] {
            let mut browser = Browser::new(&app);
            let page = at_sign_in(&app, &mut browser).await;
            let page = browser.submit(&page, &[("identifier", typed), ("country", country)]).await;
            assert_eq!(page.path(), "/sign-in/verification-code", "{typed} in {country}: {}", page.text());
            assert_eq!(messages(&app).last().unwrap()["to"], "4915123456789");
        }
        for country in ["US", "", "XX"] {
            let mut browser = Browser::new(&app);
            let page = at_sign_in(&app, &mut browser).await;
            let refused = browser.submit(&page, &[("identifier", "0151 2345 6789"), ("country", country)]).await;
            assert_eq!((refused.path(), refused.value("identifier").as_str()), ("/sign-in", "0151 2345 6789"));
            assert!(refused.text().contains("country code"), "{country}");
            let is_kept = refused.text().contains("value=\"US\" selected");
            assert_eq!(is_kept, country == "US", "{country}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_country_is_first_that_of_the_browser() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        settings(&app, json!({"signIn": {"methods": [method("phone", false, true, false)]}})).await;
        for (language, option) in [("de-AT, en;q=0.8", ">Austria +43<"), ("zh-CN", ">+86 中国<"), ("en", "")] {
            let mut browser = Browser::new(&app).reading(language);
            let html = at_sign_in(&app, &mut browser).await.text();
            let chosen = html.split(" selected").nth(1).unwrap_or_default();
            assert!(chosen.starts_with(option), "{chosen:.60}");
            assert!(!html.contains("data-for-numbers hidden"));
        }
        let both = [method("username", true, false, true), method("phone", false, true, false)];
        settings(&app, json!({"signIn": {"methods": both}})).await;
        let html = at_sign_in(&app, &mut Browser::new(&app)).await.text();
        assert!(html.contains("data-for-numbers hidden"), "shown by script where a number is typed");
    })
    .await;
}
