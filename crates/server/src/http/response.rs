//! Steps that every response passes after its handler.

use axum::body::HttpBody as _;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use kernel::Locale;
use kernel::text::excerpt;
use percent_encoding::percent_decode_str;

use super::request_info::RequestInfo;
use crate::errors::ApiError;

static SECURITY_HEADERS: [(HeaderName, HeaderValue); 8] = [
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

/// Adds the request id and the security headers (inventory F038), and logs the request without query, headers and body.
pub(crate) fn finalize_response(info: &RequestInfo, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.reserve(SECURITY_HEADERS.len() + 2);
    for (name, value) in &SECURITY_HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    // What the API says is for its caller alone, and for now.
    if info.path_starts_with("/api/") && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    if let Ok(value) = HeaderValue::from_str(&info.id.0) {
        headers.insert(&REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let micros = u64::try_from(info.started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (method, path) = (excerpt(info.method.as_str()), excerpt(redact_path(info.uri.path())));
    tracing::info!(method, path, status, micros, request_id = info.id.0, "request");
    response
}

/// Why the address of a request can't be read: NUL, which PostgreSQL can't compare, so that both engines behave alike, or the
/// path of an endpoint that is not UTF-8, which no parameter could hold (attack E8). Other paths get the page for unknown ones.
pub(crate) fn unreadable_address(info: &RequestInfo) -> Option<&'static str> {
    let address = info.uri.path_and_query()?;
    let is_endpoint = info.path_starts_with("/api/") || info.path_starts_with("/oidc/");
    if address.as_str().contains("%00") {
        return Some("The address must not hold NUL characters.");
    }
    let is_text = !is_endpoint || percent_decode_str(address.path()).decode_utf8().is_ok();
    (!is_text).then_some("The path of the address must be UTF-8.")
}

/// Translates API errors to the language of the request.
pub(crate) fn localize_error(info: &RequestInfo, response: Response) -> Response {
    if response.status() == StatusCode::OK {
        return response;
    }
    let error = response.extensions().get::<ApiError>().cloned();
    match (error, info.locale()) {
        (Some(error), locale) if locale != Locale::En => {
            let mut localized = error.to_response(locale);
            for (name, value) in response.headers() {
                if !localized.headers().contains_key(name) && name != header::CONTENT_LENGTH {
                    localized.headers_mut().append(name, value.clone());
                }
            }
            localized
        }
        _ => response,
    }
}

/// An extension of a response that is meant to have no body and no content type.
#[derive(Clone)]
pub(crate) struct NoStatusText;

/// Responses without a body get the status text as a plain-text body, such as `Not Found` (SURPRISES 22), unless the
/// status forbids a body.
pub(crate) fn text_body_for_bare_status(response: Response) -> Response {
    let status = response.status();
    let bare = !response.headers().contains_key(header::CONTENT_TYPE)
        && !response.headers().contains_key(header::LOCATION)
        && response.body().size_hint().exact() == Some(0)
        && response.extensions().get::<NoStatusText>().is_none();
    if !bare || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED || status.is_informational() {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, status.canonical_reason().unwrap_or_default().into())
}

/// The path to log. The path of an interaction contains its secret uid, which must not be logged (attack A11).
pub(crate) fn redact_path(path: &str) -> &str {
    match path {
        path if path.starts_with("/oidc/auth/") => "/oidc/auth/{uid}",
        path if path.starts_with("/oidc/device/") && path != "/oidc/device/auth" => "/oidc/device/{uid}",
        path => path,
    }
}
