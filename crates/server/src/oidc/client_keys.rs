//! The public keys of clients that publish them at their `jwksUri`, fetched through the guarded client (attack E1).

use std::time::Duration;

use federation::{Lifetimes, PublishedKeys};
use kernel::Clock;
use outbound::Outbound;

const LIFETIMES: Lifetimes = Lifetimes {
    max_age: Duration::from_secs(300),
    min_age: Duration::from_secs(30),
    // Keys that were withdrawn must not count because their place can't be reached.
    max_stale_age: Duration::ZERO,
    failure_age: Duration::from_secs(30),
    capacity: 1024,
};
/// Most usable keys of a set: each may have to be tried.
pub const MAX_KEYS: usize = 10;

/// No keys yet.
pub fn start(outbound: Outbound, clock: Clock) -> PublishedKeys {
    PublishedKeys::new(outbound, clock, LIFETIMES, MAX_KEYS)
}
