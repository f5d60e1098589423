//! SQLite: one writer ([`Writer`]) and several readers over the write-ahead log.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use crate::queue::Queue;
use crate::scan::ScanTimer;
use crate::transaction::{QueuedUnit, Tx};
use crate::writer::Writer;
use crate::{DbError, Options, Value, spawn};

pub(crate) fn start(
    path: &Path,
    options: &Options,
    reads: &Arc<Queue<QueuedUnit>>,
    writes: &Arc<Queue<QueuedUnit>>,
) -> Result<Vec<Arc<ScanTimer>>, DbError> {
    let writer = Writer::new(connect(path, options.durable)?, options.durable)?;
    let queue = Arc::clone(writes);
    spawn("db-writer", move || writer.run(&queue))?;
    let mut timers = Vec::new();
    for n in 0..options.readers.max(1) {
        let reader = reader(path, options.durable)?;
        let (queue, timer) = (Arc::clone(reads), Arc::new(ScanTimer::new(&reader)));
        timers.push(Arc::clone(&timer));
        spawn(&format!("db-reader-{n}"), move || read_loop(&reader, &timer, &queue))?;
    }
    Ok(timers)
}

/// Opens the file, and creates it if it does not exist. Its directory must exist. Only its owner can access it afterwards.
pub(crate) fn connect(path: &Path, durable: bool) -> Result<Connection, DbError> {
    let fail = |error: rusqlite::Error| {
        DbError::Open(format!(
            "the database file {} can't be used ({error}); check that its directory exists and may be written",
            path.display()
        ))
    };
    let resolved = crate::private_files::prepare(path)?;
    // No `SQLITE_OPEN_URI`: a path is only a path.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(resolved, flags).map_err(fail)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(fail)?;
    DbError::require_utf8(
        &connection.pragma_query_value(None, "encoding", |row| row.get::<_, String>(0)).map_err(fail)?,
    )?;
    connection.pragma_update(None, "journal_mode", "wal").map_err(fail)?;
    connection.pragma_update(None, "synchronous", if durable { "full" } else { "off" }).map_err(fail)?;
    // Pages that change often are then copied to the database only once: with 1,000 pages, the default, refreshes spend 8 % of
    // their time on checkpoints. After a crash 16 MB are read again in some 10 ms.
    connection.pragma_update(None, "wal_autocheckpoint", 4_000).map_err(fail)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(fail)?;
    connection.pragma_update(None, "temp_store", "memory").map_err(fail)?;
    connection.pragma_update(None, "cache_size", -4096).map_err(fail)?;
    // `like` must mean the same as on PostgreSQL.
    connection.pragma_update(None, "case_sensitive_like", true).map_err(fail)?;
    // A plan belongs to its statement. Otherwise SQLite compiles it again whenever bound values could change the plan, such
    // as for each page of a list and each lookup of a token.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fail)?;
    crate::sqlite_functions::register(&connection).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// As [`connect`], but read-only.
pub(crate) fn reader(path: &Path, durable: bool) -> Result<Connection, DbError> {
    let connection = connect(path, durable)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn read_loop(connection: &Connection, timer: &ScanTimer, queue: &Queue<QueuedUnit>) {
    while let Some(taken) = queue.take() {
        if taken.expired {
            taken.item.refuse(DbError::Busy);
            continue;
        }
        let outcome = timer.limit(taken.item.kind.limit(), || taken.item.run(Ok(&Tx::sqlite(connection))));
        if let Some(outcome) = outcome {
            (outcome.finish)(Ok(()));
        }
    }
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

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_is_compiled_once_whatever_is_bound_to_it() {
        let path = std::env::temp_dir().join(format!("loggia-plan-{}.db", std::process::id()));
        let connection = connect(&path, false).unwrap();
        connection.execute_batch("create table a (id text primary key, at integer)").unwrap();
        for n in 0..20 {
            // From the cache, as every unit does; it clears the bound values when the statement is returned.
            let mut statement = connection.prepare_cached("select id from a order by id limit ?1 offset ?2").unwrap();
            assert!(!statement.exists(rusqlite::params![n, n]).unwrap());
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "after {n} uses");
        }
        drop(connection);
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
    }
}
