//! The organization and its request and response types.

use db::{DbError, FromRow, Json, Row};
use serde::Serialize;
use serde_json::Value;

/// The organization with this id; it must exist.
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

/// The id and name of a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct IdAndName {
    pub id: String,
    pub name: String,
}

impl FromRow for IdAndName {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.get("id")?, name: row.get("name")? })
    }
}

/// An organization with the roles of one member (inventory M038).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationWithRoles {
    #[serde(flatten)]
    pub organization: Organization,
    pub organization_roles: Vec<IdAndName>,
}

/// The value to store in a nullable text column: an empty string becomes null (inventory M013).
pub fn empty_to_null(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// An organization with the number and a preview of its members.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeaturedOrganization {
    #[serde(flatten)]
    pub organization: Organization,
    pub users_count: i64,
    pub featured_users: Vec<FeaturedUser>,
}

/// A user in the preview of an organization.
#[derive(Debug, Clone, Serialize)]
pub struct FeaturedUser {
    pub id: String,
    pub avatar: Option<String>,
    pub name: Option<String>,
}
