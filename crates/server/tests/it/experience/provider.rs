//! An OpenID provider that a social connector or an enterprise's knows. Its endpoints are programmed, its ID tokens are really signed.

use axum::http::{Method, StatusCode};
use jose::{Algorithm, JwkSet, SigningKey};
use outbound::FakeResponse;
use serde_json::{Map, Value, json};
use testkit::{TestApp, TestResponse};

use super::fixture::Browser;
use crate::applications::{call, get};
use crate::connectors::social::oidc_settings;
use crate::sso_connectors;

pub struct Provider {
    pub app: TestApp,
    pub host: String,
    pub connector_id: String,
    key: SigningKey,
    /// As paths name the kind of connector.
    kind: &'static str,
    /// Everybody's verified address.
    email: String,
}

/// A person who was sent away.
pub struct Away {
    pub host: String,
    pub verification_id: String,
    /// The parameters of the request.
    pub sent: Map<String, Value>,
}

impl Away {
    pub fn to(uri: &str, verification_id: String) -> Self {
        let uri = url::Url::parse(uri).unwrap();
        let sent = uri.query_pairs().map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
        Self { host: uri.host_str().unwrap_or_default().to_owned(), verification_id, sent: sent.collect() }
    }

    pub fn sent(&self, name: &str) -> &str {
        self.sent.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Provider {
    /// Sets up the connector `target`, and offers it.
    pub async fn new(app: &TestApp, target: &str, extra: Value) -> Self {
        let host = format!("{target}.example");
        let mut body = json!({"connectorId": "oidc", "config": oidc_settings(&host), "metadata": {"target": target, "name": {"en": "Harbour ID"}}});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let made = call(app, "POST", "/api/connectors", body).await.expect(200).json();
        let mut targets = get(app, "/api/sign-in-exp").await.expect(200).json()["socialSignInConnectorTargets"].clone();
        targets.as_array_mut().unwrap().push(json!(target));
        call(app, "PATCH", "/api/sign-in-exp", json!({"socialSignInConnectorTargets": targets})).await.expect(200);
        Self::with_keys(app, host, &made, "social")
    }

    /// Sets up the connector `target` of the tenant `admin`, and offers it.
    pub async fn at_admin(app: &TestApp, target: &str) -> Self {
        let host = format!("{target}.example");
        let token = app.management_token("admin").await;
        let send = async |method: &str, path: &str, body: Value| {
            app.admin_request(method, path).bearer(&token).json(body).send().await.expect(200).json()
        };
        let body = json!({"connectorId": "oidc", "config": oidc_settings(&host), "metadata": {"target": target, "name": {"en": "Harbour ID"}}});
        let made = send("POST", "/api/connectors", body).await;
        send("PATCH", "/api/sign-in-exp", json!({"socialSignInConnectorTargets": [target]})).await;
        Self::with_keys(app, host, &made, "social")
    }

    /// Sets up the connector of an enterprise with the domain `{name}-corp.example`, and switches single sign-on on.
    pub async fn enterprise(app: &TestApp, name: &str, extra: Value) -> Self {
        let host = format!("{name}.example");
        sso_connectors::publish(app, &host);
        let mut members = json!({
            "connectorName": name, "config": sso_connectors::settings(&host), "domains": [format!("{name}-corp.example")],
        });
        members.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let made = sso_connectors::create(app, members).await;
        call(app, "PATCH", "/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await.expect(200);
        Self::with_keys(app, host, &made, "sso")
    }

    fn with_keys(app: &TestApp, host: String, connector: &Value, kind: &'static str) -> Self {
        let (_, key) = SigningKey::generate(Algorithm::ES256).unwrap();
        let set = JwkSet { keys: vec![key.public_jwk()] };
        let jwks = FakeResponse::json(&serde_json::to_value(set).unwrap());
        app.outbound.respond(Method::GET, &format!("https://{host}/jwks"), jwks);
        Self {
            app: app.clone(),
            host,
            connector_id: connector["id"].as_str().unwrap().to_owned(),
            key,
            kind,
            email: "ada@example.com".into(),
        }
    }

    /// The same provider, as another connector knows it.
    pub fn with_connector(self, connector_id: String) -> Self {
        Self { connector_id, ..self }
    }

    /// The same provider, where people have this address.
    pub fn with_email(self, email: &str) -> Self {
        Self { email: email.to_owned(), ..self }
    }

    fn path(&self, step: &str) -> String {
        format!("/verification/{}/{}/{step}", self.kind, self.connector_id)
    }

    pub async fn try_leave(&self, browser: &Browser) -> TestResponse {
        let body = json!({"state": "st", "redirectUri": "https://custom.example/callback"});
        browser.post(&self.path("authorization-uri"), body).await
    }

    /// Sends the person away.
    pub async fn leave(&self, browser: &Browser) -> Away {
        let answer = self.try_leave(browser).await.expect(200).json();
        let id = answer["verificationId"].as_str().unwrap().to_owned();
        let away = Away::to(answer["authorizationUri"].as_str().unwrap(), id);
        assert_eq!(away.host, self.host);
        away
    }

    /// A good ID token's claims for the account `id`.
    pub fn claims(&self, away: &Away, id: &str) -> Value {
        let now = self.app.app.clock.now().seconds();
        json!({
            "iss": format!("https://{}", self.host), "aud": "me", "sub": id, "iat": now, "exp": now + 300,
            "nonce": away.sent["nonce"], "email": self.email, "email_verified": true, "name": "Ada Harbour",
            "picture": "https://idp.example/ada.png",
        })
    }

    /// Lets the token endpoint answer with these claims.
    pub fn answer(&self, claims: &Value) {
        self.answer_with(claims, json!({"access_token": "at", "token_type": "Bearer"}));
    }

    /// As [`Provider::answer`], with these tokens beside the ID token.
    pub fn answer_with(&self, claims: &Value, mut tokens: Value) {
        tokens["id_token"] = json!(self.key.sign(Some("JWT"), claims).unwrap());
        self.respond(FakeResponse::json(&tokens));
    }

    pub fn respond(&self, response: FakeResponse) {
        self.app.outbound.respond(Method::POST, &format!("https://{}/token", self.host), response);
    }

    pub fn refuse_code(&self) {
        self.respond(FakeResponse::json(&json!({"error": "invalid_grant"})).with_status(StatusCode::BAD_REQUEST));
    }

    pub async fn come_back(&self, browser: &Browser, away: &Away, data: Value) -> TestResponse {
        let body = json!({"verificationId": away.verification_id, "connectorData": data});
        browser.post(&self.path("verify"), body).await
    }

    /// Proves the account whose claims `change` makes; returns the verification's id.
    pub async fn prove(&self, browser: &Browser, id: &str, change: impl FnOnce(&mut Value)) -> String {
        let away = self.leave(browser).await;
        let mut claims = self.claims(&away, id);
        change(&mut claims);
        self.answer(&claims);
        self.come_back(browser, &away, json!({"code": "c", "state": "st"})).await.expect(200);
        away.verification_id
    }
}
