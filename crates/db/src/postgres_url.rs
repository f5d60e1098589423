//! The URL of a PostgreSQL server, as libpq reads it.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode as DriverSslMode, SslNegotiation};

use crate::DbError;
use crate::error::describe;

/// `postgres://user:password@host:port/database?…`.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(crate) config: Config,
    pub(crate) ssl: SslOptions,
    /// Whether a PgBouncer in transaction mode is in between: each transaction may run on another connection of the server, so
    /// nothing may be kept on one, in particular no prepared statements.
    pub(crate) pgbouncer: bool,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SslOptions {
    pub mode: SslMode,
    pub roots: Option<RootCertificates>,
    pub direct: bool,
}

/// `sslmode`, by rising protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// `sslrootcert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RootCertificates {
    System,
    File(PathBuf),
}

/// Options that the driver reads itself.
const DRIVER_OPTIONS: [&str; 13] = [
    "user",
    "password",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "options",
    "application_name",
    "connect_timeout",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
    "sslnegotiation",
];
const OWN_OPTIONS: [&str; 3] = ["sslmode", "sslrootcert", "pgbouncer"];

impl PostgresUrl {
    /// Reads a URL that starts with `postgres://` or `postgresql://`.
    pub(crate) fn parse(text: &str) -> Result<Self, DbError> {
        let authority = text.find('@').unwrap_or(0);
        let split = text[authority..].find('?').map_or(text.len(), |at| authority + at);
        let (start, query) = (&text[..split], text[split..].trim_start_matches('?'));
        let mut own = OwnOptions::default();
        let mut driver = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| refuse(format!("`{pair}` has no value")))?;
            if DRIVER_OPTIONS.contains(&name) {
                driver.push(pair);
            } else {
                own.set(name, &percent_decode_str(value).decode_utf8_lossy())?;
            }
        }
        let text = if driver.is_empty() { start.to_owned() } else { format!("{start}?{}", driver.join("&")) };
        let mut config: Config = text.parse().map_err(|error: tokio_postgres::Error| {
            refuse(format!(
                "{}; write it as in postgres://user:password@host:5432/database, with %40 for @, %3A for :, %2F for / and %3F for ? inside of user and password",
                describe(&error)
            ))
        })?;
        check_hosts(&config)?;
        let ssl = own.ssl(&config)?;
        config.ssl_mode(match ssl.mode {
            SslMode::Disable => DriverSslMode::Disable,
            SslMode::Prefer => DriverSslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => DriverSslMode::Require,
        });
        Ok(Self { config, ssl, pgbouncer: own.pgbouncer })
    }
}

#[derive(Default)]
struct OwnOptions {
    mode: Option<SslMode>,
    roots: Option<RootCertificates>,
    pgbouncer: bool,
}

impl OwnOptions {
    fn set(&mut self, name: &str, value: &str) -> Result<(), DbError> {
        match (name, value) {
            ("sslmode", "disable") => self.mode = Some(SslMode::Disable),
            ("sslmode", "prefer") => self.mode = Some(SslMode::Prefer),
            ("sslmode", "require") => self.mode = Some(SslMode::Require),
            ("sslmode", "verify-ca") => self.mode = Some(SslMode::VerifyCa),
            ("sslmode", "verify-full") => self.mode = Some(SslMode::VerifyFull),
            ("sslmode", _) => {
                return Err(refuse(format!(
                    "sslmode is `{value}`; write disable, prefer, require, verify-ca or verify-full"
                )));
            }
            ("sslrootcert", "") => return Err(refuse("sslrootcert is empty; name a PEM file, or write system".into())),
            ("sslrootcert", "system") => self.roots = Some(RootCertificates::System),
            ("sslrootcert", path) => self.roots = Some(RootCertificates::File(path.into())),
            ("pgbouncer", "true") => self.pgbouncer = true,
            ("pgbouncer", "false") => self.pgbouncer = false,
            ("pgbouncer", _) => return Err(refuse(format!("pgbouncer is `{value}`; write true or false"))),
            // Without GSSAPI these mean what is done anyway.
            ("gssencmode", "disable" | "prefer") => {}
            ("sslcert" | "sslkey" | "sslpassword", _) => {
                return Err(refuse(format!(
                    "{name} is not supported: Loggia does not authenticate with client certificates; use a password"
                )));
            }
            _ => {
                let known = [&DRIVER_OPTIONS[..], &OWN_OPTIONS[..]].concat().join(", ");
                return Err(refuse(format!("the option `{name}` is not supported; supported ones are {known}")));
            }
        }
        Ok(())
    }

    /// The defaults and their exceptions are those of libpq.
    fn ssl(&self, config: &Config) -> Result<SslOptions, DbError> {
        let system = self.roots == Some(RootCertificates::System);
        let mode = match self.mode {
            None if system => SslMode::VerifyFull,
            None => SslMode::Prefer,
            Some(mode) if system && mode < SslMode::VerifyFull => {
                return Err(refuse("sslrootcert=system needs sslmode=verify-full".into()));
            }
            // libpq ignores `sslmode` on Unix sockets.
            Some(_) if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) => SslMode::Disable,
            Some(mode) => mode,
        };
        let direct = config.get_ssl_negotiation() == SslNegotiation::Direct;
        if direct && mode < SslMode::Require {
            return Err(refuse("sslnegotiation=direct needs sslmode=require, verify-ca or verify-full".into()));
        }
        Ok(SslOptions { mode, roots: self.roots.clone(), direct })
    }
}

fn check_hosts(config: &Config) -> Result<(), DbError> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(refuse("it names no host; write it as in postgres://user:password@host:5432/database".into()));
    }
    // An `@` that was not encoded ends the password too early; the rest of it must not be shown as a host.
    let holds_at = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
    if config.get_hosts().iter().any(holds_at) {
        return Err(refuse("there is more than one `@`; write %40 for each @ inside of user and password".into()));
    }
    Ok(())
}

fn refuse(reason: String) -> DbError {
    DbError::Open(format!("the database URL can't be used: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        PostgresUrl::parse(text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn ssl(query: &str) -> (SslMode, Option<RootCertificates>) {
        let url = PostgresUrl::parse(&format!("postgres://u:p@h/x?{query}")).unwrap();
        (url.ssl.mode, url.ssl.roots)
    }

    #[test]
    fn sslmode_means_what_it_means_to_libpq() {
        let file = Some(RootCertificates::File("/etc/my ca.pem".into()));
        assert_eq!(ssl(""), (SslMode::Prefer, None));
        assert_eq!(ssl("sslmode=disable"), (SslMode::Disable, None));
        assert_eq!(ssl("sslmode=require&application_name=x"), (SslMode::Require, None));
        assert_eq!(ssl("sslmode=verify-ca&sslrootcert=/etc/my%20ca.pem"), (SslMode::VerifyCa, file));
        assert_eq!(ssl("sslrootcert=system"), (SslMode::VerifyFull, Some(RootCertificates::System)));
        let socket = PostgresUrl::parse("postgres://u@%2Fvar%2Frun/x?sslmode=verify-full").unwrap();
        assert_eq!(socket.ssl.mode, SslMode::Disable);
        let bouncer = PostgresUrl::parse("postgres://h/x?pgbouncer=true&options=-csearch_path%3Da").unwrap();
        assert_eq!((bouncer.pgbouncer, bouncer.config.get_options()), (true, Some("-csearch_path=a")));
    }

    #[test]
    fn what_is_refused_says_what_to_write() {
        for (text, expected) in [
            ("postgres://h/x?sslmode=allow", "verify-full"),
            ("postgres://h/x?sslmode=", "sslmode is ``"),
            ("postgres://h/x?sslrootcert=", "sslrootcert is empty"),
            ("postgres://h/x?sslmode=require&sslrootcert=system", "needs sslmode=verify-full"),
            ("postgres://h/x?sslcert=a.pem", "client certificates"),
            ("postgres://h/x?sslmoed=require", "`sslmoed`"),
            ("postgres://h/x?schema=auth", "supported ones are"),
            ("postgres://h/x?sslmode", "has no value"),
            ("postgres://h/x?pgbouncer=yes", "true or false"),
            ("postgres://h/x?sslnegotiation=direct", "needs sslmode"),
            ("postgres://h/x?channel_binding=maybe", "channel_binding"),
            ("postgres://h:port/x", "%40 for @"),
            ("postgres:///x", "names no host"),
            ("postgres://u:hunter@2@h/x", "%40 for each @"),
        ] {
            let error = error(text);
            assert!(error.contains(expected) && !error.contains("hunter"), "{text}: {error}");
        }
    }
}
