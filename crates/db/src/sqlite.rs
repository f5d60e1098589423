//! SQLite: one writer thread with group commit, several readers over the write-ahead log.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::queue::Queue;
use crate::unit::{Finish, Job, Tx};
use crate::{DbError, Options, Value};

/// Units that share one commit at most: bounds how long the first one waits.
const GROUP: usize = 256;

pub(crate) fn start(
    path: &Path,
    options: &Options,
    reads: &Arc<Queue<Job>>,
    writes: &Arc<Queue<Job>>,
) -> Result<(), DbError> {
    let writer = connect(path, options.durable)?;
    let queue = Arc::clone(writes);
    spawn("db-writer", move || write_loop(&writer, &queue))?;
    for n in 0..options.readers.max(1) {
        let reader = reader(path, options.durable)?;
        let queue = Arc::clone(reads);
        spawn(&format!("db-reader-{n}"), move || read_loop(&reader, &queue))?;
    }
    Ok(())
}

/// Opens the file, creating it if its directory exists.
pub(crate) fn connect(path: &Path, durable: bool) -> Result<Connection, DbError> {
    let fail = |error: rusqlite::Error| {
        DbError::Open(format!(
            "the database file {} can't be used ({error}); check that its directory exists and may be written",
            path.display()
        ))
    };
    let connection = Connection::open(path).map_err(fail)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(fail)?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(fail)?;
    connection.pragma_update(None, "synchronous", if durable { "full" } else { "off" }).map_err(fail)?;
    // Pages that are written again soon are moved to the database once: at 1,000 pages, the default, refreshes spend 8 % of
    // their time on moving. After a crash 16 MB are read again in some 10 ms.
    connection.pragma_update(None, "wal_autocheckpoint", 4_000).map_err(fail)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(fail)?;
    connection.pragma_update(None, "temp_store", "memory").map_err(fail)?;
    connection.pragma_update(None, "cache_size", -4096).map_err(fail)?;
    // `like` must mean the same as on PostgreSQL.
    connection.pragma_update(None, "case_sensitive_like", true).map_err(fail)?;
    // A plan belongs to its statement: else SQLite compiles statements anew whenever the values bound to them change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fail)?;
    crate::functions::add(&connection).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// As [`connect`], for reading only.
pub(crate) fn reader(path: &Path, durable: bool) -> Result<Connection, DbError> {
    let connection = connect(path, durable)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|error| DbError::Open(format!("no thread for the database could be started: {error}")))
}

fn read_loop(connection: &Connection, queue: &Queue<Job>) {
    while let Some(taken) = queue.take() {
        if taken.late {
            taken.item.refuse(DbError::Busy);
        } else if let Some(outcome) = taken.item.run(Ok(&Tx::sqlite(connection))) {
            (outcome.finish)(Ok(()));
        }
    }
}

fn write_loop(connection: &Connection, queue: &Queue<Job>) {
    while let Some(first) = queue.take() {
        if first.late {
            first.item.refuse(DbError::Busy);
            continue;
        }
        if let Err(error) = connection.execute_batch("begin immediate") {
            first.item.refuse(error.into());
            continue;
        }
        let mut waiting: Vec<Finish> = Vec::new();
        let mut next = Some(first);
        while let Some(taken) = next {
            if taken.late {
                taken.item.refuse(DbError::Busy);
            } else if let Some(finish) = run_in_savepoint(connection, taken.item) {
                waiting.push(finish);
            }
            next = if waiting.len() < GROUP { queue.try_take() } else { None };
        }
        let committed = connection.execute_batch("commit").map_err(DbError::from);
        if let Err(error) = &committed {
            tracing::error!(%error, "a commit failed; its units are undone");
            if let Err(error) = connection.execute_batch("rollback") {
                tracing::debug!(%error, "nothing to roll back");
            }
        }
        for finish in waiting {
            finish(committed.clone());
        }
    }
}

/// Runs one unit so that its failure undoes it alone.
fn run_in_savepoint(connection: &Connection, job: Job) -> Option<Finish> {
    let execute = |text: &str| connection.prepare_cached(text).and_then(|mut s| s.execute([])).map(drop);
    if let Err(error) = execute("savepoint unit") {
        job.refuse(error.into());
        return None;
    }
    let outcome = job.run(Ok(&Tx::sqlite(connection)));
    if !outcome.as_ref().is_some_and(|o| o.keep)
        && let Err(error) = execute("rollback to unit")
    {
        tracing::error!(%error, "a failed unit could not be undone alone");
    }
    if let Err(error) = execute("release unit") {
        tracing::error!(%error, "a savepoint could not be released");
    }
    outcome.map(|o| o.finish)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bool(flag) => ValueRef::Integer(i64::from(*flag)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
