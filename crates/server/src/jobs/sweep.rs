//! Deletes expired rows, so that the database does not grow without bound. Correctness does not depend on it: every use
//! of a code, token, grant, session or interaction checks the expiry.

use std::time::Duration;

use db::{Db, DbError, Sql, Value, params, sql};
use kernel::Timestamp;
use tokio::time::Instant;

use crate::audit::retention;
use crate::dashboard::Day;
use crate::{App, outbox};

/// How long an expired row is kept: one day, to distinguish replays of old tokens from unknown tokens.
const RETENTION_SECONDS: i64 = 24 * 3600;
/// Who answers with a code that was sent, or polls with one, is told that it has expired.
const CODE_RETENTION_SECONDS: i64 = 600;
/// Operators look at invitations that nobody followed.
const TOKEN_RETENTION_SECONDS: i64 = 30 * RETENTION_SECONDS;
/// After that a country counts as new again (E076).
const COUNTRY_RETENTION_SECONDS: i64 = 181 * RETENTION_SECONDS;
/// The dashboard compares a month with the one before, also a year ago.
const ACTIVITY_RETENTION_DAYS: i64 = 430;
/// After that an event is of no use to its subscriber.
const DELIVERY_RETENTION_SECONDS: i64 = 3 * RETENTION_SECONDS;
/// Whoever was refused asks soon.
const REFUSAL_RETENTION_SECONDS: i64 = 7 * RETENTION_SECONDS;
/// Of each tenant.
const MAX_REFUSALS: i64 = 20_000;
/// Of all tenants together.
const MAX_REFUSALS_OF_ALL: i64 = 100_000;
/// Rows per transaction, so that no request waits long for a sweep.
const MAX_BATCH_ROWS: i64 = 500;
/// The longest pause between two batches.
const MAX_PAUSE: Duration = Duration::from_millis(100);

fn statements() -> [&'static Sql; 9] {
    [
        sql!(
            "delete from trusted_devices where (tenant_id, id) in \
             (select tenant_id, id from trusted_devices where expires_at < $1 limit $2)"
        ),
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
            "delete from sessions where (tenant_id, uid) in \
             (select tenant_id, uid from sessions where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from grants where (tenant_id, id) in (select tenant_id, id from grants where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from captcha_answers where (tenant_id, challenge_digest) in \
             (select tenant_id, challenge_digest from captcha_answers where expires_at < $1 limit $2)"
        ),
        sql!(
            "delete from subject_tokens where digest in (select digest from subject_tokens where expires_at < $1 limit $2)"
        ),
        // Every tried identifier has a counter, known or not (attack C11), so anonymous requests could fill the table.
        sql!(
            "delete from sentinel_counters where (tenant_id, target_hash, action) in \
             (select tenant_id, target_hash, action from sentinel_counters \
             where window_started_at < $1 and (blocked_until is null or blocked_until < $1) limit $2)"
        ),
    ]
}

/// Rows that are kept for another time than a day, with its seconds. What strangers store goes at once.
fn other_statements() -> [(&'static Sql, i64); 10] {
    [
        // What could not be tried in this time: a subscriber that does not answer is tried seldom.
        (
            sql!("delete from outbox where id in (select id from outbox where created_at < $1 limit $2)"),
            DELIVERY_RETENTION_SECONDS,
        ),
        // One for each request of some clients, and of no use once the JWT has expired.
        (
            sql!(
                "delete from used_jwts where (tenant_id, digest) in \
                 (select tenant_id, digest from used_jwts where expires_at < $1 limit $2)"
            ),
            0,
        ),
        (
            sql!(
                "delete from pushed_requests where digest in \
                 (select digest from pushed_requests where expires_at < $1 limit $2)"
            ),
            0,
        ),
        (
            sql!(
                "delete from interactions where (tenant_id, uid) in \
                 (select tenant_id, uid from interactions where expires_at < $1 limit $2)"
            ),
            0,
        ),
        (
            sql!(
                "delete from verification_records where (tenant_id, id) in \
                 (select tenant_id, id from verification_records where expires_at < $1 limit $2)"
            ),
            0,
        ),
        (
            sql!(
                "delete from device_codes where digest in \
                 (select digest from device_codes where expires_at < $1 limit $2)"
            ),
            CODE_RETENTION_SECONDS,
        ),
        // Those of interactions go with them.
        (
            sql!(
                "delete from verification_codes where (tenant_id, owner, type) in \
                 (select tenant_id, owner, type from verification_codes \
                 where interaction_uid is null and expires_at < $1 limit $2)"
            ),
            CODE_RETENTION_SECONDS,
        ),
        (
            sql!(
                "delete from one_time_tokens where (tenant_id, id) in \
                 (select tenant_id, id from one_time_tokens where expires_at < $1 limit $2)"
            ),
            TOKEN_RETENTION_SECONDS,
        ),
        (
            sql!(
                "delete from administrator_invitations where (tenant_id, id) in \
                 (select tenant_id, id from administrator_invitations where expires_at < $1 limit $2)"
            ),
            TOKEN_RETENTION_SECONDS,
        ),
        (
            sql!(
                "delete from user_sign_in_countries where (tenant_id, user_id, country) in \
                 (select tenant_id, user_id, country from user_sign_in_countries where last_sign_in_at < $1 limit $2)"
            ),
            COUNTRY_RETENTION_SECONDS,
        ),
    ]
}

/// Deletes all rows that expired more than a day ago, or as long ago as they are kept. Returns the number of rows.
///
/// # Errors
/// A failure of the database; earlier batches stay committed.
pub async fn delete_expired(app: App) -> Result<u64, DbError> {
    let statements = statements().map(|statement| (statement, RETENTION_SECONDS));
    let mut removed = 0;
    for (statement, retention_seconds) in statements.into_iter().chain(other_statements()) {
        let before = app.clock.now().plus_seconds(-retention_seconds);
        removed += delete_in_batches(&app.db, statement, before).await?;
    }
    removed += outbox::trim_lanes(&app.db).await?;
    Ok(removed + delete_old_activity(&app).await?)
}

/// Deletes who was active more than [`ACTIVITY_RETENTION_DAYS`] ago. Returns the number of rows.
///
/// # Errors
/// As [`delete_expired`].
async fn delete_old_activity(app: &App) -> Result<u64, DbError> {
    let delete = sql!(
        "delete from daily_active_users where (tenant_id, day, user_id) in \
         (select tenant_id, day, user_id from daily_active_users where day < $1 limit $2)"
    );
    let before = Day::of(app.clock.now()).plus(-ACTIVITY_RETENTION_DAYS).0;
    repeat(&app.db, delete, params![before, MAX_BATCH_ROWS].to_vec()).await
}

/// Deletes the oldest entries of the audit log: those beyond its age, its number of entries and its size (settings
/// `AUDIT_LOG_MAX_DAYS`, `AUDIT_LOG_MAX_ENTRIES` and `AUDIT_LOG_MAX_MEGABYTES`). Returns the number of rows.
///
/// # Errors
/// As [`delete_expired`].
pub async fn trim_audit_log(app: App) -> Result<u64, DbError> {
    let limits = app.settings.audit_log;
    let mut removed = trim_beginnings(&app).await?;
    let mut before = app.clock.now().plus_seconds(-limits.max_days.saturating_mul(24 * 3600));
    let newest_beyond: Option<Timestamp> = app
        .db
        .read(move |r| {
            r.query_opt(
                sql!("select created_at from logs order by created_at desc limit 1 offset $1"),
                params![limits.max_entries],
            )
        })
        .await?;
    if let Some(at) = newest_beyond {
        before = before.max(Timestamp(at.0 + 1));
    }
    if let Some(at) = retention::surplus_before(&app, limits.max_megabytes.saturating_mul(1 << 20)).await? {
        before = before.max(at);
    }
    let delete = sql!(
        "delete from logs where (tenant_id, id) in \
         (select tenant_id, id from logs where created_at < $1 order by created_at limit $2)"
    );
    removed += delete_in_batches(&app.db, delete, before).await?;
    retention::forget_before(&app.db, before).await?;
    Ok(removed)
}

/// What whoever has proved nothing writes without end.
const BEGINNINGS: &str = "key in ('Interaction.Create', 'Interaction.SignIn.Create', 'Interaction.Register.Create', \
                          'Interaction.ForgotPassword.Create')";

/// The entries of sign-ins that begin may take a quarter of each tenant's log: strangers cause them, and must not push out what was
/// done (attack G1).
async fn trim_beginnings(app: &App) -> Result<u64, DbError> {
    let newest_beyond = sql!(
        "select created_at from logs where tenant_id = $1 and ",
        BEGINNINGS,
        " order by created_at desc limit 1 offset $2"
    );
    let delete = sql!(
        "delete from logs where (tenant_id, id) in \
         (select tenant_id, id from logs where tenant_id = $3 and ",
        BEGINNINGS,
        " and created_at < $1 order by created_at limit $2)"
    );
    keep_newest(app, app.settings.audit_log.max_entries / 4, newest_beyond, delete).await
}

/// Deletes what is kept of refused requests: what is older than a week, and of each tenant all but the newest 20,000, of all
/// together all but the newest 100,000, because strangers cause it. Returns the number of rows.
///
/// # Errors
/// As [`delete_expired`].
pub async fn trim_refusals(app: App) -> Result<u64, DbError> {
    let newest_beyond =
        sql!("select created_at from refusals where tenant_id = $1 order by created_at desc limit 1 offset $2");
    let delete = sql!(
        "delete from refusals where (tenant_id, request_id) in \
         (select tenant_id, request_id from refusals where tenant_id = $3 and created_at < $1 order by created_at limit $2)"
    );
    let old = app.clock.now().plus_seconds(-REFUSAL_RETENTION_SECONDS);
    let removed = delete_in_batches(&app.db, delete_refusals_before(), old).await?;
    let removed = removed + keep_newest(&app, MAX_REFUSALS, newest_beyond, delete).await?;
    Ok(removed + keep_newest_refusals(&app, MAX_REFUSALS_OF_ALL).await?)
}

/// Deletes the oldest refusals where all tenants together have more than `limit`. Returns the number of rows.
///
/// # Errors
/// As [`delete_expired`].
pub async fn keep_newest_refusals(app: &App, limit: i64) -> Result<u64, DbError> {
    let newest_beyond = sql!("select created_at from refusals order by created_at desc limit 1 offset $1");
    let found: Option<Timestamp> = app.db.read(move |r| r.query_opt(newest_beyond, params![limit])).await?;
    let Some(before) = found.map(|at| Timestamp(at.0 + 1)) else { return Ok(0) };
    delete_in_batches(&app.db, delete_refusals_before(), before).await
}

fn delete_refusals_before() -> &'static Sql {
    sql!(
        "delete from refusals where (tenant_id, request_id) in \
         (select tenant_id, request_id from refusals where created_at < $1 order by created_at limit $2)"
    )
}

/// Deletes the oldest rows of each tenant that has more than `limit`: `newest_beyond` finds the time of the first that is too many.
async fn keep_newest(app: &App, limit: i64, newest_beyond: &'static Sql, delete: &'static Sql) -> Result<u64, DbError> {
    let tenants: Vec<String> = app.db.read(|r| r.query_all(sql!("select id from tenants"), params![])).await?;
    let mut removed = 0;
    for tenant in tenants {
        let of = tenant.clone();
        let found: Option<Timestamp> = app.db.read(move |r| r.query_opt(newest_beyond, params![of, limit])).await?;
        let Some(before) = found.map(|at| Timestamp(at.0 + 1)) else { continue };
        removed += repeat(&app.db, delete, params![before, MAX_BATCH_ROWS, tenant].to_vec()).await?;
    }
    Ok(removed)
}

async fn delete_in_batches(db: &Db, statement: &'static Sql, before: Timestamp) -> Result<u64, DbError> {
    repeat(db, statement, params![before, MAX_BATCH_ROWS].to_vec()).await
}

/// Repeats a deletion until it finds less than a batch.
async fn repeat(db: &Db, statement: &'static Sql, values: Vec<Value>) -> Result<u64, DbError> {
    let mut removed = 0;
    loop {
        let (values, begun) = (values.clone(), Instant::now());
        let rows = db.write(move |tx| tx.exec(statement, &values)).await?;
        removed += rows;
        if rows < MAX_BATCH_ROWS.unsigned_abs() {
            return Ok(removed);
        }
        // Half of the time is that of requests.
        tokio::time::sleep(begun.elapsed().min(MAX_PAUSE)).await;
    }
}
