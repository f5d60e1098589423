//! A clock that is wrong makes every token expired or not valid yet; better to say so before anybody signs in.

use std::time::{Duration, UNIX_EPOCH};

use db::{Db, DbError, params, sql};
use kernel::{Clock, Timestamp};

use crate::serve::StartError;

/// Milliseconds by which the database may be ahead: another node's clock differs a little.
const TOLERANCE: i64 = 5 * 60 * 1000;
/// 2026-01-01: this program did not exist before.
const FIRST_RELEASE: Timestamp = Timestamp(1_767_225_600_000);

/// Refuses to go on when the clock is before what the database has seen.
///
/// # Errors
/// [`StartError::Clock`], or [`StartError::Database`] when the database can't be read.
pub async fn check(db: &Db, clock: &Clock) -> Result<(), StartError> {
    let newest = db
        .read::<_, DbError, _>(|r| {
            let migrated: Vec<(Option<i64>,)> =
                r.query_all(sql!("select max(applied_at) from schema_migrations"), params![])?;
            // By tenant, as the index is: a look at every user would make a start wait.
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
    verdict(clock.now(), newest)
}

fn verdict(now: Timestamp, newest: Option<Timestamp>) -> Result<(), StartError> {
    let (seen, earliest) = match newest {
        Some(at) if at > FIRST_RELEASE => ("the database was written to at", at),
        _ => ("this program is younger than", FIRST_RELEASE),
    };
    if now.millis() >= earliest.millis() - TOLERANCE {
        return Ok(());
    }
    Err(StartError::Clock { now: shown(now), seen, earliest: shown(earliest) })
}

/// As a person reads it: `Sun, 22 Nov 2026 13:57:48 GMT`.
pub fn shown(at: Timestamp) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(u64::try_from(at.millis()).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_the_database_is_refused_with_both_times() {
        let newest = Timestamp(1_795_355_868_000);
        assert!(verdict(newest, Some(newest)).is_ok());
        assert!(verdict(Timestamp(newest.0 - TOLERANCE), Some(newest)).is_ok());
        let sentence = verdict(Timestamp(newest.0 - TOLERANCE - 1), Some(newest)).unwrap_err().to_string();
        assert!(sentence.contains(&shown(newest)) && sentence.contains("timedatectl"), "{sentence}");
        assert!(verdict(Timestamp(0), None).unwrap_err().to_string().contains("1970"));
    }
}
