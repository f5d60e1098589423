//! Errors of commands: one sentence with the cause and the next step, and an exit code for the kind of error.

use std::fmt;
use std::process::ExitCode;

use db::DbError;
use kernel::Locale;
use server::errors::ApiError;
use server::serve::StartError;

/// Exit codes. docs/operations.md documents the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitKind {
    /// A bug in Loggia.
    Internal = 1,
    /// The command line is wrong (clap uses the same code).
    Usage = 2,
    /// A setting is invalid: a bad URL, a port in use.
    Settings = 3,
    /// The database can't be used.
    Database = 4,
    /// The object was not found, or exists already.
    State = 5,
    /// A value is invalid.
    InvalidValue = 6,
    /// The result could not be written to standard output.
    Output = 7,
}

/// The error of a command.
#[derive(Debug)]
pub struct CliError {
    kind: ExitKind,
    sentence: String,
}

impl CliError {
    /// Makes an error; the sentence names the cause and the next step.
    pub fn new(kind: ExitKind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: kernel::text::sentence(&sentence.into()) }
    }

    /// The exit code of the process.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<DbError> for CliError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Busy => Self::new(
                ExitKind::Database,
                "the database is locked by other work; try again, or stop the program that holds it",
            ),
            DbError::Unavailable(cause) => Self::new(
                ExitKind::Database,
                format!("the database can't be used ({cause}); run `loggia doctor` to see what to change"),
            ),
            DbError::Open(_) | DbError::NewerSchema { .. } => Self::new(ExitKind::Database, error.to_string()),
            other => Self::new(
                ExitKind::Internal,
                format!("the database refused a statement ({other}); please report this with the command you ran"),
            ),
        }
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Database(error) => error.into(),
            StartError::Port { .. }
            | StartError::Certificate(_)
            | StartError::Clock { .. }
            | StartError::Key(_)
            | StartError::Hashing(_)
            | StartError::Outbound(_) => Self::new(ExitKind::Settings, error.to_string()),
        }
    }
}

impl From<ApiError> for CliError {
    /// Uses the API's message and adds its error code.
    fn from(error: ApiError) -> Self {
        let kind = match error.status().as_u16() {
            404 => ExitKind::State,
            _ if ["in_use", "_exists", "_exist"].iter().any(|end| error.code().ends_with(end)) => ExitKind::State,
            400..500 => ExitKind::InvalidValue,
            503 => ExitKind::Database,
            _ => ExitKind::Internal,
        };
        if kind == ExitKind::Internal {
            return Self::new(kind, format!("Loggia failed ({error:?}); please report this with the command you ran"));
        }
        if let Some(issues) = issues(&error) {
            return Self::new(kind, format!("{issues} Correct it and run the command again."));
        }
        let data = error.data_ref().map(|data| format!(" {data}")).unwrap_or_default();
        Self::new(kind, format!("{} ({}{data})", error.message(Locale::En), error.code()))
    }
}

/// The invalid members of the request with the message of the check that rejected each.
fn issues(error: &ApiError) -> Option<String> {
    let issues = error.data_ref()?.get("issues")?.as_array()?;
    let shown = |issue: &serde_json::Value| {
        let path: Vec<String> = issue
            .get("path")?
            .as_array()?
            .iter()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect();
        let place = if path.is_empty() { "The input".to_owned() } else { format!("The value of `{}`", path.join(".")) };
        Some(format!("{place} is refused: {}", issue.get("message")?.as_str()?))
    };
    Some(issues.iter().filter_map(shown).collect::<Vec<_>>().join(" "))
}
