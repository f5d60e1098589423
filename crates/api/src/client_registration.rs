//! `/api/initial-access-tokens`: who may register clients by themselves (RFC 7591 section 3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::applications::UserScope;
use crate::members::{BoundedNumber, BoundedText};
use crate::operation::Operation;

const TAG: &str = "Client registration";
const PATH: &str = "/api/initial-access-tokens";
/// A year in seconds.
const MAX_LIFETIME: i64 = 365 * 24 * 60 * 60;

/// A new token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateInitialAccessToken {
    pub name: BoundedText<1, 256>,
    /// Seconds; a week unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<BoundedNumber<1, MAX_LIFETIME>>,
    /// How many clients it may register; one unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<BoundedNumber<1, 1000>>,
    /// What the clients may ask users for; `profile` and `email` unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_scopes: Option<Vec<UserScope>>,
}

/// A token without its value, which is only shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InitialAccessToken {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub user_scopes: Vec<String>,
    pub max_uses: i64,
    pub uses: i64,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub expires_at: i64,
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedInitialAccessToken {
    #[serde(flatten)]
    pub token: InitialAccessToken,
    pub value: String,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get(PATH, "ListInitialAccessTokens", TAG).paged().returns::<Vec<InitialAccessToken>>(200),
        Operation::post(PATH, "CreateInitialAccessToken", TAG)
            .body::<CreateInitialAccessToken>()
            .returns::<CreatedInitialAccessToken>(201),
        Operation::delete("/api/initial-access-tokens/{id}", "DeleteInitialAccessToken", TAG).statuses(&[204, 404]),
        Operation::delete("/api/applications/{id}/registration", "DeleteApplicationRegistration", TAG)
            .statuses(&[204, 404]),
    ]
}
