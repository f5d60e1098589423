//! Discovery and keys (inventory O001, O002).

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::context::Context;
use super::cors;

/// `GET /oidc/.well-known/openid-configuration` and its alias.
pub async fn discovery(cx: Context) -> Response {
    let mut response = cx.config.documents.discovery.clone().into_response();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    cors::open(&cx, response)
}

/// `GET /oidc/jwks`.
pub async fn jwks(cx: Context) -> Response {
    let mut response = cx.config.documents.jwks.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, max-age=0, must-revalidate"));
    cors::open(&cx, response)
}
