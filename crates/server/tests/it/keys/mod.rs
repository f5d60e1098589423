//! Keys that sign tokens and cookies (inventory O106–O109, M238–M240; trace 40-16).

mod applications;
mod cookies;
mod nodes;
mod rotation;
mod schedule;

use jose::{DecodedToken, JwkSet};
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse};

const PRIVATE: &str = "/api/configs/oidc/private-keys";
const COOKIE: &str = "/api/configs/oidc/cookie-keys";

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn rotate(app: &TestApp, body: Value) -> Value {
    call(app, "POST", &format!("{PRIVATE}/rotate"), body).await.expect(200).json()
}

/// The members of the answer without ids and times, an array a key.
fn shape(keys: &Value) -> Value {
    let row = |key: &Value| json!([key["signingKeyAlgorithm"], key["status"], key["effectiveAt"].is_i64()]);
    keys.as_array().unwrap().iter().map(row).collect()
}

fn ids(keys: &Value) -> Vec<String> {
    keys.as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

async fn jwks(app: &TestApp) -> JwkSet {
    serde_json::from_value(app.get("/oidc/jwks").send().await.expect(200).json()).unwrap()
}

async fn kids(app: &TestApp) -> Vec<String> {
    jwks(app).await.keys.iter().map(|key| key.kid.clone().unwrap()).collect()
}

/// Verifies a token with the published keys, as a library does.
async fn verified(app: &TestApp, token: &Value) -> DecodedToken {
    jwks(app).await.verifier().verify(token.as_str().unwrap()).unwrap()
}

/// The key that signs tokens now.
async fn signer(app: &TestApp) -> String {
    app.app.tenants.get("default", &app.app).await.unwrap().keys.current.kid().to_owned()
}
