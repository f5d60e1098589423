//! `/me`: what an administrator changes of their own account. The contract has no document of it, so that these types are in none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{Email, Username, WebUrlOrEmpty};
use crate::members::{BoundedText, JsonObject, Patch};

/// Changes of the account; null clears a member. An address must have been verified in the last ten minutes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateMe {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub username: Patch<Username>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<Email>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub avatar: Patch<WebUrlOrEmpty>,
}

/// Where to send a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SendMyCode {
    pub email: Email,
}

/// What the person typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyMyCode {
    pub email: Email,
    pub verification_code: BoundedText<1, 256>,
}

/// Where to send the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaveForProvider {
    pub connector_id: String,
    /// Comes back with the person.
    pub state: BoundedText<1, 1024>,
    pub redirect_uri: String,
}

/// The address at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationUri {
    pub redirect_to: String,
}

/// What the provider sent back with the person, `state` among it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkMyIdentity {
    pub connector_id: String,
    pub connector_data: JsonObject,
}
