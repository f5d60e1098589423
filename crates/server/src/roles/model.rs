//! The role and its request and response types.

use db::{DbError, FromRow, Row};
use serde::{Deserialize, Serialize};

use crate::http::newtypes::{BoundedText, IdList};

/// Whether a role is for users or for machine-to-machine applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RoleType {
    #[default]
    User,
    MachineToMachine,
}

impl RoleType {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::MachineToMachine => "MachineToMachine",
        }
    }

    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::User, Self::MachineToMachine].into_iter().find(|kind| kind.as_str() == name)
    }
}

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
            kind: RoleType::from_name(&kind).unwrap_or_default(),
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
#[derive(Debug, Serialize)]
pub struct FeaturedUser {
    pub id: String,
    pub avatar: Option<String>,
    pub name: Option<String>,
}

impl FromRow for FeaturedUser {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.get("id")?, avatar: row.get("avatar")?, name: row.get("name")? })
    }
}

/// An application in the preview of a role.
#[derive(Debug, Serialize)]
pub struct FeaturedApplication {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

impl FromRow for FeaturedApplication {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.get("id")?, name: row.get("name")?, kind: row.get("type")? })
    }
}

/// The body of `POST /api/roles`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRole {
    pub name: BoundedText<1, 128>,
    pub description: BoundedText<1, 128>,
    #[serde(default, rename = "type")]
    pub kind: RoleType,
    #[serde(default)]
    pub is_default: bool,
    #[serde(default)]
    pub scope_ids: IdList,
}

/// The body of `PATCH /api/roles/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRole {
    pub name: Option<BoundedText<1, 128>>,
    pub description: Option<BoundedText<1, 128>>,
    pub is_default: Option<bool>,
}
