//! Dates of HTTP (RFC 9110 section 5.6.7).

use std::time::{Duration, UNIX_EPOCH};

use kernel::Timestamp;

/// The last second of the year 9999, after which the format has no years.
const LAST: i64 = 253_402_300_799;

/// Formats a time as `Sun, 22 Nov 2026 13:57:48 GMT`; times that the format does not have become the nearest it has.
pub fn format_http_date(at: Timestamp) -> String {
    let seconds = at.seconds().clamp(0, LAST).unsigned_abs();
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_http_dates() {
        for (milliseconds, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_164_800_999, "Thu, 29 Feb 2024 00:00:00 GMT"),
            (i64::MIN, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (i64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(format_http_date(Timestamp(milliseconds)), expected);
        }
    }
}
