//! Social sign-in on the hosted pages, without JavaScript (E087, E098).

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, TestResponse, for_each_engine};

use super::codes::{connectors, last_code};
use super::fixture::{PASSWORD, application, at_sign_in, authorization, is_back_with_code, settings, user};
use crate::applications::call;
use crate::experience::provider::{Away, Provider};

/// Presses the button of the provider; returns where the browser is sent.
async fn leave(browser: &mut Browser, page: &BrowserPage, idp: &Provider) -> Away {
    let xsrf = page.value("xsrf");
    let form = [("xsrf", xsrf.as_str()), ("connector", idp.connector_id.as_str())];
    let sent = browser.send("POST", "/social/sign-in", Some(&form)).await.expect(303);
    let away = Away::to(sent.header("location"), String::new());
    assert_eq!(away.host, idp.host);
    away
}

fn callback(away: &Away, extra: &[(&str, &str)]) -> String {
    let uri = away.sent("redirect_uri").strip_prefix("http://localhost:3001").unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("state", away.sent("state"))])
        .extend_pairs(extra)
        .finish();
    format!("{uri}?{query}")
}

/// Comes back as the account `id`.
async fn come_back(browser: &mut Browser, away: &Away, idp: &Provider, id: &str) -> BrowserPage {
    idp.answer(&idp.claims(away, id));
    browser.open(&callback(away, &[("code", "c")])).await
}

async fn email_sign_up(app: &TestApp) {
    settings(app, json!({"signUp": {"identifiers": [], "password": false, "verify": false}})).await;
}

/// Gives a user an address.
async fn with_address(app: &TestApp, name: &str, email: &str) {
    let id = user(app, name).await;
    let text = "update users set primary_email = $2, email_folded = $2 where tenant_id = 'default' and id = $1";
    app.sql(text, vec![id.as_str().into(), email.into()]).await;
}

#[tokio::test]
async fn who_presses_a_button_comes_back_signed_in() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        for _ in 0..2 {
            let mut browser = Browser::new(&app);
            let page = at_sign_in(&app, &mut browser).await;
            assert!(page.text().contains("Continue with Harbour ID"), "{}", page.text());
            let away = leave(&mut browser, &page, &idp).await;
            assert!(is_back_with_code(&come_back(&mut browser, &away, &idp, "u1").await));
        }
        let mut chinese = Browser::new(&app).reading("zh-CN");
        let page = at_sign_in(&app, &mut chinese).await;
        assert!(page.text().contains("使用 Harbour ID 继续"), "{}", page.text());
    })
    .await;
}

#[tokio::test]
async fn an_account_with_the_verified_address_is_linked_only_when_the_person_says_so() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        with_address(&app, "ada", "ada@example.com").await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let away = leave(&mut browser, &page, &idp).await;
        let page = come_back(&mut browser, &away, &idp, "u1").await;
        assert_eq!(page.path(), "/social/link");
        assert!(page.text().contains("ada@example.com") && page.text().contains("Harbour ID"), "{}", page.text());
        assert!(is_back_with_code(&browser.submit(&page, &[("choice", "link")]).await));

        let mut other = Browser::new(&app);
        let page = at_sign_in(&app, &mut other).await;
        let away = leave(&mut other, &page, &idp).await;
        let page = come_back(&mut other, &away, &idp, "u2").await;
        assert_eq!(page.path(), "/social/link");
        assert!(is_back_with_code(&other.submit(&page, &[("choice", "register")]).await));
    })
    .await;
}

#[tokio::test]
async fn an_account_with_the_verified_address_is_linked_without_asking_where_the_tenant_says_so() {
    for_each_engine(async |app: TestApp| {
        settings(&app, json!({"socialSignIn": {"automaticAccountLinking": true}, "signInMode": "SignIn"})).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        with_address(&app, "ada", "ada@example.com").await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let away = leave(&mut browser, &page, &idp).await;
        assert!(is_back_with_code(&come_back(&mut browser, &away, &idp, "u1").await));
        let mut stranger = Browser::new(&app);
        let page = at_sign_in(&app, &mut stranger).await;
        let away = leave(&mut stranger, &page, &idp).await;
        let mut claims = idp.claims(&away, "u2");
        claims["email_verified"] = json!("true");
        idp.answer(&claims);
        let page = stranger.open(&callback(&away, &[("code", "c")])).await;
        assert_eq!(page.response.status.as_u16(), 404);
        assert!(page.text().contains("role=\"alert\""), "{}", page.text());
    })
    .await;
}

#[tokio::test]
async fn what_the_provider_refuses_is_said_on_a_page_with_the_other_ways() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let away = leave(&mut browser, &page, &idp).await;
        let page =
            browser.open(&callback(&away, &[("error", "access_denied"), ("error_description", "<b>no</b>")])).await;
        assert_eq!(page.response.status.as_u16(), 401);
        assert!(page.text().contains("role=\"alert\"") && page.text().contains("Continue with Harbour ID"));
        assert!(!page.text().contains("<b>no"));
        let twice = format!("{}&code=d", callback(&away, &[("code", "c")]));
        assert_eq!(browser.open(&twice).await.response.status.as_u16(), 400);
    })
    .await;
}

#[tokio::test]
async fn d13_a_callback_in_another_browser_signs_nobody_in() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let (mut attacker, mut victim) = (Browser::new(&app), Browser::new(&app));
        let page = at_sign_in(&app, &mut attacker).await;
        let away = leave(&mut attacker, &page, &idp).await;
        idp.answer(&idp.claims(&away, "attacker"));
        let link = callback(&away, &[("code", "c")]);
        let refused = victim.send("GET", &link, None).await;
        assert!(refused.header("location").ends_with("/unknown-session"), "{}", refused.header("location"));
        let page = at_sign_in(&app, &mut victim).await;
        for url in [link.clone(), link.replace("state=", "other="), link.replace("state=", "state=x")] {
            let refused = victim.open(&url).await;
            assert!([400, 404].contains(&refused.response.status.as_u16()), "{url}: {}", refused.response.status);
        }
        let own = leave(&mut victim, &page, &idp).await;
        let mixed = callback(&own, &[("code", "c")]);
        assert_eq!(victim.open(&mixed).await.response.status.as_u16(), 401, "the token has the attacker's nonce");
    })
    .await;
}

#[tokio::test]
async fn an_answer_by_form_comes_again_as_a_get() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let away = leave(&mut browser, &page, &idp).await;
        idp.answer(&idp.claims(&away, "u1"));
        let path = format!("/callback/{}", idp.connector_id);
        // From the provider's own site, so without cookies.
        let form = [("state", away.sent("state")), ("code", "c&x=\r\n")];
        let posted: TestResponse =
            app.request("POST", &path).header("origin", "https://harbour.example").form(&form).send().await.expect(303);
        let to = posted.header("location").to_owned();
        assert!(to.starts_with(&format!("{path}?state=")) && to.contains("code=c%26x%3D%0D%0A"), "{to}");
        assert!(posted.headers("set-cookie").is_empty());
        assert!(is_back_with_code(&browser.open(&to).await));
    })
    .await;
}

#[tokio::test]
async fn a_button_needs_the_token_of_its_page() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut browser = Browser::new(&app);
        at_sign_in(&app, &mut browser).await;
        let form = [("xsrf", "forged"), ("connector", idp.connector_id.as_str())];
        let refused = browser.send("POST", "/social/sign-in", Some(&form)).await;
        assert_eq!(refused.status.as_u16(), 400, "{:?}", Value::from(refused.text()));
    })
    .await;
}

#[tokio::test]
async fn c16_a_password_typed_after_a_refusal_of_the_provider_gets_into_no_address() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let away = leave(&mut browser, &page, &idp).await;
        let refused = browser.open(&callback(&away, &[("error", "access_denied")])).await;
        let languages = refused.text().split("ui_locales=").count();
        assert!(languages > 1 && !refused.text().contains("/callback/"), "{}", refused.text());
        let typed = [("identifier", "ada"), ("password", PASSWORD)];
        assert!(is_back_with_code(&browser.submit(&refused, &typed).await));
        let path = format!("/callback/{}", idp.connector_id);
        let form = [("identifier", "ada"), ("password", PASSWORD), ("state", "s")];
        let posted = app.request("POST", &path).form(&form).send().await.expect(303);
        assert_eq!(posted.header("location"), format!("{path}?state=s"));
        let mut other = Browser::new(&app);
        let page = at_sign_in(&app, &mut other).await;
        let xsrf = page.value("xsrf");
        let gone = other.submit_to("/social/sign-in", &[("xsrf", &xsrf), ("connector", "gone")]).await;
        assert_eq!(gone.response.status.as_u16(), 404);
        assert!(is_back_with_code(&other.submit(&gone, &typed).await));
    })
    .await;
}

#[tokio::test]
async fn nobody_registers_by_a_button_without_agreeing_to_the_terms() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        let patch =
            json!({"signInMode": "Register", "agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://t.example"});
        settings(&app, patch).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut browser = Browser::new(&app);
        let client = application(&app, "Harbour", false).await;
        let page = browser.open(&authorization(&client, &[])).await;
        assert_eq!(page.path(), "/register");
        let away = leave(&mut browser, &page, &idp).await;
        let ask = come_back(&mut browser, &away, &idp, "u1").await;
        assert_eq!(ask.path(), "/social/link", "{}", ask.text());
        let refused = browser.submit(&ask, &[("choice", "register")]).await;
        assert_eq!(refused.response.status.as_u16(), 422);
        assert!(is_back_with_code(&browser.submit(&refused, &[("choice", "register"), ("agree", "yes")]).await));
    })
    .await;
}

#[tokio::test]
async fn a_newcomer_who_mistypes_the_address_and_takes_another_keeps_the_account_at_the_provider() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        settings(&app, json!({"signUp": {"identifiers": ["email"], "password": false, "verify": true}})).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let away = leave(&mut browser, &page, &idp).await;
        let mut claims = idp.claims(&away, "u1");
        claims["email"] = Value::Null;
        idp.answer(&claims);
        let page = browser.open(&callback(&away, &[("code", "c")])).await;
        assert_eq!(page.path(), "/continue/email", "{}", page.text());
        let sent = browser.submit(&page, &[("identifier", "nwe@example.com")]).await;
        assert_eq!(sent.path(), "/continue/verification-code");
        let page = browser.open("/continue/email").await;
        let sent = browser.submit(&page, &[("identifier", "new@example.com")]).await;
        assert!(is_back_with_code(&browser.submit(&sent, &[("code", &last_code(&app))]).await));
        let found = call(&app, "GET", "/api/users?search=new@example.com", json!(null)).await.expect(200).json();
        assert_eq!(found[0]["identities"]["harbour"]["userId"], "u1", "{found}");
    })
    .await;
}

async fn manual_terms(app: &TestApp) {
    let terms = json!({"agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://example.com/terms"});
    settings(app, terms).await;
}

#[tokio::test]
async fn who_must_agree_to_the_terms_agrees_before_a_provider_too() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut first = Browser::new(&app);
        let page = at_sign_in(&app, &mut first).await;
        let away = leave(&mut first, &page, &idp).await;
        assert!(is_back_with_code(&come_back(&mut first, &away, &idp, "u1").await));
        manual_terms(&app).await;
        let mut known = Browser::new(&app);
        let page = at_sign_in(&app, &mut known).await;
        let text = page.text();
        assert!(
            text.contains("form=\"main\" formaction=\"/social/sign-in\"") && text.contains("name=\"agree\""),
            "{text}"
        );
        let xsrf = page.value("xsrf");
        let form = [("xsrf", xsrf.as_str()), ("connector", idp.connector_id.as_str())];
        let refused = known.send("POST", "/social/sign-in", Some(&form)).await.expect(422);
        assert!(refused.text().contains("agree-error"), "{}", refused.text());
        let agreed = [form[0], form[1], ("agree", "yes")];
        let sent = known.send("POST", "/social/sign-in", Some(&agreed)).await.expect(303);
        let away = Away::to(sent.header("location"), String::new());
        assert!(is_back_with_code(&come_back(&mut known, &away, &idp, "u1").await));
    })
    .await;
}

/// Opens the authorization of a client that asks for a provider.
async fn ask_directly(app: &TestApp, browser: &mut Browser, target: &str) -> (TestResponse, String) {
    let client = application(app, "Direct", false).await;
    let direct = format!("social:{target}");
    let sent = browser.send("GET", &authorization(&client, &[("direct_sign_in", &direct)]), None).await.expect(303);
    let path = sent.header("location").to_owned();
    assert!(path.starts_with(&format!("/direct/social/{target}?app_id=")), "{path}");
    (browser.send("GET", &path, None).await, path)
}

#[tokio::test]
async fn direct_sign_in_leads_straight_to_the_provider_once() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut browser = Browser::new(&app);
        let (sent, path) = ask_directly(&app, &mut browser, "harbour").await;
        let away = Away::to(sent.expect(303).header("location"), String::new());
        assert_eq!(away.host, idp.host);
        let back = browser.send("GET", &path, None).await.expect(303);
        assert!(back.header("location").starts_with("/sign-in?app_id="), "who goes back is not sent away again");
        assert!(is_back_with_code(&come_back(&mut browser, &away, &idp, "u1").await));
    })
    .await;
}

#[tokio::test]
async fn direct_sign_in_leads_nowhere_that_is_not_offered_or_asked_for() {
    for_each_engine(async |app: TestApp| {
        email_sign_up(&app).await;
        Provider::new(&app, "harbour", json!({})).await;
        let mut browser = Browser::new(&app);
        let (unknown, _) = ask_directly(&app, &mut browser, "nowhere").await;
        assert!(unknown.expect(200).text().contains("href=\"/sign-in?app_id="));
        at_sign_in(&app, &mut browser).await;
        let linked = browser.send("GET", "/direct/social/harbour", None).await.expect(303);
        assert_eq!(linked.header("location"), "/sign-in", "a link is no request of the application");
        manual_terms(&app).await;
        let mut other = Browser::new(&app);
        let (asks, _) = ask_directly(&app, &mut other, "harbour").await;
        assert!(asks.expect(303).header("location").starts_with("/sign-in?app_id="), "the terms come first");
        let mut stranger = Browser::new(&app);
        let lost = stranger.send("GET", "/direct/social/harbour", None).await;
        assert!(lost.header("location").ends_with("/unknown-session"));
    })
    .await;
}
