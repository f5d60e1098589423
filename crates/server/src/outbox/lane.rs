//! What this node does for one subscriber: how much at a time, and what after failures.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;
use tokio::time::Instant;

use super::{DELIVERY_TIMEOUT, Delivery, Failure};

/// Deliveries that are leased together, at first and of a subscriber that takes them quickly.
const FIRST_BATCH: usize = 16;
const MAX_BATCH: usize = 256;
/// A subscriber that takes longer gets no larger batches.
const QUICK: Duration = Duration::from_millis(500);
/// Failures in a row after which a subscriber gets one delivery at a time. One that does not answer gets so at once.
const FAILURES_OF_FAILING: u32 = 8;
/// The pause of a failing subscriber; it doubles with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Whether failing subscribers are spared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Considerate,
    /// Everything that is due is tried now.
    Regardless,
}

#[derive(Debug)]
pub(super) struct Lane {
    pace: Pace,
    /// At the same time.
    most_running: usize,
    /// Leased, and not begun.
    waiting: VecDeque<Arc<Delivery>>,
    running: usize,
    batch: usize,
    /// In a row.
    failures: u32,
    paused_until: Option<Instant>,
    /// More may be due in the database.
    pub(super) has_more: bool,
}

impl Lane {
    pub(super) fn new(pace: Pace, most_running: usize) -> Self {
        Self {
            pace,
            most_running,
            waiting: VecDeque::new(),
            running: 0,
            batch: FIRST_BATCH,
            failures: 0,
            paused_until: None,
            has_more: true,
        }
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failures >= FAILURES_OF_FAILING && self.pace == Pace::Considerate
    }

    /// Nothing is leased, and nothing to be remembered.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let is_forgotten = self.paused_until.is_none_or(|until| now > until + MAX_PAUSE * 6);
        self.running == 0 && self.waiting.is_empty() && !self.has_more && (self.failures == 0 || is_forgotten)
    }

    /// How many more are to be leased now.
    pub(super) fn room(&self, now: Instant) -> usize {
        if !self.has_more || self.is_paused(now) {
            return 0;
        }
        if self.is_failing() {
            return 1_usize.saturating_sub(self.waiting.len() + self.running);
        }
        // Few large batches: the next one when this one is half done.
        if self.waiting.len() > self.batch / 2 { 0 } else { self.batch - self.waiting.len() }
    }

    /// When it wants more, if it waits for a time.
    pub(super) fn resumes_at(&self) -> Option<Instant> {
        self.paused_until.filter(|_| self.has_more)
    }

    fn is_paused(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// Takes what was leased for it, of `asked` deliveries.
    pub(super) fn take(&mut self, leased: Vec<Delivery>, asked: usize) {
        self.has_more = leased.len() >= asked;
        if self.has_more && self.failures == 0 {
            self.batch = (self.batch * 2).min(MAX_BATCH);
        }
        self.waiting.extend(leased.into_iter().map(Arc::new));
    }

    /// The next delivery to try, if one may begin.
    pub(super) fn begin(&mut self) -> Option<Arc<Delivery>> {
        let most = if self.is_failing() { 1 } else { self.most_running };
        let next = if self.running < most { self.waiting.pop_front() } else { None };
        self.running += usize::from(next.is_some());
        next
    }

    /// An attempt ended well after this time.
    pub(super) fn succeeded(&mut self, took: Duration) {
        self.running = self.running.saturating_sub(1);
        self.failures = 0;
        self.paused_until = None;
        if took > QUICK {
            self.batch = FIRST_BATCH;
        }
    }

    pub(super) fn failed(&mut self, failure: &Failure, now: Instant) {
        self.running = self.running.saturating_sub(1);
        self.failures = self.failures.saturating_add(1);
        if failure.is_down {
            self.failures = self.failures.max(FAILURES_OF_FAILING);
        }
        self.batch = FIRST_BATCH;
        if self.is_failing() {
            let doublings = (self.failures - FAILURES_OF_FAILING).min(16);
            self.paused_until = Some(now + FIRST_PAUSE.saturating_mul(1 << doublings).min(MAX_PAUSE));
        }
    }

    /// What it can't begin: all that waits while it fails, and what would outlive its lease.
    pub(super) fn give_back(&mut self, now: Timestamp) -> Vec<Arc<Delivery>> {
        let attempt = i64::try_from(DELIVERY_TIMEOUT.as_millis()).unwrap_or(i64::MAX);
        // The first one was leased first.
        let is_late = self.waiting.front().is_some_and(|first| first.leased_until.0 - now.0 < attempt + attempt / 6);
        let is_held_back = self.is_failing() && self.waiting.len() > 1;
        if !is_late && !is_held_back {
            return Vec::new();
        }
        self.has_more = true;
        self.give_back_all()
    }

    /// All that was leased and not begun.
    pub(super) fn give_back_all(&mut self) -> Vec<Arc<Delivery>> {
        self.waiting.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn deliveries(count: usize, leased_until: i64) -> Vec<Delivery> {
        let one = |n: usize| Delivery {
            id: n.to_string(),
            tenant_id: "default".into(),
            event: "User.Created".into(),
            payload: Value::Null,
            attempt: 1,
            subscriber: "hook:x".into(),
            leased_until: Timestamp(leased_until),
        };
        (0..count).map(one).collect()
    }

    fn down() -> Failure {
        Failure { reason: "refused".into(), is_down: true }
    }

    #[test]
    fn a_quick_subscriber_gets_ever_larger_batches_of_what_there_is() {
        let (mut lane, now) = (Lane::new(Pace::Considerate, 16), Instant::now());
        let mut sizes = Vec::new();
        for _ in 0..6 {
            let room = lane.room(now);
            sizes.push(room);
            lane.take(deliveries(room, 120_000), room);
            while lane.begin().is_some() {
                lane.succeeded(Duration::from_millis(1));
            }
        }
        assert_eq!(sizes, [16, 32, 64, 128, 256, 256]);
        lane.take(deliveries(3, 120_000), 256);
        assert_eq!(lane.room(now), 0, "nothing more is due");
        while lane.begin().is_some() {
            lane.succeeded(QUICK * 2);
        }
        lane.has_more = true;
        assert_eq!(lane.room(now), FIRST_BATCH, "it became slow");
    }

    #[test]
    fn a_subscriber_that_is_down_gets_one_delivery_at_a_time_with_pauses_and_returns_the_rest() {
        let (mut lane, now) = (Lane::new(Pace::Considerate, 16), Instant::now());
        lane.take(deliveries(40, 120_000), 16);
        let begun = std::iter::from_fn(|| lane.begin()).count();
        assert_eq!(begun, 16);
        (0..begun).for_each(|_| lane.failed(&down(), now));
        assert_eq!(lane.give_back(Timestamp(0)).len(), 40 - begun);
        assert_eq!(lane.room(now), 0, "it pauses");
        let later = now + MAX_PAUSE;
        assert_eq!(lane.room(later), 1);
        lane.take(deliveries(1, 120_000), 1);
        assert!(lane.begin().is_some());
        assert_eq!(lane.room(later), 0, "one at a time");
        lane.succeeded(Duration::from_millis(1));
        assert_eq!(lane.room(later), FIRST_BATCH, "it is back");
    }

    #[test]
    fn what_would_outlive_its_lease_is_not_begun() {
        let mut lane = Lane::new(Pace::Considerate, 16);
        lane.take(deliveries(5, 120_000), 16);
        assert!(lane.give_back(Timestamp(80_000)).is_empty());
        assert_eq!(lane.give_back(Timestamp(90_000)).len(), 5);
        assert!(lane.begin().is_none());
    }

    #[test]
    fn some_failures_slow_nobody_down_and_many_in_a_row_do() {
        let (mut lane, now) = (Lane::new(Pace::Considerate, 16), Instant::now());
        let refused = Failure { reason: "the receiver answered 400".into(), is_down: false };
        (1..FAILURES_OF_FAILING).for_each(|_| lane.failed(&refused, now));
        assert!(!lane.is_failing() && lane.room(now) > 1);
        lane.failed(&refused, now);
        assert!(lane.is_failing() && lane.room(now) == 0);
        let mut regardless = Lane::new(Pace::Regardless, 16);
        (0..100).for_each(|_| regardless.failed(&down(), now));
        assert_eq!(regardless.room(now), FIRST_BATCH);
    }
}
