//! Sessions and grants of a user, and their operations.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operations::TAG;
use crate::members::JsonObject;
use crate::operation::Operation;

/// The sessions of a user that have not expired, newest first; a thousand at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserSessions {
    pub sessions: Vec<UserSession>,
}

/// A browser in which the user is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSession {
    pub payload: SessionPayload,
    /// How the user signed in: `interactionEvent`, `userId`, `verificationRecords`, `signInContext`.
    pub last_submission: Option<JsonObject>,
    /// The application that the user signed in for.
    pub client_id: Option<String>,
    pub account_id: String,
    /// Milliseconds since 1970.
    pub expires_at: i64,
}

/// The session itself; times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionPayload {
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
    /// The id in paths.
    pub uid: String,
    pub kind: SessionKind,
    pub login_ts: i64,
    pub account_id: String,
    /// By id of the application.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorizations: BTreeMap<String, SessionAuthorization>,
}

/// The kind of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SessionKind {
    Session,
}

/// One application in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionAuthorization {
    pub sid: String,
    pub grant_id: String,
    /// Whether the grant stays when the user signs out.
    pub persists_logout: bool,
}

/// Which grants end with a session beside those that end with it anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RevokeGrantsTarget {
    All,
    FirstParty,
}

/// The query of `DELETE /api/users/{userId}/sessions/{sessionId}`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DeleteSessionQuery {
    pub revoke_grants_target: Option<RevokeGrantsTarget>,
}

/// What a user has granted to applications and has not expired, newest first; a thousand at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserGrants {
    pub grants: Vec<UserGrant>,
}

/// What a user has granted to an application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserGrant {
    pub id: String,
    pub payload: GrantPayload,
    /// Milliseconds since 1970.
    pub expires_at: i64,
    pub application: GrantApplication,
}

/// The grant itself; times in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantPayload {
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
    pub kind: GrantKind,
    pub client_id: String,
    pub account_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openid: Option<GrantedScope>,
    /// Scopes, separated by spaces, by resource.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<String, String>,
}

/// The kind of payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GrantKind {
    Grant,
}

/// Scopes, separated by spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantedScope {
    pub scope: String,
}

/// The application of a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantApplication {
    pub id: String,
    pub name: String,
}

/// Whose applications to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ApplicationParty {
    FirstParty,
    ThirdParty,
}

/// The query of `GET /api/users/{userId}/grants`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListGrantsQuery {
    pub app_type: Option<ApplicationParty>,
}

/// The operations of these types.
pub(super) fn operations() -> Vec<Operation> {
    let (sessions, session) = ("/api/users/{userId}/sessions", "/api/users/{userId}/sessions/{sessionId}");
    vec![
        Operation::get(sessions, "ListUserSessions", TAG).returns::<UserSessions>(200).statuses(&[404, 500]),
        Operation::get(session, "GetUserSession", TAG).returns::<UserSession>(200).statuses(&[404, 500]),
        Operation::delete(session, "DeleteUserSession", TAG).query::<DeleteSessionQuery>().statuses(&[204, 404, 500]),
        Operation::get("/api/users/{userId}/grants", "ListUserGrants", TAG)
            .query::<ListGrantsQuery>()
            .returns::<UserGrants>(200)
            .statuses(&[404, 500]),
        Operation::delete("/api/users/{userId}/grants/{grantId}", "DeleteUserGrant", TAG).statuses(&[204, 404, 500]),
    ]
}
