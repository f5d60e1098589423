//! Filters of a list by time: `from` and `to` in the address of its page, in UTC, as browsers write what was chosen.

use views::console::Filter;

use crate::callers::ConsoleUser;
use crate::dashboard::Day;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const FROM: &str = "from";
const TO: &str = "to";

/// The first and the last millisecond since 1970 that a text names: a date (`2026-11-29`), or one with a time
/// (`2026-11-29T09:30`, `2026-11-29T09:30:15`). None for what is no such text.
fn span(text: &str) -> Option<(i64, i64)> {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let (mut begin, mut length) = (Day::parse(date)?.begin().0, DAY);
    let units = [(HOUR, 24), (MINUTE, 60), (SECOND, 60)];
    let parts: Vec<&str> = time.into_iter().flat_map(|time| time.split(':')).collect();
    if time.is_some() && !(2..=units.len()).contains(&parts.len()) {
        return None;
    }
    for (part, (unit, count)) in parts.into_iter().zip(units) {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let number = part.parse::<i64>().ok().filter(|number| is_plain && *number < count)?;
        begin += number * unit;
        length = unit;
    }
    Some((begin, begin + length - 1))
}

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    from: String,
    to: String,
}

impl Times {
    /// Those of a page.
    pub fn of<R>(user: &ConsoleUser<R>) -> Self {
        let asked = |name| user.query(name).unwrap_or_default().trim().to_owned();
        Self { from: asked(FROM), to: asked(TO) }
    }

    /// The part of the query of the API: empty, or beginning with `&`.
    ///
    /// # Errors
    /// The filter that is wrong, and the phrase that says why.
    pub fn query(&self) -> Result<String, (&'static str, &'static str)> {
        let moment = |text: &str, name| match text {
            "" => Ok(None),
            text => span(text).map(Some).ok_or((name, "times.wrong")),
        };
        let (from, to) = (moment(&self.from, FROM)?, moment(&self.to, TO)?);
        let (from, to) = (from.map(|(first, _)| first), to.map(|(_, last)| last));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err((TO, "times.reversed"));
        }
        let part = |name: &str, value: Option<i64>| value.map(|value| format!("&{name}={value}")).unwrap_or_default();
        Ok(part("start_time", from) + &part("end_time", to))
    }

    /// The fields.
    pub fn filters<R>(&self, user: &ConsoleUser<R>) -> [Filter; 2] {
        let wrong = self.query().err();
        [(FROM, &self.from, "T00:00"), (TO, &self.to, "T23:59")].map(|(name, asked, time)| Filter {
            name: name.to_owned(),
            label: user.text(&format!("times.{name}")),
            // Browsers take a date with a time.
            value: if Day::parse(asked).is_some() { format!("{asked}{time}") } else { asked.clone() },
            kind: "datetime-local",
            error: wrong.filter(|(wrong, _)| *wrong == name).map(|(_, phrase)| told(user, asked, phrase)),
            ..Filter::default()
        })
    }

    /// What is wrong, if anything.
    pub fn error<R>(&self, user: &ConsoleUser<R>) -> Option<String> {
        let (name, phrase) = self.query().err()?;
        Some(told(user, if name == FROM { &self.from } else { &self.to }, phrase))
    }
}

fn told<R>(user: &ConsoleUser<R>, asked: &str, phrase: &str) -> String {
    user.text_with(phrase, &[("value", asked)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_all_of_its_time() {
        let day = 1_795_910_400_000;
        assert_eq!(span("2026-11-29"), Some((day, day + DAY - 1)));
        let minute = day + 9 * HOUR + 30 * MINUTE;
        assert_eq!(span("2026-11-29T09:30"), Some((minute, minute + MINUTE - 1)));
        assert_eq!(span("2026-11-29T09:30:15"), Some((minute + 15_000, minute + 15_999)));
        for wrong in ["x", "2026-13-01", "2026-11-29T", "2026-11-29T09", "2026-11-29T24:00", "2026-11-29T+9:30"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
        assert_eq!(span("2026-11-29T09:30:15:00"), None);
    }

    #[test]
    fn an_end_before_the_beginning_is_wrong() {
        let times = |from: &str, to: &str| Times { from: from.to_owned(), to: to.to_owned() };
        assert_eq!(times("", "").query(), Ok(String::new()));
        assert_eq!(times("1970-01-01", "1970-01-01").query().as_deref(), Ok("&start_time=0&end_time=86399999"));
        assert_eq!(times("", "1970-01-01T00:00").query().as_deref(), Ok("&end_time=59999"));
        assert_eq!(times("1970-01-02", "1970-01-01").query(), Err((TO, "times.reversed")));
        assert_eq!(times("yesterday", "1970-01-01").query(), Err((FROM, "times.wrong")));
    }
}
