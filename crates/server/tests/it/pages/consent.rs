//! Consent on the hosted pages (inventory E093, E094; trace 10-11).

use http::Method;
use outbound::FakeResponse;
use serde_json::json;
use server::events::EventKind;
use server::outbox::deliver_due;
use testkit::oidc::CHALLENGE;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use crate::outbox::Recorder;

use super::fixture::{CALLBACK, PASSWORD, application, authorization, consent_scopes, is_back_with_code, join, user};

async fn at_consent(app: &TestApp, browser: &mut Browser) -> (String, BrowserPage) {
    let client = application(app, "Partner Portal", true).await;
    consent_scopes(app, &client, &["profile", "email", "urn:logto:scope:organizations"]).await;
    let scope = [("scope", "openid profile email urn:logto:scope:organizations")];
    let page = browser.open(&authorization(&client, &scope)).await;
    let consent = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(consent.path(), "/consent", "{}", consent.text());
    (client, consent)
}

#[tokio::test]
async fn a_third_party_application_is_allowed_once() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let (client, page) = at_consent(&app, &mut browser).await;
        let html = page.text();
        for text in ["Partner Portal", "Ada Harbour", "Your e-mail address", "app.example.com", "Not you?"] {
            assert!(html.contains(text), "{text}: {html}");
        }
        let back = browser.submit(&page, &[("decision", "allow")]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        assert!(is_back_with_code(&browser.open(&authorization(&client, &[("scope", "openid profile")])).await));
    })
    .await;
}

#[tokio::test]
async fn a_third_party_application_is_refused() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app).reading("zh");
        let (_, page) = at_consent(&app, &mut browser).await;
        assert!(page.text().contains("请求访问") && page.text().contains("您的电子邮件地址"));
        let back = browser.submit(&page, &[("decision", "deny")]).await;
        assert_eq!(back.query("error"), "access_denied", "{}", back.url);
        assert_eq!(back.query("state"), "the-state");
    })
    .await;
}

#[tokio::test]
async fn f11_consent_needs_the_token_and_a_decision() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let (_, page) = at_consent(&app, &mut browser).await;
        for form in [vec![("decision", "allow")], vec![("decision", "allow"), ("xsrf", "forged")]] {
            let answer = browser.send("POST", &page.url, Some(&form)).await.expect(400);
            assert!(answer.text().contains("out of date"));
        }
        assert!(is_back_with_code(&browser.submit(&page, &[("decision", "allow")]).await));
    })
    .await;
}

#[tokio::test]
async fn only_own_organizations_can_be_opened_to_the_application() {
    for_each_engine(async |app| {
        let id = user(&app, "ada").await;
        let made = app
            .management_request("POST", "/api/organizations")
            .await
            .json(json!({"name": "Navy"}))
            .send()
            .await
            .expect(201);
        let own = made.json()["id"].as_str().unwrap().to_owned();
        join(&app, &own, &id).await;
        let mut browser = Browser::new(&app);
        let (_, page) = at_consent(&app, &mut browser).await;
        assert!(page.text().contains("Navy"));
        let foreign = browser.submit(&page, &[("decision", "allow"), ("organizationIds", "nope")]).await;
        assert_eq!(foreign.response.status, 422);
        assert!(foreign.text().contains("not a member"));
        let back = browser.submit(&page, &[("decision", "allow"), ("organizationIds", own.as_str())]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn a_consent_page_is_reloaded_while_another_tab_signs_in() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let (client, page) = at_consent(&app, &mut browser).await;
        let other = browser.open(&authorization(&client, &[("prompt", "login")])).await;
        assert_eq!(other.path(), "/sign-in", "{}", other.text());
        let reloaded = browser.open(&page.url).await;
        assert_eq!((reloaded.path(), reloaded.value("xsrf")), ("/consent", page.value("xsrf")), "{}", reloaded.text());
        assert!(is_back_with_code(&browser.submit(&reloaded, &[("decision", "allow")]).await));
    })
    .await;
}

/// The address of a document, and an authorization request of its client.
fn of_stranger(app: &TestApp, redirect_uris: &[&str]) -> (&'static str, String) {
    const ID: &str = "https://tool.example.com/client.json";
    let document = json!({"client_id": ID, "client_name": "Handy Tool", "redirect_uris": redirect_uris});
    app.outbound.respond(Method::GET, ID, FakeResponse::json(&document));
    let proof = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    (ID, authorization(ID, &proof))
}

#[tokio::test]
async fn e3_a_client_that_nobody_registered_is_shown_with_its_host_and_named_in_events() {
    for_each_engine(async |app| {
        let person = user(&app, "ada").await;
        let send = async |method: &str, path: &str, body: serde_json::Value| {
            app.management_request(method, path).await.json(body).send().await
        };
        send("PATCH", "/api/configs/cimd", json!({"enabled": true})).await.expect(200);
        let scopes = json!({"userScopes": ["profile", "urn:logto:scope:organizations"]});
        send("POST", "/api/cimd/user-consent-scopes", scopes).await.expect(201);
        let made = send("POST", "/api/organizations", json!({"name": "Navy"})).await.expect(201).json();
        join(&app, made["id"].as_str().unwrap(), &person).await;
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", &[EventKind::PostSignIn], recorder.subscriber(0));

        let (id, request) = of_stranger(&app, &[CALLBACK, "http://127.0.0.1/callback"]);
        let mut browser = Browser::new(&app);
        let page = browser.open(&request).await;
        let page = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/consent", "{}", page.text());
        let html = page.text();
        assert!(
            html.contains("Handy Tool")
                && html.contains("Nobody registered this application")
                && html.contains("tool.example.com"),
            "{html}"
        );
        assert!(!html.contains("on this device"), "{html}");
        assert!(is_back_with_code(&browser.submit(&page, &[("decision", "allow"), ("organizationIds", "")]).await));
        while deliver_due(&app.app).await.unwrap() > 0 {}
        let (_, event) = recorder.payloads().pop().unwrap();
        assert_eq!((&event["cimdClientId"], event.get("application")), (&json!(id), None));

        let on_device = request.replace(&urlencoded(CALLBACK), &urlencoded("http://127.0.0.1:5123/callback"));
        let on_device = on_device.replace("openid+profile", "openid+urn%3Alogto%3Ascope%3Aorganizations");
        let page = browser.open(&on_device).await;
        assert_eq!(page.path(), "/consent", "each request is asked about: {}", page.text());
        let html = page.text();
        assert!(html.contains("The answer goes to a program on this device"), "{html}");
        assert!(html.contains("Navy") && html.matches("type=\"radio\"").count() == 2, "{html}");
    })
    .await;
}

fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
