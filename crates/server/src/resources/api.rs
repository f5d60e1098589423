//! `/api/resources` (inventory M104–M109).

use ::api::resources::{CreateResource, ListResourcesQuery, UpdateIsDefault, UpdateResource};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::ids::ResourceId;
use serde::Serialize;

use super::model::Resource;
use super::scopes::{self, Scope};
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{OptionalPaging, Query, RequestBody};
use crate::routes::Routes;
use crate::work::View;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/resources", list_resources)
        .post("/api/resources", create_resource)
        .get("/api/resources/{id}", get_resource)
        .patch("/api/resources/{id}", update_resource)
        .delete("/api/resources/{id}", delete_resource)
        .patch("/api/resources/{id}/is-default", update_is_default)
}

/// A resource, with its scopes on request.
#[derive(Serialize)]
struct ResourceResponse {
    #[serde(flatten)]
    resource: Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Scope>>,
}

async fn list_resources(
    caller: ManagementCaller,
    paging: OptionalPaging,
    Query(query): Query<ListResourcesQuery>,
) -> Result<Response, ApiError> {
    let page = paging.page();
    let with_scopes = query.include_scopes.is_some_and(|value| !matches!(value.as_str(), "false" | "0"));
    let read = move |view: &View<'_>| {
        let (total, resources) = store::list_page(view, page)?;
        let mut scopes = if with_scopes { scopes::group_by_resource(view)? } else { Default::default() };
        let to_response = |resource: Resource| ResourceResponse {
            scopes: with_scopes.then(|| scopes.remove(&resource.id).unwrap_or_default()),
            resource,
        };
        Ok::<_, ApiError>((total, resources.into_iter().map(to_response).collect::<Vec<_>>()))
    };
    let (total, resources) = caller.read(read).await?;
    Ok(paging.response(total, &resources))
}

async fn create_resource(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateResource>,
) -> Result<(StatusCode, Json<ResourceResponse>), ApiError> {
    let resource = caller.write(move |work| store::create(work, new)).await?;
    Ok((StatusCode::CREATED, Json(ResourceResponse { resource, scopes: Some(Vec::new()) })))
}

async fn get_resource(caller: ManagementCaller, Path(id): Path<ResourceId>) -> Result<Json<Resource>, ApiError> {
    caller.read(move |view| store::get(view, &id)).await.map(Json)
}

async fn update_resource(
    caller: ManagementCaller,
    Path(id): Path<ResourceId>,
    RequestBody(patch): RequestBody<UpdateResource>,
) -> Result<Json<Resource>, ApiError> {
    caller.write(move |work| store::update(work, &id, patch)).await.map(Json)
}

async fn update_is_default(
    caller: ManagementCaller,
    Path(id): Path<ResourceId>,
    RequestBody(body): RequestBody<UpdateIsDefault>,
) -> Result<Json<Resource>, ApiError> {
    caller.write(move |work| store::set_default(work, &id, body.is_default)).await.map(Json)
}

async fn delete_resource(caller: ManagementCaller, Path(id): Path<ResourceId>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}
