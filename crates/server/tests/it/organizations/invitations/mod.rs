//! Invitations to an organization (M164–M169, trace 40-11; attacks B11, C6, E11, G1).

mod concurrency;
mod entity;
mod messages;
mod whole_way;

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse};

use super::{call, user};

const PATH: &str = "/api/organization-invitations";
const REFUSED: &str = "request.invalid_input";

/// A valid body without a message; `more` has further members.
fn body(app: &TestApp, organization: &str, invitee: &str, more: Value) -> Value {
    let expires_at = app.app.clock.now().plus_seconds(3600).millis();
    let mut body = json!({"organizationId": organization, "invitee": invitee, "expiresAt": expires_at});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    body
}

async fn invite(app: &TestApp, organization: &str, invitee: &str, more: Value) -> Value {
    call(app, "POST", PATH, body(app, organization, invitee, more)).await.expect(201).json()
}

fn id_of(invitation: &Value) -> &str {
    invitation["id"].as_str().unwrap()
}

async fn end(app: &TestApp, invitation: &Value, how: Value) -> TestResponse {
    call(app, "PUT", &format!("{PATH}/{}/status", id_of(invitation)), how).await
}

async fn accept(app: &TestApp, invitation: &Value, user: &str) -> TestResponse {
    end(app, invitation, json!({"status": "Accepted", "acceptedUserId": user})).await
}

/// A user with an address.
async fn person(app: &TestApp, name: &str) -> String {
    let id = user(app, name).await;
    let email = json!({"primaryEmail": format!("{name}@example.com")});
    call(app, "PATCH", &format!("/api/users/{id}"), email).await.expect(200);
    id
}

/// The ids of the roles of a member; none for who is no member.
async fn roles_of(app: &TestApp, organization: &str, user: &str) -> Option<Vec<String>> {
    let path = format!("/api/organizations/{organization}/users/{user}/roles");
    let answer = super::get(app, &path).await;
    answer.status.is_success().then(|| super::ids(&answer))
}
