//! Validated types of body members.

use std::collections::HashSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::validate::invalid_member;
use crate::errors::ApiError;

/// Text of `MIN` to `MAX` characters; another length is 400 `guard.invalid_input`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundedText<const MIN: usize, const MAX: usize>(pub String);

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for BoundedText<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        match text.chars().count() {
            length if length < MIN => Err(D::Error::custom(format!("at least {MIN} characters are needed"))),
            length if length > MAX => Err(D::Error::custom(format!("at most {MAX} characters are allowed"))),
            _ => Ok(Self(text)),
        }
    }
}

/// A list of ids: none is empty, duplicates are dropped, the order is that of first appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct IdList(pub Vec<String>);

impl<'de> Deserialize<'de> for IdList {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        for BoundedText::<1, 128>(id) in Vec::deserialize(input)? {
            if seen.insert(id.clone()) {
                ids.push(id);
            }
        }
        Ok(Self(ids))
    }
}

impl IdList {
    /// Returns the ids of a non-empty list.
    ///
    /// # Errors
    /// 400 `guard.invalid_input` for an empty list.
    pub fn require_non_empty(self, member: &str) -> Result<Vec<String>, ApiError> {
        match self.0.is_empty() {
            true => Err(invalid_member(&[member], "expected at least one id")),
            false => Ok(self.0),
        }
    }
}
