//! `/api/authn/hasura`: the webhook that Hasura asks who calls it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::BoundedText;
use crate::operation::Operation;

/// The query of the webhook.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HasuraQuery {
    /// The indicator of the API resource that stands for Hasura.
    pub resource: BoundedText<1, 2048>,
    /// The role of callers without a token.
    pub unauthorized_role: Option<BoundedText<1, 256>>,
}

/// The variables of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HasuraSession {
    #[serde(rename = "X-Hasura-User-Id", default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(rename = "X-Hasura-Role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/authn/hasura", "GetHasuraAuth", "Authn")
            .query::<HasuraQuery>()
            .returns::<HasuraSession>(200)
            .statuses(&[401]),
    ]
}
