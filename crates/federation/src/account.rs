//! Whose account it is.

use serde::Serialize;
use serde_json::Value;

use crate::TokenSet;

/// What the provider says of a person (contract section 6.5).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// Never empty; unique at this provider.
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Everything as the provider sent it.
    pub raw_data: Value,
}

/// The proven account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub user: UserInfo,
    /// Whether the provider says that the e-mail address is the person's, or the administrator trusts that it is. Only then may
    /// it lead to an account that exists (attack D1).
    pub email_is_verified: bool,
    pub phone_is_verified: bool,
    /// The provider's tokens; none where the provider gives none (Apple).
    pub tokens: Option<TokenSet>,
}
