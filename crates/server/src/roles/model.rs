//! The role and its request and response types.

use db::{DbError, FromRow, FromValue, Value};
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

impl FromValue for RoleType {
    fn from_value(value: Value) -> Result<Self, DbError> {
        let name = String::from_value(value)?;
        Self::from_name(&name).ok_or_else(|| DbError::Sql(format!("there is no role type {name}")))
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: String,
    #[serde(rename = "type")]
    #[row(rename = "type")]
    pub kind: RoleType,
    pub is_default: bool,
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
