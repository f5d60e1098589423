//! What can go wrong with a database, in the terms a caller can act on.

/// A failure of storage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// The row asked for is not there.
    #[error("the row is not there")]
    NotFound,
    /// A compare-and-swap found another state.
    #[error("the row was changed by someone else")]
    Conflict,
    /// A unique index was violated; the name is `{table}_{columns}_key` on both engines.
    #[error("a value is already taken ({0})")]
    Unique(String),
    /// A foreign key points nowhere.
    #[error("a related row is not there")]
    ForeignKey,
    /// A check or not-null constraint was violated.
    #[error("a value is not allowed ({0})")]
    Check(String),
    /// Too much work is waiting, or the database is locked: try again later.
    #[error("the database is busy")]
    Busy,
    /// The database can't be used now: connection lost, disk full, read-only.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database could not be opened.
    #[error("{0}")]
    Open(String),
    /// The schema is newer than this program.
    #[error(
        "the database has schema version {found}, but this version of Loggia knows only {known}; start the newer Loggia that migrated it, or restore the snapshot taken before"
    )]
    NewerSchema { found: i64, known: i64 },
    /// A statement is wrong: a fault of this program.
    #[error("{0}")]
    Sql(String),
}

impl DbError {
    /// Whether this is the violation of the unique index over `columns` of `table`.
    pub fn unique_on(&self, table: &str, columns: &[&str]) -> bool {
        matches!(self, Self::Unique(name) if *name == format!("{table}_{}_key", columns.join("_")))
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Sql(error.to_string());
        };
        let message = message.clone().unwrap_or_default();
        match (failure.code, failure.extended_code) {
            (_, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                Self::Unique(sqlite_key(&message))
            }
            (_, rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Self::ForeignKey,
            (Code::ConstraintViolation, _) => Self::Check(message),
            (Code::DatabaseBusy | Code::DatabaseLocked | Code::OperationInterrupted, _) => Self::Busy,
            (Code::DiskFull, _) => Self::Unavailable("the disk is full".into()),
            (Code::ReadOnly, _) => Self::Unavailable("the database file is read-only".into()),
            (Code::SystemIoFailure | Code::CannotOpen | Code::DatabaseCorrupt | Code::NotADatabase, _) => {
                Self::Unavailable(message)
            }
            _ => Self::Sql(error.to_string()),
        }
    }
}

/// `UNIQUE constraint failed: users.tenant_id, users.username` → `users_tenant_id_username_key`, PostgreSQL's name for it;
/// `UNIQUE constraint failed: index 'x'` → `x`.
fn sqlite_key(message: &str) -> String {
    let list = message.rsplit("failed: ").next().unwrap_or_default();
    if let Some(index) = list.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let mut table = "";
    let mut columns = Vec::new();
    for item in list.split(", ") {
        if let Some((t, column)) = item.split_once('.') {
            table = t;
            columns.push(column);
        }
    }
    format!("{table}_{}_key", columns.join("_"))
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState as State;
        let Some(db) = error.as_db_error() else {
            return if error.is_closed() || std::error::Error::source(&error).is_some_and(|s| s.is::<std::io::Error>()) {
                Self::Unavailable("the connection to PostgreSQL was lost".into())
            } else {
                Self::Sql(describe(&error))
            };
        };
        let state = db.code();
        if *state == State::UNIQUE_VIOLATION {
            Self::Unique(db.constraint().unwrap_or_default().to_owned())
        } else if *state == State::FOREIGN_KEY_VIOLATION {
            Self::ForeignKey
        } else if *state == State::CHECK_VIOLATION
            || *state == State::NOT_NULL_VIOLATION
            // A value that text can't hold (NUL), a pattern that is none, a number out of range.
            || state.code().starts_with("22")
        {
            Self::Check(db.message().to_owned())
        } else if [
            State::T_R_SERIALIZATION_FAILURE,
            State::T_R_DEADLOCK_DETECTED,
            State::QUERY_CANCELED,
            // "cached plan must not change result type": a newer node changed the schema.
            State::FEATURE_NOT_SUPPORTED,
        ]
        .contains(state)
        {
            Self::Busy
        } else if ["08", "53", "57", "25"].iter().any(|class| state.code().starts_with(class)) {
            Self::Unavailable(db.message().to_owned())
        } else {
            Self::Sql(format!("{} ({})", db.message(), state.code()))
        }
    }
}

impl DbError {
    /// Refuses databases of other encodings: they can't store every text, and order and compare it differently.
    pub(crate) fn require_utf8(encoding: &str) -> Result<(), Self> {
        if ["UTF8", "UTF-8"].contains(&encoding) {
            return Ok(());
        }
        Err(Self::Open(format!(
            "the encoding of the database is {encoding}, and Loggia needs UTF-8; make a new database, on PostgreSQL with \
             `create database loggia encoding 'UTF8' template template0`, and change DB_URL"
        )))
    }
}

/// The error with its causes: the driver hides the useful part in the source.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_message_names_the_key_like_postgres_does() {
        let message = "UNIQUE constraint failed: users.tenant_id, users.username";
        assert_eq!(sqlite_key(message), "users_tenant_id_username_key");
        assert!(DbError::Unique(sqlite_key(message)).unique_on("users", &["tenant_id", "username"]));
        assert_eq!(sqlite_key("UNIQUE constraint failed: index 'resources_default'"), "resources_default");
    }
}
