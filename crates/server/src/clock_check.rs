//! Checks the clock at start: with a wrong clock every token is expired or not valid yet.

use db::{Db, DbError, params, sql};
use kernel::{Clock, Timestamp};

use crate::http::format_http_date;
use crate::serve::StartError;

/// Milliseconds by which the database may be ahead, because the clocks of nodes differ.
const ALLOWED_SKEW_MS: i64 = 5 * 60 * 1000;
/// 2026-01-01, before the first release.
const FIRST_RELEASE: Timestamp = Timestamp(1_767_225_600_000);

/// Fails when the clock is behind the newest time in the database.
///
/// # Errors
/// [`StartError::Clock`], or [`StartError::Database`] when the database can't be read.
pub async fn check(db: &Db, clock: &Clock) -> Result<(), StartError> {
    let newest = db
        .read::<_, DbError, _>(|r| {
            let migrated: Vec<(Option<i64>,)> =
                r.query_all(sql!("select max(applied_at) from schema_migrations"), params![])?;
            // By tenant, to use the index: scanning all users would delay the start.
            let used: Vec<(Option<i64>,)> = r.query_all(
                sql!(
                    "select (select u.created_at from users u where u.tenant_id = t.id \
                     order by u.created_at desc limit 1) from tenants t"
                ),
                params![],
            )?;
            Ok(migrated.into_iter().chain(used).filter_map(|(at,)| at).max().map(Timestamp))
        })
        .await?;
    judge_clock(clock.now(), newest)
}

fn judge_clock(now: Timestamp, newest: Option<Timestamp>) -> Result<(), StartError> {
    let (seen, earliest) = match newest {
        Some(at) if at > FIRST_RELEASE => ("the database was written to at", at),
        _ => ("this program is younger than", FIRST_RELEASE),
    };
    if now.millis() >= earliest.millis() - ALLOWED_SKEW_MS {
        return Ok(());
    }
    Err(StartError::Clock { now: format_http_date(now), seen, earliest: format_http_date(earliest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_the_database_is_refused_with_both_times() {
        let newest = Timestamp(1_795_355_868_000);
        assert!(judge_clock(newest, Some(newest)).is_ok());
        assert!(judge_clock(Timestamp(newest.0 - ALLOWED_SKEW_MS), Some(newest)).is_ok());
        let sentence = judge_clock(Timestamp(newest.0 - ALLOWED_SKEW_MS - 1), Some(newest)).unwrap_err().to_string();
        assert!(sentence.contains(&format_http_date(newest)) && sentence.contains("timedatectl"), "{sentence}");
        assert!(judge_clock(Timestamp(0), None).unwrap_err().to_string().contains("1970"));
    }
}
