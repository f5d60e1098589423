//! Leases of rows of `outbox`: what this node delivers, and what became of it.

use std::sync::Arc;

use db::{Db, DbError, Tx, params, sql};
use kernel::Timestamp;

use super::Delivery;
use crate::work::Work;

/// How long a node may work on a delivery before another takes it over.
pub(super) const LEASE_SECONDS: i64 = 120;
/// Lanes that are looked at together.
pub(super) const MAX_LANES: usize = 256;
/// Rows per transaction of a deletion, so that no request waits long.
const MAX_BATCH_ROWS: i64 = 500;
/// What may wait for one subscriber. Beyond it the oldest are given up.
const MAX_WAITING: i64 = 100_000;

/// What became of a leased delivery.
#[derive(Debug, Clone)]
pub(super) enum Settled {
    /// Delivered or given up.
    Gone(Arc<Delivery>),
    /// It is tried again at this time.
    Later(Arc<Delivery>, Timestamp),
    /// It was not tried.
    Returned(Arc<Delivery>),
}

/// So many deliveries of one subscriber.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) subscriber: String,
    pub(super) most: usize,
}

/// The subscribers after `after` for which something is due, in the order of their names, at most [`MAX_LANES`]. Each costs two
/// steps down an index, however much waits for it.
pub(super) async fn find_lanes(db: &Db, now: Timestamp, after: String) -> Result<Vec<String>, DbError> {
    db.read(move |read| {
        let lanes = sql!(
            "with recursive lane (subscriber) as (\
             select min(subscriber) from outbox where subscriber > $1 \
             union all \
             select (select min(o.subscriber) from outbox o where o.subscriber > lane.subscriber) from lane \
             where lane.subscriber is not null) \
             select subscriber from lane where subscriber is not null and exists (\
             select 1 from outbox o where o.subscriber = lane.subscriber and o.next_attempt_at <= $2) limit $3"
        );
        read.query_all(lanes, params![after, now, i64::try_from(MAX_LANES).unwrap_or(i64::MAX)])
    })
    .await
}

/// Writes down what became of deliveries, and leases others: each row goes to one node. What a power failure undoes is
/// delivered again.
pub(super) async fn exchange(
    db: &Db,
    now: Timestamp,
    settled: Vec<Settled>,
    claims: Vec<Claim>,
) -> Result<Vec<Vec<Delivery>>, DbError> {
    db.write(move |tx| {
        settled.iter().try_for_each(|one| settle(tx, one, now))?;
        let leased = claims.iter().map(|claim| lease(tx, claim, now)).collect();
        tx.relax();
        leased
    })
    .await
}

/// Does nothing if the lease ran out and another node has it.
fn settle(tx: &Tx<'_>, settled: &Settled, now: Timestamp) -> Result<(), DbError> {
    match settled {
        Settled::Gone(delivery) => tx.exec_pipelined(
            sql!("delete from outbox where id = $1 and next_attempt_at = $2"),
            params![&delivery.id, delivery.leased_until],
        ),
        Settled::Later(delivery, at) => tx.exec_pipelined(
            sql!("update outbox set next_attempt_at = $3 where id = $1 and next_attempt_at = $2"),
            params![&delivery.id, delivery.leased_until, *at],
        ),
        Settled::Returned(delivery) => tx.exec_pipelined(
            sql!(
                "update outbox set next_attempt_at = $3, attempts = attempts - 1 where id = $1 and next_attempt_at = $2"
            ),
            params![&delivery.id, delivery.leased_until, now],
        ),
    }
}

fn lease(tx: &Tx<'_>, claim: &Claim, now: Timestamp) -> Result<Vec<Delivery>, DbError> {
    let most = i64::try_from(claim.most).unwrap_or(i64::MAX);
    tx.query_all(
        // Two nodes never wait for each other, and none gets what the other has: rows that one holds are left out.
        sql!(
            "with due as materialized (\
             select id from outbox where subscriber = $1 and next_attempt_at <= $2 order by next_attempt_at limit $4 \
             for update skip locked) \
             update outbox set next_attempt_at = $3, attempts = attempts + 1 where id in (select id from due) \
             returning ",
            Delivery::COLUMNS
        ),
        params![&claim.subscriber, now, now.plus_seconds(LEASE_SECONDS), most],
    )
}

/// Deletes what waits for a subscriber that is no more, within a bound: the rest is dropped when its turn comes.
///
/// # Errors
/// A failure of the database.
pub(crate) fn drop_waiting(work: &Work<'_>, subscriber: &str) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!("delete from outbox where id in (select id from outbox where subscriber = $1 limit $2)"),
        params![subscriber, MAX_BATCH_ROWS],
    )
}

/// Gives up the oldest deliveries of subscribers for which more than [`MAX_WAITING`] wait. Returns their number.
///
/// # Errors
/// A failure of the database; earlier batches stay deleted.
pub(crate) async fn trim_lanes(db: &Db) -> Result<u64, DbError> {
    let crowded = sql!("select subscriber from outbox group by subscriber having count(*) > $1");
    let crowded: Vec<String> = db.read(move |r| r.query_all(crowded, params![MAX_WAITING])).await?;
    let mut removed = 0;
    for subscriber in crowded {
        let of = subscriber.clone();
        let oldest_kept =
            sql!("select created_at from outbox where subscriber = $1 order by created_at desc limit 1 offset $2");
        let before: Option<Timestamp> = db.read(move |r| r.query_opt(oldest_kept, params![of, MAX_WAITING])).await?;
        let Some(before) = before else { continue };
        let delete = sql!(
            "delete from outbox where id in (\
             select id from outbox where subscriber = $1 and created_at <= $2 limit $3)"
        );
        let mut given_up = 0;
        loop {
            let values = params![&subscriber, before, MAX_BATCH_ROWS].to_vec();
            let rows = db.write(move |tx| tx.exec(delete, &values)).await?;
            given_up += rows;
            if rows < MAX_BATCH_ROWS.unsigned_abs() {
                break;
            }
        }
        tracing::warn!(subscriber, given_up, "too much waited for a subscriber; the oldest deliveries were given up");
        removed += given_up;
    }
    Ok(removed)
}
