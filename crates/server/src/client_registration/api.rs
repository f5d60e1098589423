//! `/api/initial-access-tokens`.

use ::api::client_registration::{CreateInitialAccessToken, CreatedInitialAccessToken};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::ids::ApplicationId;

use super::store;
use crate::applications;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, RequestBody};
use crate::routes::Routes;
use crate::work::Work;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/initial-access-tokens", list_tokens)
        .post("/api/initial-access-tokens", create_token)
        .delete("/api/initial-access-tokens/{id}", delete_token)
        .delete("/api/applications/{id}/registration", end_registration)
}

async fn list_tokens(caller: ManagementCaller, paging: Paging) -> Result<Response, ApiError> {
    let page = paging.page();
    let (total, tokens) = caller.read(move |view| store::list(view, Some(page))).await?;
    Ok(paging.response(total, &tokens))
}

async fn create_token(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateInitialAccessToken>,
) -> Result<(StatusCode, Json<CreatedInitialAccessToken>), ApiError> {
    caller.write(move |work| store::create(work, new)).await.map(|token| (StatusCode::CREATED, Json(token)))
}

/// Clients that were registered with it stay.
async fn delete_token(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}

/// The client stays, but changes itself no more.
async fn end_registration(caller: ManagementCaller, Path(id): Path<ApplicationId>) -> Result<StatusCode, ApiError> {
    let end = move |work: &Work<'_>| {
        // A change that the client began before ends first.
        applications::get_for_update(work, &id)?;
        match store::end(work, &id)? {
            true => Ok(StatusCode::NO_CONTENT),
            false => Err(ApiError::not_found()),
        }
    };
    caller.write(end).await
}
