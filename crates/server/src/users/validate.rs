//! Validation of the members of a user (inventory D076, D080). Identifiers follow the patterns of the API; the policies
//! of the sign-in experience don't apply to administrators (M020).

use flow::unicode::normalize_identifier;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::ApiError;
use crate::http::validate::{invalid_member, require_web_url};

/// The maximum length of names and identifiers, in characters.
const MAX_LENGTH_CHARS: usize = 128;

/// `^[A-Z_a-z]\w*$`.
pub(super) fn username(value: &str) -> Result<(), ApiError> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match value.chars().all(word) && value.starts_with(|c: char| !c.is_ascii_digit()) {
        true => require_max_length(value),
        false => {
            Err(invalid_member(&["username"], "expected letters, digits and underscores, not beginning with a digit"))
        }
    }
}

/// `^\S+@\S+\.\S+$`, for the form in which the address is stored.
pub(super) fn email(value: &str) -> Result<(), ApiError> {
    let value = normalize_identifier(value);
    let dotted = |domain: &str| domain.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len());
    // The first `@` after the start leaves the longest domain, so no later one needs to be tried.
    let sign = value.char_indices().find(|(at, c)| *c == '@' && *at > 0);
    let split = sign.is_some_and(|(at, _)| dotted(&value[at + 1..]));
    match split && !value.contains(char::is_whitespace) {
        true => require_max_length(&value),
        false => Err(invalid_member(&["primaryEmail"], "expected an e-mail address")),
    }
}

/// `^\d+$`, and a number that exists by the rules of its country code: 422 `user.invalid_phone` otherwise.
pub(super) fn phone(value: &str) -> Result<(), ApiError> {
    if value.is_empty() || !value.chars().all(|c| c.is_ascii_digit()) {
        return Err(invalid_member(&["primaryPhone"], "expected digits: country code and number"));
    }
    require_max_length(value)?;
    flow::phone::normalize(value).map(drop).ok_or_else(|| ApiError::unprocessable("user.invalid_phone"))
}

/// Only http and https URLs: another scheme could run code on a page that shows the picture (attack A7).
pub(super) fn avatar(value: &str) -> Result<(), ApiError> {
    require_web_url(&["avatar"], value)
}

/// 422 `entity.value_too_long` above [`MAX_LENGTH_CHARS`].
pub(super) fn require_max_length(value: &str) -> Result<(), ApiError> {
    match value.chars().count() <= MAX_LENGTH_CHARS {
        true => Ok(()),
        false => Err(ApiError::unprocessable("entity.value_too_long")),
    }
}

/// The profile in a request body. Unknown members are dropped; the others must be strings.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Profile(pub Map<String, Value>);

const PROFILE_MEMBERS: [&str; 11] = [
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

const ADDRESS_MEMBERS: [&str; 6] = ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(input)?;
        let address = members.remove("address");
        let mut known = text_members(members, &PROFILE_MEMBERS).map_err(D::Error::custom)?;
        match address {
            None => {}
            Some(Value::Object(parts)) => {
                let parts = text_members(parts, &ADDRESS_MEMBERS).map_err(D::Error::custom)?;
                known.insert("address".to_owned(), parts.into());
            }
            Some(_) => return Err(D::Error::custom("address: expected an object")),
        }
        Ok(Self(known))
    }
}

fn text_members(members: Map<String, Value>, names: &[&str]) -> Result<Map<String, Value>, String> {
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
