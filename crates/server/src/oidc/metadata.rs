//! Discovery and keys (inventory O001, O002).

use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};

use super::cors;
use crate::callers::Anyone;
use crate::http::RequestInfo;
use crate::tenants::config::Document;
use crate::{ApiError, Tenant};

pub const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";
pub const DISCOVERY_ALIAS: &str = "/oidc/.well-known/oauth-authorization-server";
/// Where RFC 8414 section 3.1 puts the metadata of an issuer with a path.
pub const DISCOVERY_BY_ISSUER: &str = "/.well-known/oauth-authorization-server/oidc";
pub const JWKS: &str = "/oidc/jwks";

/// The response to a plain GET of a document, without routing. Other requests (other methods, a query, unreadable
/// configuration) take the declared routes.
pub(crate) async fn fast_path(tenant: &Tenant, info: &RequestInfo, headers: &HeaderMap) -> Option<Response> {
    if info.method != Method::GET || info.uri.query().is_some() {
        return None;
    }
    let response = match info.uri.path() {
        DISCOVERY | DISCOVERY_ALIAS | DISCOVERY_BY_ISSUER => discovery(tenant, headers).await,
        JWKS => jwks(tenant, headers).await,
        _ => return None,
    };
    response.ok()
}

/// `GET /oidc/.well-known/openid-configuration` and its aliases.
///
/// # Errors
/// 503 when the tenant's configuration cannot be read.
pub async fn get_discovery(caller: Anyone) -> Result<Response, ApiError> {
    discovery(&caller.tenant, &caller.headers).await
}

/// `GET /oidc/jwks`.
///
/// # Errors
/// As [`get_discovery`].
pub async fn get_jwks(caller: Anyone) -> Result<Response, ApiError> {
    jwks(&caller.tenant, &caller.headers).await
}

async fn discovery(tenant: &Tenant, headers: &HeaderMap) -> Result<Response, ApiError> {
    let config = tenant.config().await?;
    Ok(document_response(headers, &config.keys.documents.discovery, "application/json; charset=utf-8"))
}

async fn jwks(tenant: &Tenant, headers: &HeaderMap) -> Result<Response, ApiError> {
    let config = tenant.config().await?;
    let mut response =
        document_response(headers, &config.keys.documents.jwks, "application/jwk-set+json; charset=utf-8");
    let revalidate = HeaderValue::from_static("no-cache, max-age=0, must-revalidate");
    response.headers_mut().insert(header::CACHE_CONTROL, revalidate);
    Ok(response)
}

fn document_response(request_headers: &HeaderMap, document: &Document, media_type: &'static str) -> Response {
    let mut response = document.text.clone().into_response();
    let headers = response.headers_mut();
    // Room for the headers of every response; without it the map grows three times.
    headers.reserve(20);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::ETAG, document.etag.clone());
    cors::allow_origin(request_headers, response)
}
