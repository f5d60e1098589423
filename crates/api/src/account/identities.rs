//! Accounts elsewhere that a person links to their own, and the tokens that providers gave for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of the record that proves which account at a social provider is the person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewIdentity {
    pub new_identifier_verification_record_id: String,
}

/// The id of a record of the linked account, whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewProviderTokens {
    pub verification_record_id: String,
}

/// An access token that a provider gave for a linked account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProviderAccessToken {
    pub access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Seconds from now on; absent if the provider did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}
