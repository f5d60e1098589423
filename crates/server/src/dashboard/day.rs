//! Days of UTC.

use kernel::Timestamp;

const MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(pub i64);

impl Day {
    pub fn of(at: Timestamp) -> Self {
        Self(at.0.div_euclid(MILLIS))
    }

    /// Its first moment.
    pub fn begin(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(MILLIS))
    }

    pub fn plus(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// As `2026-11-29`.
    pub fn date(self) -> String {
        self.begin().iso8601().chars().take(10).collect()
    }

    /// The day of a date from 1970 to 9999; none for what is no date.
    pub fn parse(date: &str) -> Option<Self> {
        if date.len() != 10 {
            return None;
        }
        let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        // As in `Timestamp::iso8601`: years begin in March, so that the leap day is their last.
        let year = if month <= 2 { year - 1 } else { year };
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let shifted_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
        let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let found = Self(era * 146_097 + day_of_era - 719_468);
        (found.date() == date).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_say_the_same() {
        for day in (0..40_000).chain([2_932_896]) {
            assert_eq!(Day::parse(&Day(day).date()), Some(Day(day)));
        }
        assert_eq!(Day::parse("2026-11-29").unwrap().begin(), Timestamp(1_795_910_400_000));
        for wrong in [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "2026-13-01",
            "2025-02-29",
            "2026-11-29-1",
            "1969-12-31",
            "2026-1-1",
            "-2026-11-29",
            "99999999999999999-11-29",
            "2026-9223372036854775807-29",
            "2026-11-9223372036854775807",
        ] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }
}
