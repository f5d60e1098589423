//! How much strangers may write into the audit log by requests that are refused: enough for a fault or a guess to be seen, too
//! little to fill a disk.

use std::collections::HashMap;

use kernel::Timestamp;

use crate::fair_share::ClientNetwork;

/// Of one network: about fifty entries per second, after about a thousand at once.
const NETWORK: Limit = Limit { bytes_per_second: 64 << 10, burst: 1 << 20 };
/// Of all networks together.
const TOTAL: Limit = Limit { bytes_per_second: 256 << 10, burst: 4 << 20 };
/// Networks that are remembered. Further ones count in the total alone.
const MAX_NETWORKS: usize = 10_000;

#[derive(Clone, Copy)]
struct Limit {
    bytes_per_second: i64,
    burst: i64,
}

/// A token bucket.
struct Bucket {
    limit: Limit,
    left: i64,
    /// When `left` was right.
    at: Timestamp,
}

impl Bucket {
    fn full(limit: Limit, now: Timestamp) -> Self {
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
pub(super) struct RefusalBudget {
    total: Bucket,
    networks: HashMap<ClientNetwork, Bucket>,
}

impl RefusalBudget {
    /// Nothing is used up yet.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { total: Bucket::full(TOTAL, now), networks: HashMap::new() }
    }

    /// Takes `bytes` from the budget of a network and of all; false when either has too little left.
    pub(super) fn take(&mut self, network: ClientNetwork, bytes: usize, now: Timestamp) -> bool {
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
        let bucket = self.networks.entry(network).or_insert_with(|| Bucket::full(NETWORK, now));
        bucket.refill(now);
        Some(bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fair_share::tests::network;

    fn taken(budget: &mut RefusalBudget, from: &str, now: i64) -> usize {
        (0..100_000).take_while(|_| budget.take(network(from), 1 << 10, Timestamp(now))).count()
    }

    #[test]
    fn g1_a_network_writes_as_much_as_its_budget_and_leaves_others_theirs() {
        let mut budget = RefusalBudget::new(Timestamp(0));
        assert_eq!(taken(&mut budget, "192.0.2.1", 0), 1024, "a burst");
        assert_eq!(taken(&mut budget, "192.0.2.1", 1_000), 64, "and so much per second");
        assert_eq!(taken(&mut budget, "192.0.2.2", 1_000), 1024);
        assert_eq!(taken(&mut budget, "192.0.2.1", 500), 0, "a clock that is set back");
        assert_eq!(taken(&mut budget, "192.0.2.1", 3_600_000), 1024, "no more than a burst");
    }

    #[test]
    fn g1_many_networks_write_as_much_as_the_total() {
        let mut budget = RefusalBudget::new(Timestamp(0));
        let from = |n: u32| std::net::IpAddr::from(std::net::Ipv4Addr::from_bits(n)).into();
        let mut all = |now| (0..20_000).filter(|n| budget.take(from(*n), 1 << 10, Timestamp(now))).count();
        assert_eq!(all(0), 4096);
        assert_eq!(all(1_000), 256);
        for minute in 1..10 {
            all(minute * 60_000);
        }
        assert!(budget.networks.len() <= MAX_NETWORKS);
    }
}
