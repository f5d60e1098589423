//! What a person types to say who they are (E052).

use serde::{Deserialize, Serialize};

/// The kinds of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IdentifierType {
    Username,
    Email,
    Phone,
}

/// An identifier as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    #[serde(rename = "type")]
    pub kind: IdentifierType,
    pub value: String,
}

impl Identifier {
    /// An identifier of this kind.
    pub fn new(kind: IdentifierType, value: impl Into<String>) -> Self {
        Self { kind, value: value.into() }
    }

    /// The form under which failures are counted, so that spellings of one identifier share one counter: without
    /// surrounding space, in lower case, a phone number as bare digits.
    ///
    /// Usernames fold too, even where they are case-sensitive: two people may then share a counter, but nobody gets
    /// more tries by changing the case.
    pub fn canonical(&self) -> String {
        match self.kind {
            IdentifierType::Phone => {
                let digits = phone_digits(&self.value);
                // Of the two spellings the one without the zero.
                phone_variant(&digits).filter(|variant| variant.len() < digits.len()).unwrap_or(digits)
            }
            IdentifierType::Username | IdentifierType::Email => self.value.trim().to_lowercase(),
        }
    }
}

/// The digits of a phone number: what is stored and compared. `+49 (0)151` and `49151` are one number, because the zero
/// in parentheses is dialled only inside the country.
pub fn phone_digits(phone: &str) -> String {
    phone.replace("(0)", "").chars().filter(char::is_ascii_digit).collect()
}

/// The same number with, or without, the zero that some write after the country code (`490151…` and `49151…`). None if
/// no country code is known (ITU-T E.164).
pub fn phone_variant(digits: &str) -> Option<String> {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    let length = match digits.get(..1)? {
        "1" | "7" => 1,
        "0" => return None,
        _ if digits.get(..2).is_some_and(|code| TWO.contains(&code)) => 2,
        _ => 3,
    };
    let (code, rest) = (digits.get(..length)?, digits.get(length..)?);
    match rest.strip_prefix('0') {
        Some(without) => Some(format!("{code}{without}")),
        None if rest.is_empty() => None,
        None => Some(format!("{code}0{rest}")),
    }
}

/// Whether `value` has the form of an e-mail address: one `@`, no space, a dot in the domain, at most 128 characters.
pub fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    value.chars().count() <= 128
        && !local.is_empty()
        && !value.chars().any(|c| c.is_whitespace() || c.is_control())
        && !domain.contains('@')
        && domain.split('.').count() > 1
        && domain.split('.').all(|label| !label.is_empty())
}

/// Whether `value` has the form of a stored phone number: digits only, at most 128.
pub fn is_phone(value: &str) -> bool {
    !value.is_empty() && value.len() <= 128 && value.bytes().all(|b| b.is_ascii_digit())
}

/// The domain of an e-mail address in lower case.
pub fn email_domain(email: &str) -> Option<String> {
    email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_spellings_of_one_identifier_have_one_canonical_form() {
        let of = |kind, value: &str| Identifier::new(kind, value).canonical();
        assert_eq!(of(IdentifierType::Username, "JOHN"), of(IdentifierType::Username, "john "));
        assert_eq!(of(IdentifierType::Email, "John@Example.COM"), "john@example.com");
        assert_eq!(of(IdentifierType::Phone, "+49 (0)151-23"), of(IdentifierType::Phone, "4915123"));
    }

    #[test]
    fn a_number_has_one_other_spelling() {
        assert_eq!(phone_variant("4915123").as_deref(), Some("49015123"));
        assert_eq!(phone_variant("49015123").as_deref(), Some("4915123"));
        assert_eq!(phone_variant("3530861").as_deref(), Some("353861"));
        assert_eq!(phone_variant("0151"), None);
        assert_eq!(phone_variant("49"), None);
        let of = |value: &str| Identifier::new(IdentifierType::Phone, value).canonical();
        assert_eq!(of("+49 0151 23"), of("4915123"));
    }

    #[test]
    fn forms_of_addresses_and_numbers() {
        assert!(is_email("a@b.example"));
        for bad in ["", "a", "a@b", "a@@b.c", "a b@c.d", "a@b..c", "@b.c", "a@b.c\0"] {
            assert!(!is_email(bad), "{bad:?}");
        }
        assert!(is_phone("4915123"));
        assert!(!is_phone("+49"));
    }
}
