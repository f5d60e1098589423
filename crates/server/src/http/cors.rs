//! Cross-origin calls of the REST API: only the console's origin may (SURPRISES 21). `/oidc` has rules of its own.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::asked::Asked;

/// The answer to a preflight of the console under `/api`.
pub(crate) fn preflight(asked: &Asked, request: &Request, console: &str) -> Option<Response> {
    if asked.method != Method::OPTIONS || !asked.is_below("/api") {
        return None;
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin(asked, console)?);
    let methods = HeaderValue::from_static("GET,HEAD,PUT,POST,DELETE,PATCH");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(asked) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    Some((StatusCode::NO_CONTENT, headers).into_response())
}

/// Makes answers under `/api` readable by the console, and answers other `OPTIONS` there.
pub(crate) fn allow_console(asked: &Asked, mut response: Response, console: &str) -> Response {
    if !asked.is_below("/api") {
        return response;
    }
    match origin(asked, console) {
        Some(origin) => {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
            response
        }
        None if asked.method == Method::OPTIONS => options(response),
        None => response,
    }
}

/// The request's origin if it is the console's.
fn origin(asked: &Asked, console: &str) -> Option<HeaderValue> {
    asked.origin.clone().filter(|origin| origin.as_bytes() == console.as_bytes())
}

/// `OPTIONS` on a known path is 200 with `Allow`.
fn options(mut response: Response) -> Response {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}
