//! CORS of the REST API: only the origin of the console is allowed, and every origin at the account API (SURPRISES 21, A009): it takes no
//! cookies, so that a page has only what its token opens. `/oidc` has separate rules.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::request_info::RequestInfo;

/// The response to a preflight request of an allowed origin under `/api`.
pub(crate) fn preflight(info: &RequestInfo, request: &Request, console: &str) -> Option<Response> {
    if info.method != Method::OPTIONS || !info.path_starts_with("/api") {
        return None;
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin(info, console)?);
    let methods = HeaderValue::from_static("GET,HEAD,PUT,POST,DELETE,PATCH");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(requested) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
    }
    Some((StatusCode::NO_CONTENT, headers).into_response())
}

/// Adds the CORS headers to responses to allowed origins under `/api`, and completes other `OPTIONS` responses there.
pub(crate) fn allow_origin(info: &RequestInfo, mut response: Response, console: &str) -> Response {
    if !info.path_starts_with("/api") {
        return response;
    }
    match origin(info, console) {
        Some(origin) => {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
            response
        }
        None if info.method == Method::OPTIONS => options(response),
        None => response,
    }
}

/// The origin of the request if it is allowed; what has none may be anybody's at the account API.
fn origin(info: &RequestInfo, console: &str) -> Option<HeaderValue> {
    let is_open = info.path_starts_with("/api/my-account") || info.path_starts_with("/api/verifications");
    match info.origin.clone() {
        None if is_open => Some(HeaderValue::from_static("*")),
        origin => origin.filter(|origin| is_open || origin.as_bytes() == console.as_bytes()),
    }
}

/// `OPTIONS` on a known path is 200 with `Allow`.
fn options(mut response: Response) -> Response {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}
