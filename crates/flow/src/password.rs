//! Rules for new passwords (E063, H119) and their expiry (E065).
//!
//! `rejects.pwned` refuses the built-in list of common passwords. Further breached ones need a lookup over the network: the
//! server asks, where it is told to, and says so to [`CandidatePassword::accept`].

mod common;
mod guessable;

use kernel::{Secret, Timestamp};
use serde_json::{Value, json};

use crate::error::FlowError;
use crate::experience::{PasswordExpiration, PasswordPolicy};

/// What is known about the owner, so that a password made of it can be refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasswordOwner {
    pub name: Option<String>,
    pub username: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// Why a password was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordIssue {
    TooShort { min: i64 },
    TooLong { max: i64 },
    CharacterTypes { min: i64 },
    UnsupportedCharacters,
    Pwned,
    Repetition,
    Sequence,
    UserInfo,
    Words,
}

impl PasswordIssue {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "password_rejected.too_short",
            Self::TooLong { .. } => "password_rejected.too_long",
            Self::CharacterTypes { .. } => "password_rejected.character_types",
            Self::UnsupportedCharacters => "password_rejected.unsupported_characters",
            Self::Pwned => "password_rejected.pwned",
            Self::Repetition => "password_rejected.restricted.repetition",
            Self::Sequence => "password_rejected.restricted.sequence",
            Self::UserInfo => "password_rejected.restricted.user_info",
            Self::Words => "password_rejected.restricted.words",
        }
    }

    /// The issue on the wire: `code`, and `interpolation` where a number belongs into the sentence.
    pub fn to_json(&self) -> Value {
        match self {
            Self::TooShort { min } | Self::CharacterTypes { min } => {
                json!({"code": self.code(), "interpolation": {"min": min}})
            }
            Self::TooLong { max } => json!({"code": self.code(), "interpolation": {"max": max}}),
            _ => json!({"code": self.code()}),
        }
    }
}

/// A new password that fits every rule which needs no network. Only [`PasswordPolicy::candidate`] makes one.
#[derive(Debug, Clone)]
pub struct CandidatePassword {
    text: Secret<String>,
    rejects_breached: bool,
}

impl CandidatePassword {
    /// The text to look up among breached passwords; none where the policy does not mind them.
    pub fn to_look_up(&self) -> Option<&str> {
        self.rejects_breached.then(|| self.text.expose().as_str())
    }

    /// Lets the password through unless it was found among breached ones.
    ///
    /// # Errors
    /// [`FlowError::PasswordRejected`].
    pub fn accept(self, is_breached: bool) -> Result<AcceptedPassword, FlowError> {
        match is_breached && self.rejects_breached {
            true => Err(FlowError::PasswordRejected(vec![PasswordIssue::Pwned])),
            false => Ok(AcceptedPassword(self.text)),
        }
    }
}

/// A new password that the policy lets through. Only [`CandidatePassword::accept`] makes one, so that no path can hash a
/// password which was not checked.
#[derive(Debug, Clone)]
pub struct AcceptedPassword(Secret<String>);

impl AcceptedPassword {
    /// The text, for the hash.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl PasswordPolicy {
    /// Everything that is wrong with `password`, in the order of the contract.
    pub fn issues(&self, password: &str, owner: &PasswordOwner) -> Vec<PasswordIssue> {
        let mut issues = Vec::new();
        let length = i64::try_from(password.encode_utf16().count()).unwrap_or(i64::MAX);
        let limits = self.length();
        if length < limits.min {
            issues.push(PasswordIssue::TooShort { min: limits.min });
        }
        if length > limits.max {
            issues.push(PasswordIssue::TooLong { max: limits.max });
        }
        if character_types(password) < self.least_character_types() {
            issues.push(PasswordIssue::CharacterTypes { min: self.least_character_types() });
        }
        if !password.chars().all(is_supported) {
            issues.push(PasswordIssue::UnsupportedCharacters);
        }
        // Longer text is refused anyway; searching it would only cost time.
        if length <= limits.max.clamp(256, 4096) {
            issues.extend(guessable::issues(&self.rejects(), password, owner));
        }
        // What is wrong otherwise already has its reasons (traces 20-05, 20-08).
        if issues.is_empty() && self.rejects().pwned && common::contains(password) {
            issues.push(PasswordIssue::Pwned);
        }
        issues
    }

    /// The password, if it fits every rule that needs no network.
    ///
    /// # Errors
    /// [`FlowError::PasswordRejected`] with every issue.
    pub fn candidate(&self, password: &str, owner: &PasswordOwner) -> Result<CandidatePassword, FlowError> {
        let issues = self.issues(password, owner);
        match issues.is_empty() {
            true => {
                Ok(CandidatePassword { text: Secret::new(password.to_owned()), rejects_breached: self.rejects().pwned })
            }
            false => Err(FlowError::PasswordRejected(issues)),
        }
    }
}

fn character_types(password: &str) -> i64 {
    let groups: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| is_supported(c) && !c.is_ascii_alphanumeric(),
    ];
    groups.iter().map(|group| i64::from(password.chars().any(group))).sum()
}

fn is_supported(c: char) -> bool {
    matches!(c, ' '..='~')
}

impl PasswordExpiration {
    /// Whether a password has run out: by the flag on the user, or by its age. The age counts from the last change, else
    /// from the day the policy was switched on, else from the creation of the user.
    pub fn expired(&self, password: &PasswordAge, now: Timestamp) -> bool {
        if self.enabled != Some(true) {
            return false;
        }
        let since = password.updated_at.or(self.enabled_at.map(Timestamp)).unwrap_or(password.user_created_at);
        let days = self.valid_period_days.unwrap_or(i64::MAX);
        password.is_expired || now >= since.plus_seconds(days.saturating_mul(24 * 60 * 60))
    }
}

/// What decides about expiry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PasswordAge {
    pub is_expired: bool,
    pub updated_at: Option<Timestamp>,
    pub user_created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experience::{CharacterTypes, PasswordLength, PasswordRejects};

    fn policy_of_the_trace() -> PasswordPolicy {
        PasswordPolicy {
            length: Some(PasswordLength { min: 10, max: 20 }),
            character_types: Some(CharacterTypes { min: 3 }),
            rejects: Some(PasswordRejects { pwned: false, words: vec!["acme".into()], ..PasswordRejects::default() }),
        }
    }

    fn json_of(policy: &PasswordPolicy, password: &str, username: &str) -> Value {
        let owner = PasswordOwner { username: Some(username.into()), ..PasswordOwner::default() };
        policy.issues(password, &owner).iter().map(PasswordIssue::to_json).collect()
    }

    #[test]
    fn the_issues_are_those_of_trace_20_05() {
        let policy = policy_of_the_trace();
        let types = json!({"code": "password_rejected.character_types", "interpolation": {"min": 3}});
        let sequence = json!({"code": "password_rejected.restricted.sequence"});
        assert_eq!(
            json_of(&policy, "abc", "policy_x99320"),
            json!([{"code": "password_rejected.too_short", "interpolation": {"min": 10}}, types, sequence])
        );
        assert_eq!(
            json_of(&policy, "aaaaaaaaaaaaaaaaaaaaaaaaa", "policy_x99320"),
            json!([
                {"code": "password_rejected.too_long", "interpolation": {"max": 20}},
                types,
                {"code": "password_rejected.restricted.repetition"}
            ])
        );
        assert_eq!(json_of(&policy, "abcdefghijkl", "policy_x99320"), json!([types, sequence]));
        for accepted in ["Aaaa1234!!", "Acme-9x!kqT", "policy_x993209!X", "Gk7!pL2#qXv"] {
            assert_eq!(json_of(&policy, accepted, "policy_x99320"), json!([]), "{accepted}");
        }
    }

    #[test]
    fn the_default_policy_judges_as_in_traces_20_08_and_20_09() {
        let policy = PasswordPolicy::default();
        assert_eq!(
            json_of(&policy, "123", "reg"),
            json!([
                {"code": "password_rejected.too_short", "interpolation": {"min": 8}},
                {"code": "password_rejected.restricted.sequence"}
            ])
        );
        assert_eq!(
            json_of(&policy, "short", "reg"),
            json!([{"code": "password_rejected.too_short", "interpolation": {"min": 8}}])
        );
        assert_eq!(json_of(&policy, "Trace-Passw0rd!42", "reg"), json!([]));
        assert_eq!(
            json_of(&policy, "p\u{e4}ssw\u{f6}rter", "reg"),
            json!([{"code": "password_rejected.unsupported_characters"}])
        );
    }

    #[test]
    fn a_common_or_breached_password_is_refused_only_where_the_policy_says_so() {
        let owner = PasswordOwner::default();
        let strict = PasswordPolicy::default();
        assert_eq!(json_of(&strict, "Sunshine1", "reg"), json!([{"code": "password_rejected.pwned"}]));
        assert_eq!(json_of(&strict, "Trace-Passw0rd!42", "reg"), json!([]));
        let rejects = PasswordRejects { pwned: false, ..PasswordRejects::default() };
        let lenient = PasswordPolicy { rejects: Some(rejects), ..PasswordPolicy::default() };
        assert_eq!(json_of(&lenient, "Sunshine1", "reg"), json!([]));

        let candidate = strict.candidate("Trace-Passw0rd!42", &owner).unwrap();
        assert_eq!(candidate.to_look_up(), Some("Trace-Passw0rd!42"));
        assert_eq!(candidate.clone().accept(false).unwrap().expose(), "Trace-Passw0rd!42");
        let refused = FlowError::PasswordRejected(vec![PasswordIssue::Pwned]);
        assert_eq!(candidate.accept(true).unwrap_err(), refused);
        let candidate = lenient.candidate("Sunshine1", &owner).unwrap();
        assert_eq!(candidate.to_look_up(), None);
        assert!(candidate.accept(true).is_ok());
    }

    #[test]
    fn expiry_counts_from_the_change_then_the_policy_then_the_user() {
        let day = 24 * 60 * 60 * 1000;
        let policy = |enabled| PasswordExpiration {
            enabled: Some(enabled),
            valid_period_days: Some(10),
            enabled_at: Some(5 * day),
        };
        let age = |is_expired, updated_at: Option<i64>| PasswordAge {
            is_expired,
            updated_at: updated_at.map(Timestamp),
            user_created_at: Timestamp(0),
        };
        assert!(!policy(false).expired(&age(true, None), Timestamp(100 * day)));
        assert!(policy(true).expired(&age(true, Some(9 * day)), Timestamp(9 * day)));
        assert!(!policy(true).expired(&age(false, Some(9 * day)), Timestamp(19 * day - 1)));
        assert!(policy(true).expired(&age(false, Some(9 * day)), Timestamp(19 * day)));
        assert!(!policy(true).expired(&age(false, None), Timestamp(14 * day)));
        assert!(policy(true).expired(&age(false, None), Timestamp(15 * day)));
        let unset = PasswordExpiration { enabled_at: None, ..policy(true) };
        assert!(unset.expired(&age(false, None), Timestamp(10 * day)));
    }
}
