//! Headers that an administrator adds to the requests of a hook.

use std::collections::BTreeMap;

use ::api::members::BoundedText;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::errors::ApiError;
use crate::http::validate::invalid_member;

const MAX_HEADERS: usize = 32;
const MAX_NAME_BYTES: usize = 128;
const MAX_TOTAL_BYTES: usize = 16 * 1024;
/// Headers of the connection (RFC 9110, section 7.6.1), those that say what the body is, and those that the server sets.
const RESERVED: [&str; 20] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "logto-signature-sha-256",
    "loggia-delivery-id",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The headers of `config.headers`.
///
/// # Errors
/// 400 `guard.invalid_input` that names the header.
pub(super) fn read(headers: &BTreeMap<String, BoundedText<0, 4096>>) -> Result<HeaderMap, ApiError> {
    let refused = |name: &str, reason: &str| {
        let shown: String = name.chars().take(MAX_NAME_BYTES).collect();
        Err(invalid_member(&["config", "headers", &shown], reason))
    };
    if headers.len() > MAX_HEADERS {
        return Err(invalid_member(&["config", "headers"], "at most 32 headers are allowed"));
    }
    if headers.iter().map(|(name, value)| name.len() + value.0.len()).sum::<usize>() > MAX_TOTAL_BYTES {
        return Err(invalid_member(&["config", "headers"], "the headers are larger than 16 KiB together"));
    }
    let mut read = HeaderMap::new();
    for (text, value) in headers {
        let Some(name) = HeaderName::from_bytes(text.as_bytes()).ok().filter(|_| text.len() <= MAX_NAME_BYTES) else {
            return refused(text, "this is no name of a header");
        };
        if RESERVED.contains(&name.as_str()) {
            return refused(text, "the server sets this header itself, or it is one of the connection");
        }
        let Ok(value) = HeaderValue::from_str(&value.0) else {
            return refused(text, "the value of a header holds printable ASCII characters only");
        };
        if read.insert(name, value).is_some() {
            return refused(text, "this header is given twice");
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), BoundedText((*value).to_owned())));
        read(&headers.collect()).is_ok()
    }

    #[test]
    fn headers_of_ours_and_of_the_connection_can_t_be_replaced() {
        assert!(is_taken(&[("X-Extra", "e"), ("authorization", "Bearer x"), ("x-empty", "")]));
        for name in RESERVED {
            assert!(!is_taken(&[(name, "x")]) && !is_taken(&[(&name.to_uppercase(), "x")]), "{name}");
        }
        for (name, value) in
            [("", "x"), ("a b", "x"), ("x:", "y"), ("x", "a\r\nhost: b"), ("x", "a\nb"), ("x\r", "y"), ("é", "x")]
        {
            assert!(!is_taken(&[(name, value)]), "{name:?} {value:?}");
        }
        assert!(!is_taken(&[("x-a", "1"), ("X-A", "2")]));
        let long = "x".repeat(129);
        assert!(!is_taken(&[(&long, "x")]));
        let names: Vec<String> = (0..33).map(|n| format!("x-{n}")).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
        assert!(!is_taken(&many) && is_taken(&many[..32]));
        let large = "v".repeat(4096);
        let large: Vec<(&str, &str)> = names.iter().take(4).map(|name| (name.as_str(), large.as_str())).collect();
        assert!(!is_taken(&large) && is_taken(&large[..3]));
    }
}
