//! The rows of `outbox`.

use db::{Db, DbError, FromRow, Json, Sql, params, placeholders, sql};
use kernel::{Rng, Timestamp, id};
use serde_json::{Map, Value};

use super::MAX_ATTEMPTS;
use crate::events::Event;
use crate::work::Work;

/// How long a node may work on a delivery before another takes it over. Longer than one attempt.
const LEASE_SECONDS: i64 = 120;
/// Rows that are looked at before some are leased.
const MAX_LOOKED_AT: i64 = 256;
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
    pub(super) subscriber: String,
    /// The end of the lease: the row's `next_attempt_at` while this node works on it.
    #[row(rename = "next_attempt_at")]
    leased_until: Timestamp,
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

/// What is due, before anybody has leased it.
#[derive(Debug, FromRow)]
pub(super) struct DueDelivery {
    pub(super) id: String,
    pub(super) subscriber: String,
}

/// What is due for others than these subscribers, oldest first.
pub(super) async fn find_due(db: &Db, now: Timestamp, busy: Vec<String>) -> Result<Vec<DueDelivery>, DbError> {
    db.read_inline(move |read| {
        let busy_places = placeholders(3, busy.len());
        let free = if busy.is_empty() { String::new() } else { format!(" and subscriber not in ({busy_places})") };
        let columns = DueDelivery::COLUMNS;
        let text = Sql::dynamic(format!(
            "select {columns} from outbox where next_attempt_at <= $1{free} order by next_attempt_at, id limit $2"
        ));
        let mut values = params![now, MAX_LOOKED_AT].to_vec();
        values.extend(busy.into_iter().map(db::Value::from));
        read.query_all(&text, &values)
    })
    .await
}

/// Leases deliveries that were found: each row goes to one node.
pub(super) async fn lease(db: &Db, now: Timestamp, found: Vec<String>) -> Result<Vec<Delivery>, DbError> {
    let until = now.plus_seconds(LEASE_SECONDS);
    db.write(move |tx| {
        let mut leased = Vec::new();
        for id in found {
            let delivery: Option<Delivery> = tx.query_opt(
                sql!(
                    "update outbox set next_attempt_at = $3, attempts = attempts + 1 \
                     where id = $1 and next_attempt_at <= $2 \
                     returning ",
                    Delivery::COLUMNS
                ),
                params![id, now, until],
            )?;
            leased.extend(delivery);
        }
        Ok(leased)
    })
    .await
}

impl Delivery {
    /// Removes what was delivered, or given up. Does nothing if the lease ran out and another node has it.
    pub(super) async fn delete(&self, db: &Db) -> Result<(), DbError> {
        let values = params![&self.id, self.leased_until].to_vec();
        let delete = sql!("delete from outbox where id = $1 and next_attempt_at = $2");
        db.write(move |tx| tx.exec(delete, &values).map(drop)).await
    }

    /// Plans the next attempt, or none after the last one; returns whether there is one.
    pub(super) async fn retry(&self, db: &Db, now: Timestamp, rng: &Rng) -> Result<bool, DbError> {
        if self.attempt >= MAX_ATTEMPTS {
            self.delete(db).await?;
            return Ok(false);
        }
        let next = now.plus_seconds(delay_seconds(self.attempt, rng));
        let values = params![&self.id, self.leased_until, next].to_vec();
        let update = sql!("update outbox set next_attempt_at = $3 where id = $1 and next_attempt_at = $2");
        db.write(move |tx| tx.exec(update, &values).map(drop)).await?;
        Ok(true)
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
