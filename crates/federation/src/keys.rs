//! Providers' public keys.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jose::{JwkSet, VerifyingKeys};
use kernel::{Clock, Timestamp};
use outbound::{Outbound, OutboundRequest};
use url::Url;

use crate::FederationError;

const ENDPOINT: &str = "key endpoint (jwksUri)";
const DEADLINE: Duration = Duration::from_secs(5);
/// Keys are fetched again after this time.
const MAX_AGE: Duration = Duration::from_secs(600);
/// An unknown key fetches them again, but not more often than this.
const MIN_AGE: Duration = Duration::from_secs(30);
/// Key sets that are kept; connectors are few.
const CAPACITY: usize = 64;

/// Fetched keys by address.
#[derive(Debug, Default)]
pub(crate) struct KeyCache(Mutex<HashMap<Url, (Timestamp, VerifyingKeys)>>);

impl KeyCache {
    /// The keys, fetched again when they are old or lack `kid`.
    pub async fn keys(
        &self,
        outbound: &Outbound,
        clock: &Clock,
        uri: &Url,
        kid: Option<&str>,
    ) -> Result<VerifyingKeys, FederationError> {
        let now = clock.now();
        let kept = self.lock().get(uri).cloned();
        if let Some((fetched, keys)) = &kept {
            let lacks = kid.is_some_and(|kid| !keys.has_key(kid));
            let limit = if lacks { MIN_AGE } else { MAX_AGE };
            if now < fetched.plus(limit) {
                return Ok(keys.clone());
            }
        }
        let keys = fetch(outbound, uri).await?;
        let mut cache = self.lock();
        if cache.len() >= CAPACITY && !cache.contains_key(uri) {
            cache.clear();
        }
        cache.insert(uri.clone(), (now, keys.clone()));
        Ok(keys)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Url, (Timestamp, VerifyingKeys)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(outbound: &Outbound, uri: &Url) -> Result<VerifyingKeys, FederationError> {
    let unreachable = |cause| FederationError::Unreachable { endpoint: ENDPOINT, cause };
    let request = OutboundRequest::get(uri.as_str()).map_err(unreachable)?.deadline(DEADLINE);
    let response = outbound.send(request).await.map_err(unreachable)?;
    let invalid = |reason: String| FederationError::InvalidResponse { endpoint: ENDPOINT, reason };
    if !response.status.is_success() {
        return Err(invalid(format!("status {}", response.status.as_u16())));
    }
    let set: JwkSet = response.json().map_err(|error| invalid(format!("no key set: {error}")))?;
    Ok(set.verifier())
}
