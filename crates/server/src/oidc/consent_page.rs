//! `GET /consent`: passes first-party applications through without a page (inventory O116).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::consent::{self, Asked};
use super::context::Context;
use super::interactions;
use super::reply;
use crate::errors::ApiError;
use crate::pages::Visit;

/// The handler. Without any interaction the browser learns that this sign-in is over.
pub async fn get(cx: Context, visit: Visit) -> Response {
    if interactions::CookieMap::read(&cx.headers, &cx.config.cookie_keys).is_empty() {
        return reply::redirect(StatusCode::FOUND, &format!("{}/unknown-session", cx.tenant.endpoint()));
    }
    match run(&cx, &visit).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn run(cx: &Context, visit: &Visit) -> Result<Response, ApiError> {
    let interaction = interactions::load(&cx.app, &cx.tenant, &cx.headers, visit.query("app_id")).await?;
    let asked: Asked = consent::load(cx, interaction).await?;
    if asked.registered.client.is_third_party {
        // The page itself comes with the hosted pages.
        return Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, "request.feature_not_supported"));
    }
    let to = consent::allow(cx, asked, Vec::new()).await?;
    Ok(reply::redirect(StatusCode::FOUND, &to))
}
