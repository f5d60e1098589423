//! What members of a user may hold (inventory D076, D080). Identifiers follow the API's patterns; the sign-in
//! experience's policies don't bind administrators (M020).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::ApiError;
use crate::http::checks::{fault, web_url};

/// The widest that names and identifiers are stored, in characters.
const LONGEST: usize = 128;

/// `^[A-Z_a-z]\w*$`.
pub(super) fn username(value: &str) -> Result<(), ApiError> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match value.chars().all(word) && value.starts_with(|c: char| !c.is_ascii_digit()) {
        true => fits(value),
        false => Err(fault(&["username"], "expected letters, digits and underscores, not beginning with a digit")),
    }
}

/// `^\S+@\S+\.\S+$`.
pub(super) fn email(value: &str) -> Result<(), ApiError> {
    let dotted = |domain: &str| domain.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len());
    // The first sign that may divide leaves the longest domain: if any does, it does.
    let sign = value.char_indices().find(|(at, c)| *c == '@' && *at > 0);
    let split = sign.is_some_and(|(at, _)| dotted(&value[at + 1..]));
    match split && !value.contains(char::is_whitespace) {
        true => fits(value),
        false => Err(fault(&["primaryEmail"], "expected an e-mail address")),
    }
}

/// `^\d+$`.
pub(super) fn phone(value: &str) -> Result<(), ApiError> {
    match !value.is_empty() && value.chars().all(|c| c.is_ascii_digit()) {
        true => fits(value),
        false => Err(fault(&["primaryPhone"], "expected digits: country code and number")),
    }
}

/// A picture's address; other schemes than http and https could run code where pages show it (attack A7).
pub(super) fn avatar(value: &str) -> Result<(), ApiError> {
    web_url(&["avatar"], value)
}

/// 422 `entity.value_too_long` above what is stored.
pub(super) fn fits(value: &str) -> Result<(), ApiError> {
    match value.chars().count() <= LONGEST {
        true => Ok(()),
        false => Err(ApiError::unprocessable("entity.value_too_long")),
    }
}

/// Profile members as a body has them: only the known ones, and only text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Profile(pub Map<String, Value>);

const MEMBERS: [&str; 11] = [
    "familyName",
    "givenName",
    "middleName",
    "nickname",
    "preferredUsername",
    "profile",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
];

const ADDRESS: [&str; 6] = ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(input)?;
        let address = members.remove("address");
        let mut known = texts(members, &MEMBERS).map_err(D::Error::custom)?;
        match address {
            None => {}
            Some(Value::Object(parts)) => {
                let parts = texts(parts, &ADDRESS).map_err(D::Error::custom)?;
                known.insert("address".to_owned(), parts.into());
            }
            Some(_) => return Err(D::Error::custom("address: expected an object")),
        }
        Ok(Self(known))
    }
}

fn texts(members: Map<String, Value>, names: &[&str]) -> Result<Map<String, Value>, String> {
    let known = members.into_iter().filter(|(name, _)| names.contains(&name.as_str()));
    known
        .map(|(name, value)| if value.is_string() { Ok((name, value)) } else { Err(format!("{name}: expected text")) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_follow_their_patterns() {
        assert!(["a", "_", "A_1"].into_iter().all(|value| username(value).is_ok()));
        assert!(["", "1bad", "a-b", "a b", "é", "a\n"].into_iter().all(|value| username(value).is_err()));
        assert!(["a@b.c", "a@@b.c", "ä@ö.ü", "a@b.c.d"].into_iter().all(|value| email(value).is_ok()));
        assert!(
            ["bad", "@b.c", "a@b", "a@b.", "a@.", "a b@c.d", "a@.b"].into_iter().all(|value| email(value).is_err())
        );
        assert!(phone("15550109999").is_ok());
        assert!(["", "+1555", "15 55", "١٢"].into_iter().all(|value| phone(value).is_err()));
        assert_eq!(username(&"x".repeat(129)).map_err(|e| e.code().to_owned()), Err("entity.value_too_long".into()));
    }

    #[test]
    fn profiles_keep_known_text_only() {
        let read = |value: Value| serde_json::from_value::<Profile>(value).map(|profile| Value::Object(profile.0));
        let given = serde_json::json!({"nickname": "n", "emailVerified": true, "address": {"country": "DE", "x": 1}});
        assert_eq!(read(given).unwrap(), serde_json::json!({"nickname": "n", "address": {"country": "DE"}}));
        assert!(read(serde_json::json!({"nickname": 1})).is_err());
        assert!(read(serde_json::json!({"address": "DE"})).is_err());
    }
}
