//! Organization and its forms on the wire.

use db::{DbError, FromRow, Json, Row};
use serde::Serialize;
use serde_json::Value;

/// An organization as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub custom_data: Value,
    pub is_mfa_required: bool,
    pub color: Value,
    pub branding: Value,
    pub custom_css: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
}

impl FromRow for Organization {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            custom_data: row.get::<Json<Value>>("custom_data")?.0,
            is_mfa_required: row.get("is_mfa_required")?,
            color: row.get::<Json<Value>>("color")?.0,
            branding: row.get::<Json<Value>>("branding")?.0,
            custom_css: row.get("custom_css")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// Something by id and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl FromRow for Named {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.get("id")?, name: row.get("name")? })
    }
}

/// An organization of a user with the roles held there (inventory M038).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationWithRoles {
    #[serde(flatten)]
    pub organization: Organization,
    pub organization_roles: Vec<Named>,
}
