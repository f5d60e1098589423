//! The routes `/api/organizations` and `/api/organizations/{id}` (inventory M128–M132).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::id;

use super::model::{Organization, OrganizationInput};
use super::store;
use crate::errors::ApiError;
use crate::http::{Body, Paging, QueryParams};
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organizations", "/api/organizations/{id}");
    Routes::new()
        .old_get(all, Access::Management, list_organizations)
        .old_post(all, Access::Management, create_organization)
        .old_get(one, Access::Management, get_organization)
        .old_patch(one, Access::Management, update_organization)
        .old_delete(one, Access::Management, delete_organization)
}

async fn list_organizations(
    State(app): State<App>,
    tenant: Tenant,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paging.page());
    let q = query.get("q").map(str::to_owned);
    if !query.is_true("showFeatured") {
        let (total, items) = app.db.read(move |r| store::list_page(r, tenant, q.as_deref(), page)).await?;
        return Ok(paging.response(total, &items));
    }
    let featured = app.db.read(move |r| {
        let (total, items) = store::list_page(r, tenant, q.as_deref(), page)?;
        Ok::<_, ApiError>((total, store::load_featured_users(r, tenant, items)?))
    });
    let (total, items) = featured.await?;
    Ok(paging.response(total, &items))
}

async fn create_organization(
    State(app): State<App>,
    tenant: Tenant,
    Body(new): Body<OrganizationInput>,
) -> Result<(StatusCode, Json<Organization>), ApiError> {
    new.check()?;
    let (tenant, id, now) = (tenant.id(), id::short_entity_id(&app.rng), app.clock.now());
    let created = app.db.write(move |tx| store::create(tx, tenant, (&id, now), new)).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

async fn get_organization(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<Organization>, ApiError> {
    let tenant = tenant.id();
    app.db.read(move |r| store::get(r, tenant, &id)).await.map(Json)
}

async fn update_organization(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<OrganizationInput>,
) -> Result<Json<Organization>, ApiError> {
    patch.check()?;
    let tenant = tenant.id();
    app.db.write(move |tx| store::update(tx, tenant, &id, patch)).await.map(Json)
}

async fn delete_organization(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| store::delete(tx, tenant, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
