//! Routes of the roles of the organization template (inventory M171–M175).

use ::api::ids::OrganizationRoleId;
use ::api::organization_template::{CreateOrganizationRole, UpdateOrganizationRole};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::roles::{self, OrganizationRole};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams, RequestBody};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organization-roles", "/api/organization-roles/{id}");
    Routes::new()
        .get(all, list_organization_roles)
        .post(all, create_organization_role)
        .get(one, get_organization_role)
        .patch(one, update_organization_role)
        .delete(one, delete_organization_role)
}

async fn list_organization_roles(
    caller: ManagementCaller,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let (q, page) = (query.get("q").map(str::to_owned), paging.page());
    let (total, items) = caller.read(move |view| roles::list_page(view, q.as_deref(), page)).await?;
    Ok(paging.response(total, &items))
}

async fn create_organization_role(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateOrganizationRole>,
) -> Result<(StatusCode, Json<OrganizationRole>), ApiError> {
    caller.write(move |work| roles::create(work, new)).await.map(|role| (StatusCode::CREATED, Json(role)))
}

async fn get_organization_role(
    caller: ManagementCaller,
    Path(id): Path<OrganizationRoleId>,
) -> Result<Json<OrganizationRole>, ApiError> {
    caller.read(move |view| roles::get(view, &id)).await.map(Json)
}

async fn update_organization_role(
    caller: ManagementCaller,
    Path(id): Path<OrganizationRoleId>,
    RequestBody(patch): RequestBody<UpdateOrganizationRole>,
) -> Result<Json<OrganizationRole>, ApiError> {
    caller.write(move |work| roles::update(work, &id, patch)).await.map(Json)
}

async fn delete_organization_role(
    caller: ManagementCaller,
    Path(id): Path<OrganizationRoleId>,
) -> Result<StatusCode, ApiError> {
    caller.write(move |work| roles::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}
