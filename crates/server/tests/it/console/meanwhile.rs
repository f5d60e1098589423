//! Saving keeps what a form does not know: identifiers that the API set, and what somebody changed while the form was open.

use serde_json::json;
use testkit::{Browser, TestApp, for_each_engine};

use super::administrators::{admin, owner};
use super::experience::{EXPERIENCE, form_of, save, settings, with};
use super::fixture::{administrator, colleague, csrf, send};
use crate::applications::{call, get, make};

const ENDPOINT: &str = "https://messages.example.com/send";

/// Opens a page, lets somebody change something by the API, and sends the old form. What is shown then can be saved.
async fn save_late(app: &TestApp, browser: &mut Browser, path: &str, change: (&str, &str, &str), typed: (&str, &str)) {
    let form = form_of(&browser.open(path).await);
    let (method, api, body) = change;
    call(app, method, api, serde_json::from_str(body).unwrap()).await.expect(200);
    let refused = browser.submit_to(path, &with(&form, &[typed])).await;
    let text = refused.text();
    assert_eq!(refused.response.status, 422, "{path}: {text}");
    assert!(text.contains("Somebody changed this meanwhile. Look at it again and save."), "{path}: {text}");
    assert!(text.contains(typed.1), "{path}: {text}");
    let again = form_of(&refused);
    let saved = browser.submit_to(path, &with(&again, &[])).await;
    assert!(saved.text().contains("Saved."), "{path}: {}", saved.text());
}

#[tokio::test]
async fn an_old_form_overwrites_nothing_unseen() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let client = make(&app, json!({"name": "Bikes", "type": "SPA"})).await;
        let (page, api) = (format!("/console/applications/{client}"), format!("/api/applications/{client}"));
        let change = ("PATCH", api.as_str(), "{\"description\": \"Theirs\"}");
        save_late(&app, &mut browser, &page, change, ("name", "Mine")).await;
        assert_eq!(get(&app, &api).await.expect(200).json()["name"], "Mine");
        // A program sends what it means.
        let sent = send(&mut browser, &secret, &page, &[("name", "Boats")]).await;
        assert!(sent.text().contains("Saved."), "{}", sent.text());

        let change = ("PATCH", "/api/sign-in-exp", "{\"customCss\": \"a{}\"}");
        save_late(&app, &mut browser, EXPERIENCE, change, ("branding.logoUrl", "https://a.example/mine.svg")).await;
        assert_eq!(settings(&app).await["branding"]["logoUrl"], "https://a.example/mine.svg");
        // What another tab shows is no change of this one.
        let form = form_of(&browser.open("/console/mfa").await);
        call(&app, "PATCH", "/api/sign-in-exp", json!({"customCss": "b{}"})).await.expect(200);
        let saved = browser.submit_to("/console/mfa", &with(&form, &[])).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        assert_eq!(settings(&app).await["customCss"], "b{}");

        let connector = json!({"connectorId": "http-email", "config": {"endpoint": ENDPOINT}});
        let connector = call(&app, "POST", "/api/connectors", connector).await.expect(200).json();
        let id = connector["id"].as_str().unwrap();
        let (page, api) = (format!("/console/connectors/{id}"), format!("/api/connectors/{id}"));
        let change = ("PATCH", api.as_str(), "{\"config\": {\"endpoint\": \"https://theirs.example.com/send\"}}");
        let mine = "https://mine.example.com/send";
        save_late(&app, &mut browser, &page, change, ("config.endpoint", mine)).await;
        assert_eq!(get(&app, &api).await.expect(200).json()["config"]["endpoint"], mine);
    })
    .await;
}

#[tokio::test]
async fn identifiers_that_a_form_cannot_set_stay_until_others_are_chosen() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let connector = json!({"connectorId": "http-email", "config": {"endpoint": ENDPOINT}});
        call(&app, "POST", "/api/connectors", connector).await.expect(200);
        let of = |name: &str| {
            json!({"identifier": name, "password": true, "verificationCode": false, "isPasswordPrimary": true})
        };
        let sign_up = json!({
            "identifiers": ["username", "email"], "password": true, "verify": true, "secondaryIdentifiers": [],
        });
        let body = json!({"signUp": sign_up, "signIn": {"methods": [of("username"), of("email")]}});
        call(&app, "PATCH", "/api/sign-in-exp", body).await.expect(200);
        let ways = format!("{EXPERIENCE}/sign-up-and-sign-in");
        let page = browser.open(&ways).await.text();
        assert!(page.contains("As set by the API: Username, E-mail address"), "{page}");
        let saved = save(&mut browser, &ways, &[("signInMode", "SignIn")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = settings(&app).await;
        assert_eq!((&stored["signUp"], &stored["signInMode"]), (&sign_up, &json!("SignIn")));
        save(&mut browser, &ways, &[("signUp.first", "email")]).await;
        assert_eq!(settings(&app).await["signUp"]["identifiers"], json!(["email"]));
        assert!(!browser.open(&ways).await.text().contains("As set by the API"));
    })
    .await;
}

#[tokio::test]
async fn options_and_hidden_members_of_a_profile_field_survive_a_save() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let options = json!([{"value": "a=b"}, {"value": "c", "label": "C"}]);
        let field = json!({"name": "plan", "type": "Select", "required": false, "config": {"options": options}});
        call(&app, "POST", "/api/custom-profile-fields", field).await.expect(201);
        let page = "/console/profile-fields/plan";
        let saved = save(&mut browser, page, &[("label", "Plan")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let stored = get(&app, "/api/custom-profile-fields/plan").await.expect(200).json();
        assert_eq!((&stored["label"], &stored["config"]["options"]), (&json!("Plan"), &options));

        let field = json!({"name": "news", "type": "Checkbox", "required": false, "config": {"defaultValue": "true"}});
        call(&app, "POST", "/api/custom-profile-fields", field).await.expect(201);
        let page = "/console/profile-fields/news";
        save(&mut browser, page, &[("label", "News")]).await;
        let stored = get(&app, "/api/custom-profile-fields/news").await.expect(200).json();
        assert_eq!(stored["config"]["defaultValue"], "true");
        let saved = save(&mut browser, page, &[("type", "Text")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
    })
    .await;
}

#[tokio::test]
async fn scripts_keys_administrators_and_enterprises_are_not_overwritten_unseen() {
    for_each_engine(async |app: TestApp| {
        let (mut browser, _) = owner(&app).await;
        let (page, api) = ("/console/custom-jwt/access-token", "/api/configs/jwt-customizer/access-token");
        let script = |name: &str| format!("function getCustomJwtClaims() {{ return {name}; }}");
        call(&app, "PUT", api, json!({"script": script("{}")})).await;
        let theirs = json!({"script": script("undefined")}).to_string();
        let mine = script("null");
        save_late(&app, &mut browser, page, ("PUT", api, theirs.as_str()), ("script", mine.as_str())).await;
        assert_eq!(get(&app, api).await.expect(200).json()["script"], mine.as_str());
        // A run answers with a form of what is stored now: it does not hide the change of another.
        let form = form_of(&browser.open(page).await);
        call(&app, "PUT", api, serde_json::from_str(&theirs).unwrap()).await.expect(200);
        let ran = browser.submit_to(&format!("{page}/test"), &with(&form, &[("script", mine.as_str())])).await;
        assert!(ran.response.status == 422 && ran.text().contains("changed this meanwhile"), "{}", ran.text());

        let body = json!({"providerName": "OIDC", "connectorName": "Harbour Corp"});
        let connector = call(&app, "POST", "/api/sso-connectors", body).await.expect(200).json();
        let id = connector["id"].as_str().unwrap();
        let (page, api) = (format!("/console/enterprise-sso/{id}/experience"), format!("/api/sso-connectors/{id}"));
        let change = ("PATCH", api.as_str(), "{\"syncProfile\": true}");
        save_late(&app, &mut browser, &page, change, ("branding.displayName", "Harbour")).await;

        let form = form_of(&browser.open("/console/keys").await);
        call(&app, "PATCH", "/api/configs/oidc/session", json!({"ttl": 3600})).await.expect(200);
        let late = browser.submit_to("/console/keys/session", &with(&form, &[("ttl", "7200")])).await;
        assert!(late.response.status == 422 && late.text().contains("changed this meanwhile"), "{}", late.text());
        assert!(late.text().contains("value=\"7200\""), "{}", late.text());
        assert_eq!(get(&app, "/api/configs/oidc/session").await.expect(200).json()["ttl"], 3600);

        colleague(&app, "audrey", &["default:auditor"]).await;
        let page = "/console/administrators/audrey";
        let form = form_of(&browser.open(page).await);
        admin(&app, "PATCH", "/api/administrators/audrey", json!({"role": "support"})).await.expect(200);
        let late = browser.submit_to(page, &with(&form, &[("role", "admin")])).await;
        assert!(late.response.status == 422 && late.text().contains("changed this meanwhile"), "{}", late.text());
        let stored = admin(&app, "GET", "/api/administrators/audrey", json!(null)).await.expect(200).json();
        assert_eq!(stored["role"], "support");
    })
    .await;
}
