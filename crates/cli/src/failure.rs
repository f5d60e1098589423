//! How a command fails: one sentence with the cause and the next step, and a code that says which kind it is.

use std::fmt;
use std::process::ExitCode;

use db::DbError;
use kernel::Locale;
use server::errors::ApiError;
use server::serve::StartError;

/// The kinds of failure a script may want to tell apart. The numbers are promised in docs/operations.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A fault of Loggia itself.
    Fault = 1,
    /// The command line is wrong (clap's own code).
    Usage = 2,
    /// A setting can't be used: a bad URL, a port that is taken.
    Settings = 3,
    /// The database can't be used.
    Database = 4,
    /// What the command is about is not there, or already is.
    State = 5,
    /// A value is not allowed.
    Refused = 6,
}

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    sentence: String,
}

impl Failure {
    /// A failure of this kind; the sentence names the cause and what to do next.
    pub fn new(kind: Kind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    /// What the process ends with.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Busy => Self::new(
                Kind::Database,
                "the database is locked by other work; try again, or stop the program that holds it",
            ),
            DbError::Unavailable(cause) => Self::new(
                Kind::Database,
                format!("the database can't be used ({cause}); run `loggia doctor` to see what to change"),
            ),
            DbError::Open(_) | DbError::NewerSchema { .. } => Self::new(Kind::Database, error.to_string()),
            other => Self::new(
                Kind::Fault,
                format!("the database refused a statement ({other}); please report this with the command you ran"),
            ),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Database(error) => error.into(),
            StartError::Port { .. }
            | StartError::Certificate(_)
            | StartError::Clock { .. }
            | StartError::Hashing(_) => Self::new(Kind::Settings, error.to_string()),
        }
    }
}

impl From<ApiError> for Failure {
    /// The API's own sentence, with its code for whoever wants to look it up.
    fn from(error: ApiError) -> Self {
        let kind = match error.status().as_u16() {
            404 => Kind::State,
            _ if ["in_use", "_exists", "_exist"].iter().any(|end| error.code().ends_with(end)) => Kind::State,
            400..500 => Kind::Refused,
            503 => Kind::Database,
            _ => Kind::Fault,
        };
        if kind == Kind::Fault {
            return Self::new(kind, format!("Loggia failed ({error:?}); please report this with the command you ran"));
        }
        if let Some(issues) = issues(&error) {
            return Self::new(kind, format!("{issues}; correct it and run the command again"));
        }
        let data = error.attached().map(|data| format!(" {data}")).unwrap_or_default();
        Self::new(kind, format!("{} ({}{data})", error.message(Locale::En), error.code()))
    }
}

/// Which members of the request were refused and why, in the words of the check that refused them.
fn issues(error: &ApiError) -> Option<String> {
    let issues = error.attached()?.get("issues")?.as_array()?;
    let shown = |issue: &serde_json::Value| {
        let path: Vec<String> = issue
            .get("path")?
            .as_array()?
            .iter()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect();
        Some(format!("{} is refused ({})", path.join("."), issue.get("message")?.as_str()?))
    };
    Some(issues.iter().filter_map(shown).collect::<Vec<_>>().join(", "))
}
