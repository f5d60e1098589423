//! Accounts elsewhere that are linked to a user.

use std::collections::BTreeMap;

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Identity, SsoIdentity, UserInfo};
use crate::ids::{SsoConnectorId, TenantId};
use crate::members::{BoundedText, JsonObject};
use crate::operation::Operation;

const TAG: &str = "Users";

/// What may be shown of a provider's tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenSecretMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    pub has_refresh_token: bool,
}

/// Stored tokens of an account elsewhere, without the tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenSecret {
    pub tenant_id: TenantId,
    #[schemars(length(min = 1, max = 21))]
    pub id: String,
    #[schemars(with = "BoundedText<1, 21>")]
    pub user_id: kernel::ids::UserId,
    /// `federated_token_set`.
    #[serde(rename = "type")]
    pub secret_type: String,
    pub metadata: TokenSecretMetadata,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub created_at: Timestamp,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub updated_at: Timestamp,
    /// The id of the account at the provider.
    pub identity_id: String,
}

/// Stored tokens of an account at a social provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialTokenSecret {
    #[serde(flatten)]
    pub secret: TokenSecret,
    pub connector_id: String,
    /// The name of the provider.
    pub target: String,
}

/// Stored tokens of an account at an enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoTokenSecret {
    #[serde(flatten)]
    pub secret: TokenSecret,
    pub sso_connector_id: String,
    pub issuer: String,
}

/// The query of routes that show identities.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct GetIdentityQuery {
    pub include_token_secret: Option<String>,
}

/// A linked account at a social provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    pub identity: Identity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_secret: Option<SocialTokenSecret>,
}

/// A linked account with the name of its provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedIdentity {
    pub target: String,
    #[serde(flatten)]
    pub linked: UserIdentity,
}

/// A linked account at an enterprise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSsoIdentity {
    pub sso_identity: SsoIdentity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_secret: Option<SsoTokenSecret>,
}

/// A linked account at an enterprise with its connector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedSsoIdentity {
    pub sso_connector_id: SsoConnectorId,
    #[serde(flatten)]
    pub linked: UserSsoIdentity,
}

/// All accounts elsewhere that are linked to a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllIdentities {
    pub social_identities: Vec<NamedIdentity>,
    pub sso_identities: Vec<NamedSsoIdentity>,
}

/// An account to link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceUserIdentity {
    /// The id of the account at the provider.
    pub user_id: BoundedText<1, 256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<JsonObject>,
}

/// What a provider sent back about an account to link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateUserIdentity {
    pub connector_id: BoundedText<1, 128>,
    /// The parameters of the callback, with the `state` and `redirectUri` of the request.
    pub connector_data: JsonObject,
}

/// The operations of these types.
pub(super) fn operations() -> Vec<Operation> {
    let one = "/api/users/{userId}/identities/{target}";
    vec![
        Operation::post("/api/users/{userId}/identities", "CreateUserIdentity", TAG)
            .body::<CreateUserIdentity>()
            .returns::<BTreeMap<String, Identity>>(200)
            .statuses(&[404, 422]),
        Operation::get(one, "GetUserIdentity", TAG)
            .query::<GetIdentityQuery>()
            .returns::<UserIdentity>(200)
            .statuses(&[404]),
        Operation::put(one, "ReplaceUserIdentity", TAG)
            .body::<ReplaceUserIdentity>()
            .returns::<BTreeMap<String, Identity>>(200)
            .returns::<BTreeMap<String, Identity>>(201)
            .statuses(&[404, 422]),
        Operation::delete(one, "DeleteUserIdentity", TAG).returns::<UserInfo>(200).statuses(&[404]),
        Operation::get("/api/users/{userId}/sso-identities/{ssoConnectorId}", "GetUserSsoIdentity", TAG)
            .query::<GetIdentityQuery>()
            .returns::<UserSsoIdentity>(200)
            .statuses(&[404]),
        Operation::get("/api/users/{userId}/all-identities", "ListUserAllIdentities", TAG)
            .query::<GetIdentityQuery>()
            .returns::<AllIdentities>(200)
            .statuses(&[404]),
    ]
}
