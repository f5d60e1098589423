//! Members of bodies that have limits.

use std::collections::HashSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::checks::fault;
use crate::errors::ApiError;

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
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        for Text::<1, 128>(id) in Vec::deserialize(input)? {
            if seen.insert(id.clone()) {
                ids.push(id);
            }
        }
        Ok(Self(ids))
    }
}

impl Ids {
    /// The ids; there must be some.
    ///
    /// # Errors
    /// 400 `guard.invalid_input` for an empty list.
    pub fn some(self, member: &str) -> Result<Vec<String>, ApiError> {
        match self.0.is_empty() {
            true => Err(fault(&[member], "expected at least one id")),
            false => Ok(self.0),
        }
    }
}
