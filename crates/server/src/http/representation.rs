//! `ETag` and `304 Not Modified` (inventory O016, RFC 9110 section 13.1.2), and what responses vary on.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::asked::Asked;
use super::body::LIMIT;

/// Gives successful GET responses an `ETag` and answers a matching `If-None-Match` with 304. Responses that carry
/// cookies or forbid storing are left alone, except that they too name what they vary on.
pub(crate) async fn represent(asked: &Asked, mut response: Response) -> Response {
    if !response.headers().contains_key(header::VARY) {
        let by_origin = ["/api", "/oidc"].iter().any(|prefix| asked.is_below(prefix));
        let vary = if by_origin { "Accept-Encoding, Origin" } else { "Accept-Encoding" };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static(vary));
    }
    let size = response.body().size_hint().exact();
    let fit = asked.method == Method::GET
        && response.status() == StatusCode::OK
        && !response.headers().contains_key(header::SET_COOKIE)
        && size.is_some_and(|size| size > 0 && size <= LIMIT as u64);
    if !fit {
        return response;
    }
    if let Some(own) = response.headers().get(header::ETAG) {
        let matches = asked.if_none_match.as_ref().is_some_and(|list| holds(list, own));
        return if matches { not_modified(response) } else { response };
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LIMIT).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = etag(&bytes);
    let matches = asked.if_none_match.as_ref().is_some_and(|list| holds(list, &tag));
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

/// The tag of a representation: half of its digest, in quotes.
pub(crate) fn etag(bytes: &[u8]) -> HeaderValue {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let half = digest.as_ref().get(..15).unwrap_or_default();
    let text = format!("\"{}\"", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(half));
    // base64url has only characters that a header takes.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether an `If-None-Match` list names the tag; comparison is weak (RFC 9110 section 13.1.2).
fn holds(list: &HeaderValue, tag: &HeaderValue) -> bool {
    let (list, tag) = (list.to_str().unwrap_or_default(), tag.to_str().unwrap_or_default());
    list.trim() == "*" || list.split(',').any(|item| item.trim().trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_matches_weakly() {
        let list = |text: &'static str| HeaderValue::from_static(text);
        assert!(holds(&list("\"a\", W/\"b\""), &list("\"b\"")));
        assert!(holds(&list("*"), &list("\"b\"")));
        assert!(!holds(&list("\"bb\""), &list("\"b\"")));
    }
}
