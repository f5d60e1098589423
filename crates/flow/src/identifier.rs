//! What a person types to say who they are (E052).

use serde::{Deserialize, Serialize};

use crate::phone;
use crate::unicode::{is_invisible, normalize_identifier};

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

    /// The form under which failures are counted, so that spellings of one identifier share one counter: normalized, in
    /// lower case, a phone number in its normal form or, if it has none, as bare digits.
    ///
    /// Usernames fold too, even where they are case-sensitive: two people may then share a counter, but nobody gets
    /// more tries by changing the case.
    pub fn canonical(&self) -> String {
        match self.kind {
            IdentifierType::Phone => phone::stored_forms(&self.value).into_iter().next().unwrap_or_default(),
            IdentifierType::Username | IdentifierType::Email => normalize_identifier(&self.value).to_lowercase(),
        }
    }
}

/// Whether `value` has the form of an e-mail address: one `@`, no space or invisible character, a dot in the domain, at
/// most 128 characters.
pub fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    value.chars().count() <= 128
        && !local.is_empty()
        && !value.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
        && !domain.contains('@')
        && domain.split('.').count() > 1
        && domain.split('.').all(|label| !label.is_empty())
}

/// The domain of an e-mail address, in one form for all ways to write it.
pub fn email_domain(email: &str) -> Option<String> {
    normalize_identifier(email).rsplit_once('@').map(|(_, domain)| domain.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_spellings_of_one_identifier_have_one_canonical_form() {
        let of = |kind, value: &str| Identifier::new(kind, value).canonical();
        assert_eq!(of(IdentifierType::Username, "JOHN"), of(IdentifierType::Username, "john "));
        assert_eq!(of(IdentifierType::Email, "John@Example.COM"), "john@example.com");
        assert_eq!(of(IdentifierType::Email, "zoe\u{301}@example.com\u{200b}"), "zo\u{e9}@example.com");
        for spelling in ["+49 (0)151-23", "49015123", "0049 151 23"] {
            assert_eq!(of(IdentifierType::Phone, spelling), of(IdentifierType::Phone, "4915123"), "{spelling}");
        }
        assert_eq!(
            of(IdentifierType::Phone, "0151 23"),
            of(IdentifierType::Phone, "0151-23"),
            "no country, still one counter"
        );
    }

    #[test]
    fn the_form_of_addresses() {
        assert!(is_email("a@b.example"));
        for bad in ["", "a", "a@b", "a@@b.c", "a b@c.d", "a@b..c", "@b.c", "a@b.c\0", "a\u{200b}@b.c", "a@b.c\u{202e}"]
        {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
