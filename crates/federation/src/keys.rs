//! Providers' public keys.

use std::time::Duration;

use jose::{JwkSet, VerifyingKeys};
use kernel::Clock;
use outbound::{Outbound, OutboundRequest};
use url::Url;

use crate::FederationError;
use crate::documents::{DocumentCache, Freshness};

const ENDPOINT: &str = "key endpoint (jwksUri)";
const DEADLINE: Duration = Duration::from_secs(5);

/// The keys at `uri`, fetched again when they lack `kid`.
pub(crate) async fn keys(
    cache: &DocumentCache<VerifyingKeys>,
    outbound: &Outbound,
    clock: &Clock,
    uri: &Url,
    kid: Option<&str>,
) -> Result<VerifyingKeys, FederationError> {
    let has_key = |keys: &VerifyingKeys| kid.is_none_or(|kid| keys.has_key(kid));
    cache.get(clock, uri.as_str(), Freshness::Kept, &has_key, fetch(outbound, uri)).await
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
