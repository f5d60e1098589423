//! Roles of machine-to-machine applications (inventory M072–M075), and the built-in administration roles.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Read, Tx, params, sql};
use oauth::client::ApplicationType;
use serde::{Deserialize, Serialize};

use super::model::Application;
use super::store;
use crate::errors::ApiError;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
use crate::roles::{self, Role, RoleType, store as all_roles};
use crate::routes::{Access, Routes};
use crate::search::{ListQuery, Search, Where};
use crate::{App, Tenant};

/// The name of the hidden role that makes an application an administrator of its tenant.
const ADMIN_ROLE: &str = "#internal:admin";

const LIST_QUERY: ListQuery = ListQuery {
    columns: "r.*",
    from: "applications_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id",
    order: "r.created_at, r.id",
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignRoles {
    role_ids: IdList,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleAssignment {
    role_ids: Vec<String>,
    added_role_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleIdsResponse {
    role_ids: Vec<String>,
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/applications/{id}/roles", Access::Management, list_roles)
        .old_post("/api/applications/{id}/roles", Access::Management, add_roles)
        .old_put("/api/applications/{id}/roles", Access::Management, replace_roles)
        .old_delete("/api/applications/{id}/roles/{roleId}", Access::Management, remove_role)
}

async fn list_roles(
    State(app): State<App>,
    tenant: Tenant,
    paging: Paging,
    query: QueryParams,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, roles::SEARCHABLE_COLUMNS)?;
    let (tenant, page) = (tenant.id(), paging.page());
    let read = move |r: &Read<'_>| {
        let application = require_machine_app(r, tenant, &id)?;
        let held = "x.tenant_id = {} and x.application_id = {} and r.name not like '#internal:%'";
        let condition = search.apply_to(Where::new(held, [tenant, &application.id]));
        Ok::<_, ApiError>(LIST_QUERY.rows::<Role>(r, &condition, Some(page))?)
    };
    let (total, roles) = app.db.read(read).await?;
    Ok(paging.response(total, &roles))
}

async fn add_roles(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<AssignRoles>,
) -> Result<(StatusCode, Json<RoleAssignment>), ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = require_machine_app(tx, tenant_id, &id)?;
        let (role_ids, mut added_role_ids) = (body.role_ids.0, Vec::new());
        for role in &role_ids {
            if assign(tx, &application, role)? {
                added_role_ids.push(role.clone());
            }
        }
        Ok::<_, ApiError>(RoleAssignment { role_ids, added_role_ids })
    };
    Ok((StatusCode::CREATED, Json(tenant.write_config(write).await?)))
}

/// Replaces the visible roles. Only `isAdmin` changes `#internal:admin`.
async fn replace_roles(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<AssignRoles>,
) -> Result<Json<RoleIdsResponse>, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = require_machine_app(tx, tenant_id, &id)?;
        tx.exec(
            sql!(
                "delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id in \
                 (select id from roles where tenant_id = $1 and name not like '#internal:%')"
            ),
            params![tenant_id, &application.id],
        )?;
        for role in &body.role_ids.0 {
            assign(tx, &application, role)?;
        }
        Ok::<_, ApiError>(RoleIdsResponse { role_ids: body.role_ids.0 })
    };
    Ok(Json(tenant.write_config(write).await?))
}

async fn remove_role(tenant: Tenant, Path((id, role)): Path<(String, String)>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    let text = sql!("delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id = $3");
    let write = move |tx: &Tx<'_>| {
        let application = require_machine_app(tx, tenant_id, &id)?;
        match tx.exec(text, params![tenant_id, application.id, role])? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    };
    tenant.write_config(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The application; it must be a machine-to-machine application.
fn require_machine_app(r: &Read<'_>, tenant: &str, id: &str) -> Result<Application, ApiError> {
    let application = store::get(r, tenant, id)?;
    require_machine_type(&application)?;
    Ok(application)
}

fn require_machine_type(application: &Application) -> Result<(), ApiError> {
    match application.kind {
        ApplicationType::MachineToMachine => Ok(()),
        _ => Err(ApiError::unprocessable("application.invalid_type")),
    }
}

/// Assigns a role to an application. Returns false if the application already had it.
fn assign(tx: &Tx<'_>, application: &Application, role: &str) -> Result<bool, ApiError> {
    let role = all_roles::get(tx, &application.tenant_id, role)?;
    if role.kind != RoleType::MachineToMachine {
        return Err(ApiError::unprocessable("application.invalid_role_type"));
    }
    let insert = sql!(
        "insert into applications_roles (tenant_id, application_id, role_id) values ($1, $2, $3) on conflict do nothing"
    );
    Ok(tx.exec(insert, params![&application.tenant_id, &application.id, role.id])? == 1)
}

fn assign_by_name(tx: &Tx<'_>, application: &Application, role: &str) -> Result<(), ApiError> {
    require_machine_type(application)?;
    let text = sql!("select id from roles where tenant_id = $1 and name = $2 and type = 'MachineToMachine'");
    let role: String = tx.query_one(text, params![&application.tenant_id, role])?;
    assign(tx, application, &role)?;
    Ok(())
}

/// Whether the application has the role `#internal:admin`.
///
/// # Errors
/// A failure of the database.
pub(super) fn has_admin_role(r: &Read<'_>, application: &Application) -> Result<bool, DbError> {
    let text = sql!(
        "select x.role_id from applications_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
         where x.tenant_id = $1 and x.application_id = $2 and r.name = $3"
    );
    Ok(r.query_opt::<String>(text, params![&application.tenant_id, &application.id, ADMIN_ROLE])?.is_some())
}

/// Assigns or removes the role `#internal:admin` (inventory M066).
///
/// # Errors
/// 422 `application.invalid_type` when the application can't have roles; 404 when the role was deleted.
pub(super) fn set_admin(tx: &Tx<'_>, application: &Application, is_admin: bool) -> Result<(), ApiError> {
    if is_admin {
        return assign_by_name(tx, application, ADMIN_ROLE);
    }
    tx.exec(
        sql!(
            "delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id in \
             (select id from roles where tenant_id = $1 and name = $3)"
        ),
        params![&application.tenant_id, &application.id, ADMIN_ROLE],
    )?;
    Ok(())
}

/// Allows a machine-to-machine application of `tenant` to call the Management API of the tenant `target`. Only
/// applications of the tenant `admin` may call that of another tenant.
///
/// # Errors
/// 404 when the application or the role for the API does not exist; 422 `application.invalid_type` for other types.
pub fn grant_management_api(tx: &Tx<'_>, tenant: &str, application_id: &str, target: &str) -> Result<(), ApiError> {
    let application = store::get(tx, tenant, application_id)?;
    match tenant {
        "admin" => assign_by_name(tx, &application, &format!("machine:mapi:{target}")),
        own if own == target => assign_by_name(tx, &application, "Logto Management API access"),
        _ => Err(ApiError::not_found()),
    }
}
