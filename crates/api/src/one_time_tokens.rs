//! `/api/one-time-tokens`: tokens of magic links.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedNumber, BoundedText};
use crate::operation::Operation;

const TAG: &str = "One-time tokens";
const PATH: &str = "/api/one-time-tokens";
/// A year in seconds.
const MAX_LIFETIME: i64 = 365 * 24 * 60 * 60;

/// What the person who follows the link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OneTimeTokenEvent {
    SignIn,
    Register,
    ForgotPassword,
}

/// What a token brings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OneTimeTokenContext {
    /// Organizations that the person joins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jit_organization_ids: Option<Vec<BoundedText<0, 128>>>,
    /// Only for this, if it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_event: Option<OneTimeTokenEvent>,
}

/// What became of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OneTimeTokenStatus {
    Active,
    Consumed,
    Revoked,
    Expired,
}

impl OneTimeTokenStatus {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Consumed => "consumed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// The status with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Consumed, Self::Revoked, Self::Expired].into_iter().find(|one| one.as_str() == name)
    }
}

/// A token for an e-mail address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OneTimeToken {
    pub tenant_id: String,
    pub id: String,
    pub email: String,
    pub token: String,
    pub context: OneTimeTokenContext,
    pub status: OneTimeTokenStatus,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub expires_at: i64,
}

/// The query of `GET /api/one-time-tokens`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListOneTimeTokensQuery {
    pub email: Option<String>,
    pub status: Option<OneTimeTokenStatus>,
}

/// A new token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateOneTimeToken {
    pub email: BoundedText<1, 128>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<OneTimeTokenContext>,
    /// Seconds; 600 unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<BoundedNumber<1, MAX_LIFETIME>>,
}

/// A token to use up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyOneTimeToken {
    pub token: BoundedText<1, 256>,
    pub email: BoundedText<1, 128>,
}

/// Another status of a token; none becomes active again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateOneTimeTokenStatus {
    pub status: OneTimeTokenStatus,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get(PATH, "ListOneTimeTokens", TAG)
            .query::<ListOneTimeTokensQuery>()
            .paged()
            .returns::<Vec<OneTimeToken>>(200),
        Operation::post(PATH, "AddOneTimeTokens", TAG).body::<CreateOneTimeToken>().returns::<OneTimeToken>(201),
        Operation::get("/api/one-time-tokens/{id}", "GetOneTimeToken", TAG)
            .returns::<OneTimeToken>(200)
            .statuses(&[404]),
        Operation::delete("/api/one-time-tokens/{id}", "DeleteOneTimeToken", TAG).statuses(&[204, 404]),
        Operation::post("/api/one-time-tokens/verify", "VerifyOneTimeToken", TAG)
            .body::<VerifyOneTimeToken>()
            .returns::<OneTimeToken>(200)
            .statuses(&[404]),
        Operation::put("/api/one-time-tokens/{id}/status", "ReplaceOneTimeTokenStatus", TAG)
            .body::<UpdateOneTimeTokenStatus>()
            .returns::<OneTimeToken>(200)
            .statuses(&[404]),
    ]
}
