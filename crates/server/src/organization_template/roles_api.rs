//! Routes of the roles of the organization template (inventory M171–M175).

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::NameAndDescription;
use super::roles::{self, OrganizationRole, OrganizationRoleInput, RoleType};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::body::double_option;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationRoleRequest {
    name: Option<String>,
    #[serde(default, deserialize_with = "double_option")]
    description: Option<Option<String>>,
    #[serde(rename = "type")]
    kind: Option<RoleType>,
    #[serde(default)]
    organization_scope_ids: IdList,
    #[serde(default)]
    resource_scope_ids: IdList,
}

impl OrganizationRoleRequest {
    fn into_input(self) -> Result<OrganizationRoleInput, ApiError> {
        let text = NameAndDescription { name: self.name, description: self.description };
        text.check()?;
        Ok(OrganizationRoleInput {
            text,
            kind: self.kind,
            scopes: self.organization_scope_ids.0,
            resource_scopes: self.resource_scope_ids.0,
        })
    }
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
    Body(body): Body<OrganizationRoleRequest>,
) -> Result<(StatusCode, Json<OrganizationRole>), ApiError> {
    let new = body.into_input()?;
    new.text.name()?;
    caller.write(move |work| roles::create(work, &new)).await.map(|role| (StatusCode::CREATED, Json(role)))
}

async fn get_organization_role(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<OrganizationRole>, ApiError> {
    caller.read(move |view| roles::get(view, &id)).await.map(Json)
}

async fn update_organization_role(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<OrganizationRoleRequest>,
) -> Result<Json<OrganizationRole>, ApiError> {
    let patch = body.into_input()?;
    caller.write(move |work| roles::update(work, &id, &patch)).await.map(Json)
}

async fn delete_organization_role(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| roles::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}
