//! `/api/organization-roles` and `/api/organization-scopes`: the template that all organizations share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedText, IdList, Patch};
use crate::operation::Operation;
use crate::resources::Scope;
use crate::roles::RoleType;

const ROLES: &str = "Organization roles";
const SCOPES: &str = "Organization scopes";

/// A role that members of organizations can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRole {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: RoleType,
}

/// A role in the list of the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRoleWithScopes {
    #[serde(flatten)]
    pub role: OrganizationRole,
    pub scopes: Vec<IdAndName>,
    pub resource_scopes: Vec<ResourceScopeName>,
}

/// An id with the name that people know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct IdAndName {
    pub id: String,
    pub name: String,
}

/// A scope of an API resource, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceScopeName {
    pub id: String,
    pub name: String,
    pub resource: IdAndName,
}

/// A permission inside organizations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationScope {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
}

/// The query of `GET /api/organization-roles`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListOrganizationRolesQuery {
    /// Text that the id, name or description contains.
    pub q: Option<String>,
}

/// A new role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateOrganizationRole {
    pub name: BoundedText<1, 128>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 256>>,
    #[serde(default, rename = "type")]
    pub kind: RoleType,
    #[serde(default)]
    pub organization_scope_ids: IdList,
    #[serde(default)]
    pub resource_scope_ids: IdList,
}

/// Changes of a role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateOrganizationRole {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 128>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 256>>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<RoleType>,
}

/// A new scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreateOrganizationScope {
    pub name: BoundedText<1, 128>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 256>>,
}

/// Changes of a scope.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateOrganizationScope {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 128>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 256>>,
}

/// Scopes of the template for a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationScopeIds {
    pub organization_scope_ids: IdList,
}

/// Scopes of API resources for a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceScopeIds {
    pub scope_ids: IdList,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        list_organization_roles(),
        create_organization_role(),
        get_organization_role(),
        update_organization_role(),
        delete_organization_role(),
        list_role_scopes(),
        create_role_scope(),
        replace_role_scopes(),
        delete_role_scope(),
        list_role_resource_scopes(),
        create_role_resource_scope(),
        replace_role_resource_scopes(),
        delete_role_resource_scope(),
        list_organization_scopes(),
        create_organization_scope(),
        get_organization_scope(),
        update_organization_scope(),
        delete_organization_scope(),
    ]
}

fn list_organization_roles() -> Operation {
    let list = Operation::get("/api/organization-roles", "ListOrganizationRoles", ROLES)
        .query::<ListOrganizationRolesQuery>()
        .paged();
    list.returns::<Vec<OrganizationRoleWithScopes>>(200)
}

fn create_organization_role() -> Operation {
    let create =
        Operation::post("/api/organization-roles", "CreateOrganizationRole", ROLES).body::<CreateOrganizationRole>();
    create.returns::<OrganizationRole>(201).statuses(&[422])
}

fn get_organization_role() -> Operation {
    Operation::get("/api/organization-roles/{id}", "GetOrganizationRole", ROLES)
        .returns::<OrganizationRole>(200)
        .statuses(&[404])
}

fn update_organization_role() -> Operation {
    let update = Operation::patch("/api/organization-roles/{id}", "UpdateOrganizationRole", ROLES)
        .body::<UpdateOrganizationRole>();
    update.returns::<OrganizationRole>(200).statuses(&[404, 422])
}

fn delete_organization_role() -> Operation {
    Operation::delete("/api/organization-roles/{id}", "DeleteOrganizationRole", ROLES).statuses(&[204, 404])
}

fn list_role_scopes() -> Operation {
    let list = Operation::get("/api/organization-roles/{id}/scopes", "ListOrganizationRoleScopes", ROLES).paged();
    list.returns::<Vec<OrganizationScope>>(200).statuses(&[404])
}

fn create_role_scope() -> Operation {
    Operation::post("/api/organization-roles/{id}/scopes", "CreateOrganizationRoleScope", ROLES)
        .body::<OrganizationScopeIds>()
        .statuses(&[201, 404, 422])
}

fn replace_role_scopes() -> Operation {
    Operation::put("/api/organization-roles/{id}/scopes", "ReplaceOrganizationRoleScopes", ROLES)
        .body::<OrganizationScopeIds>()
        .statuses(&[204, 404, 422])
}

fn delete_role_scope() -> Operation {
    Operation::delete("/api/organization-roles/{id}/scopes/{organizationScopeId}", "DeleteOrganizationRoleScope", ROLES)
        .statuses(&[204, 404, 422])
}

fn list_role_resource_scopes() -> Operation {
    let list =
        Operation::get("/api/organization-roles/{id}/resource-scopes", "ListOrganizationRoleResourceScopes", ROLES)
            .paged();
    list.returns::<Vec<Scope>>(200).statuses(&[404])
}

fn create_role_resource_scope() -> Operation {
    Operation::post("/api/organization-roles/{id}/resource-scopes", "CreateOrganizationRoleResourceScope", ROLES)
        .body::<ResourceScopeIds>()
        .statuses(&[201, 404, 422])
}

fn replace_role_resource_scopes() -> Operation {
    let replace =
        Operation::put("/api/organization-roles/{id}/resource-scopes", "ReplaceOrganizationRoleResourceScopes", ROLES)
            .body::<ResourceScopeIds>();
    replace.statuses(&[204, 404, 422])
}

fn delete_role_resource_scope() -> Operation {
    Operation::delete(
        "/api/organization-roles/{id}/resource-scopes/{scopeId}",
        "DeleteOrganizationRoleResourceScope",
        ROLES,
    )
    .statuses(&[204, 404, 422])
}

fn list_organization_scopes() -> Operation {
    let list = Operation::get("/api/organization-scopes", "ListOrganizationScopes", SCOPES)
        .query::<ListOrganizationRolesQuery>()
        .paged();
    list.returns::<Vec<OrganizationScope>>(200)
}

fn create_organization_scope() -> Operation {
    let create = Operation::post("/api/organization-scopes", "CreateOrganizationScope", SCOPES)
        .body::<CreateOrganizationScope>();
    create.returns::<OrganizationScope>(201).statuses(&[422])
}

fn get_organization_scope() -> Operation {
    Operation::get("/api/organization-scopes/{id}", "GetOrganizationScope", SCOPES)
        .returns::<OrganizationScope>(200)
        .statuses(&[404])
}

fn update_organization_scope() -> Operation {
    let update = Operation::patch("/api/organization-scopes/{id}", "UpdateOrganizationScope", SCOPES)
        .body::<UpdateOrganizationScope>();
    update.returns::<OrganizationScope>(200).statuses(&[404, 422])
}

fn delete_organization_scope() -> Operation {
    Operation::delete("/api/organization-scopes/{id}", "DeleteOrganizationScope", SCOPES).statuses(&[204, 404])
}
