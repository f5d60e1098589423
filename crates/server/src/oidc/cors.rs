//! Cross-origin calls under `/oidc` (SURPRISES 21): preflights succeed for every origin, the real request is checked
//! against the client. Never with credentials.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::client::cors;
use oauth::{Client, OAuthError};

use super::dpop;
use crate::callers::RequestContext;

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

/// The response to a preflight of a route with CORS; `None` for other requests.
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
    if let Some(requested) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        out.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
    }
    Some(response)
}

/// Allows the origin of the request to read the response; `*` for requests without an origin.
pub fn allow_origin(headers: &HeaderMap, mut response: Response) -> Response {
    let origin = headers.get(header::ORIGIN).cloned().unwrap_or(HeaderValue::from_static("*"));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response
}

/// Adds the CORS headers of endpoints for clients; `origin_denied` when the origin is not the client's.
pub fn with_client_headers(req: &RequestContext, response: Response, origin_denied: bool) -> Response {
    let mut response = if origin_denied { response } else { allow_origin(&req.headers, response) };
    let exposed = if dpop::has_proof(req) { "WWW-Authenticate, DPoP-Nonce" } else { "WWW-Authenticate" };
    let exposed = HeaderValue::from_static(exposed);
    response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

/// Checks the request's origin, if it has one, against the client.
pub fn check(req: &RequestContext, client: &Client) -> Result<(), OAuthError> {
    match req.headers.get(header::ORIGIN) {
        None => Ok(()),
        Some(origin) => cors::check(client, origin.to_str().unwrap_or_default(), req.issuer()),
    }
}
