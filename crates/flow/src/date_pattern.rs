//! Dates as an administrator wants them written: `MM/dd/yyyy`, `yyyy-MM-dd` and the like (H124).

/// A way to write dates: year, month and day once each, with other characters between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Number { part: Part, digits: usize },
    Literal(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
}

impl DatePattern {
    /// The way that browsers send dates (HTML, section 2.3.5.2).
    pub const ISO: &'static str = "yyyy-MM-dd";

    /// Reads a pattern of `yyyy`, `MM` or `M`, and `dd` or `d`; none for another text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut tokens = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(first) = chars.next() {
            let mut length = 1;
            while first.is_ascii_alphabetic() && chars.next_if_eq(&first).is_some() {
                length += 1;
            }
            tokens.push(match (first, length) {
                ('y', 4) => Token::Number { part: Part::Year, digits: 4 },
                ('M', 1 | 2) => Token::Number { part: Part::Month, digits: length },
                ('d', 1 | 2) => Token::Number { part: Part::Day, digits: length },
                (letter, _) if letter.is_ascii_alphanumeric() => return None,
                (literal, _) => Token::Literal(literal),
            });
        }
        let count =
            |wanted| tokens.iter().filter(|t| matches!(t, Token::Number { part, .. } if *part == wanted)).count();
        let is_complete = [Part::Year, Part::Month, Part::Day].map(count) == [1, 1, 1];
        (is_complete && text.chars().count() <= 32).then_some(Self(tokens))
    }

    /// Whether the text is a date of the calendar, written so.
    pub fn fits(&self, text: &str) -> bool {
        self.read(text).is_some()
    }

    /// The date that browsers send, written so; none for what is no date.
    pub fn of_iso(&self, text: &str) -> Option<String> {
        Some(self.write(Self::parse(Self::ISO)?.read(text)?))
    }

    /// A date written so, as browsers send it; none for what is no date.
    pub fn to_iso(&self, text: &str) -> Option<String> {
        Some(Self::parse(Self::ISO)?.write(self.read(text)?))
    }

    fn read(&self, text: &str) -> Option<[u32; 3]> {
        let mut rest = text;
        let mut date = [0; 3];
        for token in &self.0 {
            match *token {
                Token::Literal(literal) => rest = rest.strip_prefix(literal)?,
                Token::Number { part, digits } => {
                    let given = rest.bytes().take(digits.max(2)).take_while(u8::is_ascii_digit).count();
                    let is_whole = if digits == 1 { given >= 1 } else { given == digits };
                    let (number, after) = rest.split_at_checked(given).filter(|_| is_whole)?;
                    date[part as usize] = number.parse().ok()?;
                    rest = after;
                }
            }
        }
        let [year, month, day] = date;
        let exists = year > 0 && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
        (rest.is_empty() && exists).then_some(date)
    }

    fn write(&self, date: [u32; 3]) -> String {
        let token = |token: &Token| match *token {
            Token::Literal(literal) => literal.to_string(),
            Token::Number { part, digits } => format!("{:0digits$}", date[part as usize]),
        };
        self.0.iter().map(token).collect()
    }
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_written_by_the_pattern() {
        let pattern = |text: &str| DatePattern::parse(text).unwrap();
        for (text, good, iso) in [
            ("MM/dd/yyyy", "02/29/2024", "2024-02-29"),
            ("dd/MM/yyyy", "31/12/1999", "1999-12-31"),
            ("yyyy-MM-dd", "2000-01-01", "2000-01-01"),
            ("d.M.yyyy", "1.2.2003", "2003-02-01"),
            ("yyyy\u{5e74}M\u{6708}d\u{65e5}", "2003\u{5e74}2\u{6708}1\u{65e5}", "2003-02-01"),
        ] {
            let pattern = pattern(text);
            assert!(pattern.fits(good), "{good}");
            assert_eq!(pattern.of_iso(iso).as_deref(), Some(good));
            assert_eq!(pattern.to_iso(good).as_deref(), Some(iso));
        }
        for wrong in ["2023-02-29", "2023-13-01", "2023-1-01", "2023-01-011", "0000-01-01", "", "2023-01", "x023-01-01"]
        {
            assert!(!pattern(DatePattern::ISO).fits(wrong), "{wrong}");
        }
        assert!(pattern("d.M.yyyy").fits("31.12.2003") && !pattern("d.M.yyyy").fits("..2003"));
    }

    #[test]
    fn a_pattern_without_year_month_and_day_is_refused() {
        for wrong in ["", "yyyy", "yyyy-MM", "MM/dd/yy", "yyyy-MM-dd HH:mm", "yyyy-MM-dd-dd", "P", "YYYY-MM-DD"] {
            assert_eq!(DatePattern::parse(wrong), None, "{wrong}");
        }
    }
}
