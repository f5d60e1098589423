//! `/api/captcha-provider` (inventory M260–M262).

use ::api::captcha_provider::{CaptchaProvider, UpdateCaptchaProvider};
use axum::Json;
use axum::http::StatusCode;

use super::{provider, store};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::body::invalid_body;
use crate::routes::Routes;

const PATH: &str = "/api/captcha-provider";

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, get_provider).put(PATH, put_provider).delete(PATH, delete_provider)
}

async fn get_provider(caller: ManagementCaller) -> Result<Json<CaptchaProvider>, ApiError> {
    caller.read(store::get).await.map(Json)
}

async fn put_provider(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<UpdateCaptchaProvider>,
) -> Result<Json<CaptchaProvider>, ApiError> {
    provider::check_config(&body.config).map_err(|issues| invalid_body(&issues))?;
    caller.write(move |work| store::put(work, body.config)).await.map(Json)
}

async fn delete_provider(caller: ManagementCaller) -> Result<StatusCode, ApiError> {
    caller.write(store::delete).await.map(|()| StatusCode::NO_CONTENT)
}
