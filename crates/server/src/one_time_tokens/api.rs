//! `/api/one-time-tokens` (inventory M291–M296).

use ::api::ErrorCode;
use ::api::one_time_tokens::{
    CreateOneTimeToken, ListOneTimeTokensQuery, OneTimeToken, OneTimeTokenStatus, UpdateOneTimeTokenStatus,
    VerifyOneTimeToken,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, Query, RequestBody};
use crate::interaction::to_api_error;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let one = "/api/one-time-tokens/{id}";
    Routes::new()
        .get("/api/one-time-tokens", list_tokens)
        .post("/api/one-time-tokens", create_token)
        .post("/api/one-time-tokens/verify", verify_token)
        .get(one, get_token)
        .delete(one, delete_token)
        .put("/api/one-time-tokens/{id}/status", put_status)
}

async fn list_tokens(
    caller: ManagementCaller,
    paging: Paging,
    Query(query): Query<ListOneTimeTokensQuery>,
) -> Result<Response, ApiError> {
    let page = paging.page();
    let (total, tokens) = caller.read(move |view| store::list(view, &query, page)).await?;
    Ok(paging.response(total, &tokens))
}

async fn create_token(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateOneTimeToken>,
) -> Result<(StatusCode, Json<OneTimeToken>), ApiError> {
    caller.write(move |work| store::create(work, new)).await.map(|token| (StatusCode::CREATED, Json(token)))
}

async fn get_token(caller: ManagementCaller, Path(id): Path<String>) -> Result<Json<OneTimeToken>, ApiError> {
    caller.read(move |view| store::get(view, &id)).await.map(Json)
}

async fn delete_token(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn verify_token(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<VerifyOneTimeToken>,
) -> Result<Json<OneTimeToken>, ApiError> {
    let used = caller.write(move |work| {
        let found = store::find(work, &body.token)?;
        if let Some(fault) = store::fault(found.as_ref(), &body.email, work.now()) {
            return Err(to_api_error(&fault.into()));
        }
        let token = found.ok_or_else(ApiError::not_found)?;
        if !store::consume(work, &token.id)? {
            return Err(to_api_error(&flow::error::OneTimeTokenFault::Consumed.into()));
        }
        store::get(work, &token.id)
    });
    used.await.map(Json)
}

async fn put_status(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<UpdateOneTimeTokenStatus>,
) -> Result<Json<OneTimeToken>, ApiError> {
    if body.status == OneTimeTokenStatus::Active {
        return Err(ApiError::bad_request(ErrorCode::OneTimeTokenCannotReactivateToken));
    }
    caller.write(move |work| store::set_status(work, &id, body.status)).await.map(Json)
}
