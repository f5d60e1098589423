//! Enterprise single sign-on on the hosted pages, without JavaScript (E098, E099, O045).

use serde_json::json;
use testkit::{Browser, BrowserPage, TestApp, TestResponse, for_each_engine};

use super::fixture::{application, at_sign_in, authorization, is_back_with_code, settings};
use crate::experience::provider::{Away, Provider};

/// The way from a page whose form has these fields to the provider.
async fn leave(browser: &mut Browser, page: &BrowserPage, path: &str, fields: &[(&str, &str)]) -> Away {
    let xsrf = page.value("xsrf");
    let form: Vec<(&str, &str)> = [("xsrf", xsrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let sent = browser.send("POST", path, Some(&form)).await.expect(303);
    Away::to(sent.header("location"), String::new())
}

/// Comes back as the account `id` of the enterprise.
async fn come_back(browser: &mut Browser, away: &Away, idp: &Provider, id: &str) -> BrowserPage {
    assert_eq!(away.host, idp.host);
    let mut claims = idp.claims(away, id);
    claims["email"] = json!("ada@harbour-corp.example");
    idp.answer(&claims);
    let uri = away.sent("redirect_uri").strip_prefix("http://localhost:3001").unwrap();
    assert_eq!(uri, format!("/callback/{}", idp.connector_id));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("state", away.sent("state")), ("code", "c")])
        .finish();
    browser.open(&format!("{uri}?{query}")).await
}

#[tokio::test]
async fn an_address_of_the_enterprise_leads_to_its_provider_and_back() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({"branding": {"displayName": "Harbour"}})).await;
        for _ in 0..2 {
            let mut browser = Browser::new(&app);
            let page = at_sign_in(&app, &mut browser).await;
            assert!(!page.text().contains("type=\"password\""), "nobody is asked for a password: {}", page.text());
            let away = leave(&mut browser, &page, "/sign-in", &[("identifier", "Ada@HARBOUR-corp.example")]).await;
            assert!(is_back_with_code(&come_back(&mut browser, &away, &idp, "u1").await));
        }
        // Everybody else goes on with a password.
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let page = browser.submit(&page, &[("identifier", "ada")]).await;
        assert!(page.text().contains("type=\"password\""), "{}", page.text());
    })
    .await;
}

#[tokio::test]
async fn a_page_asks_for_the_address_alone_and_for_the_choice_between_several() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({"branding": {"displayName": "Harbour"}})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        assert!(page.text().contains("href=\"/single-sign-on/email"), "{}", page.text());
        let page = browser.open("/single-sign-on").await;
        assert_eq!((page.path(), page.response.status.as_u16()), ("/single-sign-on/email", 200));
        for (typed, text) in [("ada@example.com", "No company is set up here"), ("ada", "e-mail address")] {
            let refused = browser.submit(&page, &[("identifier", typed)]).await;
            assert_eq!(refused.response.status.as_u16(), 422);
            assert!(refused.text().contains(text) && refused.text().contains("role=\"alert\""), "{}", refused.text());
        }
        let address = [("identifier", "ada@harbour-corp.example")];
        let away = leave(&mut browser, &page, "/single-sign-on/email", &address).await;
        assert!(is_back_with_code(&come_back(&mut browser, &away, &idp, "u1").await));

        let second = json!({"domains": ["harbour-corp.example"], "branding": {"displayName": "Pier"}});
        let pier = Provider::enterprise(&app, "pier", second).await;
        let mut browser = Browser::new(&app).reading("zh-CN");
        let page = at_sign_in(&app, &mut browser).await;
        let page = browser.submit(&page, &address).await;
        assert!(page.text().contains("使用 Harbour 继续") && page.text().contains("使用 Pier 继续"), "{}", page.text());
        let chosen = [("connector", pier.connector_id.as_str())];
        let away = leave(&mut browser, &page, "/single-sign-on/connectors", &chosen).await;
        assert_eq!(away.host, pier.host);
    })
    .await;
}

/// The page for addresses is no way around the terms.
#[tokio::test]
async fn the_terms_must_be_agreed_to_before_anybody_is_sent_away() {
    for_each_engine(async |app: TestApp| {
        settings(&app, json!({"agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://harbour.example/terms"})).await;
        let idp = Provider::enterprise(&app, "harbour", json!({"branding": {"displayName": "Harbour"}})).await;
        let mut browser = Browser::new(&app);
        at_sign_in(&app, &mut browser).await;
        let page = browser.open("/single-sign-on/email").await;
        assert!(page.text().contains("name=\"agree\""), "{}", page.text());
        let address = ("identifier", "ada@harbour-corp.example");
        let refused = browser.submit(&page, &[address]).await;
        assert_eq!(refused.response.status.as_u16(), 422);
        assert!(refused.text().contains("Agree to the terms") && refused.text().contains(address.1));
        let agreed = ("agree", "yes");
        let away = leave(&mut browser, &refused, "/single-sign-on/email", &[address, agreed]).await;
        assert_eq!(away.host, idp.host);

        let second = json!({"domains": ["harbour-corp.example"], "branding": {"displayName": "Pier"}});
        let pier = Provider::enterprise(&app, "pier", second).await;
        let mut browser = Browser::new(&app);
        at_sign_in(&app, &mut browser).await;
        let page = browser.open("/single-sign-on/email").await;
        let choice = browser.submit(&page, &[address, agreed]).await;
        assert!(choice.text().contains("Pier") && choice.value("agree") == "yes", "{}", choice.text());
        let chosen = ("connector", pier.connector_id.as_str());
        let xsrf = choice.value("xsrf");
        let form = [("xsrf", xsrf.as_str()), chosen];
        let refused = browser.send("POST", "/single-sign-on/connectors", Some(&form)).await.expect(422);
        assert!(refused.text().contains("Agree to the terms"));
        let away = leave(&mut browser, &choice, "/single-sign-on/connectors", &[chosen, agreed]).await;
        assert_eq!(away.host, pier.host);
    })
    .await;
}

#[tokio::test]
async fn an_application_leads_to_a_provider_directly() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let social = Provider::new(&app, "social", json!({})).await;
        let client = application(&app, "harbour", false).await;
        let begin = async |browser: &mut Browser, direct: &str| -> TestResponse {
            let answer = browser.send("GET", &authorization(&client, &[("direct_sign_in", direct)]), None).await;
            let location = answer.expect(303).header("location").to_owned();
            browser.send("GET", &location, None).await
        };
        let mut browser = Browser::new(&app);
        let sent = begin(&mut browser, &format!("sso:{}", idp.connector_id)).await.expect(303);
        let away = Away::to(sent.header("location"), String::new());
        assert!(is_back_with_code(&come_back(&mut browser, &away, &idp, "u1").await));
        let mut browser = Browser::new(&app);
        let sent = begin(&mut browser, "social:social").await.expect(303);
        assert_eq!(Away::to(sent.header("location"), String::new()).host, social.host);
        for unknown in ["sso:none", "social:none", "other:x"] {
            let page = begin(&mut Browser::new(&app), unknown).await.expect(200);
            assert!(page.text().contains("href=\"/sign-in?app_id="), "{unknown}: {}", page.text());
        }
        settings(&app, json!({"singleSignOnEnabled": false})).await;
        begin(&mut Browser::new(&app), &format!("sso:{}", idp.connector_id)).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn without_an_enterprise_the_page_says_so() {
    for_each_engine(async |app: TestApp| {
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        assert!(!page.text().contains("/single-sign-on"), "{}", page.text());
        let page = browser.open("/single-sign-on/email").await;
        assert!(page.text().contains("Enterprise sign-in is not set up"), "{}", page.text());
    })
    .await;
}
