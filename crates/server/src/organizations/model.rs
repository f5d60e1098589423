//! The organization and its request and response types.

use db::FromRow;
use kernel::ids::{OrganizationId, UserId};
use serde::Serialize;
use serde_json::Value;

/// The organization with this id; it must exist.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub tenant_id: String,
    pub id: OrganizationId,
    pub name: String,
    pub description: Option<String>,
    #[row(json)]
    pub custom_data: Value,
    pub is_mfa_required: bool,
    /// Whether a trusted device stands for the second factor of a member (E077). Shown where it is not as usual.
    #[serde(skip_serializing_if = "is_usual")]
    pub is_trusted_device_allowed: bool,
    #[row(json)]
    pub color: Value,
    #[row(json)]
    pub branding: Value,
    pub custom_css: Option<String>,
    /// Unix milliseconds.
    pub created_at: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual(allowed: &bool) -> bool {
    *allowed
}

/// The id and name of a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, FromRow)]
pub struct IdAndName {
    pub id: String,
    pub name: String,
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
    pub id: UserId,
    pub avatar: Option<String>,
    pub name: Option<String>,
}
