//! `/api/organizations`, their members and just-in-time membership.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::applications::Application;
use crate::look::{Branding, PartialColor};
use crate::members::{BoundedText, IdList, JsonObject, NonEmptyIdList, Patch};
use crate::operation::Operation;
use crate::organization_template::{IdAndName, OrganizationRole, OrganizationScope};
use crate::roles::FeaturedUser;
use crate::users::UserInfo;

const TAG: &str = "Organizations";

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
    pub color: PartialColor,
    pub branding: Branding,
    pub custom_css: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
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

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        list_organizations(),
        create_organization(),
        get_organization(),
        update_organization(),
        delete_organization(),
        list_users(),
        add_users(),
        replace_users(),
        delete_user(),
        assign_roles_to_users(),
        list_user_roles(),
        assign_roles_to_user(),
        replace_user_roles(),
        delete_user_role(),
        list_user_scopes(),
        list_applications(),
        add_applications(),
        replace_applications(),
        delete_application(),
        assign_roles_to_applications(),
        list_application_roles(),
        assign_roles_to_application(),
        replace_application_roles(),
        delete_application_role(),
        list_email_domains(),
        create_email_domain(),
        replace_email_domains(),
        delete_email_domain(),
        list_jit_roles(),
        create_jit_role(),
        replace_jit_roles(),
        delete_jit_role(),
    ]
}

fn list_organizations() -> Operation {
    let list = Operation::get("/api/organizations", "ListOrganizations", TAG).query::<ListOrganizationsQuery>().paged();
    list.returns::<Vec<OrganizationWithUsers>>(200)
}

fn create_organization() -> Operation {
    let create = Operation::post("/api/organizations", "CreateOrganization", TAG).body::<CreateOrganization>();
    create.returns::<Organization>(201).statuses(&[422])
}

fn get_organization() -> Operation {
    Operation::get("/api/organizations/{id}", "GetOrganization", TAG).returns::<Organization>(200).statuses(&[404])
}

fn update_organization() -> Operation {
    let update = Operation::patch("/api/organizations/{id}", "UpdateOrganization", TAG).body::<UpdateOrganization>();
    update.returns::<Organization>(200).statuses(&[404, 422])
}

fn delete_organization() -> Operation {
    Operation::delete("/api/organizations/{id}", "DeleteOrganization", TAG).statuses(&[204, 404])
}

fn list_users() -> Operation {
    let list = Operation::get("/api/organizations/{id}/users", "ListOrganizationUsers", TAG)
        .query::<ListMembersQuery>()
        .paged();
    list.returns::<Vec<UserMember>>(200).statuses(&[404])
}

fn add_users() -> Operation {
    let add = Operation::post("/api/organizations/{id}/users", "AddOrganizationUsers", TAG).body::<AddUsers>();
    add.returns::<UserIds>(201).statuses(&[404, 422])
}

fn replace_users() -> Operation {
    Operation::put("/api/organizations/{id}/users", "ReplaceOrganizationUsers", TAG)
        .body::<UserIds>()
        .statuses(&[204, 404, 422])
}

fn delete_user() -> Operation {
    Operation::delete("/api/organizations/{id}/users/{userId}", "DeleteOrganizationUser", TAG)
        .statuses(&[204, 404, 422])
}

fn assign_roles_to_users() -> Operation {
    Operation::post("/api/organizations/{id}/users/roles", "AssignOrganizationRolesToUsers", TAG)
        .body::<AssignRolesToUsers>()
        .statuses(&[201, 404, 422])
}

fn list_user_roles() -> Operation {
    let list = Operation::get("/api/organizations/{id}/users/{userId}/roles", "ListOrganizationUserRoles", TAG).paged();
    list.returns::<Vec<OrganizationRole>>(200).statuses(&[404, 422])
}

fn assign_roles_to_user() -> Operation {
    let assign = Operation::post("/api/organizations/{id}/users/{userId}/roles", "AssignOrganizationRolesToUser", TAG)
        .body::<RoleIdsOrNames>();
    assign.returns::<OrganizationRoleIds>(201).statuses(&[404, 422])
}

fn replace_user_roles() -> Operation {
    Operation::put("/api/organizations/{id}/users/{userId}/roles", "ReplaceOrganizationUserRoles", TAG)
        .body::<RoleIdsOrNames>()
        .statuses(&[204, 404, 422])
}

fn delete_user_role() -> Operation {
    Operation::delete(
        "/api/organizations/{id}/users/{userId}/roles/{organizationRoleId}",
        "DeleteOrganizationUserRole",
        TAG,
    )
    .statuses(&[204, 404, 422])
}

fn list_user_scopes() -> Operation {
    let list = Operation::get("/api/organizations/{id}/users/{userId}/scopes", "ListOrganizationUserScopes", TAG);
    list.returns::<Vec<OrganizationScope>>(200).statuses(&[404, 422])
}

fn list_applications() -> Operation {
    let list = Operation::get("/api/organizations/{id}/applications", "ListOrganizationApplications", TAG)
        .query::<ListApplicationMembersQuery>()
        .paged();
    list.returns::<Vec<ApplicationMember>>(200).statuses(&[404])
}

fn add_applications() -> Operation {
    Operation::post("/api/organizations/{id}/applications", "AddOrganizationApplications", TAG)
        .body::<AddApplications>()
        .statuses(&[201, 404, 422])
}

fn replace_applications() -> Operation {
    Operation::put("/api/organizations/{id}/applications", "ReplaceOrganizationApplications", TAG)
        .body::<ApplicationIds>()
        .statuses(&[204, 404, 422])
}

fn delete_application() -> Operation {
    Operation::delete("/api/organizations/{id}/applications/{applicationId}", "DeleteOrganizationApplication", TAG)
        .statuses(&[204, 404, 422])
}

fn assign_roles_to_applications() -> Operation {
    let assign =
        Operation::post("/api/organizations/{id}/applications/roles", "AssignOrganizationRolesToApplications", TAG)
            .body::<AssignRolesToApplications>();
    assign.statuses(&[201, 404, 422])
}

fn list_application_roles() -> Operation {
    let list = Operation::get(
        "/api/organizations/{id}/applications/{applicationId}/roles",
        "ListOrganizationApplicationRoles",
        TAG,
    )
    .paged();
    list.returns::<Vec<OrganizationRole>>(200).statuses(&[404, 422])
}

fn assign_roles_to_application() -> Operation {
    let assign = Operation::post(
        "/api/organizations/{id}/applications/{applicationId}/roles",
        "AssignOrganizationRolesToApplication",
        TAG,
    )
    .body::<OrganizationRoleIds>();
    assign.statuses(&[201, 404, 422])
}

fn replace_application_roles() -> Operation {
    let replace = Operation::put(
        "/api/organizations/{id}/applications/{applicationId}/roles",
        "ReplaceOrganizationApplicationRoles",
        TAG,
    )
    .body::<OrganizationRoleIds>();
    replace.statuses(&[204, 404, 422])
}

fn delete_application_role() -> Operation {
    Operation::delete(
        "/api/organizations/{id}/applications/{applicationId}/roles/{organizationRoleId}",
        "DeleteOrganizationApplicationRole",
        TAG,
    )
    .statuses(&[204, 404, 422])
}

fn list_email_domains() -> Operation {
    let list =
        Operation::get("/api/organizations/{id}/jit/email-domains", "ListOrganizationJitEmailDomains", TAG).paged();
    list.returns::<Vec<EmailDomain>>(200).statuses(&[404])
}

fn create_email_domain() -> Operation {
    let create = Operation::post("/api/organizations/{id}/jit/email-domains", "CreateOrganizationJitEmailDomain", TAG)
        .body::<AddEmailDomain>();
    create.returns::<EmailDomain>(201).statuses(&[404, 422])
}

fn replace_email_domains() -> Operation {
    let replace =
        Operation::put("/api/organizations/{id}/jit/email-domains", "ReplaceOrganizationJitEmailDomains", TAG)
            .body::<ReplaceEmailDomains>();
    replace.statuses(&[204, 404, 422])
}

fn delete_email_domain() -> Operation {
    Operation::delete(
        "/api/organizations/{id}/jit/email-domains/{emailDomain}",
        "DeleteOrganizationJitEmailDomain",
        TAG,
    )
    .statuses(&[204, 404])
}

fn list_jit_roles() -> Operation {
    let list = Operation::get("/api/organizations/{id}/jit/roles", "ListOrganizationJitRoles", TAG).paged();
    list.returns::<Vec<OrganizationRole>>(200).statuses(&[404])
}

fn create_jit_role() -> Operation {
    Operation::post("/api/organizations/{id}/jit/roles", "CreateOrganizationJitRole", TAG)
        .body::<OrganizationRoleIds>()
        .statuses(&[201, 404, 422])
}

fn replace_jit_roles() -> Operation {
    Operation::put("/api/organizations/{id}/jit/roles", "ReplaceOrganizationJitRoles", TAG)
        .body::<OrganizationRoleIds>()
        .statuses(&[204, 404, 422])
}

fn delete_jit_role() -> Operation {
    Operation::delete("/api/organizations/{id}/jit/roles/{organizationRoleId}", "DeleteOrganizationJitRole", TAG)
        .statuses(&[204, 404, 422])
}
