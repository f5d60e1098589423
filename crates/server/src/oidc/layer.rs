//! Around the routes below `/oidc`: preflights, and 404 in the provider's own words (inventory O012, trace 00-03).

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use oauth::OAuthError;

use super::cors;
use super::failure;

/// Answers preflights, and replaces the bare 404 and 405 of unknown routes.
pub(crate) async fn surround(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let Some(rest) = path.strip_prefix("/oidc").filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
        return next.run(request).await;
    };
    let rest = if rest.is_empty() { "/".to_owned() } else { rest.to_owned() };
    let method = request.method().clone();
    if let Some(response) = cors::preflight(&method, &rest, request.headers()) {
        return response;
    }
    let response = next.run(request).await;
    let unknown = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
        && !response.headers().contains_key(header::CONTENT_TYPE);
    if !unknown {
        return response;
    }
    // Cut, so that a hostile path cannot blow up the answer or the log.
    let shown: String = rest.chars().take(256).collect();
    let text = format!("unrecognized route or not allowed method ({method} on {shown})");
    let mut error = OAuthError::invalid_request(text);
    error.status = 404;
    failure::respond(&error, None, None).into_response()
}
