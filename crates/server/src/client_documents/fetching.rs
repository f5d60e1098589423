//! The documents: where they are fetched, and how many strangers may have fetched (attack E3).

use std::sync::Arc;
use std::time::Duration;

use federation::{Lifetimes, PublishedDocuments};
use kernel::{Clock, Timestamp};
use oauth::client::MetadataDocument;
use oauth::client::metadata_document::MAX_DOCUMENT_BYTES;
use outbound::Outbound;

use crate::fair_share::ClientNetwork;
use crate::network_budget::{ByteRate, NetworkBudget, NetworkLimits};

const LIFETIMES: Lifetimes = Lifetimes {
    max_age: Duration::from_secs(86_400),
    min_age: Duration::from_secs(30),
    // A client that took its document away is none any more.
    max_stale_age: Duration::ZERO,
    failure_age: Duration::from_secs(30),
    capacity: 1024,
};
/// Slow hosts of documents take no place of other requests.
const MAX_RUNNING: usize = 64;
/// Documents as large as they may be: one per second of a network, after 30 at once.
const FETCHES: NetworkLimits = NetworkLimits {
    network: ByteRate { bytes_per_second: 5 << 10, burst: 150 << 10 },
    total: ByteRate { bytes_per_second: 160 << 10, burst: 2 << 20 },
};

/// Documents of clients by address. They are the same for all tenants.
pub struct ClientDocuments {
    documents: PublishedDocuments<Arc<MetadataDocument>>,
    budget: NetworkBudget,
    is_guarded: bool,
}

/// Too many documents are asked for.
#[derive(Debug)]
pub(super) struct Busy;

impl ClientDocuments {
    /// No documents yet.
    pub fn start(outbound: &Outbound, clock: Clock) -> Self {
        let parse = |address: &str, text: &[u8]| match MetadataDocument::parse(address, text) {
            Ok(document) => Ok(Arc::new(document)),
            Err(reason) => Err(reason.to_string()),
        };
        Self {
            budget: NetworkBudget::new(FETCHES, clock.now()),
            is_guarded: outbound.is_guarded(),
            documents: PublishedDocuments::new(
                outbound.apart(MAX_RUNNING),
                clock,
                LIFETIMES,
                MAX_DOCUMENT_BYTES,
                parse,
            ),
        }
    }

    /// Whether private addresses are refused: without that strangers could look around in the operator's network.
    pub(super) fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    /// The document at an address, if it is known without asking.
    pub(super) fn kept(&self, address: &str) -> Option<Arc<MetadataDocument>> {
        self.documents.kept(address).flatten()
    }

    /// The document at an address; none when there is none, or one that is refused. What is wrong is logged, and not told: a stranger
    /// must not learn which addresses the server reaches.
    pub(super) async fn get(
        &self,
        address: &str,
        network: ClientNetwork,
        now: Timestamp,
    ) -> Result<Option<Arc<MetadataDocument>>, Busy> {
        if let Some(known) = self.documents.kept(address) {
            return Ok(known);
        }
        if !self.budget.take(network, MAX_DOCUMENT_BYTES, now) {
            return Err(Busy);
        }
        let found = self.documents.get(address).await;
        Ok(found.inspect_err(|error| tracing::info!(address, %error, "a client ID metadata document is refused")).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_guard_they_cannot_be_turned_on() {
        let guarded = |allowed: &str| {
            let outbound = Outbound::new(allowed.parse().unwrap()).unwrap();
            ClientDocuments::start(&outbound, Clock::frozen(Timestamp(0))).is_guarded()
        };
        assert!(guarded("") && guarded("10.0.0.0/8,idp.internal"));
        assert!(!guarded("0.0.0.0/0") && !guarded("idp.internal,::/0"));
    }
}
