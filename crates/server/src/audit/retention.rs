//! How large the log may be. Adding all entries up takes long, so each hour is added up once, when it is over: the table
//! `log_hours` knows how much there is, and a log that is too large loses its oldest hours.

use db::{Db, DbError, params, sql};
use kernel::Timestamp;

use crate::App;

const HOUR_MILLIS: i64 = 3_600_000;
/// Entries are written a little later than their time says; after this an hour is over.
const LATENESS_MILLIS: i64 = 600_000;
/// Hours that one run adds up at most; the next goes on.
const MAX_HOURS_PER_RUN: usize = 2_000;
/// What a row takes beside its payload, in the table and its indexes, about.
const ROW_BYTES: i64 = 512;

/// The time before which entries are to go, so that what is left is not larger than `max_bytes`; none if nothing has to. The
/// newest hours, which are not over, stay.
///
/// # Errors
/// A failure of the database.
pub(crate) async fn surplus_before(app: &App, max_bytes: i64) -> Result<Option<Timestamp>, DbError> {
    let begun = add_up(app).await?;
    let of_unfinished = size_between(&app.db, begun, i64::MAX).await?.1;
    let hours: Vec<(i64, i64)> =
        app.db.read(|r| r.query_all(sql!("select hour, bytes from log_hours order by hour desc"), params![])).await?;
    let mut kept = of_unfinished;
    for (hour, bytes) in hours {
        kept = kept.saturating_add(bytes);
        if kept > max_bytes {
            return Ok(Some(Timestamp((hour + 1) * HOUR_MILLIS)));
        }
    }
    Ok(None)
}

/// Forgets the hours whose entries have gone.
///
/// # Errors
/// A failure of the database.
pub(crate) async fn forget_before(db: &Db, before: Timestamp) -> Result<(), DbError> {
    let hour = before.0.div_euclid(HOUR_MILLIS);
    db.write(move |tx| tx.exec(sql!("delete from log_hours where hour < $1"), params![hour])).await.map(drop)
}

/// Adds up the hours that are over. Returns the end of the last one that was, in milliseconds.
async fn add_up(app: &App) -> Result<i64, DbError> {
    let over = (app.clock.now().0 - LATENESS_MILLIS).div_euclid(HOUR_MILLIS);
    let newest: (Option<i64>,) =
        app.db.read(|r| r.query_one(sql!("select max(hour) from log_hours"), params![])).await?;
    let mut next = newest.0.map_or(i64::MIN, |hour| hour + 1);
    for _ in 0..MAX_HOURS_PER_RUN {
        // Hours without an entry are skipped.
        let from = next.saturating_mul(HOUR_MILLIS);
        let first: (Option<i64>,) = app
            .db
            .read(move |r| r.query_one(sql!("select min(created_at) from logs where created_at >= $1"), params![from]))
            .await?;
        let Some(hour) = first.0.map(|at| at.div_euclid(HOUR_MILLIS)).filter(|hour| *hour < over) else { break };
        let (entries, bytes) = size_between(&app.db, hour * HOUR_MILLIS, (hour + 1) * HOUR_MILLIS).await?;
        let insert = sql!(
            "insert into log_hours (hour, entries, bytes) values ($1, $2, $3) \
             on conflict (hour) do update set entries = excluded.entries, bytes = excluded.bytes"
        );
        app.db.write(move |tx| tx.exec(insert, params![hour, entries, bytes])).await?;
        next = hour + 1;
    }
    Ok(next.saturating_mul(HOUR_MILLIS))
}

/// Number and size of the entries of a time.
async fn size_between(db: &Db, from: i64, until: i64) -> Result<(i64, i64), DbError> {
    let text = sql!(
        "select count(*), cast(coalesce(sum(octet_length(payload)), 0) as bigint) from logs \
         where created_at >= $1 and created_at < $2"
    );
    let (entries, bytes): (i64, i64) = db.read(move |r| r.query_one(text, params![from, until])).await?;
    Ok((entries, bytes.saturating_add(entries.saturating_mul(ROW_BYTES))))
}
