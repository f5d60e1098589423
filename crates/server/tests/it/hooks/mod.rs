//! Webhooks (inventory M265–M272, H001–H019).

mod deliveries;
mod entity;
mod events;
mod examples;
mod recent;
mod sign_ins;
mod waiting;

use http::Method;
use outbound::{FakeResponse, ReceivedRequest};
use serde_json::{Value, json};
use server::outbox::deliver_due;
use testkit::{TestApp, TestResponse};

const URL: &str = "https://bell.example.com/hook";

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

/// Makes a hook of these events, and says how it is answered.
async fn hook(app: &TestApp, events: &[&str], answer: FakeResponse) -> Value {
    hook_with(app, json!({"name": "bell", "events": events, "config": {"url": URL}}), answer).await
}

async fn hook_with(app: &TestApp, body: Value, answer: FakeResponse) -> Value {
    app.outbound.respond(Method::POST, body["config"]["url"].as_str().unwrap(), answer);
    call(app, "POST", "/api/hooks", body).await.expect(201).json()
}

fn path(hook: &Value) -> String {
    format!("/api/hooks/{}", hook["id"].as_str().unwrap())
}

fn ok() -> FakeResponse {
    FakeResponse::status(http::StatusCode::OK).body("ok")
}

async fn make_role(app: &TestApp, name: &str) -> Value {
    call(app, "POST", "/api/roles", json!({"name": name, "description": "d"})).await.expect(200).json()
}

/// Delivers what is due, and returns all that receivers got so far.
async fn delivered(app: &TestApp) -> Vec<ReceivedRequest> {
    while deliver_due(&app.app).await.unwrap() > 0 {}
    app.outbound.received()
}

fn body(request: &ReceivedRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

async fn waiting(app: &TestApp) -> i64 {
    app.app.db.read(|r| r.query_one(db::sql!("select count(*) from outbox"), &[])).await.unwrap()
}
