//! Is this machine's clock right, as far as others' clocks show it?

use std::time::UNIX_EPOCH;

use kernel::{Clock, Timestamp};
use server::{Settings, clock};

use super::Finding;
use crate::failure::Kind;

const NAME: &str = "clock";
/// Milliseconds by which two machines may differ before tokens are refused.
const TOLERANCE: i64 = 15_000;

/// Compares with the newest entry of the database.
pub async fn against_database(settings: &Settings, system: &Clock) -> Option<Finding> {
    // A database that is not there yet has nothing to compare with, and must not be made by looking.
    if settings.db_url.path().is_some_and(|path| !path.exists()) {
        return None;
    }
    let db = db::Db::open(&settings.db_url, &settings.db).ok()?;
    Some(match clock::check(&db, system).await {
        Ok(()) => Finding::good(NAME, clock::shown(system.now())),
        Err(error) => Finding::bad(NAME, Kind::Settings, error.to_string()),
    })
}

/// Compares with the `Date` header of an answer (RFC 9110 section 5.6.7), which a proxy may have made.
pub fn against_date(date: &str, now: Timestamp) -> Option<Finding> {
    let there = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let apart = now.millis() - i64::try_from(there.as_millis()).ok()?;
    (apart.abs() > TOLERANCE).then(|| {
        let text = format!(
            "this machine is {} seconds {} the server at the public URL; turn on time synchronisation on both",
            apart.abs() / 1000,
            if apart > 0 { "ahead of" } else { "behind" }
        );
        Finding::bad(NAME, Kind::Settings, text)
    })
}
