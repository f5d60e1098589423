//! `/api/resources` (inventory M104–M109).

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{Read, Tx};
use serde::{Deserialize, Serialize};

use super::model::{NewResource, Resource, ResourcePatch};
use super::scopes::{self, Scope};
use super::store;
use crate::errors::ApiError;
use crate::http::{Body, MaybePaged};
use crate::routing::{Access, Routes};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/resources", Access::Management, index)
        .post("/api/resources", Access::Management, create)
        .get("/api/resources/{id}", Access::Management, show)
        .patch("/api/resources/{id}", Access::Management, update)
        .delete("/api/resources/{id}", Access::Management, remove)
        .patch("/api/resources/{id}/is-default", Access::Management, set_default)
}

/// A resource, with its scopes where they were asked for.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    resource: Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Scope>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    include_scopes: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DefaultFlag {
    is_default: bool,
}

async fn index(
    State(app): State<App>,
    tenant: Tenant,
    paged: MaybePaged,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paged.page());
    let with_scopes = wanted.include_scopes.is_some_and(|value| !matches!(value.as_str(), "false" | "0"));
    let read = move |r: &Read<'_>| {
        let (total, resources) = store::page(r, tenant, page)?;
        let mut scopes = if with_scopes { scopes::by_resource(r, tenant)? } else { Default::default() };
        let shown = |resource: Resource| Shown {
            scopes: with_scopes.then(|| scopes.remove(&resource.id).unwrap_or_default()),
            resource,
        };
        Ok::<_, ApiError>((total, resources.into_iter().map(shown).collect::<Vec<_>>()))
    };
    let (total, resources) = app.db.read(read).await?;
    Ok(paged.reply(total, &resources))
}

async fn create(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<NewResource>,
) -> Result<(StatusCode, Json<Shown>), ApiError> {
    let (tenant_id, rng, now) = (tenant.id(), app.rng.clone(), app.clock.now());
    let resource = tenant.write_config(move |tx: &Tx<'_>| store::create(tx, tenant_id, (&rng, now), new)).await?;
    Ok((StatusCode::CREATED, Json(Shown { resource, scopes: Some(Vec::new()) })))
}

async fn show(State(app): State<App>, tenant: Tenant, Path(id): Path<String>) -> Result<Json<Resource>, ApiError> {
    let tenant = tenant.id();
    Ok(Json(app.db.read(move |r| store::by_id(r, tenant, &id)).await?))
}

async fn update(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<ResourcePatch>,
) -> Result<Json<Resource>, ApiError> {
    let tenant_id = tenant.id();
    Ok(Json(tenant.write_config(move |tx: &Tx<'_>| store::update(tx, tenant_id, &id, patch)).await?))
}

async fn set_default(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(wanted): Body<DefaultFlag>,
) -> Result<Json<Resource>, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| store::set_default(tx, tenant_id, &id, wanted.is_default);
    Ok(Json(tenant.write_config(write).await?))
}

async fn remove(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    tenant.write_config(move |tx: &Tx<'_>| store::delete(tx, tenant_id, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
