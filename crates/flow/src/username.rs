//! Rules for usernames (E062).

use crate::error::{FlowError, UsernameError};
use crate::experience::UsernamePolicy;

/// The form that no setting can widen: `^[A-Z_a-z]\w*$` in ASCII.
pub fn has_username_form(value: &str) -> bool {
    let starts_well = value.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    starts_well && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl UsernamePolicy {
    /// Checks a new username against the form, the length and the allowed character groups, in that order.
    ///
    /// # Errors
    /// [`FlowError::Username`] with the first rule broken.
    pub fn check(&self, username: &str) -> Result<(), FlowError> {
        self.find_error(username).map_or(Ok(()), |error| Err(FlowError::Username(error)))
    }

    fn find_error(&self, username: &str) -> Option<UsernameError> {
        let length = i64::try_from(username.chars().count()).unwrap_or(i64::MAX);
        let allowed = self.allowed_chars;
        let has = |group: fn(char) -> bool| username.chars().any(group);
        if username.is_empty() {
            Some(UsernameError::Required)
        } else if username.starts_with(|c: char| c.is_ascii_digit()) {
            Some(UsernameError::StartsWithNumber)
        } else if !has_username_form(username) {
            Some(UsernameError::InvalidCharset)
        } else if length < self.min_length {
            Some(UsernameError::TooShort { min: self.min_length })
        } else if length > self.max_length.min(128) {
            Some(UsernameError::TooLong { max: self.max_length.min(128) })
        } else if !allowed.lowercase && has(|c| c.is_ascii_lowercase()) {
            Some(UsernameError::LowercaseNotAllowed)
        } else if !allowed.uppercase && has(|c| c.is_ascii_uppercase()) {
            Some(UsernameError::UppercaseNotAllowed)
        } else if !allowed.numbers && has(|c| c.is_ascii_digit()) {
            Some(UsernameError::NumbersNotAllowed)
        } else if !allowed.underscore && has(|c| c == '_') {
            Some(UsernameError::UnderscoreNotAllowed)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experience::AllowedCharacters;

    #[test]
    fn each_rule_has_its_own_code() {
        let open = UsernamePolicy::default();
        let shut = AllowedCharacters { lowercase: true, uppercase: false, numbers: false, underscore: false };
        let tight = UsernamePolicy { min_length: 3, max_length: 5, allowed_chars: shut, ..open };
        let no_lower = AllowedCharacters { lowercase: false, ..AllowedCharacters::default() };
        let upper = UsernamePolicy { allowed_chars: no_lower, ..open };
        for (policy, name, code) in [
            (open, "", "user.username_required"),
            (open, "1abc", "user.username_starts_with_number"),
            (open, "a-b", "user.username_invalid_charset_hard"),
            (open, "näme", "user.username_invalid_charset_hard"),
            (open, "a\0", "user.username_invalid_charset_hard"),
            (tight, "ab", "user.username_too_short"),
            (tight, "abcdef", "user.username_too_long"),
            (tight, "aBc", "user.username_uppercase_not_allowed"),
            (tight, "ab1", "user.username_numbers_not_allowed"),
            (tight, "ab_", "user.username_underscore_not_allowed"),
            (upper, "ABc", "user.username_lowercase_not_allowed"),
        ] {
            assert_eq!(policy.check(name).unwrap_err().code(), code, "{name}");
        }
        assert_eq!(open.check("_Alice9"), Ok(()));
        assert!(open.check(&"a".repeat(129)).is_err());
    }
}
