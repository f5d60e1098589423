//! Deletes expired rows, so that the database does not grow without bound. Correctness does not depend on it: every use
//! of a code, token, grant, session or interaction checks the expiry.

use std::time::Duration;

use db::{Db, DbError, Sql, params, sql};
use kernel::{Clock, Timestamp};

/// Time between sweeps.
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);
/// How long an expired row is kept: one day, to distinguish replays of old tokens from unknown tokens.
const RETENTION_SECONDS: i64 = 24 * 3600;
/// Rows per transaction, so that no request waits long for a sweep.
const MAX_BATCH_ROWS: i64 = 500;

fn statements() -> [&'static Sql; 7] {
    [
        sql!(
            "delete from authorization_codes where digest in \
             (select digest from authorization_codes where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from access_tokens where digest in (select digest from access_tokens where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from refresh_tokens where digest in (select digest from refresh_tokens where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from interactions where (tenant_id, uid) in \
             (select tenant_id, uid from interactions where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from sessions where (tenant_id, uid) in \
             (select tenant_id, uid from sessions where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from grants where (tenant_id, id) in (select tenant_id, id from grants where expires_at < $1 limit $2)"
        ),
        // Every tried identifier has a counter, known or not (attack C11), so anonymous requests could fill the table.
        sql!(
            "delete from sentinel_counters where (tenant_id, target_hash, action) in \
             (select tenant_id, target_hash, action from sentinel_counters \
             where window_started_at < $1 and (blocked_until is null or blocked_until < $1) limit $2)"
        ),
    ]
}

/// Runs until the server stops.
pub(crate) async fn run(db: Db, clock: Clock) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        match delete_expired(&db, clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows removed"),
            Err(error) => tracing::warn!(%error, "expired rows could not be removed; the next sweep tries again"),
        }
    }
}

/// Deletes all rows that expired more than a day before `now`. Returns the number of rows.
///
/// # Errors
/// A failure of the database; earlier batches stay committed.
pub async fn delete_expired(db: &Db, now: Timestamp) -> Result<u64, DbError> {
    let before = now.plus_seconds(-RETENTION_SECONDS);
    let mut removed = 0;
    for statement in statements() {
        loop {
            let rows = db.write(move |tx| tx.exec(statement, params![before, MAX_BATCH_ROWS])).await?;
            removed += rows;
            if rows < MAX_BATCH_ROWS.unsigned_abs() {
                break;
            }
        }
    }
    Ok(removed)
}
