//! Renders errors as HTML pages for browser navigations.
//!
//! API clients get the contract's JSON, also when they accept `text/html` (SURPRISES 2). A browser that loads a document says
//! `Sec-Fetch-Dest: document` (W3C Fetch Metadata), or, if it is older or the origin is plain http, nothing of that kind; then
//! it is known by an `Accept` header that names HTML and XHTML, as those of all browsers do for navigations.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use views::ErrorDetails;
use views::pages::MessagePage;

use super::page_request::PageRequest;
use crate::errors::ApiError;

/// Longer error bodies are ignored.
const MAX_ERROR_BODY_BYTES: usize = 64 << 10;

/// Returns the request and, for a browser navigation outside the APIs, a copy of its head.
pub(crate) fn split_document_request(request: Request) -> (Request, Option<Parts>) {
    if !is_document_navigation(request.headers()) || request.uri().path().starts_with("/api/") {
        return (request, None);
    }
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    (Request::from_parts(parts, body), Some(head))
}

/// Replaces an error response by an HTML page if the request was a browser navigation.
pub(crate) async fn render_error_page(document: Option<Parts>, response: Response) -> Response {
    let Some(head) = document else { return response };
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_html(response.headers()) {
        return response;
    }
    match PageRequest::from_last_snapshot(&head).await {
        Some(request) => to_error_page(&request, response).await,
        None => response,
    }
}

async fn to_error_page(request: &PageRequest, response: Response) -> Response {
    let status = response.status();
    let code = response.extensions().get::<ApiError>().map(|error| error.code().to_owned());
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_ERROR_BODY_BYTES).await.unwrap_or_default();
    let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |member: &str| json.get(member).and_then(Value::as_str);
    let specific = code.as_deref().or(text("code")).filter(|_| status != StatusCode::SERVICE_UNAVAILABLE);
    let code = specific.unwrap_or(code_for_status(status));
    let details = ErrorDetails {
        status: status.as_u16(),
        code,
        detail: text("error_description"),
        request_id: Some(request.id.0.as_str()).filter(|id| !id.is_empty()),
    };
    let mut page = request.render(status, &MessagePage::error(request.language(), details));
    for (name, value) in &parts.headers {
        if name == header::SET_COOKIE || name == header::RETRY_AFTER || name == header::ALLOW {
            page.headers_mut().append(name, value.clone());
        }
    }
    page
}

/// The error code for responses without one.
fn code_for_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "general.not_found",
        StatusCode::METHOD_NOT_ALLOWED => "general.method_not_allowed",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "general.busy",
        _ => "",
    }
}

fn is_document_navigation(headers: &HeaderMap) -> bool {
    if let Some(destination) = headers.get("sec-fetch-dest") {
        return destination == "document";
    }
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let names =
        |kind: &str| accept.split(',').any(|range| range.split(';').next().is_some_and(|name| name.trim() == kind));
    names("text/html") && names("application/xhtml+xml")
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}
