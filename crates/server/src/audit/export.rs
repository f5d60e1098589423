//! The entries of a time, page by page, oldest first: for archives and other systems. Secrets were masked when the entries were
//! written.

use ::api::logs::Log;
use db::{params, sql};
use kernel::Timestamp;

use super::api::LogRow;
use crate::Tenant;
use crate::dashboard::Day;
use crate::errors::ApiError;
use crate::work::{Actor, View};

/// The entries of a tenant from one moment until before another.
#[derive(Debug, Clone)]
pub struct Export {
    from: Timestamp,
    until: Timestamp,
    /// The id of the last entry at `from` that was read.
    after: String,
}

impl Export {
    /// An export that begins.
    pub fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until, after: String::new() }
    }

    /// The next entries; none at the end.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn next_page(&mut self, tenant: &Tenant) -> Result<Vec<Log>, ApiError> {
        let text = sql!(
            "select tenant_id, id, key, payload, created_at from logs \
             where tenant_id = $1 and created_at >= $2 and (created_at > $2 or id > $3) and created_at < $4 \
             order by created_at, id limit 1000"
        );
        let Self { from, until, after } = self.clone();
        let read = move |view: &View<'_>| {
            let rows: Vec<LogRow> = view.query_all(text, params![view.tenant_id(), from, after, until])?;
            Ok::<_, ApiError>(rows.into_iter().map(Log::from).collect::<Vec<_>>())
        };
        let page = tenant.read(&Actor::CommandLine, read).await?;
        if let Some(last) = page.last() {
            (self.from, self.after) = (last.created_at, last.id.clone());
        }
        Ok(page)
    }
}

/// A moment as people write it: milliseconds since 1970, a day (`2026-11-29`), or a time of UTC (`2026-11-29T13:00:00Z`).
pub fn parse_time(text: &str) -> Option<Timestamp> {
    if let Ok(millis) = text.parse() {
        return Some(Timestamp(millis));
    }
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let day = Day::parse(date)?.begin();
    let parts: Vec<i64> = time.strip_suffix('Z')?.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [hour, minute, rest @ ..] = parts.as_slice() else { return None };
    let second = match rest {
        [] => 0,
        [second] => *second,
        _ => return None,
    };
    let is_time = (0..24).contains(hour) && (0..60).contains(minute) && (0..60).contains(&second);
    is_time.then(|| day.plus_seconds(hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_a_day_or_a_moment() {
        for (text, expected) in [
            ("1795910400000", 1_795_910_400_000),
            ("2026-11-29", 1_795_910_400_000),
            ("2026-11-29T00:00Z", 1_795_910_400_000),
            ("2026-11-29T13:05:09Z", 1_795_957_509_000),
        ] {
            assert_eq!(parse_time(text), Some(Timestamp(expected)), "{text}");
        }
        for wrong in ["", "yesterday", "2026-11-31", "2026-11-29T25:00Z", "2026-11-29T13:00", "2026-11-29T1Z"] {
            assert_eq!(parse_time(wrong), None, "{wrong}");
        }
    }
}
