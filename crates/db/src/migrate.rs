//! Schema migrations: forward only, checksummed, each in its own transaction, safe to kill at any point.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::Timestamp;

use crate::transaction::Tx;
use crate::{DbError, DbUrl, Options, Sql, params, sql};

/// One step: the file `migrations/{version}_{name}.sql`, and what only one of the engines gets.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub version: i64,
    pub name: &'static str,
    pub text: &'static str,
    /// Runs after `text` on SQLite.
    pub sqlite: &'static str,
    /// Runs after `text` on PostgreSQL.
    pub postgres: &'static str,
}

impl Migration {
    /// A step that is the same on both engines.
    pub const fn new(version: i64, name: &'static str, text: &'static str) -> Self {
        Self { version, name, text, sqlite: "", postgres: "" }
    }

    fn checksum(&self) -> String {
        kernel::id::token_digest(&[self.text, self.sqlite, self.postgres].concat())
    }
}

/// What a run did, or with `dry_run` would do.
#[derive(Debug, Default)]
pub struct Report {
    /// The steps, as `0001_initial`.
    pub steps: Vec<String>,
    /// The copy of the embedded database taken before the first step.
    pub snapshot: Option<PathBuf>,
}

/// How long PostgreSQL may take for a step, or for the step of another process that goes first.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(600);

const CREATE: &str = "create table if not exists schema_migrations \
    (version bigint primary key, name text not null, checksum text not null, applied_at bigint not null)";

/// Brings the schema up to the last of `migrations`. Several processes may call this at once; one does the work.
///
/// # Errors
/// [`DbError::NewerSchema`], a changed migration file, or a failure of the database; completed steps stand.
pub fn run(
    url: &DbUrl,
    options: &Options,
    migrations: &[Migration],
    (now, dry_run): (Timestamp, bool),
) -> Result<Report, DbError> {
    match url {
        DbUrl::Sqlite(path) if dry_run && !path.exists() => {
            Ok(Report { steps: migrations.iter().map(label).collect(), snapshot: None })
        }
        DbUrl::Sqlite(path) => sqlite(path, migrations, (now, dry_run)),
        DbUrl::Postgres(address) => {
            let statement_timeout = options.statement_timeout.map(|limit| limit.max(STATEMENT_TIMEOUT));
            let server = crate::session::Server::new(address, &Options { statement_timeout, ..options.clone() })?;
            crate::postgres::on_plain_thread(|| postgres(&server, migrations, (now, dry_run)))
        }
    }
}

fn label(migration: &Migration) -> String {
    format!("{:04}_{}", migration.version, migration.name)
}

fn sqlite(path: &Path, migrations: &[Migration], (now, dry_run): (Timestamp, bool)) -> Result<Report, DbError> {
    let connection = crate::sqlite::connect(path, true)?;
    let tx = Tx::sqlite(&connection);
    let mut report = Report::default();
    let mut snapshot: Option<Snapshot> = None;
    loop {
        connection.execute_batch("begin immediate").map_err(open_error)?;
        let step = connection.execute_batch(CREATE).map_err(open_error).and_then(|()| pending(&tx, migrations));
        let step = match step {
            Ok(step) if dry_run => {
                connection.execute_batch("rollback")?;
                report.steps = step.iter().map(label).collect();
                return Ok(report);
            }
            other => other,
        };
        let Some(next) = step.inspect_err(|_| drop(connection.execute_batch("rollback")))?.first().copied() else {
            connection.execute_batch("commit")?;
            return Ok(report);
        };
        if report.snapshot.is_none() && report.steps.is_empty() && next.version > 1 {
            // SQLite copies outside of transactions only: meanwhile another process may have done the step.
            match snapshot.take().filter(|made| made.version == next.version) {
                Some(made) => {
                    let kept = made.keep().inspect_err(|_| drop(connection.execute_batch("rollback")));
                    report.snapshot = Some(kept?);
                }
                None => {
                    connection.execute_batch("rollback")?;
                    snapshot = Some(Snapshot::make(&connection, path, next.version)?);
                    continue;
                }
            }
        }
        let texts = connection.execute_batch(next.text).and_then(|()| connection.execute_batch(next.sqlite));
        let done = texts.map_err(DbError::from).and_then(|()| record(&tx, &next, now));
        done.inspect_err(|_| drop(connection.execute_batch("rollback"))).map_err(|error| step_error(&next, &error))?;
        connection.execute_batch("commit")?;
        report.steps.push(label(&next));
    }
}

/// A consistent copy of the database, beside it. It gets its final name once the step that it was made for is sure to be next,
/// and is deleted otherwise.
struct Snapshot {
    version: i64,
    unfinished: PathBuf,
    target: PathBuf,
}

impl Snapshot {
    fn make(connection: &rusqlite::Connection, path: &Path, version: i64) -> Result<Self, DbError> {
        let target = path.with_extension(format!("before-{version:04}.db"));
        crate::private_files::restrict(&target)?;
        // Processes that start at the same time write to different files.
        let own = kernel::id::short_entity_id(&kernel::Rng::system());
        let unfinished = path.with_extension(format!("before-{version:04}.{own}.tmp"));
        let made = Self { version, unfinished, target };
        // SQLite accepts an existing file if it is empty; one that it creates itself could be read by others.
        crate::private_files::create(&made.unfinished).map_err(|e| made.error(&e))?;
        connection.execute("vacuum into ?1", [made.unfinished.to_string_lossy()]).map_err(|e| made.error(&e))?;
        Ok(made)
    }

    /// Replaces the copy that an earlier try at the step left: people may have changed data since.
    fn keep(self) -> Result<PathBuf, DbError> {
        std::fs::rename(&self.unfinished, &self.target).map_err(|e| self.error(&e))?;
        Ok(self.target.clone())
    }

    fn error(&self, cause: &dyn std::error::Error) -> DbError {
        DbError::Open(format!(
            "the snapshot {} before the migration failed ({cause}); make room for it",
            self.target.display()
        ))
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // Nothing is there once it was kept.
        drop(std::fs::remove_file(&self.unfinished));
    }
}

fn postgres(
    server: &crate::session::Server,
    migrations: &[Migration],
    (now, dry_run): (Timestamp, bool),
) -> Result<Report, DbError> {
    let session = RefCell::new(server.connect()?);
    let batch = |text: &str| session.borrow_mut().batch(text);
    let tx = Tx::postgres(&session);
    DbError::require_utf8(
        &tx.query_one::<String>(&Sql::dynamic("select current_setting('server_encoding')".into()), &[])?,
    )?;
    let mut report = Report::default();
    loop {
        // The lock is held to the end of the transaction: concurrent starters wait, then find nothing to do.
        batch("begin; select pg_advisory_xact_lock(7021990153)")?;
        batch(CREATE).map_err(open_error)?;
        let steps = pending(&tx, migrations)?;
        if dry_run {
            batch("rollback")?;
            report.steps = steps.iter().map(label).collect();
            return Ok(report);
        }
        let Some(next) = steps.first() else {
            batch("commit")?;
            return Ok(report);
        };
        batch(next.text).and_then(|()| batch(next.postgres)).map_err(|error| step_error(next, &error))?;
        record(&tx, next, now)?;
        batch("commit")?;
        report.steps.push(label(next));
    }
}

fn open_error(error: impl Into<DbError>) -> DbError {
    match error.into() {
        DbError::Unavailable(cause) => DbError::Open(format!(
            "the database can't be written ({cause}); give its account the right to write, or change DB_URL"
        )),
        DbError::Busy => DbError::Open("the database is locked by another program; stop it and try again".into()),
        other => DbError::Open(format!(
            "the database can't be prepared ({other}); check that DB_URL names the right database"
        )),
    }
}

fn step_error(step: &Migration, error: &DbError) -> DbError {
    DbError::Open(format!("migration {} failed and was undone: {error}", label(step)))
}

/// The steps still to do, after checking that those done are the ones this program knows.
fn pending(tx: &Tx<'_>, migrations: &[Migration]) -> Result<Vec<Migration>, DbError> {
    let select = sql!("select version, checksum from schema_migrations order by version");
    let applied: Vec<(i64, String)> = tx.query_all(select, &[])?;
    let known = migrations.last().map_or(0, |m| m.version);
    if let Some((found, _)) = applied.last()
        && *found > known
    {
        return Err(DbError::NewerSchema { found: *found, known });
    }
    for (version, checksum) in &applied {
        if let Some(migration) = migrations.iter().find(|m| m.version == *version)
            && migration.checksum() != *checksum
        {
            return Err(DbError::Open(format!(
                "migration {} was applied in another form; use the release of Loggia that made this database",
                label(migration)
            )));
        }
    }
    let last = applied.last().map_or(0, |(version, _)| *version);
    Ok(migrations.iter().filter(|m| m.version > last).copied().collect())
}

fn record(tx: &Tx<'_>, step: &Migration, now: Timestamp) -> Result<(), DbError> {
    tx.exec_one(
        sql!("insert into schema_migrations (version, name, checksum, applied_at) values ($1, $2, $3, $4)"),
        params![step.version, step.name, step.checksum(), now],
    )
}
