//! `/api/systems`: what the installation offers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

/// What applications can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemApplicationConfig {
    pub protected_apps: ProtectedApplications,
}

/// Where protected applications live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProtectedApplications {
    pub default_domain: String,
}

/// The operations of these types, and the one that has none.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/systems/application", "GetSystemApplicationConfig", "Systems")
            .returns::<SystemApplicationConfig>(200)
            .statuses(&[501]),
        Operation::get("/api/status", "GetStatus", "Status").statuses(&[204]),
    ]
}
