//! Documents of any kind that strangers publish, kept as long as their answers say (RFC 9111 section 5.2.2), within bounds.

use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use kernel::{Clock, Timestamp};
use outbound::{Outbound, OutboundRequest};

use crate::FederationError;
use crate::documents::{DocumentCache, Freshness, Lifetimes};

const ENDPOINT: &str = "address of the document";
const DEADLINE: Duration = Duration::from_secs(5);
/// So long a document counts whose answer does not say.
const DEFAULT_AGE: Duration = Duration::from_secs(600);

/// What makes a document of the bytes at an address, or says why it is none.
type Parse<V> = fn(&str, &[u8]) -> Result<V, String>;

/// Published documents by address.
#[derive(Debug)]
pub struct PublishedDocuments<V> {
    outbound: Outbound,
    clock: Clock,
    max_bytes: usize,
    parse: Parse<V>,
    cache: DocumentCache<Kept<V>>,
}

#[derive(Debug, Clone)]
struct Kept<V> {
    document: V,
    until: Timestamp,
}

impl<V: Clone + Send + Sync + 'static> PublishedDocuments<V> {
    /// Documents of at most `max_bytes`, each kept for at least `lifetimes.min_age` and at most `lifetimes.max_age`.
    pub fn new(outbound: Outbound, clock: Clock, lifetimes: Lifetimes, max_bytes: usize, parse: Parse<V>) -> Self {
        Self { outbound, clock, max_bytes, parse, cache: DocumentCache::new(lifetimes) }
    }

    /// What is known of the document at `address` without asking for it: the document, or that there is none.
    pub fn kept(&self, address: &str) -> Option<Option<V>> {
        let now = self.clock.now();
        let known = self.cache.kept(now, address, &|kept: &Kept<V>| now < kept.until)?;
        Some(known.ok().map(|kept| kept.document))
    }

    /// The document at `address`.
    ///
    /// # Errors
    /// [`FederationError::Unreachable`], or [`FederationError::InvalidResponse`].
    pub async fn get(&self, address: &str) -> Result<V, FederationError> {
        let now = self.clock.now();
        let fetch = fetch(self.outbound.clone(), self.clock.clone(), address.to_owned(), self.max_bytes, self.parse);
        let is_current = move |kept: &Kept<V>| now < kept.until;
        Ok(self.cache.get(&self.clock, address, Freshness::Kept, &is_current, fetch).await?.document)
    }
}

/// Asks for a document. Redirects are not followed: the document must be where it says that it is.
async fn fetch<V>(
    outbound: Outbound,
    clock: Clock,
    address: String,
    max_bytes: usize,
    parse: Parse<V>,
) -> Result<Kept<V>, FederationError> {
    let unreachable = |cause| FederationError::Unreachable { endpoint: ENDPOINT, cause };
    let request = OutboundRequest::get(&address).map_err(unreachable)?;
    let request = request.deadline(DEADLINE).max_response_bytes(max_bytes);
    let request = request.header(ACCEPT, HeaderValue::from_static("application/json"));
    let response = outbound.send(request).await.map_err(unreachable)?;
    let invalid = |reason: String| FederationError::InvalidResponse { endpoint: ENDPOINT, reason };
    if response.status != StatusCode::OK {
        return Err(invalid(format!("status {}", response.status.as_u16())));
    }
    if !is_json(&response.headers) {
        return Err(invalid("another Content-Type than application/json".to_owned()));
    }
    let document = parse(&address, &response.body).map_err(invalid)?;
    Ok(Kept { document, until: clock.now().plus(max_age(&response.headers).unwrap_or(DEFAULT_AGE)) })
}

/// `application/json`, or a media type with the suffix `+json` (RFC 6839 section 3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let written = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = written.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
}

/// How long an answer may be kept; none where it does not say.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut age = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or_default().split(',') {
            let directive = directive.trim().to_ascii_lowercase();
            match directive.split_once('=') {
                None if directive == "no-store" || directive == "no-cache" => return Some(Duration::ZERO),
                Some(("max-age", seconds)) => age = seconds.trim_matches('"').parse().ok().map(Duration::from_secs),
                _ => {}
            }
        }
    }
    age
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_answer_says_how_long_it_may_be_kept() {
        let age = |value| max_age(&headers(CACHE_CONTROL, value)).map(|age| age.as_secs());
        assert_eq!(age("public, max-age=60"), Some(60));
        assert_eq!(age("Max-Age=\"90\""), Some(90));
        assert_eq!(age("max-age=60, no-store"), Some(0));
        assert_eq!(age("no-cache"), Some(0));
        for nothing in ["public", "max-age=x", "max-age=-1", "s-maxage=5"] {
            assert_eq!(age(nothing), None, "{nothing}");
        }
        assert_eq!(max_age(&HeaderMap::new()), None);
    }

    #[test]
    fn only_json_is_a_document() {
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/cimd+json"] {
            assert!(is_json(&headers(CONTENT_TYPE, good)), "{good}");
        }
        for bad in ["text/html", "text/json", "application/jsonp", "image/svg+json", ""] {
            assert!(!is_json(&headers(CONTENT_TYPE, bad)), "{bad}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
