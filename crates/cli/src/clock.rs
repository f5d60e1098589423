//! A clock that is wrong makes every token expired or not valid yet; better to say so before anybody signs in.

use db::{Db, DbError, params, sql};
use kernel::{Clock, Timestamp};

use crate::failure::{Failure, Kind};

/// Milliseconds by which the database may be ahead: another node's clock differs a little.
const TOLERANCE: i64 = 5 * 60 * 1000;
/// 2026-01-01: this program did not exist before.
const FIRST_RELEASE: Timestamp = Timestamp(1_767_225_600_000);

/// Refuses to go on when the clock is before what the database has seen.
///
/// # Errors
/// [`Kind::Settings`] when the clock is wrong, [`Kind::Database`] when the database can't be read.
pub async fn check(db: &Db, clock: &Clock) -> Result<(), Failure> {
    let newest: Vec<Timestamp> = db
        .read::<_, DbError, _>(|r| {
            let newest: Vec<(Option<i64>,)> = r.all(sql!("select max(applied_at) from schema_migrations"), params![])?;
            let users: Vec<(Option<i64>,)> = r.all(sql!("select max(created_at) from users"), params![])?;
            Ok(newest.into_iter().chain(users).filter_map(|(at,)| at.map(Timestamp)).collect())
        })
        .await?;
    verdict(clock.now(), newest.into_iter().max_by_key(|at| at.0))
}

fn verdict(now: Timestamp, newest: Option<Timestamp>) -> Result<(), Failure> {
    let earliest = newest.map_or(FIRST_RELEASE, |at| Timestamp(at.0 - TOLERANCE));
    if now.0 >= earliest.0 && now.0 >= FIRST_RELEASE.0 {
        return Ok(());
    }
    let seen = match newest {
        Some(at) if at.0 > now.0 => format!("the database was written to at {}", shown(at)),
        _ => format!("this program is younger than {}", shown(FIRST_RELEASE)),
    };
    Err(Failure::new(
        Kind::Settings,
        format!("this machine's clock says {} UTC, but {seen}; set the clock, for example with `timedatectl set-ntp true`", shown(now)),
    ))
}

/// `2026-11-22 13:57:48`.
pub fn shown(at: Timestamp) -> String {
    let (days, rest) = (at.0.div_euclid(86_400_000), at.0.rem_euclid(86_400_000) / 1000);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7, the form that must be sent).
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let month = i64::try_from(MONTHS.find(words.next()?)? / 3).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let time: Vec<i64> = words.next()?.split(':').filter_map(|part| part.parse().ok()).collect();
    let [hour, minute, second] = time.as_slice() else { return None };
    Some(Timestamp((days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) * 1000))
}

/// Days since 1970-01-01 of a date of the Gregorian calendar, years counted from March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_shown() {
        let at = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(at.0, 784_111_777_000);
        assert_eq!(shown(at), "1994-11-06 08:49:37");
        assert_eq!(shown(Timestamp(0)), "1970-01-01 00:00:00");
        assert_eq!(shown(parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT").unwrap()), "2024-02-29 23:59:59");
        assert_eq!(shown(FIRST_RELEASE), "2026-01-01 00:00:00");
        assert!(parse_http_date("yesterday").is_none());
    }

    #[test]
    fn a_clock_behind_the_database_is_refused_with_both_times() {
        let newest = Timestamp(1_795_000_000_000);
        assert!(verdict(newest, Some(newest)).is_ok());
        assert!(verdict(Timestamp(newest.0 - TOLERANCE), Some(newest)).is_ok());
        let sentence = verdict(Timestamp(newest.0 - TOLERANCE - 1), Some(newest)).unwrap_err().to_string();
        assert!(sentence.contains(&shown(newest)) && sentence.contains("timedatectl"), "{sentence}");
        assert!(verdict(Timestamp(0), None).unwrap_err().to_string().contains("1970"));
    }
}
