//! Values of a search.

use db::UNICODE;

use super::error::SearchError;
use crate::errors::ApiError;

/// Limit of one value: the work for each row grows with it.
const MAX_VALUE_CHARS: usize = 256;

/// The stored form of a phone number, if that is what was typed; a pattern stays as it is.
pub(super) fn stored_phone(value: &str) -> Option<String> {
    let is_part = value.chars().all(|c| c.is_ascii_digit());
    flow::phone::normalize(value).filter(|normal| !is_part || !normal.contains(value))
}

/// The expression without its case, in any locale of the database.
pub(super) fn fold(expression: &str) -> String {
    format!("lower({expression}{UNICODE})")
}

/// Checks what [`super::Where::and_contains`] looks for.
///
/// # Errors
/// As [`super::Search::parse`] for a value.
pub(crate) fn check_substring(part: &str) -> Result<(), ApiError> {
    Ok(check_value(part)?)
}

/// Checks a value of a search.
pub(super) fn check_value(value: &str) -> Result<(), SearchError> {
    if value.is_empty() {
        return Err(SearchError::EmptyValue);
    }
    if value.contains('\0') {
        return Err(SearchError::ForbiddenCharacter);
    }
    match value.chars().nth(MAX_VALUE_CHARS) {
        Some(_) => Err(SearchError::ValueTooLong),
        None => Ok(()),
    }
}
