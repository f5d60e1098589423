//! Errors that a person sees in the browser's window become pages.
//!
//! Clients keep getting the contract's JSON, whatever they accept (SURPRISES 2): only a browser that loads a document
//! says so with `Sec-Fetch-Dest` (W3C Fetch Metadata).

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use views::Failure;
use views::pages::Message;

use super::visit::Visit;
use crate::errors::ApiError;

/// The longest error body that is read.
const LONGEST: usize = 64 << 10;

/// The request without its body, if a browser loads a document with it, outside the APIs.
pub(crate) fn document(request: Request) -> (Request, Option<Parts>) {
    if !loads_document(request.headers()) || request.uri().path().starts_with("/api/") {
        return (request, None);
    }
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    (Request::from_parts(parts, body), Some(asked))
}

/// Turns errors into pages where a document was asked for.
pub(crate) async fn explain(document: Option<Parts>, response: Response) -> Response {
    let Some(asked) = document else { return response };
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_html(response.headers()) {
        return response;
    }
    match Visit::despite_failure(&asked).await {
        Some(visit) => page(&visit, response).await,
        None => response,
    }
}

async fn page(visit: &Visit, response: Response) -> Response {
    let status = response.status();
    let code = response.extensions().get::<ApiError>().map(|error| error.code().to_owned());
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, LONGEST).await.unwrap_or_default();
    let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |member: &str| json.get(member).and_then(Value::as_str);
    let own = code.as_deref().or(text("code")).filter(|_| status != StatusCode::SERVICE_UNAVAILABLE);
    let code = own.unwrap_or(plain_code(status));
    let failure = Failure {
        status: status.as_u16(),
        code,
        detail: text("error_description"),
        request_id: Some(&visit.request_id).filter(|id| !id.is_empty()).map(String::as_str),
    };
    let mut shown = visit.show(status, &Message::error(visit.locale, failure));
    for (name, value) in &parts.headers {
        if name == header::SET_COOKIE || name == header::RETRY_AFTER || name == header::ALLOW {
            shown.headers_mut().append(name, value.clone());
        }
    }
    shown
}

/// The code for errors without one.
fn plain_code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "general.not_found",
        StatusCode::METHOD_NOT_ALLOWED => "general.method_not_allowed",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "general.busy",
        _ => "",
    }
}

fn loads_document(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|dest| dest == "document")
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}
