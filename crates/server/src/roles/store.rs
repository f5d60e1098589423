//! The table `roles`.

use ::api::ErrorCode;
use ::api::ids::RoleId;
use ::api::roles::AddRoleScopes;
use db::{DbError, params, sql};
use kernel::id;
use serde_json::json;

use super::model::{CreateRole, Role, UpdateRole};
use super::owners::keep_an_owner;
use super::{links, scopes};
use crate::administrators;
use crate::callers::console::ADMIN;
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::tenants::Section;
use crate::work::{View, Work};

/// The role with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; a failure of the database.
pub fn get(view: &View<'_>, id: &RoleId) -> Result<Role, ApiError> {
    let text = sql!("select * from roles where tenant_id = $1 and id = $2");
    view.query_opt(text, params![view.tenant_id(), id.as_str()])?.ok_or_else(|| unknown(id))
}

pub(super) fn unknown(id: &str) -> ApiError {
    ApiError::not_found_by_id("roles", id)
}

/// Creates a role with its scopes.
///
/// # Errors
/// 422 `role.name_in_use`; 404 for an unknown scope; 400 `role.management_api_scopes_not_assignable_to_user_role`.
pub fn create(work: &Work<'_>, new: CreateRole) -> Result<Role, ApiError> {
    let text = sql!(
        "insert into roles (tenant_id, id, name, description, type, is_default, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7) returning *"
    );
    let (id, kind) = (id::entity_id(work.rng()), new.kind.as_str());
    let values = params![work.tenant_id(), id, new.name.0, new.description.0, kind, new.is_default, work.now()];
    let role: Role = work.query_one(text, values).map_err(map_name_conflict)?;
    if !new.scope_ids.0.is_empty() {
        links::link::<AddRoleScopes>(work, &role.id, &new.scope_ids.0)?;
        let scopes = scopes::of_role(work, &role.id)?;
        let body = || EventBody::from(json!(scopes)).with("roleId", role.id.as_str());
        work.emit(EventKind::RoleScopesUpdated, body)?;
    }
    work.emit(EventKind::RoleCreated, || json!(role))?;
    Ok(role)
}

/// Updates a role.
///
/// # Errors
/// 404 for an unknown role; 422 `role.name_in_use`, or `entity.invalid_input` for an empty patch and for another name of a role of
/// the console; a failure of the database.
pub fn update(work: &Work<'_>, id: &RoleId, patch: UpdateRole) -> Result<Role, ApiError> {
    let mut role = get(work, id)?;
    if patch == UpdateRole::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    // The console knows these by their names.
    let is_renamed = patch.name.as_ref().is_some_and(|name| name.0 != role.name);
    if is_renamed && work.tenant_id() == ADMIN && administrators::is_built_in(&role.name) {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput).with_phrase("console.role_built_in"));
    }
    role.name = patch.name.map_or(role.name, |text| text.0);
    role.description = patch.description.map_or(role.description, |text| text.0);
    role.is_default = patch.is_default.unwrap_or(role.is_default);
    work.exec_one(
        sql!("update roles set name = $3, description = $4, is_default = $5 where tenant_id = $1 and id = $2"),
        params![work.tenant_id(), id.as_str(), &role.name, &role.description, role.is_default],
    )
    .map_err(map_name_conflict)?;
    work.emit(EventKind::RoleDataUpdated, || json!(role))?;
    Ok(role)
}

/// Deletes a role and its assignments.
///
/// # Errors
/// 404 for an unknown role; a failure of the database.
pub fn delete(work: &Work<'_>, id: &RoleId) -> Result<(), ApiError> {
    work.touch(Section::Clients)?;
    work.touch(Section::Access)?;
    let text = sql!("delete from roles where tenant_id = $1 and id = $2");
    keep_an_owner(work, || match work.exec(text, params![work.tenant_id(), id.as_str()])? {
        0 => Err(unknown(id)),
        _ => Ok(work.emit(EventKind::RoleDeleted, EventBody::default)?),
    })
}

fn map_name_conflict(error: DbError) -> ApiError {
    match error.unique_on("roles", &["tenant_id", "name"]) {
        true => ApiError::unprocessable(ErrorCode::RoleNameInUse),
        false => error.into(),
    }
}
