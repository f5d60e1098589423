//! The outer layers.

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::Locale;

use crate::App;
use crate::errors::ApiError;

/// The id that a response carries as `Logto-Core-Request-Id` and the log names (inventory M011).
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

const HEADERS: [(&str, &str); 8] = [
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("strict-transport-security", "max-age=15552000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-download-options", "noopen"),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-xss-protection", "0"),
];

/// Request id, security headers (inventory F038) and one log line per request without query, headers or body.
pub(crate) async fn finish(mut request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let rng = request.extensions().get::<App>().map(|app| app.rng.clone()).unwrap_or_default();
    let id = rng.text(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 16);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        if !headers.contains_key(name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("logto-core-request-id", value);
    }
    let status = response.status().as_u16();
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(%method, path, status, micros, request_id = id, "request");
    response
}

/// Refuses NUL in addresses: PostgreSQL can't compare text with it, and both engines must answer alike (attack E8).
pub(crate) async fn refuse_nul(request: Request, next: Next) -> Response {
    match request.uri().path_and_query().is_some_and(|address| address.as_str().contains("%00")) {
        true => super::body::invalid_input(&[], "addresses must not hold NUL characters").into_response(),
        false => next.run(request).await,
    }
}

/// Gives API errors the reader's language: `?locale`, then `Accept-Language`, then English (inventory H112).
pub(crate) async fn localise(request: Request, next: Next) -> Response {
    let locale = request_locale(request.uri(), request.headers());
    let response = next.run(request).await;
    let error = response.extensions().get::<ApiError>().cloned();
    match (error, locale) {
        (Some(error), locale) if locale != Locale::En && response.status() != StatusCode::OK => {
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

/// The language for messages of this request.
pub fn request_locale(uri: &Uri, headers: &HeaderMap) -> Locale {
    let asked = uri.query().and_then(|query| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "locale")
            .and_then(|(_, value)| Locale::from_tag(&value))
    });
    let accepted = || headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(Locale::from_accept_language);
    asked.or_else(accepted).unwrap_or_default()
}

/// The request's id from its extensions.
impl RequestId {
    /// The id, empty outside the server.
    pub fn of(extensions: &Extensions) -> &str {
        extensions.get::<Self>().map_or("", |id| &id.0)
    }
}
