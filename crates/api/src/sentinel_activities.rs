//! `/api/sentinel-activities`: identifiers that are locked after failed sign-ins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

/// What was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SentinelTargetType {
    User,
    App,
}

/// Whom to unlock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeleteSentinelActivities {
    pub target_type: SentinelTargetType,
    /// Usernames, e-mail addresses and phone numbers.
    pub targets: Vec<String>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::post("/api/sentinel-activities/delete", "DeleteSentinelActivities", "Sentinel activities")
            .body::<DeleteSentinelActivities>()
            .statuses(&[204]),
    ]
}
