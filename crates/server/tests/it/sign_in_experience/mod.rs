//! Settings of the sign-in experience and keyed configuration (traces 40-14, 40-16, 20-05, 00-08).

mod configs;
mod patch;
mod public;
mod rules;

use serde_json::Value;
use testkit::{TestApp, TestResponse};

async fn patch(app: &TestApp, body: Value) -> TestResponse {
    app.management_request("PATCH", "/api/sign-in-exp").await.json(body).send().await
}

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}
