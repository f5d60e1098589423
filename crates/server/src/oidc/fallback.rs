//! Preflights, and the refusals of unknown routes and unreadable addresses below `/oidc` (inventory O012, trace 00-03).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::OAuthError;

use super::cors;
use super::error;
use crate::http::RequestInfo;

/// The response to a preflight below `/oidc`.
pub(crate) fn preflight(info: &RequestInfo, headers: &HeaderMap) -> Option<Response> {
    cors::preflight(&info.method, path_under_oidc(info)?, headers)
}

/// Replaces the bare 404 and 405 of unknown routes by an OAuth error.
pub(crate) fn unrecognized_route(info: &RequestInfo, response: Response) -> Response {
    let unknown = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
        && !response.headers().contains_key(header::CONTENT_TYPE);
    let Some(path) = path_under_oidc(info).filter(|_| unknown) else { return response };
    // Truncated so that a hostile path cannot inflate the response or the log.
    let truncated: String = path.chars().take(256).collect();
    let text = format!("unrecognized route or not allowed method ({} on {truncated})", info.method);
    let mut error = OAuthError::invalid_request(text);
    error.status = 404;
    error::to_api_error(&error, None, None).into_response()
}

/// The response to a request below `/oidc` whose address can't be read.
pub(crate) fn unreadable_address(info: &RequestInfo, reason: &str) -> Option<Response> {
    path_under_oidc(info)?;
    Some(error::to_api_error(&OAuthError::invalid_request(reason), None, None).into_response())
}

/// The path below `/oidc`; `/` for `/oidc` itself.
fn path_under_oidc(info: &RequestInfo) -> Option<&str> {
    let rest = info.uri.path().strip_prefix("/oidc")?;
    match rest {
        "" => Some("/"),
        _ => rest.starts_with('/').then_some(rest),
    }
}
