//! Discovery and keys (inventory O001, O002).

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::cors;
use crate::tenants::config::Document;
use crate::{ApiError, Tenant};

/// `GET /oidc/.well-known/openid-configuration` and its alias.
///
/// # Errors
/// 503 when the tenant's configuration cannot be read.
pub async fn discovery(tenant: Tenant, request: Request) -> Result<Response, ApiError> {
    let config = tenant.config().await?;
    Ok(answer(&request, &config.documents.discovery, "application/json; charset=utf-8"))
}

/// `GET /oidc/jwks`.
///
/// # Errors
/// As [`discovery`].
pub async fn jwks(tenant: Tenant, request: Request) -> Result<Response, ApiError> {
    let config = tenant.config().await?;
    let mut response = answer(&request, &config.documents.jwks, "application/jwk-set+json; charset=utf-8");
    let fresh = HeaderValue::from_static("no-cache, max-age=0, must-revalidate");
    response.headers_mut().insert(header::CACHE_CONTROL, fresh);
    Ok(response)
}

fn answer(request: &Request, document: &Document, media_type: &'static str) -> Response {
    let mut response = document.text.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::ETAG, document.etag.clone());
    cors::open(request.headers(), response)
}
