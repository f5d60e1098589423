//! What a browser sends with its cookies counts only if one of our own pages sent it (attack F11). Browsers say where a
//! request comes from (`Origin`, RFC 6454, and `Sec-Fetch-Site`, W3C Fetch Metadata); other clients say nothing.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, StatusCode, header};
use url::Url;

use super::{Access, Caller, RequestContext};
use crate::App;
use crate::errors::ApiError;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A request that no other website made the browser send. Derefs to its request.
#[derive(Clone)]
pub struct SameOrigin(pub RequestContext);

impl Caller for SameOrigin {
    const ACCESS: Access = Access::Public;
}

impl Deref for SameOrigin {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.0
    }
}

impl FromRequestParts<App> for SameOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let request = RequestContext::of(parts).await?;
        require_same_origin(&request)?;
        Ok(Self(request))
    }
}

/// Refuses a write that another website caused.
///
/// # Errors
/// 403 `session.cross_site_request`.
pub fn require_same_origin(request: &RequestContext) -> Result<(), ApiError> {
    if is_safe(&request.method) {
        return Ok(());
    }
    let sites: Vec<&[u8]> = request.headers.get_all(SEC_FETCH_SITE).iter().map(|site| site.as_bytes()).collect();
    // Browsers that hide where they come from send `Origin: null` also to the page's own origin, and say so here.
    let says_own = !sites.is_empty() && sites.iter().all(|site| matches!(*site, b"same-origin" | b"none"));
    let mut origins = request.headers.get_all(header::ORIGIN).iter().map(|origin| origin.to_str().unwrap_or_default());
    let is_own = |origin: &str| (origin == "null" && says_own) || is_own_origin(request, origin);
    if (sites.is_empty() || says_own) && origins.all(is_own) {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::FORBIDDEN, "session.cross_site_request"))
}

/// Refuses a write whose body another website could send without asking first (Fetch section 2.2.2, "CORS-safelisted"):
/// everything but JSON.
///
/// # Errors
/// 415 `guard.mime_type_not_allowed`.
pub fn require_json_body(request: &RequestContext) -> Result<(), ApiError> {
    if is_safe(&request.method) {
        return Ok(());
    }
    let length = request.headers.get(header::CONTENT_LENGTH);
    let is_empty = length.is_some_and(|length| length == "0");
    let has_body = length.is_some() || request.headers.contains_key(header::TRANSFER_ENCODING);
    let is_json = match request.headers.get(header::CONTENT_TYPE) {
        Some(kind) => kind.to_str().is_ok_and(is_json_type),
        None => !has_body,
    };
    if is_empty || is_json {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "guard.mime_type_not_allowed")
        .with_oauth_member("details", "Send the body as application/json."))
}

fn is_json_type(kind: &str) -> bool {
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether `origin` is the tenant's endpoint, or the address that the browser itself used for this request.
fn is_own_origin(request: &RequestContext, origin: &str) -> bool {
    let Ok(endpoint) = Url::parse(request.tenant.endpoint()) else { return false };
    if origin == endpoint.origin().ascii_serialization() {
        return true;
    }
    let host = request.uri.authority().map(|authority| authority.as_str()).or(request.header(header::HOST));
    host.is_some_and(|host| !host.is_empty() && origin == format!("{}://{host}", endpoint.scheme()))
}
