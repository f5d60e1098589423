//! Scripts: custom claims and actions (inventory M241–M252, O062, O129–O134, H031; traces 30-21, 40-16, 70-05; attack E4).

mod actions;
mod attacks;
mod claims;
mod documents;
mod passwords_elsewhere;
mod storage;

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse};

use crate::applications::call;

const CUSTOMIZERS: &str = "/api/configs/jwt-customizer";
const ACTIONS: &str = "/api/configs/actions";

/// Stores the script for tokens of this type.
async fn customize(app: &TestApp, kind: &str, script: &str) -> TestResponse {
    customize_with(app, kind, json!({"script": script})).await
}

async fn customize_with(app: &TestApp, kind: &str, body: Value) -> TestResponse {
    call(app, "PUT", &format!("{CUSTOMIZERS}/{kind}"), body).await
}

/// Stores an action.
async fn act(app: &TestApp, kind: &str, body: Value) {
    let stored = call(app, "PUT", &format!("{ACTIONS}/action.{kind}"), body).await;
    assert!(matches!(stored.status.as_u16(), 200 | 201), "{:?}", stored.status);
}

/// The payloads of the entries of the log with this key, oldest first.
async fn entries(app: &TestApp, key: &str) -> Vec<Value> {
    app.app.flush_audit().await;
    let (text, key) = ("select payload from logs where key = $1 order by created_at, id", key.to_owned());
    let read = move |r: &db::Read<'_>| r.query_all(&db::Sql::dynamic(text.to_owned()), &[key.as_str().into()]);
    let rows: Vec<String> = app.app.db.read(read).await.unwrap();
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}
