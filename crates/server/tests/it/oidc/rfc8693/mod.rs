//! Token exchange (RFC 8693; traces 30-06, 30-07).

mod actors;
mod attacks;
mod chains;
mod subjects;
mod targets;

use serde_json::{Value, json};
use testkit::oidc::TestClient;
use testkit::{TestApp, TestRequest};

pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub const IMPERSONATION: &str = "urn:logto:token-type:impersonation_token";
pub const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
pub const PERSONAL: &str = "urn:logto:token-type:personal_access_token";

/// A Traditional application that may exchange tokens.
pub async fn exchanger(app: &TestApp) -> TestClient {
    app.client("Traditional", &["https://app.example.com/callback"], json!({"allowTokenExchange": true})).await
}

/// The `jti` of an access token of the last grant of a client.
pub async fn jti_of(app: &TestApp, client: &TestClient) -> String {
    let text = "select id from grants where client_id = $1 order by created_at desc limit 1";
    let id = client.id.clone();
    let read = move |r: &db::Read<'_>| r.query_one::<String>(&db::Sql::dynamic(text.to_owned()), &[id.as_str().into()]);
    let grant: String = app.app.db.read(read).await.unwrap();
    format!("{grant}.x")
}

/// An access token for `resource` of another first-party application.
pub async fn resource_token(app: &TestApp, client: &TestClient, user: &str, resource: &str, scope: &str) -> String {
    let mut request = app.authorization(client, &format!("openid offline_access {scope}"));
    request.push(("resource".to_owned(), resource.to_owned()));
    let code = app.agent().sign_in(&request, user).await;
    let tokens = app.exchange(client, &code).send().await.expect(200).json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let asked = app.refresh(client, refresh, &[("resource", resource), ("scope", scope)]);
    access_token(&asked.send().await.expect(200).json())
}

/// The access token of an answer.
pub fn access_token(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap().to_owned()
}

/// A new subject token of a user.
pub async fn subject_token(app: &TestApp, user: &str) -> String {
    let request = app.management_request("POST", "/api/subject-tokens").await;
    let created = request.json(json!({"userId": user, "context": {"ticket": 1}})).send().await.expect(201).json();
    assert_eq!(created["expiresIn"], 600);
    created["subjectToken"].as_str().unwrap().to_owned()
}

/// A new personal access token of a user.
pub async fn personal_token(app: &TestApp, user: &str, body: Value) -> String {
    let path = format!("/api/users/{user}/personal-access-tokens");
    let created = app.management_request("POST", &path).await.json(body).send().await.expect(201).json();
    created["value"].as_str().unwrap().to_owned()
}

/// A request to exchange `token`.
pub fn exchange(app: &TestApp, client: &TestClient, kind: &str, token: &str, extra: &[(&str, &str)]) -> TestRequest {
    let mut fields = vec![("grant_type", GRANT), ("subject_token", token), ("subject_token_type", kind)];
    fields.extend_from_slice(extra);
    app.token_request(client, &fields)
}

/// Why the last exchange was refused, as the audit log says.
pub async fn last_refusal(app: &TestApp) -> String {
    app.app.flush_audit().await;
    let text = "select payload from logs where key = 'ExchangeTokenBy.TokenExchange' order by created_at desc, id desc limit 1";
    let payload = app.app.db.read(move |r| r.query_opt::<String>(&db::Sql::dynamic(text.to_owned()), &[]));
    let payload: Value = serde_json::from_str(&payload.await.unwrap().unwrap()).unwrap();
    let error: Value = serde_json::from_str(payload["error"].as_str().unwrap_or("{}")).unwrap();
    error["error_detail"].as_str().unwrap_or_default().to_owned()
}

/// Expects `invalid_grant` for the reason that only the audit log has (SURPRISES 1).
pub async fn expect_refusal(app: &TestApp, request: TestRequest, reason: &str) {
    // The log's order is that of the clock.
    app.app.clock.advance(std::time::Duration::from_millis(5));
    let answer = request.send().await.expect_error(400, "oidc.invalid_grant").json();
    assert_eq!(answer["error_description"], "grant request is invalid");
    assert_eq!(answer["error_uri"], "https://openid.sh/debug/invalid_grant");
    assert_eq!(last_refusal(app).await, reason);
}
