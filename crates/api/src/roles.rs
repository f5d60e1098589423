//! `/api/roles`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::applications::{Application, ApplicationType};
use crate::members::{BoundedText, IdList, NonEmptyIdList};
use crate::operation::Operation;
use crate::resources::{Resource, Scope};
use crate::users::User;

const TAG: &str = "Roles";

/// Whether a role is for users or for machine-to-machine applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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

/// A role of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: String,
    #[serde(rename = "type")]
    pub kind: RoleType,
    /// Whether new users get it.
    pub is_default: bool,
}

/// A role in a list, with a preview of those who have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleWithHolders {
    #[serde(flatten)]
    pub role: Role,
    pub users_count: i64,
    pub featured_users: Vec<FeaturedUser>,
    pub applications_count: i64,
    pub featured_applications: Vec<FeaturedApplication>,
}

/// A user in a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeaturedUser {
    pub id: String,
    pub avatar: Option<String>,
    pub name: Option<String>,
}

/// An application in a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeaturedApplication {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    #[schemars(schema_with = "crate::applications::application_type_schema")]
    pub kind: ApplicationType,
}

/// A scope of a role, with its resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScopeWithResource {
    #[serde(flatten)]
    pub scope: Scope,
    pub resource: Resource,
}

/// The query of `GET /api/roles`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListRolesQuery {
    pub exclude_user_id: Option<String>,
    pub exclude_application_id: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<RoleType>,
}

/// A new role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// Changes of a role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateRole {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 128>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<BoundedText<1, 128>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
}

/// Scopes to add to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddRoleScopes {
    pub scope_ids: NonEmptyIdList,
}

/// Users to give a role to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddRoleUsers {
    pub user_ids: NonEmptyIdList,
}

/// Applications to give a role to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddRoleApplications {
    pub application_ids: NonEmptyIdList,
}

/// The roles of a user or application that a request added to or set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleIds {
    pub role_ids: IdList,
}

/// The roles that were asked for, and those that were new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignment {
    pub role_ids: Vec<String>,
    pub added_role_ids: Vec<String>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        list_roles(),
        create_role(),
        get_role(),
        update_role(),
        delete_role(),
        list_role_scopes(),
        create_role_scope(),
        delete_role_scope(),
        list_role_users(),
        create_role_user(),
        delete_role_user(),
        list_role_applications(),
        create_role_application(),
        delete_role_application(),
    ]
}

fn list_roles() -> Operation {
    let list = Operation::get("/api/roles", "ListRoles", TAG).query::<ListRolesQuery>().paged().searchable();
    list.returns::<Vec<RoleWithHolders>>(200)
}

fn create_role() -> Operation {
    Operation::post("/api/roles", "CreateRole", TAG).body::<CreateRole>().returns::<Role>(200).statuses(&[404, 422])
}

fn get_role() -> Operation {
    Operation::get("/api/roles/{id}", "GetRole", TAG).returns::<Role>(200).statuses(&[404])
}

fn update_role() -> Operation {
    Operation::patch("/api/roles/{id}", "UpdateRole", TAG)
        .body::<UpdateRole>()
        .returns::<Role>(200)
        .statuses(&[404, 422])
}

fn delete_role() -> Operation {
    Operation::delete("/api/roles/{id}", "DeleteRole", TAG).statuses(&[204, 404, 422])
}

fn list_role_scopes() -> Operation {
    let list = Operation::get("/api/roles/{id}/scopes", "ListRoleScopes", TAG).paged().searchable();
    list.returns::<Vec<ScopeWithResource>>(200).statuses(&[404])
}

fn create_role_scope() -> Operation {
    let add = Operation::post("/api/roles/{id}/scopes", "CreateRoleScope", TAG)
        .body::<AddRoleScopes>()
        .returns::<Vec<Scope>>(201);
    add.statuses(&[200, 404, 422])
}

fn delete_role_scope() -> Operation {
    Operation::delete("/api/roles/{id}/scopes/{scopeId}", "DeleteRoleScope", TAG).statuses(&[204, 404, 422])
}

fn list_role_users() -> Operation {
    let list = Operation::get("/api/roles/{id}/users", "ListRoleUsers", TAG).paged().searchable();
    list.returns::<Vec<User>>(200).statuses(&[404])
}

fn create_role_user() -> Operation {
    Operation::post("/api/roles/{id}/users", "CreateRoleUser", TAG).body::<AddRoleUsers>().statuses(&[201, 404, 422])
}

fn delete_role_user() -> Operation {
    Operation::delete("/api/roles/{id}/users/{userId}", "DeleteRoleUser", TAG).statuses(&[204, 404, 422])
}

fn list_role_applications() -> Operation {
    let list = Operation::get("/api/roles/{id}/applications", "ListRoleApplications", TAG).paged().searchable();
    list.returns::<Vec<Application>>(200).statuses(&[204, 404])
}

fn create_role_application() -> Operation {
    Operation::post("/api/roles/{id}/applications", "CreateRoleApplication", TAG)
        .body::<AddRoleApplications>()
        .statuses(&[201, 404, 422])
}

fn delete_role_application() -> Operation {
    Operation::delete("/api/roles/{id}/applications/{applicationId}", "DeleteRoleApplication", TAG)
        .statuses(&[204, 404])
}
