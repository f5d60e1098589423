//! `/api/refusals`: requests that were refused, by the request id that each answer has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::operation::Operation;

const TAG: &str = "Refusals";

/// A request that was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// As in the header `Logto-Core-Request-Id` of the answer.
    pub request_id: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    pub method: String,
    /// Without query.
    pub path: String,
    pub status: i64,
    /// The error code of the answer; empty for an unexpected failure.
    pub code: String,
    /// What the answer said, in English.
    pub description: String,
    /// What the client was not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// What the check saw, without secrets: what was sent, and what is registered.
    pub facts: Map<String, Value>,
    pub explanation: Explanation,
}

/// What happened, and what to do about it, in the language of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// A stable name.
    pub reason: String,
    pub cause: String,
    pub advice: String,
}

/// The query of `GET /api/refusals`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListRefusalsQuery {
    #[serde(rename = "clientId")]
    pub client_id: Option<String>,
    #[serde(rename = "userId")]
    pub user_id: Option<String>,
    pub code: Option<String>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/refusals", "ListRefusals", TAG)
            .query::<ListRefusalsQuery>()
            .paged()
            .returns::<Vec<Refusal>>(200),
        Operation::get("/api/refusals/{requestId}", "GetRefusal", TAG).returns::<Refusal>(200).statuses(&[404]),
    ]
}
