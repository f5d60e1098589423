//! The device flow (RFC 8628; traces 30-08 and 30-09).

mod attacks;
mod authorization;
mod polling;
mod verification;

use serde_json::{Value, json};
use testkit::oidc::TestClient;
use testkit::{Browser, BrowserPage, TestApp, TestResponse};

use crate::pages::fixture::{PASSWORD, user};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A native application with the device flow.
async fn device(app: &TestApp) -> TestClient {
    app.client("Native", &[], json!({"isDeviceFlow": true})).await
}

/// A device that has begun, with what its answer says.
struct Started {
    client: TestClient,
    device_code: String,
    user_code: String,
}

async fn start_of(app: &TestApp, client: &TestClient, extra: &[(&str, &str)]) -> Started {
    let body = app.token_request_at("/oidc/device/auth", client, extra).send().await.expect(200).json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    Started { client: client.clone(), device_code: text("device_code"), user_code: text("user_code") }
}

async fn start(app: &TestApp) -> Started {
    let client = device(app).await;
    start_of(app, &client, &[("scope", "openid offline_access profile")]).await
}

/// The answer to a device that `ada` approves.
pub async fn approved(app: &TestApp) -> TestResponse {
    user(app, "ada").await;
    let started = start(app).await;
    started.approve(&mut Browser::new(app)).await;
    started.poll(app).await
}

impl Started {
    async fn poll_with(&self, app: &TestApp, extra: &[(&str, &str)]) -> TestResponse {
        let mut fields = vec![("grant_type", GRANT), ("device_code", self.device_code.as_str())];
        fields.extend_from_slice(extra);
        app.token_request(&self.client, &fields).send().await
    }

    async fn poll(&self, app: &TestApp) -> TestResponse {
        self.poll_with(app, &[]).await
    }

    async fn tokens(&self, app: &TestApp) -> Value {
        self.poll(app).await.expect(200).json()
    }

    /// Enters the code; the page that asks to confirm.
    async fn enter(&self, browser: &mut Browser) -> BrowserPage {
        let page = browser.open("/device").await;
        assert_eq!(page.path(), "/device", "{}", page.text());
        browser.submit(&page, &[("user_code", &self.user_code)]).await
    }

    async fn confirm(&self, browser: &mut Browser) -> BrowserPage {
        let page = self.enter(browser).await;
        browser.submit(&page, &[("user_code", &self.user_code), ("confirm", "yes")]).await
    }

    /// Enters the code, confirms and signs in as `ada`.
    async fn approve(&self, browser: &mut Browser) -> BrowserPage {
        let page = self.confirm(browser).await;
        assert_eq!(page.path(), "/sign-in", "{}", page.text());
        browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await
    }
}
