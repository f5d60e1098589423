//! `/api/custom-profile-fields` (inventory M227–M233).

use ::api::profile_fields::{
    CreateProfileField, CreateProfileFields, ProfileField, UpdateProfileField, UpdateProfileFieldsOrder,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;

use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::work::View;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/custom-profile-fields", list_fields)
        .post("/api/custom-profile-fields", create_field)
        .post("/api/custom-profile-fields/batch", create_fields)
        .post("/api/custom-profile-fields/properties/sie-order", update_order)
        .get("/api/custom-profile-fields/{name}", get_field)
        .put("/api/custom-profile-fields/{name}", update_field)
        .delete("/api/custom-profile-fields/{name}", delete_field)
}

async fn list_fields(caller: ManagementCaller) -> Result<Json<Vec<ProfileField>>, ApiError> {
    let read = |view: &View<'_>| Ok::<_, ApiError>(store::list(view)?);
    caller.read(read).await.map(Json)
}

async fn create_field(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateProfileField>,
) -> Result<(StatusCode, Json<ProfileField>), ApiError> {
    let field = caller.write(move |work| store::create(work, &new)).await?;
    Ok((StatusCode::CREATED, Json(field)))
}

async fn create_fields(
    caller: ManagementCaller,
    RequestBody(CreateProfileFields(new)): RequestBody<CreateProfileFields>,
) -> Result<(StatusCode, Json<Vec<ProfileField>>), ApiError> {
    let create = caller.write(move |work| new.iter().map(|field| store::create(work, field)).collect());
    let fields: Result<Vec<ProfileField>, ApiError> = create.await;
    Ok((StatusCode::CREATED, Json(fields?)))
}

async fn get_field(caller: ManagementCaller, Path(name): Path<String>) -> Result<Json<ProfileField>, ApiError> {
    caller.read(move |view| store::get(view, &name)).await.map(Json)
}

async fn update_field(
    caller: ManagementCaller,
    Path(name): Path<String>,
    RequestBody(field): RequestBody<UpdateProfileField>,
) -> Result<Json<ProfileField>, ApiError> {
    caller.write(move |work| store::update(work, &name, &field)).await.map(Json)
}

async fn delete_field(caller: ManagementCaller, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &name)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn update_order(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<UpdateProfileFieldsOrder>,
) -> Result<Json<Vec<ProfileField>>, ApiError> {
    caller.write(move |work| store::set_order(work, &body.order)).await.map(Json)
}
