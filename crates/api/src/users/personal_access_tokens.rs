//! Personal access tokens of a user, and their operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operations::TAG;
use crate::members::{BoundedText, Patch};
use crate::operation::Operation;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonalAccessToken {
    pub tenant_id: String,
    pub user_id: String,
    /// Unique among the tokens of the user.
    pub name: String,
    /// The token itself in the answer that creates it; only its first characters later, because only a digest is stored.
    pub value: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970; without it the token does not expire.
    pub expires_at: Option<i64>,
}

/// A token to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatePersonalAccessToken {
    pub name: BoundedText<1, 256>,
    /// Milliseconds since 1970, in the future; without it the token does not expire.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub expires_at: Patch<i64>,
}

/// The name of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonalAccessTokenName {
    pub name: BoundedText<1, 256>,
}

/// Another name for the token `current_name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RenamePersonalAccessToken {
    /// Required, although the contract's schema does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_name: Option<BoundedText<1, 256>>,
    pub name: BoundedText<1, 256>,
}

const PATH: &str = "/api/users/{userId}/personal-access-tokens";
const BY_NAME: &str = "/api/users/{userId}/personal-access-tokens/{name}";

/// The operations of these types.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(PATH, "ListUserPersonalAccessTokens", TAG)
            .returns::<Vec<PersonalAccessToken>>(200)
            .statuses(&[404]),
        Operation::post(PATH, "CreateUserPersonalAccessToken", TAG)
            .body::<CreatePersonalAccessToken>()
            .returns::<PersonalAccessToken>(201)
            .statuses(&[404, 422]),
        Operation::patch(PATH, "UpdatePersonalAccessTokenName", TAG)
            .body::<RenamePersonalAccessToken>()
            .returns::<PersonalAccessToken>(200)
            .statuses(&[404, 422]),
        Operation::patch(BY_NAME, "UpdateUserPersonalAccessToken", TAG)
            .body::<PersonalAccessTokenName>()
            .returns::<PersonalAccessToken>(200)
            .statuses(&[404, 422]),
        Operation::delete(BY_NAME, "DeleteUserPersonalAccessToken", TAG).statuses(&[204, 404]),
        Operation::post("/api/users/{userId}/personal-access-tokens/delete", "DeletePersonalAccessTokenPost", TAG)
            .body::<PersonalAccessTokenName>()
            .statuses(&[204, 404]),
    ]
}
