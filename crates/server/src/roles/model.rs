//! The role and its request and response types.

use db::{DbError, FromRow, Row};
use serde::Serialize;

pub use ::api::roles::{CreateRole, RoleType, UpdateRole};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: String,
    #[serde(rename = "type")]
    pub kind: RoleType,
    pub is_default: bool,
}

impl FromRow for Role {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let kind: String = row.get("type")?;
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            kind: RoleType::from_name(&kind).ok_or_else(|| DbError::Sql(format!("there is no role type {kind}")))?,
            is_default: row.get("is_default")?,
        })
    }
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
