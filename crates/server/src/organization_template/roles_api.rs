//! Routes of the roles of the organization template (inventory M171–M175).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{Tx, params, sql};
use kernel::id;
use serde::Deserialize;

use super::roles::{self, OrganizationRole, RoleData, RoleType};
use super::{Text, deleted};
use crate::errors::ApiError;
use crate::http::body::nullable;
use crate::http::text::Ids;
use crate::http::{Body, Paged, QueryParams};
use crate::routing::{Access, Routes};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organization-roles", "/api/organization-roles/{id}");
    Routes::new()
        .get(all, Access::Management, list)
        .post(all, Access::Management, create)
        .get(one, Access::Management, get)
        .patch(one, Access::Management, update)
        .delete(one, Access::Management, delete)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleBody {
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<String>>,
    #[serde(rename = "type")]
    kind: Option<RoleType>,
    #[serde(default)]
    organization_scope_ids: Ids,
    #[serde(default)]
    resource_scope_ids: Ids,
}

async fn list(State(app): State<App>, tenant: Tenant, query: QueryParams, paged: Paged) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paged.page());
    let q = query.get("q").map(str::to_owned);
    let (total, items) = app.db.read(move |r| roles::page(r, tenant, q.as_deref(), page)).await?;
    Ok(paged.reply(total, &items))
}

async fn create(
    State(app): State<App>,
    tenant: Tenant,
    Body(body): Body<RoleBody>,
) -> Result<(StatusCode, Json<OrganizationRole>), ApiError> {
    let new = RoleData { text: Text { name: body.name, description: body.description }, kind: body.kind };
    new.text.check()?;
    new.text.name()?;
    let scopes = body.organization_scope_ids.0;
    let resource_scopes = body.resource_scope_ids.0;
    let (own, id, now) = (tenant.id(), id::long(&app.rng), app.clock.now());
    let write = move |tx: &Tx<'_>| roles::create(tx, own, (&id, now), &new, (&scopes, &resource_scopes));
    Ok((StatusCode::CREATED, Json(tenant.write_config(write).await?)))
}

async fn get(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<OrganizationRole>, ApiError> {
    let tenant = tenant.id();
    app.db.read(move |r| roles::by_id(r, tenant, &id)).await.map(Json)
}

async fn update(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<RoleBody>,
) -> Result<Json<OrganizationRole>, ApiError> {
    let patch = RoleData { text: Text { name: body.name, description: body.description }, kind: body.kind };
    patch.text.check()?;
    let own = tenant.id();
    tenant.write_config(move |tx| roles::update(tx, own, &id, &patch)).await.map(Json)
}

async fn delete(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let own = tenant.id();
    let text = sql!("delete from organization_roles where tenant_id = $1 and id = $2");
    tenant.write_config(move |tx| deleted(tx.exec(text, params![own, &id])?)).await
}
