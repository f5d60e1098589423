//! Routes of organizations themselves (inventory M128–M132).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id;

use super::model::{Organization, OrganizationPatch};
use super::store;
use crate::errors::ApiError;
use crate::http::{Body, Paged, QueryParams};
use crate::routing::{Access, Routes};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organizations", "/api/organizations/{id}");
    Routes::new()
        .get(all, Access::Management, list)
        .post(all, Access::Management, create)
        .get(one, Access::Management, get)
        .patch(one, Access::Management, update)
        .delete(one, Access::Management, delete)
}

async fn list(State(app): State<App>, tenant: Tenant, query: QueryParams, paged: Paged) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paged.page());
    let q = query.get("q").map(str::to_owned);
    if !query.is_true("showFeatured") {
        let (total, items) = app.db.read(move |r| store::page(r, tenant, q.as_deref(), page)).await?;
        return Ok(paged.reply(total, &items));
    }
    let featured = app.db.read(move |r| {
        let (total, items) = store::page(r, tenant, q.as_deref(), page)?;
        Ok::<_, ApiError>((total, store::featured(r, tenant, items)?))
    });
    let (total, items) = featured.await?;
    Ok(paged.reply(total, &items))
}

async fn create(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<OrganizationPatch>,
) -> Result<(StatusCode, Json<Organization>), ApiError> {
    new.check()?;
    let (tenant, id, now) = (tenant.id(), id::short(&app.rng), app.clock.now());
    let created = app.db.write(move |tx| store::create(tx, tenant, (&id, now), new)).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

async fn get(State(app): State<App>, tenant: Tenant, Path(id): Path<String>) -> Result<Json<Organization>, ApiError> {
    let tenant = tenant.id();
    app.db.read(move |r| store::by_id(r, tenant, &id)).await.map(Json)
}

async fn update(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<OrganizationPatch>,
) -> Result<Json<Organization>, ApiError> {
    patch.check()?;
    let tenant = tenant.id();
    app.db.write(move |tx| store::update(tx, tenant, &id, patch)).await.map(Json)
}

async fn delete(State(app): State<App>, tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| store::delete(tx, tenant, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
