//! The rows of `outbox`.

use db::{DbError, FromRow, Json, params, sql};
use kernel::{Rng, Timestamp, id};
use serde_json::{Map, Value};

use super::MAX_ATTEMPTS;
use crate::events::Event;
use crate::work::Work;

/// The delay after the first failed attempt; it doubles with each further one, up to [`MAX_DELAY_SECONDS`].
const FIRST_DELAY_SECONDS: i64 = 5;
const MAX_DELAY_SECONDS: i64 = 6 * 3600;

/// One event for one subscriber.
#[derive(Debug, Clone, FromRow)]
pub struct Delivery {
    /// The same in every attempt, so that a receiver can recognise a repetition.
    pub id: String,
    pub tenant_id: String,
    /// [`crate::events::EventKind::as_str`].
    pub event: String,
    /// `{createdAt, data?}` and the further members of the event; `createdAt` in Unix milliseconds.
    #[row(json)]
    pub payload: Value,
    /// The number of this attempt, from 1.
    #[row(rename = "attempts")]
    pub attempt: i64,
    pub(crate) subscriber: String,
    /// The end of the lease: the row's `next_attempt_at` while this node works on it.
    #[row(rename = "next_attempt_at")]
    pub(super) leased_until: Timestamp,
}

/// Inserts a delivery of `event`.
pub(crate) fn insert(work: &Work<'_>, subscriber: &str, event: &Event) -> Result<(), DbError> {
    let mut payload = event.body.members.clone();
    payload.insert("createdAt".to_owned(), work.now().0.into());
    if !event.body.data.is_null() {
        payload.insert("data".to_owned(), event.body.data.clone());
    }
    insert_row(work, subscriber, event.kind.as_str(), payload)
}

/// Inserts a delivery of anything.
pub(crate) fn insert_row(
    work: &Work<'_>,
    subscriber: &str,
    event: &str,
    payload: Map<String, Value>,
) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!(
            "insert into outbox (id, tenant_id, subscriber, event, payload, next_attempt_at, created_at) \
             values ($1, $2, $3, $4, $5, $6, $6)"
        ),
        params![id::entity_id(work.rng()), work.tenant_id(), subscriber, event, Json(payload), work.now()],
    )
}

impl Delivery {
    /// When it is tried again after this attempt has failed; none after the last one.
    pub(super) fn next_attempt(&self, now: Timestamp, rng: &Rng) -> Option<Timestamp> {
        (self.attempt < MAX_ATTEMPTS).then(|| now.plus_seconds(delay_seconds(self.attempt, rng)))
    }
}

/// The delay after a failed attempt in seconds, with up to a quarter more so that many do not come back together.
fn delay_seconds(attempt: i64, rng: &Rng) -> i64 {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(30);
    let delay = FIRST_DELAY_SECONDS.saturating_mul(1 << doublings).min(MAX_DELAY_SECONDS);
    let [random] = rng.bytes::<1>();
    delay + delay * i64::from(random) / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_ever_later_and_span_about_a_day() {
        let rng = Rng::seeded(1);
        let delays: Vec<i64> = (1..MAX_ATTEMPTS).map(|attempt| delay_seconds(attempt, &rng)).collect();
        assert!((5..=6).contains(&delays[0]), "{delays:?}");
        assert!(delays.windows(2).all(|pair| pair[0] < pair[1]), "{delays:?}");
        assert!((2 * 3600..2 * 86_400).contains(&delays.iter().sum::<i64>()), "{delays:?}");
        assert!(delay_seconds(i64::MAX, &rng) <= MAX_DELAY_SECONDS * 5 / 4);
    }
}
