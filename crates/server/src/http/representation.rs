//! `ETag` and `304 Not Modified` (inventory O016, RFC 9110 section 13.1.2), and what responses vary on.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::body::LIMIT;

/// Gives successful GET responses an `ETag` and answers a matching `If-None-Match` with 304. Responses that carry
/// cookies or forbid storing are left alone, except that they too name what they vary on.
pub(crate) async fn represent(request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let by_origin = ["/api", "/oidc"].iter().any(|prefix| request.uri().path().starts_with(prefix));
    let mut response = next.run(request).await;
    if !response.headers().contains_key(header::VARY) {
        let vary = if by_origin { "Accept-Encoding, Origin" } else { "Accept-Encoding" };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static(vary));
    }
    let fit = is_get
        && response.status() == StatusCode::OK
        && !response.headers().contains_key(header::ETAG)
        && !response.headers().contains_key(header::SET_COOKIE)
        && response.body().size_hint().exact().is_some_and(|size| size > 0 && size <= LIMIT as u64);
    if !fit {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LIMIT).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = etag(&bytes);
    let matches = known.is_some_and(|list| holds(&list, &tag));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    if matches {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, bytes.into())
}

fn etag(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let half = digest.as_ref().get(..15).unwrap_or_default();
    format!("\"{}\"", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(half))
}

/// Whether an `If-None-Match` list names the tag; comparison is weak (RFC 9110 section 13.1.2).
fn holds(list: &HeaderValue, tag: &str) -> bool {
    let list = list.to_str().unwrap_or_default();
    list.trim() == "*" || list.split(',').any(|item| item.trim().trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_matches_weakly() {
        let list = |text: &'static str| HeaderValue::from_static(text);
        assert!(holds(&list("\"a\", W/\"b\""), "\"b\""));
        assert!(holds(&list("*"), "\"b\""));
        assert!(!holds(&list("\"bb\""), "\"b\""));
    }
}
