//! Users with passwords, and a third-party application.

use serde_json::json;
use server::users::store::NewUser;
use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestResponse};

pub const PASSWORD: &str = "Xq7!velvet-harbour";

/// A user of `default` whose id is also the username, with [`PASSWORD`].
pub async fn person(app: &TestApp, id: &str) {
    let digest = app.app.hasher.hash(PASSWORD).await.unwrap();
    let new = NewUser { id: id.into(), username: Some(id.into()), password: Some(digest), ..NewUser::default() };
    app.insert_user(new).await;
}

/// A browser with a session of `alice` that must sign in again, and the application that requests it.
pub async fn during_sign_in(app: &TestApp) -> (BrowserAgent, TestClient) {
    person(app, "alice").await;
    let client = app.web_client().await;
    let request = app.authorization(&client, "openid");
    let mut agent = app.agent();
    agent.sign_in(&request, "alice").await;
    agent.authorize(&tampered(&request, &[("prompt", "login")])).await.expect(303);
    (agent, client)
}

/// A third-party application with the user scope `profile`.
pub async fn third_party_client(app: &TestApp) -> TestClient {
    let client = app.client("Traditional", &["https://guest.example.com/callback"], json!({})).await;
    let id = || vec![client.id.as_str().into()];
    app.sql("update applications set is_third_party = true where id = $1", id()).await;
    let text = "insert into application_consent_scopes (tenant_id, application_id, kind, value) \
                values ('default', $1, 'user-scopes', 'profile')";
    app.sql(text, id()).await;
    client
}

/// The CSRF token of the page's form.
pub fn xsrf(page: &TestResponse) -> String {
    let html = page.text();
    let rest = html.split("name=\"xsrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {html}"));
    rest.split('"').next().unwrap().to_owned()
}
