//! Validation of the members of a user (inventory D076, D080). Identifiers follow the patterns of the API; the policies
//! of the sign-in experience don't apply to administrators (M020).

use ::api::ErrorCode;
use ::api::format;
use flow::unicode::normalize_identifier;

use crate::ApiError;
use crate::http::validate::{invalid_member, require_direction, require_web_url};

/// The maximum length of names and identifiers, in characters.
const MAX_LENGTH_CHARS: usize = 128;

pub(super) fn username(value: &str) -> Result<(), ApiError> {
    match format::is_username(value) {
        true => require_max_length(value),
        false => {
            Err(invalid_member(&["username"], "expected letters, digits and underscores, not beginning with a digit"))
        }
    }
}

/// An e-mail address, in the form in which it is stored.
pub(crate) fn email(value: &str) -> Result<(), ApiError> {
    let value = normalize_identifier(value);
    match format::is_email(&value) {
        true => require_max_length(&value),
        false => Err(invalid_member(&["primaryEmail"], "expected an e-mail address")),
    }
}

/// Digits, and a number that exists by the rules of its country code: 422 `user.invalid_phone` otherwise.
pub(crate) fn phone(value: &str) -> Result<(), ApiError> {
    if !format::is_phone(value) {
        return Err(invalid_member(&["primaryPhone"], "expected digits: country code and number"));
    }
    require_max_length(value)?;
    flow::phone::normalize(value).map(drop).ok_or_else(|| ApiError::unprocessable("user.invalid_phone"))
}

/// Only http and https URLs: another scheme could run code on a page that shows the picture (attack A7).
pub(crate) fn avatar(value: &str) -> Result<(), ApiError> {
    require_web_url(&["avatar"], value)
}

/// A name for people to read.
pub(crate) fn name(value: &str) -> Result<(), ApiError> {
    require_direction(&["name"], value)?;
    require_max_length(value)
}

/// 422 `entity.value_too_long` above [`MAX_LENGTH_CHARS`].
pub(super) fn require_max_length(value: &str) -> Result<(), ApiError> {
    match value.chars().count() <= MAX_LENGTH_CHARS {
        true => Ok(()),
        false => Err(ApiError::unprocessable(ErrorCode::EntityValueTooLong)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_no_column_holds_is_refused() {
        assert_eq!(username(&"x".repeat(129)).map_err(|e| e.code().to_owned()), Err("entity.value_too_long".into()));
        assert!(username("1bad").is_err() && email("bad").is_err() && phone("+1555").is_err());
    }
}
