//! Texts of a certain form. A schema names the form; [`crate::body::read`] checks it.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::issue::Issue;

/// The longest URL that is stored, in characters.
pub const MAX_URL_LENGTH: usize = 2048;

/// The end of a format's name when the text may be empty instead, which clears the member.
const OR_EMPTY: &str = "-or-empty";

/// A form of text, and whether the text may be empty instead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Format {
    form: Form,
    may_be_empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    WebUrl,
    Color,
    Username,
    Phone,
    Email,
}

impl Format {
    /// The format with the name that schemas use.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let form = match name.strip_suffix(OR_EMPTY).unwrap_or(name) {
            "url" => Form::WebUrl,
            "color" => Form::Color,
            "username" => Form::Username,
            "phone" => Form::Phone,
            "email" => Form::Email,
            _ => return None,
        };
        Some(Self { form, may_be_empty: name.ends_with(OR_EMPTY) })
    }

    /// The issue of a text that has another form.
    pub(crate) fn check(self, text: &str, path: &[Value]) -> Option<Issue> {
        if self.may_be_empty && text.is_empty() {
            return None;
        }
        let (fits, validation, message): (fn(&str) -> bool, _, _) = match self.form {
            Form::WebUrl => (is_web_url, "url", "Expected an http or https URL."),
            Form::Color => (is_color, "regex", "Expected a colour such as #6139f6."),
            Form::Username => {
                (is_username, "regex", "Expected letters, digits and underscores, not beginning with a digit.")
            }
            Form::Email => (is_email, "email", "Expected an e-mail address."),
            Form::Phone => (is_phone, "regex", "Expected digits: country code and number."),
        };
        (!fits(text)).then(|| Issue::new("invalid_string", path.to_vec(), message).with("validation", validation))
    }
}

/// Whether `text` is an absolute http or https URL: other schemes can run code where pages link them (attack A7).
pub fn is_web_url(text: &str) -> bool {
    // Parsers disagree about these characters (attack A2).
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    let is_web = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    !text.contains(odd) && url::Url::parse(text).is_ok_and(is_web)
}

/// `#rgb` or `#rrggbb`.
pub fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `^[A-Z_a-z]\w*$`.
pub fn is_username(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(word) && text.starts_with(|c: char| !c.is_ascii_digit())
}

/// `^\S+@\S+\.\S+$`. Addresses of users are put into their stored form before this is asked, so their schema does not say it.
pub fn is_email(text: &str) -> bool {
    let dotted = |domain: &str| domain.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len());
    // The first `@` after the start leaves the longest domain, so no later one needs to be tried.
    let sign = text.char_indices().find(|(at, c)| *c == '@' && *at > 0);
    sign.is_some_and(|(at, _)| dotted(&text[at + 1..])) && !text.contains(char::is_whitespace)
}

/// `^\d+$`.
pub fn is_phone(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

macro_rules! formatted_texts {
    ($($(#[$doc:meta])* $name:ident $format:literal $(up to $max:expr)?;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "format": $format $(, "maxLength": $max)?})
            }
        }
    )* };
}

formatted_texts! {
    /// An http or https URL.
    WebUrl "url" up to MAX_URL_LENGTH;
    /// An http or https URL, or an empty text.
    WebUrlOrEmpty "url-or-empty" up to MAX_URL_LENGTH;
    /// A colour, `#rgb` or `#rrggbb`.
    HexColor "color";
    /// An e-mail address.
    Email "email" up to 256;
    /// An e-mail address, or an empty text.
    EmailOrEmpty "email-or-empty" up to 256;
    /// A username.
    Username "username";
    /// A username, or an empty text.
    UsernameOrEmpty "username-or-empty";
    /// A phone number: digits, beginning with the country code.
    Phone "phone";
    /// A phone number, or an empty text.
    PhoneOrEmpty "phone-or-empty";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a7_only_web_urls_pass() {
        assert!(["https://l.example.com/logo.svg", "http://localhost:3000/x"].into_iter().all(is_web_url));
        let bad = ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "//x", "x", "", "file:///x"];
        assert!(!bad.into_iter().chain(["java\nscript:x", "https:\\\\x", " https://x"]).any(is_web_url));
    }

    #[test]
    fn identifiers_follow_their_patterns() {
        assert!(["a", "_", "A_1"].into_iter().all(is_username));
        assert!(!["", "1bad", "a-b", "a b", "é", "a\n"].into_iter().any(is_username));
        assert!(["a@b.c", "a@@b.c", "ä@ö.ü", "a@b.c.d"].into_iter().all(is_email));
        assert!(!["bad", "@b.c", "a@b", "a@b.", "a@.", "a b@c.d", "a@.b"].into_iter().any(is_email));
        assert!(is_phone("15550109999") && !["", "+1555", "15 55", "\u{661}"].into_iter().any(is_phone));
    }

    #[test]
    fn an_empty_text_passes_only_where_it_clears() {
        let check = |name: &str, text: &str| Format::from_name(name).is_some_and(|f| f.check(text, &[]).is_none());
        assert!(check("phone-or-empty", "") && check("phone-or-empty", "1") && !check("phone-or-empty", "x"));
        assert!(!check("phone", "") && !check("color", "red") && check("color", "#6139F6"));
    }
}
