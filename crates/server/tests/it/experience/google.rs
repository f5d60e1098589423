//! Google, as One Tap knows it: its keys are published at the fake outbound, its ID tokens are really signed.

use axum::http::Method;
use jose::{Algorithm, JwkSet, SigningKey};
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::oidc::{TestClient, tampered};
use testkit::{TestApp, TestResponse};

use super::fixture::{Browser, CLIENT};
use crate::applications::call;

const KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";

pub struct Google {
    pub app: TestApp,
    pub connector_id: String,
    key: SigningKey,
}

impl Google {
    /// Sets up the connector with One Tap, and offers it.
    pub async fn new(app: &TestApp) -> Self {
        Self::with(app, json!({"isEnabled": true})).await
    }

    /// As [`Google::new`], with this setting `oneTap`.
    pub async fn with(app: &TestApp, one_tap: Value) -> Self {
        let body = json!({"connectorId": "google-universal", "config": config(&one_tap)});
        let made = call(app, "POST", "/api/connectors", body).await.expect(200).json();
        let (_, key) = SigningKey::generate(Algorithm::ES256).unwrap();
        let google = Self { app: app.clone(), connector_id: made["id"].as_str().unwrap().to_owned(), key };
        google.publish(|keys| keys);
        google.offer(true).await;
        google
    }

    /// The same Google, as another server knows it.
    pub fn at(self, app: &TestApp) -> Self {
        Self { app: app.clone(), ..self }
    }

    /// Lets Google publish its keys, in a response that is changed so.
    pub fn publish(&self, change: impl FnOnce(FakeResponse) -> FakeResponse) {
        let set = JwkSet { keys: vec![self.key.public_jwk()] };
        let keys = FakeResponse::json(&serde_json::to_value(set).unwrap());
        self.app.outbound.respond(Method::GET, KEYS, change(keys));
    }

    pub async fn offer(&self, is_offered: bool) {
        let targets = if is_offered { json!(["google"]) } else { json!([]) };
        let body = json!({"socialSignInConnectorTargets": targets});
        call(&self.app, "PATCH", "/api/sign-in-exp", body).await.expect(200);
    }

    pub async fn configure(&self, one_tap: &Value) -> TestResponse {
        let body = json!({"config": config(one_tap)});
        call(&self.app, "PATCH", &format!("/api/connectors/{}", self.connector_id), body).await
    }

    /// What Google says of the account `id`, each time something else.
    pub fn claims(&self, id: &str) -> Value {
        let now = self.app.app.clock.now().seconds();
        json!({
            "iss": "https://accounts.google.com", "aud": "me", "azp": "me", "sub": id, "iat": now, "exp": now + 3600,
            "jti": kernel::id::opaque_token(&self.app.app.rng), "email": "ada@example.com", "email_verified": true,
            "name": "Ada Harbour", "picture": "https://lh3.example/ada.png",
        })
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.key.sign(Some("JWT"), claims).unwrap()
    }

    pub fn credential(&self, id: &str) -> String {
        self.sign(&self.claims(id))
    }

    /// Shows what is in `connectorData`, without verification.
    pub async fn show(&self, browser: &Browser, data: Value) -> TestResponse {
        self.verify(browser, json!({"connectorData": data})).await
    }

    pub async fn verify(&self, browser: &Browser, body: Value) -> TestResponse {
        browser.post(&format!("/verification/social/{}/verify", self.connector_id), body).await
    }

    /// Shows a credential as a page does that shows One Tap.
    pub async fn tap(&self, browser: &Browser, credential: &str) -> TestResponse {
        let browser = with_csrf_cookie(browser);
        self.show(&browser, json!({"credential": credential, "g_csrf_token": "csrf"})).await
    }

    /// Proves the account `id`; returns the verification's id.
    pub async fn prove(&self, browser: &Browser, id: &str) -> String {
        super::fixture::id_of(&self.tap(browser, &self.credential(id)).await.expect(200))
    }
}

fn config(one_tap: &Value) -> Value {
    let mut config = json!({"clientId": "me", "clientSecret": "hush"});
    if !one_tap.is_null() {
        config["oneTap"] = one_tap.clone();
    }
    config
}

/// A browser in which Google's script set its cookie.
pub fn with_csrf_cookie(browser: &Browser) -> Browser {
    Browser::with_cookie(browser, &format!("{}; g_csrf_token=csrf", browser.cookie()))
}

/// A browser whose application ([`super::fixture::add_client`]) passed a credential on, in an interaction that has begun.
pub async fn passed_on(app: &TestApp, credential: &str) -> Browser {
    let redirect_uri = "https://app.example.com/callback".to_owned();
    let client = TestClient { id: CLIENT.to_owned(), secret: None, redirect_uri };
    let asked = tampered(&app.authorization(&client, "openid"), &[("google_one_tap_credential", credential)]);
    let sent = app.agent().authorize(&asked).await;
    let mut browser = Browser::with_cookie(&Browser::open(app).await, "other=cookie");
    browser.keep(&sent);
    let cookies = browser.cookie();
    let uid = cookies.split("; ").find_map(|pair| pair.strip_prefix("_interaction_resume=")).unwrap();
    browser.uid = uid.to_owned();
    browser.start("SignIn").await;
    browser
}
