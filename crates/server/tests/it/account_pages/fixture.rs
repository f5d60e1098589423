//! People who are signed in to the account pages.

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp};

pub use crate::account::fixture::{PASSWORD, add, add_connectors, last_code, messages, open, open_all};

/// Opens the whole account centre for `alice` and `bob`, who have e-mail addresses.
pub async fn alice_and_bob(app: &TestApp) {
    for name in ["alice", "bob"] {
        add(app, name, |user| user.primary_email = Some(format!("{name}@example.com"))).await;
    }
    open_all(app, "Edit").await;
}

/// A browser in which this person came to the account pages and signed in.
pub async fn signed_in(app: &TestApp, name: &str) -> Browser {
    let mut browser = Browser::new(app);
    let page = browser.open("/account").await;
    assert_eq!(page.path(), "/sign-in", "{}", page.text());
    let page = browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await;
    assert_eq!((page.path(), page.response.status.as_u16()), ("/account/security", 200), "{}", page.text());
    browser
}

/// As [`signed_in`], after the password was proven again.
pub async fn proven(app: &TestApp, name: &str) -> Browser {
    let mut browser = signed_in(app, name).await;
    let page = browser.open("/account/sessions").await;
    assert_eq!(page.path(), "/account/verified-action");
    let page = browser.submit(&page, &[("password", PASSWORD)]).await;
    assert_eq!(page.path(), "/account/sessions");
    browser
}

/// The token of the forms in this browser.
pub async fn form_token(browser: &mut Browser) -> String {
    let token = browser.open("/account/profile").await.value("xsrf");
    assert!(token.len() > 40, "{token}");
    token
}

/// Submits a form to an address of these pages.
pub async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> BrowserPage {
    let token = form_token(browser).await;
    let form = [&[("xsrf", token.as_str())], fields].concat();
    browser.submit_to(path, &form).await
}

/// The account as an administrator sees it.
pub async fn account(app: &TestApp, name: &str) -> Value {
    let path = format!("/api/users/{name}");
    app.management_request("GET", &path).await.send().await.expect(200).json()
}

/// An application of the operator, or of somebody else, with this redirect URI; returns its id.
pub async fn application(app: &TestApp, redirect_uri: &str, is_third_party: bool) -> String {
    let kind = if redirect_uri.starts_with("http") { "Traditional" } else { "Native" };
    let body = json!({
        "name": "Harbour", "type": kind, "isThirdParty": is_third_party,
        "oidcClientMetadata": {"redirectUris": [redirect_uri], "postLogoutRedirectUris": []},
    });
    let made = app.management_request("POST", "/api/applications").await.json(body).send().await.expect(200);
    made.json()["id"].as_str().unwrap().to_owned()
}
