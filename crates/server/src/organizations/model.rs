//! The organization and its request and response types.

use db::{DbError, FromRow, Json, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::errors::ApiError;
use crate::http::body::double_option;
use crate::http::validate::{Branding, PartialColor, require_length};

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

/// The body of `POST` and `PATCH /api/organizations`; `POST` requires the name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationInput {
    pub name: Option<String>,
    #[serde(default, deserialize_with = "double_option")]
    pub description: Option<Option<String>>,
    pub custom_data: Option<Map<String, Value>>,
    pub is_mfa_required: Option<bool>,
    pub color: Option<PartialColor>,
    pub branding: Option<Branding>,
    #[serde(default, deserialize_with = "double_option")]
    pub custom_css: Option<Option<String>>,
}

impl OrganizationInput {
    /// # Errors
    /// 400 `guard.invalid_input`.
    pub fn check(&self) -> Result<(), ApiError> {
        if let Some(name) = &self.name {
            require_length(&["name"], name, 1..=128)?;
        }
        if let Some(Some(description)) = &self.description {
            require_length(&["description"], description, 0..=256)?;
        }
        self.color.as_ref().map_or(Ok(()), PartialColor::check)?;
        self.branding.as_ref().map_or(Ok(()), Branding::check)
    }

    /// Whether no known member is present.
    pub fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.description.is_none()
            && self.custom_data.is_none()
            && self.is_mfa_required.is_none()
            && self.color.is_none()
            && self.branding.is_none()
            && self.custom_css.is_none()
    }
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
