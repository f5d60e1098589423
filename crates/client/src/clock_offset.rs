//! How far this machine's clock is from the provider's, by the `Date` of its responses (RFC 9110 section 6.6.1).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jose::JoseError;
use kernel::Timestamp;

const UNKNOWN: i64 = i64::MIN;

/// The latest measurement. Clones share it.
#[derive(Debug, Clone)]
pub struct ClockOffset(Arc<AtomicI64>);

impl Default for ClockOffset {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(UNKNOWN)))
    }
}

impl ClockOffset {
    pub(crate) fn record(&self, theirs: Timestamp, ours: Timestamp) {
        self.0.store(ours.seconds() - theirs.seconds(), Ordering::Relaxed);
    }

    /// Seconds that this machine is ahead; None before the first response with a date.
    pub fn seconds(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }

    /// The hint for an error about times; None for an error about something else.
    pub(crate) fn hint_for(&self, error: &JoseError, leeway_seconds: i64) -> Option<String> {
        let is_about_time = matches!(error, JoseError::Expired | JoseError::NotYetValid | JoseError::IssuedInFuture);
        is_about_time.then(|| self.hint(leeway_seconds))
    }

    /// A sentence for when the difference explains the error.
    fn hint(&self, leeway_seconds: i64) -> String {
        match self.seconds() {
            Some(offset) if offset.abs() > leeway_seconds.max(1) => {
                let side = if offset > 0 { "ahead of" } else { "behind" };
                format!("; this machine's clock is {} seconds {side} the server's", offset.abs())
            }
            _ => String::new(),
        }
    }
}
