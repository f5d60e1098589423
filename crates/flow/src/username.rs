//! Rules for usernames (E062).

use crate::error::{Error, UsernameFault};
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
    /// [`Error::Username`] with the first fault.
    pub fn check(&self, username: &str) -> Result<(), Error> {
        self.fault(username).map_or(Ok(()), |fault| Err(Error::Username(fault)))
    }

    fn fault(&self, username: &str) -> Option<UsernameFault> {
        let length = i64::try_from(username.chars().count()).unwrap_or(i64::MAX);
        let allowed = self.allowed_chars;
        let has = |group: fn(char) -> bool| username.chars().any(group);
        if username.is_empty() {
            Some(UsernameFault::Required)
        } else if username.starts_with(|c: char| c.is_ascii_digit()) {
            Some(UsernameFault::StartsWithNumber)
        } else if !has_username_form(username) {
            Some(UsernameFault::InvalidCharset)
        } else if length < self.min_length {
            Some(UsernameFault::TooShort { min: self.min_length })
        } else if length > self.max_length.min(128) {
            Some(UsernameFault::TooLong { max: self.max_length.min(128) })
        } else if !allowed.lowercase && has(|c| c.is_ascii_lowercase()) {
            Some(UsernameFault::LowercaseNotAllowed)
        } else if !allowed.uppercase && has(|c| c.is_ascii_uppercase()) {
            Some(UsernameFault::UppercaseNotAllowed)
        } else if !allowed.numbers && has(|c| c.is_ascii_digit()) {
            Some(UsernameFault::NumbersNotAllowed)
        } else if !allowed.underscore && has(|c| c == '_') {
            Some(UsernameFault::UnderscoreNotAllowed)
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
