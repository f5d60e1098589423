//! The only reader of the system clock; tests freeze and move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time in milliseconds since the Unix epoch, UTC. This is the unit of every stored and returned time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the `NumericDate` of RFC 7519 section 2.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time in ISO 8601 as JavaScript writes it: `2026-11-28T13:28:00.000Z`. Years beyond 9999 become it, those before
    /// 1970 1970.
    pub fn iso8601(self) -> String {
        const LAST: i64 = 253_402_300_799_999;
        let millis = self.0.clamp(0, LAST);
        let (days, rest) = (millis / 86_400_000, millis % 86_400_000);
        // Days since 0000-03-01, so that the leap day is the last of its year; an era has 400 years.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1000)
    }

    /// The time `seconds` later; saturates.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The time `duration` later; saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Source of the current time. Cheap to clone; clones of a frozen clock move together.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    /// Stands still at these milliseconds.
    Frozen(Arc<AtomicI64>),
    /// Goes with the system's clock, ahead of it by these milliseconds.
    Ahead(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved.
    pub fn frozen(at: Timestamp) -> Self {
        Self(Source::Frozen(Arc::new(AtomicI64::new(at.0))))
    }

    /// The machine's clock, ahead of it by as many milliseconds as `ahead` has at the time: for applications under test.
    pub fn ahead(ahead: Arc<AtomicI64>) -> Self {
        Self(Source::Ahead(ahead))
    }

    /// The current time; before 1970 it is 0.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp(system_millis()),
            Source::Frozen(at) => Timestamp(at.load(Ordering::SeqCst)),
            Source::Ahead(by) => Timestamp(system_millis().saturating_add(by.load(Ordering::SeqCst))),
        }
    }

    /// Moves a frozen clock by `duration`; does nothing to others.
    pub fn advance(&self, duration: Duration) {
        if let Source::Frozen(at) = &self.0 {
            at.fetch_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// Sets a frozen clock; does nothing to others.
    pub fn set(&self, to: Timestamp) {
        if let Source::Frozen(at) = &self.0 {
            at.store(to.0, Ordering::SeqCst);
        }
    }
}

#[allow(clippy::disallowed_methods)] // The one place that may.
fn system_millis() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_javascript_does() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (784_111_777_042, "1994-11-06T08:49:37.042Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_798_675_200_000, "2026-12-31T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (i64::MIN, "1970-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp(millis).iso8601(), expected);
        }
    }

    #[test]
    fn a_frozen_clock_moves_only_when_told_and_clones_follow() {
        let clock = Clock::frozen(Timestamp(1_000));
        let clone = clock.clone();
        assert_eq!(clone.now(), Timestamp(1_000));
        clock.advance(Duration::from_secs(2));
        assert_eq!(clone.now(), Timestamp(3_000));
    }

    #[test]
    fn a_clock_that_is_ahead_goes_with_the_system() {
        let ahead = Arc::new(AtomicI64::new(0));
        let clock = Clock::ahead(ahead.clone());
        let before = Clock::system().now();
        assert!(clock.now() >= before && clock.now() <= Clock::system().now());
        ahead.store(3_600_000, Ordering::SeqCst);
        assert!(clock.now() >= before.plus_seconds(3_600));
    }

    #[test]
    fn seconds_round_down_before_the_epoch_too() {
        assert_eq!(Timestamp(1_999).seconds(), 1);
        assert_eq!(Timestamp(-1).seconds(), -1);
    }
}
