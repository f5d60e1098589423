//! Members of bodies that have limits.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Text of `MIN` to `MAX` characters; another length is 400 `guard.invalid_input`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<const MIN: usize, const MAX: usize>(pub String);

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        match text.chars().count() {
            length if length < MIN => Err(D::Error::custom(format!("at least {MIN} characters are needed"))),
            length if length > MAX => Err(D::Error::custom(format!("at most {MAX} characters are allowed"))),
            _ => Ok(Self(text)),
        }
    }
}

/// Ids as a body lists them: none is empty, each counts once, in the order of their first appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ids(pub Vec<String>);

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let mut ids: Vec<String> = Vec::new();
        for Text::<1, 128>(id) in Vec::deserialize(input)? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Self(ids))
    }
}
