//! Phone numbers in one form: country code and national number in digits, by the data of libphonenumber (ITU-T E.164).

/// Longer text is no phone number and is not parsed.
const MAX_TYPED_CHARS: usize = 64;

/// The form in which a number is stored and compared: digits without `+` and without the national prefix, so that
/// `+61 (0)412 345 678`, `0061412345678` and `610412345678` are all `61412345678`. `None` for text that is no
/// international number: an unknown country code, or too few or too many digits.
pub fn normalize(typed: &str) -> Option<String> {
    let digits = international_digits(typed).filter(|_| is_typed_number(typed))?;
    let number = phonenumber::parse(None, format!("+{digits}")).ok()?;
    let formatted = number.format().mode(phonenumber::Mode::E164).to_string();
    formatted.strip_prefix('+').filter(|digits| is_digits(digits)).map(str::to_owned)
}

/// A number as people of a country (ISO 3166-1) write it among themselves, with `+` and the country's code. `None` for text
/// that names its country itself, or is no number there.
pub fn with_country_code(typed: &str, country: &str) -> Option<String> {
    let national = crate::unicode::normalize_identifier(typed);
    if !is_typed_number(typed) || national.starts_with('+') || national.starts_with("00") {
        return None;
    }
    let number = phonenumber::parse(Some(country.parse().ok()?), national).ok()?;
    number.is_valid().then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

/// Every country (ISO 3166-1) that has phone numbers, and its code.
pub fn countries() -> impl Iterator<Item = (&'static str, u16)> {
    // 001 stands for numbers of no country.
    phonenumber::metadata::DATABASE.iter().map(|data| (data.id(), data.country_code())).filter(|(id, _)| *id != "001")
}

/// Every form under which the number may be stored, the normal one first: rows from before numbers were normalized
/// hold the digits as they were given.
pub fn stored_forms(typed: &str) -> Vec<String> {
    let digits = international_digits(typed).unwrap_or_default();
    let mut forms: Vec<String> = normalize(typed).into_iter().collect();
    let with_zero = forms.first().and_then(|normal| with_trunk_zero(normal));
    for form in [Some(digits), with_zero].into_iter().flatten() {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// Whether somebody typed a phone number: digits with the signs that people put between them.
pub fn is_typed_number(text: &str) -> bool {
    let sign = |c: char| c.is_ascii_digit() || c.is_whitespace() || is_dash(c) || "+().,/".contains(c);
    let ascii = crate::unicode::normalize_identifier(text);
    text.chars().count() <= MAX_TYPED_CHARS && ascii.chars().all(sign) && ascii.contains(|c: char| c.is_ascii_digit())
}

/// The digits after the international prefix `+` or `00`. A zero in parentheses is dialled only inside the country.
fn international_digits(typed: &str) -> Option<String> {
    let typed = crate::unicode::normalize_identifier(typed).replace("(0)", "");
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").map(str::to_owned).unwrap_or(digits);
    (!digits.is_empty()).then_some(digits)
}

fn with_trunk_zero(normal: &str) -> Option<String> {
    let code = phonenumber::parse(None, format!("+{normal}")).ok()?.code().value().to_string();
    normal.strip_prefix(&code).map(|national| format!("{code}0{national}"))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_number_has_one_form() {
        for typed in [
            "61412345678",
            "610412345678",
            "+61 412 345 678",
            "+61 (0)412-345-678",
            "0061 412 345 678",
            "0061-0412.345.678",
            " +61\u{a0}412\u{2011}345\u{2011}678 ",
            "\u{ff0b}\u{ff16}\u{ff11}\u{ff14}\u{ff11}\u{ff12}345678",
            "\u{202d}+61412345678\u{202c}",
        ] {
            assert_eq!(normalize(typed).as_deref(), Some("61412345678"), "{typed:?}");
        }
        assert_eq!(normalize("49015112345678").as_deref(), Some("4915112345678"));
        assert_eq!(
            normalize("390612345678").as_deref(),
            Some("390612345678"),
            "the zero of Italy belongs to the number"
        );
    }

    #[test]
    fn what_is_no_international_number_has_no_form() {
        for text in [
            "",
            "99999",
            "1",
            "abc",
            "0151 2345678",
            "+",
            "9999999999",
            "491511234567890123456",
            "61412345678x",
            "0",
            "00",
            "000",
            "+0",
            "800",
            &"1".repeat(200),
        ] {
            assert_eq!(normalize(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form() {
        for number in ["61412345678", "4915112345678", "390612345678", "15550109999", "5491123456789", "8613800138000"]
        {
            assert_eq!(normalize(number).as_deref(), Some(number));
        }
    }

    #[test]
    fn a_number_without_a_country_is_read_as_people_there_write_it() {
        for (typed, country, wanted) in [
            ("0151 2345 6789", "DE", "+4915123456789"),
            ("4915123456789", "DE", "+4915123456789"),
            ("(415) 555-2671", "US", "+14155552671"),
            ("138 0013 8000", "CN", "+8613800138000"),
            ("06 1234 5678", "IT", "+390612345678"),
            ("\u{ff10}412 345 678", "AU", "+61412345678"),
        ] {
            assert_eq!(with_country_code(typed, country).as_deref(), Some(wanted), "{typed} in {country}");
        }
        for (typed, country) in [
            ("+33 6 12 34 56 78", "DE"),
            ("0033612345678", "DE"),
            ("12", "DE"),
            ("ada", "DE"),
            ("0151 23456789", "XX"),
            ("0151 23456789", ""),
        ] {
            assert_eq!(with_country_code(typed, country), None, "{typed} in {country}");
        }
        assert_eq!(countries().filter(|(id, _)| id.len() == 2).count(), countries().count());
        assert!(countries().any(|country| country == ("DE", 49)));
    }

    #[test]
    fn numbers_that_were_stored_as_given_are_still_found() {
        assert_eq!(stored_forms("+61 412 345 678"), ["61412345678", "610412345678"]);
        assert_eq!(stored_forms("610412345678"), ["61412345678", "610412345678"]);
        assert_eq!(stored_forms("99999"), ["99999"]);
    }
}
