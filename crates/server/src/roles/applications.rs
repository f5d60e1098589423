//! The machine-to-machine applications of a role (inventory M125–M127).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{params, sql};
use oauth::client::ApplicationType;
use serde::Deserialize;

use super::model::RoleType;
use super::store;
use crate::applications::{self, Application};
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
use crate::search::{ListQuery, Search, Where};
use crate::{ApiError, App, Tenant};

const LIST_QUERY: ListQuery = ListQuery {
    columns: "a.*",
    from: "applications_roles x join applications a on a.tenant_id = x.tenant_id and a.id = x.application_id",
    order: "a.created_at desc, a.id",
};

pub(super) async fn list_applications(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, applications::SEARCHABLE_COLUMNS)?;
    let (name, page) = (tenant.id(), paging.page());
    let (total, rows) = app
        .db
        .read(move |r| {
            store::get(r, name, &id)?;
            let condition = search.apply_to(Where::new("x.tenant_id = {} and x.role_id = {}", [name, &id]));
            Ok::<_, ApiError>(LIST_QUERY.rows::<Application>(r, &condition, Some(page))?)
        })
        .await?;
    Ok(paging.response(total, &rows))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddRoleApplications {
    application_ids: IdList,
}

pub(super) async fn add_applications(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<AddRoleApplications>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    tenant
        .write_config(move |tx| {
            let role = store::get(tx, name, &id)?;
            store::require_type(&role, RoleType::MachineToMachine)?;
            for application in &body.application_ids.0 {
                if applications::get(tx, name, application)?.kind != ApplicationType::MachineToMachine {
                    return Err(ApiError::unprocessable("application.invalid_type"));
                }
                let insert = sql!(
                    "insert into applications_roles (tenant_id, application_id, role_id) values ($1, $2, $3) \
                     on conflict do nothing"
                );
                if tx.exec(insert, params![name, application, &id])? == 0 {
                    return Err(ApiError::unprocessable("role.application_exists"));
                }
            }
            Ok(())
        })
        .await?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn remove_application(
    tenant: Tenant,
    Path((id, application)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    tenant
        .write_config(move |tx| {
            let delete =
                sql!("delete from applications_roles where tenant_id = $1 and role_id = $2 and application_id = $3");
            match tx.exec(delete, params![name, &id, &application])? {
                0 => Err(ApiError::not_found()),
                _ => Ok(()),
            }
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
