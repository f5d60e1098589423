//! What an issuer tells of itself (OpenID Connect Discovery 1.0).

use std::time::Duration;

use kernel::Clock;
use outbound::{Outbound, OutboundRequest};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::FederationError;
use crate::config::is_endpoint;
use crate::documents::{DocumentCache, Freshness};

const ENDPOINT: &str = "configuration of the issuer";
const DEADLINE: Duration = Duration::from_secs(5);

/// The metadata that signing in needs (section 3).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ProviderMetadata {
    /// As ID tokens say it.
    pub issuer: String,
    #[serde(deserialize_with = "url")]
    pub authorization_endpoint: Url,
    #[serde(deserialize_with = "url")]
    pub token_endpoint: Url,
    #[serde(default, deserialize_with = "optional_url")]
    pub userinfo_endpoint: Option<Url>,
    #[serde(deserialize_with = "url")]
    pub jwks_uri: Url,
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl ProviderMetadata {
    /// Refuses what another issuer says (section 4.3), and addresses that are less safe than the issuer's.
    fn check(&self, issuer: &str) -> Result<(), String> {
        if self.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') {
            return Err(format!("that its issuer is {:?}", kernel::text::excerpt(&self.issuer)));
        }
        let addresses = [Some(&self.authorization_endpoint), Some(&self.token_endpoint), Some(&self.jwks_uri)];
        for address in addresses.into_iter().chain([self.userinfo_endpoint.as_ref()]).flatten() {
            if !is_endpoint(address) || (issuer.starts_with("https:") && address.scheme() != "https") {
                return Err(format!("an address that can't be used: {:?}", kernel::text::excerpt(address.as_str())));
            }
        }
        Ok(())
    }
}

fn url<'de, D: Deserializer<'de>>(input: D) -> Result<Url, D::Error> {
    Url::parse(&String::deserialize(input)?).map_err(serde::de::Error::custom)
}

fn optional_url<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Url>, D::Error> {
    let text: Option<String> = Option::deserialize(input)?;
    text.map(|text| Url::parse(&text)).transpose().map_err(serde::de::Error::custom)
}

/// The metadata of `issuer`.
pub(crate) async fn metadata(
    cache: &DocumentCache<ProviderMetadata>,
    outbound: &Outbound,
    clock: &Clock,
    issuer: &str,
    freshness: Freshness,
) -> Result<ProviderMetadata, FederationError> {
    let (outbound, address) = (outbound.clone(), issuer.to_owned());
    let fetch = async move { fetch(&outbound, &address).await };
    cache.get(clock, issuer, freshness, &|_| true, fetch).await
}

async fn fetch(outbound: &Outbound, issuer: &str) -> Result<ProviderMetadata, FederationError> {
    let unreachable = |cause| FederationError::Unreachable { endpoint: ENDPOINT, cause };
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let request = OutboundRequest::get(&address).map_err(unreachable)?.deadline(DEADLINE);
    let response = outbound.send(request).await.map_err(unreachable)?;
    let invalid = |reason: String| FederationError::InvalidResponse { endpoint: ENDPOINT, reason };
    if !response.status.is_success() {
        return Err(invalid(format!("status {}", response.status.as_u16())));
    }
    let metadata: ProviderMetadata =
        response.json().map_err(|error| invalid(format!("other than the expected JSON: {error}")))?;
    metadata.check(issuer).map_err(invalid)?;
    Ok(metadata)
}
