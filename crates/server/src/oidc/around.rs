//! What stands around the routes below `/oidc`: preflights, and 404 in the provider's own words (inventory O012, trace 00-03).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::OAuthError;

use super::cors;
use super::failure;
use crate::http::RequestInfo;

/// The answer to a preflight below `/oidc`.
pub(crate) fn preflight(asked: &RequestInfo, headers: &HeaderMap) -> Option<Response> {
    cors::preflight(&asked.method, below(asked)?, headers)
}

/// Replaces the bare 404 and 405 of unknown routes.
pub(crate) fn name_unknown(asked: &RequestInfo, response: Response) -> Response {
    let unknown = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
        && !response.headers().contains_key(header::CONTENT_TYPE);
    let Some(path) = below(asked).filter(|_| unknown) else { return response };
    // Cut, so that a hostile path cannot blow up the answer or the log.
    let shown: String = path.chars().take(256).collect();
    let text = format!("unrecognized route or not allowed method ({} on {shown})", asked.method);
    let mut error = OAuthError::invalid_request(text);
    error.status = 404;
    failure::respond(&error, None, None).into_response()
}

/// The path below `/oidc`, `/` for that itself.
fn below(asked: &RequestInfo) -> Option<&str> {
    let rest = asked.uri.path().strip_prefix("/oidc")?;
    match rest {
        "" => Some("/"),
        _ => rest.starts_with('/').then_some(rest),
    }
}
