//! `/api/resources` (inventory M104–M109).

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{Read, Tx};
use serde::{Deserialize, Serialize};

use super::model::{CreateResource, Resource, UpdateResource};
use super::scopes::{self, Scope};
use super::store;
use crate::errors::ApiError;
use crate::http::{Body, OptionalPaging};
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/resources", Access::Management, list_resources)
        .old_post("/api/resources", Access::Management, create_resource)
        .old_get("/api/resources/{id}", Access::Management, get_resource)
        .old_patch("/api/resources/{id}", Access::Management, update_resource)
        .old_delete("/api/resources/{id}", Access::Management, delete_resource)
        .old_patch("/api/resources/{id}/is-default", Access::Management, update_is_default)
}

/// A resource, with its scopes on request.
#[derive(Serialize)]
struct ResourceResponse {
    #[serde(flatten)]
    resource: Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Scope>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListResourcesQuery {
    include_scopes: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateIsDefault {
    is_default: bool,
}

async fn list_resources(
    State(app): State<App>,
    tenant: Tenant,
    paging: OptionalPaging,
    Query(query): Query<ListResourcesQuery>,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paging.page());
    let with_scopes = query.include_scopes.is_some_and(|value| !matches!(value.as_str(), "false" | "0"));
    let read = move |r: &Read<'_>| {
        let (total, resources) = store::list_page(r, tenant, page)?;
        let mut scopes = if with_scopes { scopes::group_by_resource(r, tenant)? } else { Default::default() };
        let to_response = |resource: Resource| ResourceResponse {
            scopes: with_scopes.then(|| scopes.remove(&resource.id).unwrap_or_default()),
            resource,
        };
        Ok::<_, ApiError>((total, resources.into_iter().map(to_response).collect::<Vec<_>>()))
    };
    let (total, resources) = app.db.read(read).await?;
    Ok(paging.response(total, &resources))
}

async fn create_resource(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<CreateResource>,
) -> Result<(StatusCode, Json<ResourceResponse>), ApiError> {
    let (tenant_id, rng, now) = (tenant.id(), app.rng.clone(), app.clock.now());
    let resource = tenant.write_config(move |tx: &Tx<'_>| store::create(tx, tenant_id, (&rng, now), new)).await?;
    Ok((StatusCode::CREATED, Json(ResourceResponse { resource, scopes: Some(Vec::new()) })))
}

async fn get_resource(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<Resource>, ApiError> {
    let tenant = tenant.id();
    Ok(Json(app.db.read(move |r| store::get(r, tenant, &id)).await?))
}

async fn update_resource(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<UpdateResource>,
) -> Result<Json<Resource>, ApiError> {
    let tenant_id = tenant.id();
    Ok(Json(tenant.write_config(move |tx: &Tx<'_>| store::update(tx, tenant_id, &id, patch)).await?))
}

async fn update_is_default(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<UpdateIsDefault>,
) -> Result<Json<Resource>, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| store::set_default(tx, tenant_id, &id, body.is_default);
    Ok(Json(tenant.write_config(write).await?))
}

async fn delete_resource(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    tenant.write_config(move |tx: &Tx<'_>| store::delete(tx, tenant_id, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
