//! Checks this machine's clock against other clocks.

use std::time::UNIX_EPOCH;

use kernel::{Clock, Timestamp};
use server::http::format_http_date;
use server::{Settings, clock_check};

use super::Finding;
use crate::error::ExitKind;

const NAME: &str = "clock";
/// Milliseconds that two clocks may differ before tokens are rejected.
const TOLERANCE: i64 = 15_000;

/// Compares the clock with the newest timestamp in the database.
pub async fn against_database(settings: &Settings, system: &Clock) -> Option<Finding> {
    // The check must not create the database.
    if settings.db_url.path().is_some_and(|path| !path.exists()) {
        return None;
    }
    let db = db::Db::open(&settings.db_url, &settings.db).ok()?;
    Some(match clock_check::check(&db, system).await {
        Ok(()) => Finding::ok(NAME, format_http_date(system.now())),
        Err(error) => Finding::problem(NAME, ExitKind::Settings, error.to_string()),
    })
}

/// Compares the clock with the `Date` header of a response (RFC 9110 section 5.6.7); a proxy may have set it.
pub fn against_date(date: &str, now: Timestamp) -> Option<Finding> {
    let there = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let apart = now.millis() - i64::try_from(there.as_millis()).ok()?;
    (apart.abs() > TOLERANCE).then(|| {
        let text = format!(
            "this machine is {} seconds {} the server at the public URL; turn on time synchronisation on both",
            apart.abs() / 1000,
            if apart > 0 { "ahead of" } else { "behind" }
        );
        Finding::problem(NAME, ExitKind::Settings, text)
    })
}
