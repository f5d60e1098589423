//! Public keys that providers and clients publish at an address (RFC 7517 section 5).

use std::sync::Arc;
use std::time::Duration;

use jose::{JwkSet, VerifyingKeys};
use kernel::Clock;
use outbound::{Outbound, OutboundRequest};

use crate::FederationError;
use crate::documents::{DocumentCache, Freshness, Lifetimes};

const ENDPOINT: &str = "key endpoint (jwksUri)";
const DEADLINE: Duration = Duration::from_secs(5);
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// Published keys by address. Cheap to clone; clones share the keys.
#[derive(Debug, Clone)]
pub struct PublishedKeys {
    outbound: Outbound,
    clock: Clock,
    max_keys: usize,
    cache: Arc<DocumentCache<VerifyingKeys>>,
}

impl PublishedKeys {
    /// Sets of at most `max_keys`: each may have to be tried.
    pub fn new(outbound: Outbound, clock: Clock, lifetimes: Lifetimes, max_keys: usize) -> Self {
        Self { outbound, clock, max_keys, cache: Arc::new(DocumentCache::new(lifetimes)) }
    }

    /// The keys at `uri`, fetched again when they lack `kid`.
    ///
    /// # Errors
    /// [`FederationError::Unreachable`], or [`FederationError::InvalidResponse`].
    pub async fn get(&self, uri: &str, kid: Option<&str>) -> Result<VerifyingKeys, FederationError> {
        let has_key = |keys: &VerifyingKeys| kid.is_none_or(|kid| keys.has_key(kid));
        let (asker, address) = (self.clone(), uri.to_owned());
        let fetch = async move { asker.fetch(&address).await };
        self.cache.get(&self.clock, uri, Freshness::Kept, &has_key, fetch).await
    }

    async fn fetch(&self, uri: &str) -> Result<VerifyingKeys, FederationError> {
        let unreachable = |cause| FederationError::Unreachable { endpoint: ENDPOINT, cause };
        let request = OutboundRequest::get(uri).map_err(unreachable)?;
        let request = request.deadline(DEADLINE).max_response_bytes(MAX_RESPONSE_BYTES);
        let response = self.outbound.send(request).await.map_err(unreachable)?;
        let invalid = |reason: String| FederationError::InvalidResponse { endpoint: ENDPOINT, reason };
        if !response.status.is_success() {
            return Err(invalid(format!("status {}", response.status.as_u16())));
        }
        let set: JwkSet = response.json().map_err(|error| invalid(format!("no key set: {error}")))?;
        if set.keys.len() > self.max_keys {
            return Err(invalid(format!("more than {} keys", self.max_keys)));
        }
        Ok(set.verifier())
    }
}
