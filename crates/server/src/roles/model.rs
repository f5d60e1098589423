//! The role and its request and response types.

use db::{DbError, FromRow};
use serde::Serialize;

use ::api::ids::RoleId;
pub use ::api::roles::{CreateRole, RoleType, UpdateRole};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub tenant_id: String,
    #[row(with = "role_id")]
    pub id: RoleId,
    pub name: String,
    pub description: String,
    #[serde(rename = "type")]
    #[row(rename = "type", with = "role_type")]
    pub kind: RoleType,
    pub is_default: bool,
}

fn role_id(stored: String) -> Result<RoleId, DbError> {
    Ok(stored.into())
}

/// The type that a row names.
///
/// # Errors
/// There is no such type.
pub(crate) fn role_type(name: String) -> Result<RoleType, DbError> {
    RoleType::from_name(&name).ok_or_else(|| DbError::Sql(format!("there is no role type {name}")))
}

/// A role in the list of roles.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleWithHolders {
    #[serde(flatten)]
    pub role: Role,
    pub users_count: i64,
    pub featured_users: Vec<FeaturedUser>,
    pub applications_count: i64,
    pub featured_applications: Vec<FeaturedApplication>,
}

/// A user in the preview of a role.
#[derive(Debug, Serialize, FromRow)]
pub struct FeaturedUser {
    pub id: String,
    pub avatar: Option<String>,
    pub name: Option<String>,
}

/// An application in the preview of a role.
#[derive(Debug, Serialize, FromRow)]
pub struct FeaturedApplication {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    #[row(rename = "type")]
    pub kind: String,
}
