//! Roles of machine-to-machine applications (inventory M072–M075), and those with a meaning of their own.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Read, Tx, params, sql};
use oauth::client::ApplicationType;
use serde::{Deserialize, Serialize};

use super::model::Application;
use super::store::by_id;
use crate::errors::ApiError;
use crate::http::text::Ids;
use crate::http::{Body, Paged, QueryParams};
use crate::roles::{self, Role, RoleType, store as all_roles};
use crate::routing::{Access, Routes};
use crate::search::{Condition, Listing, Search};
use crate::{App, Tenant};

/// The name of the hidden role that makes an application an administrator of its tenant.
const ADMIN: &str = "#internal:admin";

const LISTING: Listing = Listing {
    columns: "r.*",
    from: "applications_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id",
    order: "r.created_at, r.id",
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    role_ids: Ids,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    role_ids: Vec<String>,
    added_role_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replaced {
    role_ids: Vec<String>,
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/applications/{id}/roles", Access::Management, index)
        .post("/api/applications/{id}/roles", Access::Management, add)
        .put("/api/applications/{id}/roles", Access::Management, replace)
        .delete("/api/applications/{id}/roles/{roleId}", Access::Management, remove)
}

async fn index(
    State(app): State<App>,
    tenant: Tenant,
    paged: Paged,
    query: QueryParams,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let search = Search::read(&query, roles::FIELDS)?;
    let (tenant, page) = (tenant.id(), paged.page());
    let read = move |r: &Read<'_>| {
        let application = holder(r, tenant, &id)?;
        let held = "x.tenant_id = {} and x.application_id = {} and r.name not like '#internal:%'";
        let condition = search.narrow(Condition::new(held, [tenant, &application.id]));
        Ok::<_, ApiError>(LISTING.rows::<Role>(r, &condition, Some(page))?)
    };
    let (total, roles) = app.db.read(read).await?;
    Ok(paged.reply(total, &roles))
}

async fn add(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(wanted): Body<Wanted>,
) -> Result<(StatusCode, Json<Added>), ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = holder(tx, tenant_id, &id)?;
        let (role_ids, mut added_role_ids) = (wanted.role_ids.0, Vec::new());
        for role in &role_ids {
            if assign(tx, &application, role)? {
                added_role_ids.push(role.clone());
            }
        }
        Ok::<_, ApiError>(Added { role_ids, added_role_ids })
    };
    Ok((StatusCode::CREATED, Json(tenant.write_config(write).await?)))
}

/// Replaces the visible roles; `#internal:admin` is changed by `isAdmin` only.
async fn replace(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(wanted): Body<Wanted>,
) -> Result<Json<Replaced>, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = holder(tx, tenant_id, &id)?;
        tx.exec(
            sql!(
                "delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id in \
                 (select id from roles where tenant_id = $1 and name not like '#internal:%')"
            ),
            params![tenant_id, &application.id],
        )?;
        for role in &wanted.role_ids.0 {
            assign(tx, &application, role)?;
        }
        Ok::<_, ApiError>(Replaced { role_ids: wanted.role_ids.0 })
    };
    Ok(Json(tenant.write_config(write).await?))
}

async fn remove(tenant: Tenant, Path((id, role)): Path<(String, String)>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    let text = sql!("delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id = $3");
    let write = move |tx: &Tx<'_>| {
        let application = holder(tx, tenant_id, &id)?;
        match tx.exec(text, params![tenant_id, application.id, role])? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    };
    tenant.write_config(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The application, if it can hold roles.
fn holder(r: &Read<'_>, tenant: &str, id: &str) -> Result<Application, ApiError> {
    let application = by_id(r, tenant, id)?;
    must_hold_roles(&application)?;
    Ok(application)
}

fn must_hold_roles(application: &Application) -> Result<(), ApiError> {
    match application.kind {
        ApplicationType::MachineToMachine => Ok(()),
        _ => Err(ApiError::unprocessable("application.invalid_type")),
    }
}

/// Gives an application a role; whether it is new to the application.
fn assign(tx: &Tx<'_>, application: &Application, role: &str) -> Result<bool, ApiError> {
    let role = all_roles::find(tx, &application.tenant_id, role)?;
    if role.kind != RoleType::MachineToMachine {
        return Err(ApiError::unprocessable("application.invalid_role_type"));
    }
    let insert = sql!(
        "insert into applications_roles (tenant_id, application_id, role_id) values ($1, $2, $3) on conflict do nothing"
    );
    Ok(tx.exec(insert, params![&application.tenant_id, &application.id, role.id])? == 1)
}

fn assign_by_name(tx: &Tx<'_>, application: &Application, role: &str) -> Result<(), ApiError> {
    must_hold_roles(application)?;
    let text = sql!("select id from roles where tenant_id = $1 and name = $2 and type = 'MachineToMachine'");
    let role: String = tx.query_one(text, params![&application.tenant_id, role])?;
    assign(tx, application, &role)?;
    Ok(())
}

/// Whether the application holds `#internal:admin`.
///
/// # Errors
/// A failure of the database.
pub(super) fn is_admin(r: &Read<'_>, application: &Application) -> Result<bool, DbError> {
    let text = sql!(
        "select x.role_id from applications_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
         where x.tenant_id = $1 and x.application_id = $2 and r.name = $3"
    );
    Ok(r.query_opt::<String>(text, params![&application.tenant_id, &application.id, ADMIN])?.is_some())
}

/// Gives or takes the role `#internal:admin` (inventory M066).
///
/// # Errors
/// 422 `application.invalid_type` when an application that can't hold roles should get it; 404 when it was deleted.
pub(super) fn set_admin(tx: &Tx<'_>, application: &Application, is_admin: bool) -> Result<(), ApiError> {
    if is_admin {
        return assign_by_name(tx, application, ADMIN);
    }
    tx.exec(
        sql!(
            "delete from applications_roles where tenant_id = $1 and application_id = $2 and role_id in \
             (select id from roles where tenant_id = $1 and name = $3)"
        ),
        params![&application.tenant_id, &application.id, ADMIN],
    )?;
    Ok(())
}

/// Lets a machine-to-machine application of `tenant` call the Management API of tenant `target`: its own, or from the
/// tenant `admin` any.
///
/// # Errors
/// 404 when there is no such application, or no role for that API; 422 `application.invalid_type` for other types.
pub fn grant_management_api(tx: &Tx<'_>, tenant: &str, application_id: &str, target: &str) -> Result<(), ApiError> {
    let application = by_id(tx, tenant, application_id)?;
    match tenant {
        "admin" => assign_by_name(tx, &application, &format!("machine:mapi:{target}")),
        own if own == target => assign_by_name(tx, &application, "Logto Management API access"),
        _ => Err(ApiError::not_found()),
    }
}
