//! The public keys of clients that publish them at their `jwksUri`, fetched through the guarded client (attack E1) and kept for a
//! while. Anyone may send a token in the name of a client, so a failure is remembered too, and one fetch serves all who wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as BlockingMutex, PoisonError};
use std::time::Duration;

use jose::{JwkSet, VerifyingKeys};
use kernel::{Clock, Timestamp};
use outbound::{Outbound, OutboundRequest};
use tokio::sync::Mutex;

const DEADLINE: Duration = Duration::from_secs(5);
const MAX_RESPONSE_BYTES: usize = 64 * 1024;
/// Keys are fetched again after this time.
const MAX_AGE: Duration = Duration::from_secs(300);
/// An unknown key, or a failure, leads to a fetch no sooner than after this time.
const MIN_AGE: Duration = Duration::from_secs(30);
/// Most addresses that are kept.
const CAPACITY: usize = 1024;
/// Most usable keys of a set: each may have to be tried.
pub const MAX_KEYS: usize = 10;

/// Fetched keys by address.
#[derive(Debug, Default)]
pub struct ClientKeys(BlockingMutex<HashMap<String, Arc<Mutex<Fetched>>>>);

/// The last attempt to fetch the keys of one address.
#[derive(Debug, Default)]
struct Fetched {
    tried_at: Option<Timestamp>,
    keys: Option<VerifyingKeys>,
}

impl ClientKeys {
    /// The keys at `uri`, fetched again when they are old or lack `kid`; none while they can't be had.
    pub async fn get(&self, outbound: &Outbound, clock: &Clock, uri: &str, kid: Option<&str>) -> Option<VerifyingKeys> {
        let place = self.place_of(uri);
        // Whoever waits here finds what the first one fetched.
        let mut fetched = place.lock().await;
        let now = clock.now();
        let lacks = fetched.keys.as_ref().is_none_or(|keys| kid.is_some_and(|kid| !keys.has_key(kid)));
        let limit = if lacks { MIN_AGE } else { MAX_AGE };
        // A clock that was set back must not keep old keys alive.
        if fetched.tried_at.is_none_or(|tried| now >= tried.plus(limit) || now < tried) {
            let answer = fetch(outbound, uri).await;
            fetched.tried_at = Some(now);
            // Keys that were withdrawn must not count because their place can't be reached.
            fetched.keys =
                answer.inspect_err(|reason| tracing::warn!(uri, reason, "a client's keys are unusable")).ok();
        }
        fetched.keys.clone()
    }

    fn place_of(&self, uri: &str) -> Arc<Mutex<Fetched>> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = places.get(uri) {
            return Arc::clone(known);
        }
        if places.len() >= CAPACITY {
            places.clear();
        }
        Arc::clone(places.entry(uri.to_owned()).or_default())
    }
}

async fn fetch(outbound: &Outbound, uri: &str) -> Result<VerifyingKeys, String> {
    let request = OutboundRequest::get(uri).map_err(|error| error.to_string())?;
    let request = request.deadline(DEADLINE).max_response_bytes(MAX_RESPONSE_BYTES);
    let response = outbound.send(request).await.map_err(|error| error.to_string())?;
    if !response.status.is_success() {
        return Err(format!("status {}", response.status.as_u16()));
    }
    let set: JwkSet = response.json().map_err(|error| format!("no key set: {error}"))?;
    if set.keys.len() > MAX_KEYS {
        return Err(format!("more than {MAX_KEYS} keys"));
    }
    Ok(set.verifier())
}
