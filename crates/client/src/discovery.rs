//! The provider behind an endpoint, discovered on first use and shared.

use std::sync::Arc;

use crate::fetch_cache::FetchCache;
use crate::{Connection, Deadline, Error, Provider};

/// The cached metadata at one discovery address.
pub(crate) struct Discovery {
    url: String,
    connection: Connection,
    provider: FetchCache<DiscoveredProvider>,
}

/// A provider and its discovery document as it came.
#[derive(Clone)]
pub(crate) struct DiscoveredProvider {
    pub provider: Provider,
    pub document: Arc<str>,
}

impl Discovery {
    pub fn new(url: String, connection: Connection) -> Self {
        let provider = FetchCache::new(url.clone(), connection.clock.clone());
        Self { url, connection, provider }
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The provider, fetched where needed. One fetch serves all who wait for it.
    pub fn get(&self, deadline: Deadline) -> Result<DiscoveredProvider, Error> {
        let (url, connection) = (self.url.clone(), self.connection.clone());
        let fetch = move |old: Option<DiscoveredProvider>| {
            let limit = connection.deadline();
            let (provider, document) = Provider::discover(&url, connection, limit)?;
            // The same metadata keeps its provider, and with it the cached keys.
            let kept = old.map(|old| old.provider).filter(|old| old.metadata() == provider.metadata());
            Ok(DiscoveredProvider { provider: kept.unwrap_or(provider), document: document.into() })
        };
        self.provider.get(deadline, |_| true, fetch)
    }
}
