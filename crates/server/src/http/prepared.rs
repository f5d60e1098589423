//! A large document that is made once: its entity tag, and it in a compressed form.

use std::io::Write as _;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A representation and its entity tag (RFC 9110 section 8.8.3: one tag for each encoding).
struct Representation {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Representation {
    fn of(bytes: Bytes) -> Self {
        Self { etag: crate::http::etag(&bytes), bytes }
    }
}

/// A document as it is sent.
pub(crate) struct Prepared {
    plain: Representation,
    gzip: Option<Representation>,
}

impl Prepared {
    /// Compresses the document.
    pub fn compressed(document: Bytes) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let written = encoder.write_all(&document).and_then(|()| encoder.finish());
        Self { gzip: written.ok().map(|bytes| Representation::of(bytes.into())), plain: Representation::of(document) }
    }

    /// Leaves the document as it is.
    pub fn plain(document: Bytes) -> Self {
        Self { plain: Representation::of(document), gzip: None }
    }

    /// The form that the request takes.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        match self.gzip.as_ref().filter(|_| takes_gzip(request)) {
            Some(gzip) => {
                let headers =
                    [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip")), (header::ETAG, gzip.etag.clone())];
                (headers, gzip.bytes.clone()).into_response()
            }
            None => ([(header::ETAG, self.plain.etag.clone())], self.plain.bytes.clone()).into_response(),
        }
    }
}

/// RFC 9110 section 12.5.3; a weight of 0 refuses.
fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        is_gzip && weight.unwrap_or(1.0) > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_only_to_those_that_take_it() {
        for (header, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("br", false),
            ("xgzip", false),
            ("", false),
        ] {
            let request = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(header))]);
            assert_eq!(takes_gzip(&request), takes, "{header}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
