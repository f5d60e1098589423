//! Removes what has expired, so that the database does not grow for ever. Nothing depends on it: every use of a code,
//! token, grant, session or interaction checks the time itself.

use std::time::Duration;

use db::{Db, DbError, Sql, params, sql};
use kernel::{Clock, Timestamp};

/// Time between sweeps.
const EVERY: Duration = Duration::from_secs(600);
/// How long an expired row is kept: replays of old tokens are told from unknown ones for a day.
const KEPT: i64 = 24 * 3600;
/// Rows removed in one transaction, so that no sign-in waits long behind a sweep.
const BATCH: i64 = 500;

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
        // A counter is made for every identifier that anybody tries, so strangers could fill the table (attack C11 wants
        // unknown ones counted too).
        sql!(
            "delete from sentinel_counters where (tenant_id, target_hash, action) in \
             (select tenant_id, target_hash, action from sentinel_counters \
             where window_started_at < $1 and (blocked_until is null or blocked_until < $1) limit $2)"
        ),
    ]
}

/// Sweeps for as long as the server runs.
pub(crate) async fn run(db: Db, clock: Clock) {
    loop {
        tokio::time::sleep(EVERY).await;
        match sweep(&db, clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows removed"),
            Err(error) => tracing::warn!(%error, "expired rows could not be removed; the next sweep tries again"),
        }
    }
}

/// Removes everything that expired more than a day before `now`; returns the number of rows.
///
/// # Errors
/// A failure of the database; batches done before it stand.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<u64, DbError> {
    let before = now.plus_seconds(-KEPT);
    let mut removed = 0;
    for statement in statements() {
        loop {
            let rows = db.write(move |tx| tx.exec(statement, params![before, BATCH])).await?;
            removed += rows;
            if rows < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(removed)
}
