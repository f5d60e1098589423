//! How much strangers may store, in bytes: enough for what people do, too little to fill a disk.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kernel::Timestamp;

use crate::fair_share::ClientNetwork;

/// Networks that are remembered. Further ones count in the total alone.
const MAX_NETWORKS: usize = 10_000;

/// So much at once, and then so much per second.
#[derive(Debug, Clone, Copy)]
pub struct ByteRate {
    pub bytes_per_second: i64,
    pub burst: i64,
}

/// The limits of a kind of rows.
#[derive(Debug, Clone, Copy)]
pub struct NetworkLimits {
    pub network: ByteRate,
    /// Of all networks together.
    pub total: ByteRate,
}

/// Entries of a kind in the audit log that anybody can cause: about fifty per second of one network, after about a thousand at once.
pub(crate) const AUDIT_ENTRIES: NetworkLimits = NetworkLimits {
    network: ByteRate { bytes_per_second: 64 << 10, burst: 1 << 20 },
    total: ByteRate { bytes_per_second: 256 << 10, burst: 4 << 20 },
};
/// What is kept of refused requests of one tenant: about one in two seconds of one network, after about 250 at once. A network needs
/// half a day to push out what others caused.
pub(crate) const REFUSALS: NetworkLimits = NetworkLimits {
    network: ByteRate { bytes_per_second: 512, burst: 256 << 10 },
    total: ByteRate { bytes_per_second: 2 << 10, burst: 2 << 20 },
};
/// The same of requests for what there is not: about one in eight seconds of one network, after about thirty at once.
pub(crate) const STRAY_REFUSALS: NetworkLimits = NetworkLimits {
    network: ByteRate { bytes_per_second: 128, burst: 32 << 10 },
    total: ByteRate { bytes_per_second: 256, burst: 64 << 10 },
};
/// Sign-ins under way, each with what its steps store: some forty per second of one network, which may be a whole town's, after about
/// 10,000 at once. They are kept for an hour.
pub const INTERACTIONS: NetworkLimits = NetworkLimits {
    network: ByteRate { bytes_per_second: 128 << 10, burst: 32 << 20 },
    total: ByteRate { bytes_per_second: 4 << 20, burst: 256 << 20 },
};

/// A token bucket.
struct Bucket {
    limit: ByteRate,
    left: i64,
    /// When `left` was right.
    at: Timestamp,
}

impl Bucket {
    fn full(limit: ByteRate, now: Timestamp) -> Self {
        Self { limit, left: limit.burst, at: now }
    }

    fn refill(&mut self, now: Timestamp) {
        // A clock that was set back refills nothing.
        let millis = (now.millis() - self.at.millis()).max(0);
        let more = millis.saturating_mul(self.limit.bytes_per_second) / 1_000;
        // Less than a byte is kept for the next time.
        if more > 0 || now < self.at {
            self.left = self.left.saturating_add(more).min(self.limit.burst);
            self.at = now;
        }
    }
}

/// The budgets of all networks.
pub struct NetworkBudget(Mutex<Buckets>);

struct Buckets {
    of_network: ByteRate,
    total: Bucket,
    networks: HashMap<ClientNetwork, Bucket>,
}

impl NetworkBudget {
    /// Nothing is used up yet.
    pub(crate) fn new(limits: NetworkLimits, now: Timestamp) -> Self {
        let total = Bucket::full(limits.total, now);
        Self(Mutex::new(Buckets { of_network: limits.network, total, networks: HashMap::new() }))
    }

    /// Takes `bytes` from the budget of a network and of all; false when either has too little left.
    pub fn take(&self, network: ClientNetwork, bytes: usize, now: Timestamp) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(network, bytes, now)
    }
}

impl Buckets {
    fn take(&mut self, network: ClientNetwork, bytes: usize, now: Timestamp) -> bool {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.total.refill(now);
        if self.total.left < bytes {
            return false;
        }
        if let Some(own) = self.of(network, now) {
            if own.left < bytes {
                return false;
            }
            own.left -= bytes;
        }
        self.total.left -= bytes;
        true
    }

    fn of(&mut self, network: ClientNetwork, now: Timestamp) -> Option<&mut Bucket> {
        if self.networks.len() >= MAX_NETWORKS && !self.networks.contains_key(&network) {
            self.networks.retain(|_, bucket| {
                bucket.refill(now);
                bucket.left < bucket.limit.burst
            });
            if self.networks.len() >= MAX_NETWORKS {
                return None;
            }
        }
        let bucket = self.networks.entry(network).or_insert_with(|| Bucket::full(self.of_network, now));
        bucket.refill(now);
        Some(bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fair_share::tests::network;

    fn taken(budget: &NetworkBudget, from: &str, now: i64) -> usize {
        (0..100_000).take_while(|_| budget.take(network(from), 1 << 10, Timestamp(now))).count()
    }

    #[test]
    fn g1_a_network_writes_as_much_as_its_budget_and_leaves_others_theirs() {
        let budget = NetworkBudget::new(AUDIT_ENTRIES, Timestamp(0));
        assert_eq!(taken(&budget, "192.0.2.1", 0), 1024, "a burst");
        assert_eq!(taken(&budget, "192.0.2.1", 1_000), 64, "and so much per second");
        assert_eq!(taken(&budget, "192.0.2.2", 1_000), 1024);
        assert_eq!(taken(&budget, "192.0.2.1", 500), 0, "a clock that is set back");
        assert_eq!(taken(&budget, "192.0.2.1", 3_600_000), 1024, "no more than a burst");
    }

    #[test]
    fn g1_many_networks_write_as_much_as_the_total() {
        let budget = NetworkBudget::new(AUDIT_ENTRIES, Timestamp(0));
        let from = |n: u32| std::net::IpAddr::from(std::net::Ipv4Addr::from_bits(n)).into();
        let all = |now| (0..20_000).filter(|n| budget.take(from(*n), 1 << 10, Timestamp(now))).count();
        assert_eq!(all(0), 4096);
        assert_eq!(all(1_000), 256);
        for minute in 1..10 {
            all(minute * 60_000);
        }
        assert!(budget.0.lock().unwrap().networks.len() <= MAX_NETWORKS);
    }
}
