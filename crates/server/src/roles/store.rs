//! The tables `roles` and `users_roles`.

use axum::http::StatusCode;
use db::{DbError, Read, Tx, params, placeholders, sql};
use kernel::{Rng, Timestamp, id};

use super::model::{CreateRole, Role, RoleType, UpdateRole};
use super::scopes;
use crate::ApiError;

/// The role with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; a failure of the database.
pub fn get(r: &Read<'_>, tenant: &str, id: &str) -> Result<Role, ApiError> {
    let found = r.query_opt(sql!("select * from roles where tenant_id = $1 and id = $2"), params![tenant, id])?;
    found.ok_or_else(|| ApiError::not_found_by_id("roles", id))
}

/// The roles of a user, sorted by name.
///
/// # Errors
/// A failure of the database.
pub fn list_for_user(r: &Read<'_>, tenant: &str, user: &str) -> Result<Vec<Role>, DbError> {
    r.query_all(
        sql!(
            "select r.* from users_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
             where x.tenant_id = $1 and x.user_id = $2 order by r.name"
        ),
        params![tenant, user],
    )
}

/// Assigns a role to a user. Returns false if the user already had it.
///
/// # Errors
/// [`DbError::ForeignKey`] for an unknown user or role; a failure of the database.
pub fn assign_to_user(tx: &Tx<'_>, tenant: &str, user: &str, role: &str) -> Result<bool, DbError> {
    let insert =
        sql!("insert into users_roles (tenant_id, user_id, role_id) values ($1, $2, $3) on conflict do nothing");
    Ok(tx.exec(insert, params![tenant, user, role])? == 1)
}

/// Assigns the default roles of the tenant to a user.
///
/// # Errors
/// A failure of the database.
pub fn assign_defaults(tx: &Tx<'_>, tenant: &str, user: &str) -> Result<(), DbError> {
    tx.exec_pipelined(
        sql!(
            "insert into users_roles (tenant_id, user_id, role_id) \
             select tenant_id, cast($2 as text), id from roles \
             where tenant_id = $1 and is_default = true and type = 'User' on conflict do nothing"
        ),
        params![tenant, user],
    )
}

/// Removes a role from a user.
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub fn unassign_from_user(tx: &Tx<'_>, tenant: &str, user: &str, role: &str) -> Result<(), ApiError> {
    let delete = sql!("delete from users_roles where tenant_id = $1 and user_id = $2 and role_id = $3");
    match tx.exec(delete, params![tenant, user, role])? {
        0 => Err(ApiError::not_found()),
        _ => Ok(()),
    }
}

/// Removes all roles from a user except these.
///
/// # Errors
/// A failure of the database.
pub fn unassign_others(tx: &Tx<'_>, tenant: &str, user: &str, roles: &[String]) -> Result<(), DbError> {
    let text = format!(
        "delete from users_roles where tenant_id = $1 and user_id = $2 and role_id not in ({})",
        match roles.len() {
            0 => "''".to_owned(),
            count => placeholders(3, count),
        }
    );
    let mut values = params![tenant, user].to_vec();
    values.extend(roles.iter().map(Into::into));
    tx.exec(&db::Sql::dynamic(text), &values)?;
    Ok(())
}

/// Creates a role with its scopes. The caller increments the configuration version of the tenant.
///
/// # Errors
/// 422 `role.name_in_use`; 404 and 400 for its scopes as [`scopes::require_assignable`]; a failure of the database.
pub fn create(tx: &Tx<'_>, rng: &Rng, tenant: &str, new: CreateRole, now: Timestamp) -> Result<Role, ApiError> {
    let role = Role {
        tenant_id: tenant.to_owned(),
        id: id::entity_id(rng),
        name: new.name.0,
        description: new.description.0,
        kind: new.kind,
        is_default: new.is_default,
    };
    tx.exec_one(
        sql!(
            "insert into roles (tenant_id, id, name, description, type, is_default, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![tenant, &role.id, &role.name, &role.description, role.kind.as_str(), role.is_default, now],
    )
    .map_err(map_name_conflict)?;
    scopes::require_assignable(tx, &role, &new.scope_ids.0)?;
    for scope in &new.scope_ids.0 {
        scopes::add_scope(tx, &role, scope)?;
    }
    Ok(role)
}

/// Updates a role.
///
/// # Errors
/// 404 for an unknown role; 422 `role.name_in_use`, or `entity.invalid_input` for an empty patch; a failure of the
/// database.
pub fn update(tx: &Tx<'_>, tenant: &str, id: &str, patch: UpdateRole) -> Result<Role, ApiError> {
    let mut role = get(tx, tenant, id)?;
    if patch.name.is_none() && patch.description.is_none() && patch.is_default.is_none() {
        return Err(ApiError::unprocessable("entity.invalid_input"));
    }
    role.name = patch.name.map_or(role.name, |text| text.0);
    role.description = patch.description.map_or(role.description, |text| text.0);
    role.is_default = patch.is_default.unwrap_or(role.is_default);
    tx.exec_one(
        sql!("update roles set name = $3, description = $4, is_default = $5 where tenant_id = $1 and id = $2"),
        params![tenant, id, &role.name, &role.description, role.is_default],
    )
    .map_err(map_name_conflict)?;
    Ok(role)
}

/// Deletes a role and its assignments.
///
/// # Errors
/// 404 for an unknown role; a failure of the database.
pub fn delete(tx: &Tx<'_>, tenant: &str, id: &str) -> Result<(), ApiError> {
    match tx.exec(sql!("delete from roles where tenant_id = $1 and id = $2"), params![tenant, id])? {
        0 => Err(ApiError::not_found_by_id("roles", id)),
        _ => Ok(()),
    }
}

/// Checks the type of a role.
///
/// # Errors
/// 422 `entity.db_constraint_violated`.
pub(super) fn require_type(role: &Role, kind: RoleType) -> Result<(), ApiError> {
    match role.kind == kind {
        true => Ok(()),
        false => Err(ApiError::unprocessable("entity.db_constraint_violated")),
    }
}

fn map_name_conflict(error: DbError) -> ApiError {
    match error.unique_on("roles", &["tenant_id", "name"]) {
        true => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "role.name_in_use"),
        false => error.into(),
    }
}
