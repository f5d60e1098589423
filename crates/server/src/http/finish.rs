//! What every answer gets after its route.

use axum::body::HttpBody as _;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::Locale;

use super::asked::Asked;
use crate::errors::ApiError;

static HEADERS: [(HeaderName, HeaderValue); 8] = [
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("origin-agent-cluster"), HeaderValue::from_static("?1")),
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=15552000; includeSubDomains")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("x-download-options"), HeaderValue::from_static("noopen")),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
    (header::X_XSS_PROTECTION, HeaderValue::from_static("0")),
];
static REQUEST_ID: HeaderName = HeaderName::from_static("logto-core-request-id");

/// Request id, security headers (inventory F038) and one log line per request without query, headers or body.
pub(crate) fn finish(asked: &Asked, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.reserve(HEADERS.len() + 2);
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    if let Ok(value) = HeaderValue::from_str(&asked.id.0) {
        headers.insert(&REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let micros = u64::try_from(asked.started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(method = %asked.method, path = shown(asked.uri.path()), status, micros, request_id = asked.id.0, "request");
    response
}

/// The refusal of NUL in addresses: PostgreSQL can't compare text with it, and both engines must answer alike (attack E8).
pub(crate) fn refuse_nul(asked: &Asked) -> Option<Response> {
    let address = asked.uri.path_and_query()?.as_str();
    let refuse = || super::body::invalid_input(&[], "addresses must not hold NUL characters").into_response();
    address.contains("%00").then(refuse)
}

/// Gives API errors the reader's language.
pub(crate) fn localise(asked: &Asked, response: Response) -> Response {
    if response.status() == StatusCode::OK {
        return response;
    }
    let error = response.extensions().get::<ApiError>().cloned();
    match (error, asked.locale()) {
        (Some(error), locale) if locale != Locale::En => {
            let mut localised = error.respond(locale);
            for (name, value) in response.headers() {
                if !localised.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                    localised.headers_mut().append(name, value.clone());
                }
            }
            localised
        }
        _ => response,
    }
}

/// Answers without a body carry the status text as plain text, as in `Not Found` and `Created` (SURPRISES 22), except
/// those that may have none.
pub(crate) fn plain_status(response: Response) -> Response {
    let status = response.status();
    let bare = !response.headers().contains_key(header::CONTENT_TYPE)
        && !response.headers().contains_key(header::LOCATION)
        && response.body().size_hint().exact() == Some(0);
    if !bare || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED || status.is_informational() {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, status.canonical_reason().unwrap_or_default().into())
}

/// A path as the log shows it. One address holds a handle, that of a sign-in under way, which is for its browser alone
/// (attack A11).
fn shown(path: &str) -> &str {
    if path.starts_with("/oidc/auth/") { "/oidc/auth/{uid}" } else { path }
}
