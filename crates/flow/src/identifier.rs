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

/// The domain of an e-mail address, in one form for all ways to write it (attack D9). A domain that no address can have stays as it
/// is, in lower case.
pub fn email_domain(email: &str) -> Option<String> {
    let email = normalize_identifier(email);
    let (_, domain) = email.rsplit_once('@')?;
    Some(normalize_domain(domain).unwrap_or_else(|| domain.to_lowercase()))
}

/// A domain in the form in which domains are compared: in lower case and in ASCII (UTS #46), without a final dot. None if it has no
/// dot inside, or is no name of the DNS (RFC 1035 section 2.3.4).
pub fn normalize_domain(domain: &str) -> Option<String> {
    let domain = idna::domain_to_ascii(normalize_identifier(domain).as_str()).ok()?;
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label)).then(|| domain.to_owned())
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
    fn d9_a_domain_has_one_form_and_a_look_alike_is_another_domain() {
        for spelling in [
            "a@b\u{fc}cher.example",
            "a@B\u{dc}CHER.Example",
            "a@xn--bcher-kva.example",
            "a@XN--BCHER-KVA.EXAMPLE",
            "a@bu\u{308}cher.example",
            "a@b\u{fc}\u{ff43}\u{ff48}er.example",
            "a@b\u{fc}cher\u{3002}example",
            "a\u{ff20}b\u{fc}\u{200b}cher\u{ff0e}example.",
        ] {
            assert_eq!(email_domain(spelling).as_deref(), Some("xn--bcher-kva.example"), "{spelling}");
        }
        // A Kelvin sign is a k; a dotless i, a Cyrillic a or a dotted capital I are other letters.
        assert_eq!(email_domain("a@\u{212a}iosk.example").as_deref(), Some("kiosk.example"));
        for look_alike in ["a@k\u{131}osk.example", "a@kiosk.ex\u{430}mple", "a@K\u{130}OSK.example"] {
            let domain = email_domain(look_alike).unwrap();
            assert!(domain.starts_with("xn--") || domain.contains(".xn--"), "{look_alike}: {domain}");
        }
        for bad in ["", "localhost", "a..b", "-a.example", "a b.example", "a_b.example", &"a".repeat(300)] {
            assert_eq!(normalize_domain(bad), None, "{bad}");
        }
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
