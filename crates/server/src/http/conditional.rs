//! `ETag`, `304 Not Modified` and `Vary` (inventory O016, RFC 9110 section 13.1.2).

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::body::MAX_BODY_BYTES;
use super::request_info::RequestInfo;

/// Adds `Vary` to every response and an `ETag` to successful GET responses, and responds 304 to a matching
/// `If-None-Match`. Responses with cookies get no `ETag`.
pub(crate) async fn apply_etag(info: &RequestInfo, mut response: Response) -> Response {
    if !response.headers().contains_key(header::VARY) {
        let by_origin = ["/api", "/oidc"].iter().any(|prefix| info.path_starts_with(prefix));
        let vary = if by_origin { "Accept-Encoding, Origin" } else { "Accept-Encoding" };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static(vary));
    }
    let size = response.body().size_hint().exact();
    let is_cacheable = info.method == Method::GET
        && response.status() == StatusCode::OK
        && !response.headers().contains_key(header::SET_COOKIE)
        && size.is_some_and(|size| size > 0 && size <= MAX_BODY_BYTES as u64);
    if !is_cacheable {
        return response;
    }
    if let Some(own) = response.headers().get(header::ETAG) {
        let matches = info.if_none_match.as_ref().is_some_and(|list| if_none_match_contains(list, own));
        return if matches { not_modified(response) } else { response };
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = etag(&bytes);
    let matches = info.if_none_match.as_ref().is_some_and(|list| if_none_match_contains(list, &tag));
    parts.headers.insert(header::ETAG, tag);
    let response = Response::from_parts(parts, bytes.into());
    if matches { not_modified(response) } else { response }
}

fn not_modified(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// The entity tag of a representation: the first half of its SHA-256 digest.
pub(crate) fn etag(bytes: &[u8]) -> HeaderValue {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let half = digest.as_ref().get(..15).unwrap_or_default();
    let text = format!("\"{}\"", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(half));
    // base64url has only characters that are valid in a header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether an `If-None-Match` list contains the tag, by weak comparison (RFC 9110 section 13.1.2).
fn if_none_match_contains(list: &HeaderValue, tag: &HeaderValue) -> bool {
    let (list, tag) = (list.to_str().unwrap_or_default(), tag.to_str().unwrap_or_default());
    list.trim() == "*" || list.split(',').any(|item| item.trim().trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_matches_weakly() {
        let list = |text: &'static str| HeaderValue::from_static(text);
        assert!(if_none_match_contains(&list("\"a\", W/\"b\""), &list("\"b\"")));
        assert!(if_none_match_contains(&list("*"), &list("\"b\"")));
        assert!(!if_none_match_contains(&list("\"bb\""), &list("\"b\"")));
    }
}
