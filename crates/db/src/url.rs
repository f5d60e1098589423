//! Which database: the `DB_URL` setting.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::{DbError, PostgresUrl};

/// A parsed `DB_URL`. Shown without its password.
#[derive(Clone)]
pub enum DbUrl {
    /// `sqlite://relative/path.db`, `sqlite:///absolute/path.db`, or a bare path ending in `.db`.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database?…`, as libpq reads it.
    Postgres(Box<PostgresUrl>),
}

impl DbUrl {
    /// The file of an embedded database.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl FromStr for DbUrl {
    type Err = DbError;

    fn from_str(text: &str) -> Result<Self, DbError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return PostgresUrl::parse(text).map(|url| Self::Postgres(Box::new(url)));
        }
        let path = match text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            Some(path) => path,
            None if text.ends_with(".db") && !text.contains("://") => text,
            None => {
                return Err(DbError::Open(
                    "the database URL must start with sqlite:// or postgres://, as in sqlite://loggia.db".into(),
                ));
            }
        };
        if path.is_empty() || path == ":memory:" {
            return Err(DbError::Open("the database URL names no file; write sqlite://loggia.db".into()));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let config = &url.config;
                let host = match config.get_hosts().first() {
                    Some(tokio_postgres::config::Host::Tcp(name)) => name.clone(),
                    Some(tokio_postgres::config::Host::Unix(path)) => path.display().to_string(),
                    None => "localhost".into(),
                };
                let port = config.get_ports().first().copied().unwrap_or(5432);
                write!(f, "postgres://{host}:{port}/{}", config.get_dbname().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_shown_without_the_password() {
        let shown = |text: &str| DbUrl::from_str(text).map(|url| url.to_string()).map_err(|e| e.to_string());
        assert_eq!(shown("sqlite://a/b.db"), Ok("sqlite://a/b.db".into()));
        assert_eq!(shown("sqlite:///a/b.db"), Ok("sqlite:///a/b.db".into()));
        assert_eq!(shown("postgres://u:hunter2@db:5433/x"), Ok("postgres://db:5433/x".into()));
        assert!(shown("mysql://x").is_err_and(|e| e.contains("sqlite://")));
        assert_eq!(shown("postgres://h/x?sslmode=require"), Ok("postgres://h:5432/x".into()));
    }
}
