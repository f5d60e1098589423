//! Roles of the organization template: type and SQL (inventory M171–M175).

use ::api::ErrorCode;
use ::api::ids::OrganizationRoleId;
use std::collections::HashMap;

use ::api::organization_template::{CreateOrganizationRole, UpdateOrganizationRole};
use db::{DbError, FromRow, Sql, params, sql};
use kernel::{Pagination, id};
use serde::Serialize;
use serde_json::{Value, json};

use super::role_scopes::{RESOURCE_SCOPES, ROLE_SCOPES};
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::link_table::map_constraint_error;
use crate::organizations::empty_to_null;
use crate::resources::require_no_management_scope;
pub use crate::roles::RoleType;
use crate::roles::role_type;
use crate::search::{ListQuery, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

/// A role of users or machine-to-machine applications in an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRole {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    #[row(rename = "type", with = "role_type")]
    pub kind: RoleType,
}

/// Creates a role with its scopes.
///
/// # Errors
/// 422 for a duplicate name or an unknown scope; 400 for a scope of the Management API.
pub(super) fn create(work: &Work<'_>, new: CreateOrganizationRole) -> Result<OrganizationRole, ApiError> {
    work.touch(Section::Access)?;
    require_no_management_scope(work, &new.resource_scope_ids.0)?;
    let insert = sql!(
        "insert into organization_roles (tenant_id, id, name, description, type, created_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let (id, kind) = (id::entity_id(work.rng()), new.kind.as_str());
    let description = empty_to_null(new.description.into_value().map(|text| text.0));
    let values = params![work.tenant_id(), &id, new.name.0, description, kind, work.now()];
    let role: OrganizationRole = work.query_one(insert, values).map_err(map_constraint_error)?;
    ROLE_SCOPES.add(work, &[&id], &new.organization_scope_ids.0).map_err(map_constraint_error)?;
    RESOURCE_SCOPES.add(work, &[&id], &new.resource_scope_ids.0).map_err(map_constraint_error)?;
    if !new.organization_scope_ids.0.is_empty() || !new.resource_scope_ids.0.is_empty() {
        let body = || EventBody::default().with("organizationRoleId", role.id.as_str());
        work.emit(EventKind::OrganizationRoleScopesUpdated, body)?;
    }
    work.emit(EventKind::OrganizationRoleCreated, || json!(role))?;
    Ok(role)
}

/// The role with this id; it must exist.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn get(view: &View<'_>, id: &OrganizationRoleId) -> Result<OrganizationRole, ApiError> {
    find(view, id)?.ok_or_else(|| ApiError::not_found_by_id("organization_roles", id))
}

fn find(view: &View<'_>, id: &OrganizationRoleId) -> Result<Option<OrganizationRole>, DbError> {
    view.query_opt(
        sql!("select * from organization_roles where tenant_id = $1 and id = $2"),
        params![view.tenant_id(), id.as_str()],
    )
}

/// Updates a role. The type of an assigned role can't change, or a user could have a role for applications.
///
/// # Errors
/// 404 `entity.not_exists`; 422 for a duplicate name, an assigned role, or a patch without known members.
pub(super) fn update(
    work: &Work<'_>,
    id: &OrganizationRoleId,
    patch: UpdateOrganizationRole,
) -> Result<OrganizationRole, ApiError> {
    if patch == UpdateOrganizationRole::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    work.touch(Section::Access)?;
    if let Some(kind) = patch.kind {
        let changes = find(work, id)?.is_some_and(|role| role.kind != kind);
        if changes && is_in_use(work, id)? {
            return Err(ApiError::unprocessable(ErrorCode::EntityDbConstraintViolated));
        }
    }
    let text = sql!(
        "update organization_roles set name = coalesce($3, name), \
         description = case when $4 then $5 else description end, type = coalesce($6, type) \
         where tenant_id = $1 and id = $2 returning *"
    );
    let (changes_description, name) = (!patch.description.is_absent(), patch.name.map(|name| name.0));
    let description = empty_to_null(patch.description.into_value().map(|text| text.0));
    let kind = patch.kind.map(RoleType::as_str);
    let values = params![work.tenant_id(), id.as_str(), name, changes_description, description, kind];
    let updated: Option<OrganizationRole> = work.query_opt(text, values).map_err(map_constraint_error)?;
    let role = updated.ok_or(DbError::Conflict)?;
    work.emit(EventKind::OrganizationRoleDataUpdated, || json!(role))?;
    Ok(role)
}

fn is_in_use(view: &View<'_>, id: &OrganizationRoleId) -> Result<bool, DbError> {
    let text = sql!(
        "select organization_role_id from organization_role_users where tenant_id = $1 and organization_role_id = $2 \
         union select organization_role_id from organization_role_applications \
         where tenant_id = $1 and organization_role_id = $2 \
         union select organization_role_id from organization_jit_roles \
         where tenant_id = $1 and organization_role_id = $2"
    );
    Ok(view.query_opt::<String>(text, params![view.tenant_id(), id.as_str()])?.is_some())
}

/// Deletes a role with its assignments.
///
/// # Errors
/// 404 `entity.not_found`.
pub(super) fn delete(work: &Work<'_>, id: &OrganizationRoleId) -> Result<(), ApiError> {
    work.touch(Section::Access)?;
    let text = sql!("delete from organization_roles where tenant_id = $1 and id = $2");
    work.exec_existing(text, params![work.tenant_id(), id.as_str()])?;
    Ok(work.emit(EventKind::OrganizationRoleDeleted, EventBody::default)?)
}

/// A role in the list, with its scopes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleWithScopes {
    #[serde(flatten)]
    role: OrganizationRole,
    scopes: Vec<Value>,
    resource_scopes: Vec<Value>,
}

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "organization_roles", order: "name, id" };

/// A page of the roles whose id or name contains `q`, sorted by name.
///
/// # Errors
/// A failure of the database.
pub(super) fn list_page(
    view: &View<'_>,
    q: Option<&str>,
    page: Pagination,
) -> Result<(i64, Vec<RoleWithScopes>), DbError> {
    let condition = Where::new("tenant_id = {}", [view.tenant_id()]).and_contains(&["name", "id"], q);
    let (total, roles) = LIST_QUERY.rows(view, &condition, Some(page))?;
    Ok((total, with_scopes(view, roles)?))
}

fn with_scopes(view: &View<'_>, roles: Vec<OrganizationRole>) -> Result<Vec<RoleWithScopes>, DbError> {
    let ids: Vec<String> = roles.iter().map(|role| role.id.clone()).collect();
    let condition = Where::new("x.tenant_id = {}", [view.tenant_id()]).and_in("x.organization_role_id", &ids);
    let (condition, values) = condition.parts();
    let scopes = Sql::dynamic(format!(
        "select x.organization_role_id, s.id, s.name from organization_role_scopes x \
         join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.organization_scope_id \
         where {condition} order by s.name, s.id"
    ));
    let resource_scopes = Sql::dynamic(format!(
        "select x.organization_role_id, s.id, s.name, o.id, o.name from organization_role_resource_scopes x \
         join scopes s on s.tenant_id = x.tenant_id and s.id = x.scope_id \
         join resources o on o.tenant_id = s.tenant_id and o.id = s.resource_id \
         where {condition} order by s.name, s.id"
    ));
    let mut by_role: HashMap<String, (Vec<Value>, Vec<Value>)> = HashMap::new();
    for (role, id, name) in view.query_all::<(String, String, String)>(&scopes, values)? {
        by_role.entry(role).or_default().0.push(json!({"id": id, "name": name}));
    }
    type ResourceRow = (String, String, String, String, String);
    for (role, id, name, resource, resource_name) in view.query_all::<ResourceRow>(&resource_scopes, values)? {
        let resource = json!({"id": resource, "name": resource_name});
        by_role.entry(role).or_default().1.push(json!({"id": id, "name": name, "resource": resource}));
    }
    let with_scopes = |role: OrganizationRole| {
        let (scopes, resource_scopes) = by_role.remove(&role.id).unwrap_or_default();
        RoleWithScopes { role, scopes, resource_scopes }
    };
    Ok(roles.into_iter().map(with_scopes).collect())
}

/// The ids of the roles with these names.
///
/// # Errors
/// 422 `organization.role_names_not_found` for an unknown name.
pub fn ids_by_name(view: &View<'_>, names: &[String]) -> Result<Vec<String>, ApiError> {
    let text = "select name, id from organization_roles where tenant_id = $1 and name";
    let mut known: HashMap<String, String> = view.query_by_ids(text, names)?.into_iter().collect();
    let unknown: Vec<&str> = names.iter().filter(|name| !known.contains_key(*name)).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(names.iter().filter_map(|name| known.remove(name)).collect());
    }
    let error = ApiError::unprocessable(ErrorCode::OrganizationRoleNamesNotFound)
        .with_placeholder("names", &unknown.join(", "));
    Err(error.data(json!({"names": unknown})))
}

/// The ids of the roles of users with these names, by name. Unknown names are left out.
///
/// # Errors
/// A failure of the database.
pub fn user_roles_by_name(view: &View<'_>, names: &[String]) -> Result<HashMap<String, String>, DbError> {
    let text = "select name, id from organization_roles where tenant_id = $1 and type = 'User' and name";
    Ok(view.query_by_ids(text, names)?.into_iter().collect())
}

/// Checks that the roles exist and have this type.
///
/// # Errors
/// 422 `entity.relation_foreign_key_not_found` or `entity.db_constraint_violated`.
pub fn require_role_type(view: &View<'_>, ids: &[String], kind: RoleType) -> Result<(), ApiError> {
    let text = "select id, type from organization_roles where tenant_id = $1 and id";
    let types: HashMap<String, String> = view.query_by_ids(text, ids)?.into_iter().collect();
    ids.iter().try_for_each(|id| match types.get(id) {
        None => Err(map_constraint_error(DbError::ForeignKey)),
        Some(found) if found != kind.as_str() => Err(ApiError::unprocessable(ErrorCode::EntityDbConstraintViolated)),
        Some(_) => Ok(()),
    })
}
