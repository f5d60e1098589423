//! People with tokens for their own accounts.

use http::{Method, StatusCode};
use kernel::id;
use outbound::FakeResponse;
use serde_json::{Value, json};
use server::callers::Field;
use server::users::store::NewUser;
use testkit::oidc::TestClient;
use testkit::{TestApp, TestResponse};

use crate::applications::call;
use crate::experience::provider::{Away, Provider};

pub const PASSWORD: &str = "Trace-Passw0rd!42";
pub const SCOPES: &str = "openid offline_access profile email phone address custom_data identities \
                          urn:logto:scope:sessions urn:logto:scope:trusted_devices";
const ENDPOINT: &str = "https://messages.example.com/send";
pub const DENIED: (u16, &str) = (401, "verification_record.permission_denied");

/// Opens the account centre with one control for every field.
pub async fn open_all(app: &TestApp, control: &str) {
    let fields: serde_json::Map<String, Value> =
        Field::ALL.iter().map(|(_, name)| ((*name).to_owned(), control.into())).collect();
    open(app, Value::Object(fields)).await;
}

/// Opens the account centre with these fields.
pub async fn open(app: &TestApp, fields: Value) {
    call(app, "PATCH", "/api/account-center", json!({"enabled": true, "fields": fields})).await.expect(200);
}

/// A user whose id is the username, with [`PASSWORD`].
pub async fn add(app: &TestApp, name: &str, change: impl FnOnce(&mut NewUser)) {
    let digest = app.app.hasher.hash(PASSWORD).await.unwrap();
    let mut user =
        NewUser { id: name.into(), username: Some(name.into()), password: Some(digest), ..NewUser::default() };
    change(&mut user);
    app.insert_user(user).await;
}

/// Connectors for e-mail and SMS whose service takes everything.
pub async fn add_connectors(app: &TestApp) {
    app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::OK));
    for factory in ["http-email", "http-sms"] {
        let body = json!({"connectorId": factory, "config": {"endpoint": ENDPOINT}});
        call(app, "POST", "/api/connectors", body).await.expect(200);
    }
}

/// The messages so far.
pub fn messages(app: &TestApp) -> Vec<Value> {
    app.outbound.received().iter().filter_map(|one| serde_json::from_slice(&one.body).ok()).collect()
}

/// The code of the last message, and what it was for.
pub fn last_code(app: &TestApp) -> (String, String) {
    let message = messages(app).pop().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&message["payload"]["code"]), text(&message["type"]))
}

/// A person with a token, and with the record that proves who they are once they have one.
#[derive(Clone)]
pub struct Person {
    pub app: TestApp,
    pub token: String,
    pub proof: Option<String>,
}

impl Person {
    /// Signs in with all scopes.
    pub async fn of(app: &TestApp, name: &str) -> Self {
        Self::with_scopes(app, name, SCOPES).await
    }

    pub async fn with_scopes(app: &TestApp, name: &str, scopes: &str) -> Self {
        Self::in_application(app, &app.web_client().await, name, scopes).await
    }

    /// Signed in to a given application.
    pub async fn in_application(app: &TestApp, client: &TestClient, name: &str, scopes: &str) -> Self {
        let tokens = app.code_flow(client, name, scopes).await;
        Self { app: app.clone(), token: tokens["access_token"].as_str().unwrap().to_owned(), proof: None }
    }

    /// The same, after the password was proven.
    pub async fn proven(mut self) -> Self {
        let made = self.send("POST", "/api/verifications/password", json!({"password": PASSWORD})).await.expect(201);
        self.proof = Some(made.json()["verificationRecordId"].as_str().unwrap().to_owned());
        self
    }

    /// The same, with this record.
    pub fn with_proof(&self, id: &str) -> Self {
        Self { proof: Some(id.to_owned()), ..self.clone() }
    }

    /// The digest of the token.
    pub fn digest(&self) -> String {
        id::token_digest(&self.token)
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.send("GET", path, Value::Null).await
    }

    pub async fn delete(&self, path: &str) -> TestResponse {
        self.send("DELETE", path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> TestResponse {
        self.send("POST", path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> TestResponse {
        self.send("PATCH", path, body).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> TestResponse {
        let mut request = self.app.request(method, path).bearer(&self.token);
        if let Some(id) = &self.proof {
            request = request.header("logto-verification-id", id);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        request.send().await
    }

    /// Has a code sent; returns the record's id and the code.
    pub async fn send_code(&self, kind: &str, value: &str) -> (String, String) {
        let body = json!({"identifier": {"type": kind, "value": value}});
        let made = self.post("/api/verifications/verification-code", body).await.expect(201).json();
        (made["verificationRecordId"].as_str().unwrap().to_owned(), last_code(&self.app).0)
    }

    pub async fn verify_code(&self, kind: &str, value: &str, id: &str, code: &str) -> TestResponse {
        let body = json!({"identifier": {"type": kind, "value": value}, "verificationId": id, "code": code});
        self.post("/api/verifications/verification-code/verify", body).await
    }

    /// Proves an address or number; returns the record's id.
    pub async fn prove(&self, kind: &str, value: &str) -> String {
        let (id, code) = self.send_code(kind, value).await;
        self.verify_code(kind, value, &id, &code).await.expect(200);
        id
    }
}

pub const CALLBACK: &str = "https://app.example.com/social";

/// A person at a social provider.
impl Person {
    pub async fn try_leave(&self, idp: &Provider) -> TestResponse {
        let body = json!({"connectorId": idp.connector_id, "redirectUri": CALLBACK, "state": "st"});
        self.post("/api/verifications/social", body).await
    }

    /// Is sent to the provider.
    pub async fn leave(&self, idp: &Provider) -> Away {
        let made = self.try_leave(idp).await.expect(201).json();
        let id = made["verificationRecordId"].as_str().unwrap().to_owned();
        Away::to(made["authorizationUri"].as_str().unwrap(), id)
    }

    pub async fn come_back(&self, away: &Away, data: Value) -> TestResponse {
        let body = json!({"verificationRecordId": away.verification_id, "connectorData": data});
        self.post("/api/verifications/social/verify", body).await
    }

    /// Proves the account `id`, for which the provider gives these tokens; returns the record's id.
    pub async fn prove_social(&self, idp: &Provider, id: &str, tokens: Value) -> String {
        let away = self.leave(idp).await;
        idp.answer_with(&idp.claims(&away, id), tokens);
        self.come_back(&away, json!({"code": "c", "state": "st"})).await.expect(200);
        away.verification_id
    }

    /// Links the account that a record proves.
    pub async fn link(&self, record: &str) -> TestResponse {
        self.post("/api/my-account/identities", json!({"newIdentifierVerificationRecordId": record})).await
    }
}

/// The tokens of a provider that gives no more than it must.
pub fn plain_tokens() -> Value {
    json!({"access_token": "at", "token_type": "Bearer"})
}

/// Status and code of an answer.
pub fn outcome(answer: &TestResponse) -> (u16, String) {
    let code = serde_json::from_str::<Value>(&answer.text()).ok();
    let code = code.and_then(|body| body["code"].as_str().map(str::to_owned)).unwrap_or_default();
    (answer.status.as_u16(), code)
}
