//! Organizations, their members, and the template (traces 40-09, 40-10, 40-11, 40-22).

mod attacks;
mod entity;
mod invitations;
mod jit;
mod members;
mod template;

use serde_json::{Value, json};
use server::users::store::NewUser;
use testkit::{TestApp, TestResponse};

/// A call of the Management API of `default`.
async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

/// Makes something and returns its id.
async fn made(app: &TestApp, path: &str, body: Value) -> String {
    let response = call(app, "POST", path, body).await.expect(201);
    response.json()["id"].as_str().unwrap().to_owned()
}

async fn organization(app: &TestApp, name: &str) -> String {
    made(app, "/api/organizations", json!({"name": name})).await
}

async fn role(app: &TestApp, name: &str, kind: &str, scopes: &[&str]) -> String {
    made(app, "/api/organization-roles", json!({"name": name, "type": kind, "organizationScopeIds": scopes})).await
}

/// A user of `default` with this id as username too.
async fn user(app: &TestApp, id: &str) -> String {
    let new =
        NewUser { id: id.into(), username: Some(id.into()), name: Some(format!("Name of {id}")), ..NewUser::default() };
    app.insert_user(new).await;
    id.to_owned()
}

/// An application of `default` of this type.
async fn application(app: &TestApp, id: &str, kind: &'static str) -> String {
    let (own, now) = (id.to_owned(), app.app.clock.now());
    let text = db::Sql::dynamic(
        "insert into applications (tenant_id, id, name, type, oidc_client_metadata, created_at) \
         values ('default', $1, $1, $2, '{\"redirectUris\": [], \"postLogoutRedirectUris\": []}', $3)"
            .into(),
    );
    app.app
        .db
        .write(move |tx| tx.exec_one(&text, db::params![own, kind, now]))
        .await
        .map_err(|e: db::DbError| e)
        .unwrap();
    id.to_owned()
}

fn ids(response: &TestResponse) -> Vec<String> {
    response.json().as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}
