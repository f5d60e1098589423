//! The machine applications that hold a role (inventory M125–M127).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{params, sql};
use oauth::client::ApplicationType;
use serde::Deserialize;

use super::model::RoleType;
use super::store;
use crate::applications::{self, Application};
use crate::http::text::Ids;
use crate::http::{Body, Paged, QueryParams};
use crate::search::{Condition, Listing, Search};
use crate::{ApiError, App, Tenant};

const LISTING: Listing = Listing {
    columns: "a.*",
    from: "applications_roles x join applications a on a.tenant_id = x.tenant_id and a.id = x.application_id",
    order: "a.created_at desc, a.id",
};

pub(super) async fn list(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    paged: Paged,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::read(&query, applications::FIELDS)?;
    let (name, page) = (tenant.id(), paged.page());
    let (total, rows) = app
        .db
        .read(move |r| {
            store::find(r, name, &id)?;
            let condition = search.narrow(Condition::new("x.tenant_id = {} and x.role_id = {}", [name, &id]));
            Ok::<_, ApiError>(LISTING.rows::<Application>(r, &condition, Some(page))?)
        })
        .await?;
    Ok(paged.reply(total, &rows))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Addition {
    application_ids: Ids,
}

pub(super) async fn add(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<Addition>,
) -> Result<StatusCode, ApiError> {
    let name = tenant.id();
    tenant
        .write_config(move |tx| {
            let role = store::find(tx, name, &id)?;
            store::require_type(&role, RoleType::MachineToMachine)?;
            for application in &body.application_ids.0 {
                if applications::by_id(tx, name, application)?.kind != ApplicationType::MachineToMachine {
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

pub(super) async fn remove(
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
