//! The time limit of one call of the client, however many requests and waits it takes.

use std::time::{Duration, Instant};

/// Longer time limits are shortened to this.
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_secs(300);

/// The moment at which a call gives up.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline `timeout` from now.
    pub fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout.min(MAX_TIMEOUT))
    }

    /// What is left; zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}
