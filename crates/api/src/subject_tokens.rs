//! `/api/subject-tokens`: tokens that an application exchanges to act for a user (RFC 8693).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedText, JsonObject};
use crate::operation::Operation;

const TAG: &str = "Subject tokens";

/// Whose token to create.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateSubjectToken {
    pub user_id: BoundedText<1, 128>,
    /// What the caller wants to remember about the purpose; at most 4096 bytes of JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<JsonObject>,
}

/// A token that can be exchanged once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectToken {
    pub subject_token: String,
    /// Seconds.
    pub expires_in: i64,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/api/subject-tokens", "CreateSubjectToken", TAG)
            .body::<CreateSubjectToken>()
            .returns::<SubjectToken>(201)
            .statuses(&[404]),
    ]
}
