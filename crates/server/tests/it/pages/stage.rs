//! What the tests of pages need: an application, a person, a request.

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp};

pub const CALLBACK: &str = "https://app.example.com/callback";
pub const PASSWORD: &str = "Xq7!velvet-harbour";

/// Makes a traditional application and returns its id.
pub async fn application(app: &TestApp, name: &str, third_party: bool) -> String {
    let body = json!({
        "name": name, "type": "Traditional", "isThirdParty": third_party,
        "oidcClientMetadata": {"redirectUris": [CALLBACK], "postLogoutRedirectUris": []},
    });
    let made = app.api("POST", "/api/applications").await.json(body).send().await.expect(200);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Makes a user with [`PASSWORD`] and returns the id.
pub async fn user(app: &TestApp, username: &str) -> String {
    let body = json!({"username": username, "password": PASSWORD, "name": "Ada Harbour"});
    let made = app.api("POST", "/api/users").await.json(body).send().await.expect(200);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Changes the sign-in experience.
pub async fn settings(app: &TestApp, change: Value) {
    app.api("PATCH", "/api/sign-in-exp").await.json(change).send().await.expect(200);
}

/// The address of an authorization request.
pub fn authorization(client_id: &str, extra: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("client_id", client_id), ("redirect_uri", CALLBACK), ("response_type", "code")]);
    if !extra.iter().any(|(name, _)| *name == "scope") {
        query.append_pair("scope", "openid profile");
    }
    query.append_pair("state", "the-state").extend_pairs(extra);
    format!("/oidc/auth?{}", query.finish())
}

/// Whether the browser came back to the application with a code.
pub fn arrived(page: &BrowserPage) -> bool {
    page.url.starts_with(CALLBACK) && !page.query("code").is_empty() && page.query("state") == "the-state"
}

/// Opens the sign-in page of a fresh application named "Harbour".
pub async fn at_sign_in(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let client = application(app, "Harbour", false).await;
    let page = browser.open(&authorization(&client, &[])).await;
    assert_eq!(page.path(), "/sign-in");
    page
}
