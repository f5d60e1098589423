//! `/api/organizations`, their members and just-in-time membership.

mod operations;

pub use operations::operations;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::applications::Application;
use crate::look::{Branding, PartialColor};
use crate::members::{BoundedText, IdList, JsonObject, NonEmptyIdList, Patch};
use crate::organization_template::IdAndName;
use crate::roles::FeaturedUser;
use crate::users::UserInfo;

/// An organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub custom_data: JsonObject,
    pub is_mfa_required: bool,
    /// Present, and false, where no device of a member is trusted.
    #[serde(default = "allowed", skip_serializing_if = "is_allowed")]
    pub is_trusted_device_allowed: bool,
    pub color: PartialColor,
    pub branding: Branding,
    pub custom_css: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

fn allowed() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_allowed(allowed: &bool) -> bool {
    *allowed
}

/// An organization with the roles of one member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationWithRoles {
    #[serde(flatten)]
    pub organization: Organization,
    pub organization_roles: Vec<IdAndName>,
}

/// An organization in a list; the last members are there when asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationWithUsers {
    #[serde(flatten)]
    pub organization: Organization,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured_users: Option<Vec<FeaturedUser>>,
}

/// A user as a member of an organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserMember {
    #[serde(flatten)]
    pub user: UserInfo,
    pub organization_roles: Vec<IdAndName>,
}

/// An application as a member of an organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationMember {
    #[serde(flatten)]
    pub application: Application,
    pub organization_roles: Vec<IdAndName>,
}

/// An e-mail domain whose users become members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailDomain {
    pub tenant_id: String,
    pub organization_id: String,
    pub email_domain: String,
}

/// The query of `GET /api/organizations`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListOrganizationsQuery {
    /// Text that the id, name or description contains.
    pub q: Option<String>,
    pub show_featured: Option<String>,
}

/// The query of `GET /api/organizations/{id}/users`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListMembersQuery {
    /// Text that the member's id, name or another identifier contains.
    pub q: Option<String>,
    pub organization_role_id: Option<String>,
}

/// The query of `GET /api/organizations/{id}/applications`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListApplicationMembersQuery {
    pub q: Option<String>,
}

/// A new organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrganization {
    pub name: BoundedText<1, 128>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 256>>,
    #[serde(default)]
    pub custom_data: JsonObject,
    #[serde(default)]
    pub is_mfa_required: bool,
    /// Whether a trusted device stands for the second factor of a member; true where it is absent.
    #[serde(default = "allowed", skip_serializing_if = "is_allowed")]
    pub is_trusted_device_allowed: bool,
    #[serde(default)]
    pub color: PartialColor,
    #[serde(default)]
    pub branding: Branding,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub custom_css: Patch<String>,
}

/// Changes of an organization.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateOrganization {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 128>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 256>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_mfa_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_trusted_device_allowed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<PartialColor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branding: Option<Branding>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub custom_css: Patch<String>,
}

/// Users to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddUsers {
    pub user_ids: NonEmptyIdList,
}

/// Users, as given: the answer to a request that adds members repeats them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserIds {
    pub user_ids: Vec<BoundedText<1, 128>>,
}

/// Applications to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddApplications {
    pub application_ids: NonEmptyIdList,
}

/// Applications to replace all others with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationIds {
    pub application_ids: IdList,
}

/// Roles to give to several users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignRolesToUsers {
    pub user_ids: NonEmptyIdList,
    pub organization_role_ids: NonEmptyIdList,
}

/// Roles to give to several applications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignRolesToApplications {
    pub application_ids: NonEmptyIdList,
    pub organization_role_ids: NonEmptyIdList,
}

/// Roles of a user, by id or by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RoleIdsOrNames {
    pub organization_role_ids: IdList,
    pub organization_role_names: IdList,
}

/// Roles of the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRoleIds {
    pub organization_role_ids: IdList,
}

/// Enterprise connectors whose new people become members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SsoConnectorIds {
    pub sso_connector_ids: IdList,
}

/// An e-mail domain to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddEmailDomain {
    pub email_domain: BoundedText<1, 128>,
}

/// E-mail domains to replace all others with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceEmailDomains {
    pub email_domains: Vec<BoundedText<1, 128>>,
}
