//! One-time tokens: the Management API, verification in an interaction, the page of magic links (M291–M296, E028, E083, E091,
//! E098, O046, D037; traces 20-16, 40-19; attacks C24, C25).

mod api;
mod pages;
mod signed_in;
mod verification;

use serde_json::{Value, json};
use testkit::TestApp;

use crate::applications::call;

const PATH: &str = "/api/one-time-tokens";

/// Makes a token; `more` has further members of the request.
async fn make(app: &TestApp, email: &str, more: Value) -> Value {
    let mut body = json!({"email": email});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    call(app, "POST", PATH, body).await.expect(201).json()
}

fn token_of(made: &Value) -> &str {
    made["token"].as_str().unwrap()
}

/// An organization.
async fn organization(app: &TestApp) -> String {
    let made = call(app, "POST", "/api/organizations", json!({"name": "docks"})).await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// The organizations of a user.
async fn organizations_of(app: &TestApp, user: &str) -> Vec<String> {
    let path = format!("/api/users/{user}/organizations");
    let found = call(app, "GET", &path, json!(null)).await.expect(200).json();
    found.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}
