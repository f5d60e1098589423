//! Users as JSON lines: what `loggia user import` reads and `loggia user export` writes (docs/importing-users.md).
//!
//! A line has the members of `POST /api/users`, checked by the same functions, and what else a user has. Lines are imported
//! by the batch, each batch in one unit of work: after a crash a batch is there as a whole or not at all. No events are emitted.

mod export;
mod import;
mod keys;
mod line;
mod references;
mod update;

pub use export::{LastExported, export_page};
pub use import::{ImportError, check, import, record_end, record_start};
pub use keys::SeenKeys;
pub use line::{DigestUse, Line, Refusal};

use kernel::Locale;
use serde_json::Value;

use crate::errors::ApiError;

/// What is done with a line whose user is there already: one with the same id, username, e-mail address, phone number or
/// account elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// Refuse the line.
    Fail,
    /// Leave the user as it is.
    Skip,
    /// Give the user what the line says. Nothing is taken away.
    Update,
}

/// How lines are imported.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub on_conflict: OnConflict,
    /// Whether nothing after the first line that is refused is imported.
    pub stop_at_first_error: bool,
    /// Whether usernames in another case are others (`usernamePolicy.caseSensitive`).
    pub case_sensitive: bool,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Updated,
    Skipped,
    Refused(Vec<LineError>),
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// From 1.
    pub line: u64,
    /// Names of members and indexes from 0, joined by dots; empty for the line as a whole.
    pub member: String,
    pub message: String,
}

impl std::fmt::Display for LineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.member.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.message),
            member => write!(f, "line {}: {member}: {}", self.line, self.message),
        }
    }
}

impl LineError {
    /// An error of a member.
    pub fn new(line: u64, member: impl Into<String>, message: impl AsRef<str>) -> Self {
        Self { line, member: member.into(), message: kernel::text::sentence(message.as_ref()) }
    }

    /// The errors of the Management API, which are about `member` unless they name another.
    fn of_api(line: u64, member: &str, error: &ApiError) -> Vec<Self> {
        let issues = error.data_ref().and_then(|data| data.get("issues")).and_then(Value::as_array);
        let Some(issues) = issues else {
            return vec![Self::new(line, member, format!("{} ({})", error.message(Locale::En), error.code()))];
        };
        let of_issue = |issue: &Value| {
            let path = issue.get("path").and_then(Value::as_array).map_or_else(String::new, |path| joined(path));
            let message = issue.get("message").and_then(Value::as_str).unwrap_or_default();
            Self::new(line, if path.is_empty() { member } else { &path }, message)
        };
        issues.iter().map(of_issue).collect()
    }
}

fn joined(path: &[Value]) -> String {
    let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    path.iter().map(step).collect::<Vec<_>>().join(".")
}
