//! The routes `/api/organizations` and `/api/organizations/{id}` (inventory M128–M132).

use ::api::ids::OrganizationId;
use ::api::organizations::{CreateOrganization, UpdateOrganization};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::model::Organization;
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams, RequestBody};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organizations", "/api/organizations/{id}");
    Routes::new()
        .get(all, list_organizations)
        .post(all, create_organization)
        .get(one, get_organization)
        .patch(one, update_organization)
        .delete(one, delete_organization)
}

async fn list_organizations(
    caller: ManagementCaller,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let (q, page) = (query.get("q").map(str::to_owned), paging.page());
    if !query.is_true("showFeatured") {
        let (total, items) = caller.read(move |view| store::list_page(view, q.as_deref(), page)).await?;
        return Ok(paging.response(total, &items));
    }
    let featured = caller.read(move |view| {
        let (total, items) = store::list_page(view, q.as_deref(), page)?;
        Ok::<_, ApiError>((total, store::load_featured_users(view, items)?))
    });
    let (total, items) = featured.await?;
    Ok(paging.response(total, &items))
}

async fn create_organization(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateOrganization>,
) -> Result<(StatusCode, Json<Organization>), ApiError> {
    caller.write(move |work| store::create(work, new)).await.map(|created| (StatusCode::CREATED, Json(created)))
}

async fn get_organization(
    caller: ManagementCaller,
    Path(id): Path<OrganizationId>,
) -> Result<Json<Organization>, ApiError> {
    caller.read(move |view| store::get(view, &id)).await.map(Json)
}

async fn update_organization(
    caller: ManagementCaller,
    Path(id): Path<OrganizationId>,
    RequestBody(patch): RequestBody<UpdateOrganization>,
) -> Result<Json<Organization>, ApiError> {
    caller.write(move |work| store::update(work, &id, patch)).await.map(Json)
}

async fn delete_organization(caller: ManagementCaller, Path(id): Path<OrganizationId>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}
