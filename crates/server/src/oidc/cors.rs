//! Cross-origin calls under `/oidc` (SURPRISES 21): preflights succeed for every origin, the real request is checked
//! against the client. Never with credentials.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::client::cors;
use oauth::{Client, OAuthError};

use super::context::Context;

/// Paths below `/oidc` that other origins may call, with their methods.
const ROUTES: [(&str, &str); 9] = [
    ("/.well-known/openid-configuration", "GET"),
    ("/.well-known/oauth-authorization-server", "GET"),
    ("/jwks", "GET"),
    ("/me", "GET,POST"),
    ("/token", "POST"),
    ("/token/introspection", "POST"),
    ("/token/revocation", "POST"),
    ("/request", "POST"),
    ("/device/auth", "POST"),
];

/// The answer to a preflight of a route that knows CORS; none for others.
pub fn preflight(method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    let origin = headers.get(header::ORIGIN)?;
    headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let (_, methods) = ROUTES.iter().find(|(known, _)| *known == path)?;
    if method != Method::OPTIONS {
        return None;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let out = response.headers_mut();
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    Some(response)
}

/// Makes an answer readable by every origin: the caller's, or `*` without one.
pub fn open(headers: &HeaderMap, mut response: Response) -> Response {
    let origin = headers.get(header::ORIGIN).cloned().unwrap_or(HeaderValue::from_static("*"));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response
}

/// The headers of a client's endpoint; `refused` when the origin was not the client's.
pub fn of_client(cx: &Context, response: Response, refused: bool) -> Response {
    let mut response = if refused { response } else { open(&cx.headers, response) };
    let exposed = HeaderValue::from_static("WWW-Authenticate");
    response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

/// Checks the request's origin, if it has one, against the client.
pub fn check(cx: &Context, client: &Client) -> Result<(), OAuthError> {
    match cx.headers.get(header::ORIGIN) {
        None => Ok(()),
        Some(origin) => cors::check(client, origin.to_str().unwrap_or_default(), cx.issuer()),
    }
}
