//! The thread that writes to SQLite: units that wait at the same time share one commit and one fsync.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use rusqlite::Connection;

use crate::DbError;
use crate::queue::Queue;
use crate::transaction::{QueuedUnit, Responder, Tx, UnitOutcome};

/// Maximum number of units that share one commit; bounds how long the first one waits.
const MAX_GROUP_SIZE: usize = 256;

/// The one connection that changes the database.
pub(crate) struct Writer {
    connection: Connection,
    wal: Option<WalFile>,
}

/// The units that are committed together.
#[derive(Default)]
struct CommitGroup {
    waiting: Vec<Responder>,
    /// Whether one of them must be on the disk before its caller is answered.
    needs_fsync: bool,
}

impl CommitGroup {
    fn add(&mut self, outcome: UnitOutcome) {
        self.needs_fsync |= outcome.commit && !outcome.relaxed;
        self.waiting.push(outcome.finish);
    }
}

impl Writer {
    /// A writer that uses this connection. If `durable`, the connection itself does not sync at each commit, because the
    /// writer does that for the groups that need it: with `synchronous = normal` SQLite only omits "an additional sync
    /// operation of the WAL file after each transaction commit" (its documentation of the pragma).
    pub(crate) fn new(connection: Connection, durable: bool) -> Result<Self, DbError> {
        let mut wal = None;
        if durable {
            connection.pragma_update(None, "synchronous", "normal")?;
            let path = connection.path().ok_or_else(|| DbError::Open("the database has no file".into()))?;
            wal = Some(WalFile { path: format!("{path}-wal").into(), file: None, sync_failed: false });
        }
        Ok(Self { connection, wal })
    }

    /// Runs until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: &Queue<QueuedUnit>) {
        while let Some(taken) = queue.take() {
            match taken.expired {
                true => taken.item.refuse(DbError::Busy),
                false => self.commit_group(taken.item, queue),
            }
        }
    }

    fn commit_group(&mut self, first: QueuedUnit, queue: &Queue<QueuedUnit>) {
        let usable = self.wal.as_ref().map_or(Ok(()), WalFile::check);
        if let Err(error) = usable.and_then(|()| self.execute("begin immediate")) {
            first.refuse(error);
            return;
        }
        let Some(first) = self.run_first(first) else { return };
        let mut group = CommitGroup::default();
        group.add(first);
        let mut intact = Ok(());
        while intact.is_ok()
            && group.waiting.len() < MAX_GROUP_SIZE
            && let Some(taken) = queue.try_take()
        {
            if taken.expired {
                taken.item.refuse(DbError::Busy);
                continue;
            }
            let (outcome, undone) = self.run_in_savepoint(taken.item);
            outcome.into_iter().for_each(|outcome| group.add(outcome));
            intact = undone;
        }
        let ended = intact.and_then(|()| self.execute("commit")).inspect_err(|error| {
            tracing::error!(%error, "a commit failed; all its units are undone");
            self.undo();
        });
        let ended = ended.and_then(|()| match &mut self.wal {
            Some(wal) if group.needs_fsync => wal.sync(),
            _ => Ok(()),
        });
        for finish in group.waiting {
            finish(ended.clone());
        }
    }

    /// Runs the first unit of a group. It needs no savepoint: rolling back the transaction undoes nothing else. Returns `None`
    /// when it was undone.
    fn run_first(&self, unit: QueuedUnit) -> Option<UnitOutcome> {
        let outcome = unit.run(Ok(&Tx::sqlite(&self.connection)));
        let over = self.connection.is_autocommit();
        match outcome {
            Some(outcome) if outcome.commit && over => (outcome.finish)(Err(rolled_back())),
            Some(outcome) if outcome.commit => return Some(outcome),
            undone => {
                self.undo();
                undone.into_iter().for_each(|outcome| (outcome.finish)(Ok(())));
            }
        }
        None
    }

    /// Runs a further unit so that its failure undoes only that unit. The second value is an `Err` when the transaction of
    /// the whole group can't be used any more: after a full disk or a failed write SQLite may roll it back entirely, and a
    /// unit that could not be undone must not be committed with the others.
    fn run_in_savepoint(&self, unit: QueuedUnit) -> (Option<UnitOutcome>, Result<(), DbError>) {
        if let Err(error) = self.execute("savepoint unit") {
            unit.refuse(error.clone());
            return (None, Err(error));
        }
        let outcome = unit.run(Ok(&Tx::sqlite(&self.connection)));
        let commit = outcome.as_ref().is_some_and(|outcome| outcome.commit);
        let ended = match self.connection.is_autocommit() {
            true => Err(rolled_back()),
            false if commit => self.execute("release unit"),
            false => self.execute("rollback to unit").and_then(|()| self.execute("release unit")),
        };
        (outcome, ended)
    }

    fn undo(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.execute("rollback")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn execute(&self, text: &str) -> Result<(), DbError> {
        self.connection.prepare_cached(text)?.execute([])?;
        Ok(())
    }
}

fn rolled_back() -> DbError {
    DbError::Unavailable("the transaction was rolled back by the database".into())
}

/// The write-ahead log, which must be on the disk before the caller of a durable unit is answered.
struct WalFile {
    path: PathBuf,
    file: Option<File>,
    /// An fsync failed once. What was lost can't be known, and a later fsync would not report it again.
    sync_failed: bool,
}

impl WalFile {
    fn check(&self) -> Result<(), DbError> {
        match self.sync_failed {
            false => Ok(()),
            true => Err(DbError::Unavailable("the disk lost what was written; check it, then restart".into())),
        }
    }

    fn sync(&mut self) -> Result<(), DbError> {
        let file = match self.file.take() {
            Some(file) => Ok(file),
            // The file exists from the first commit until the last connection is closed.
            None => OpenOptions::new().write(true).open(&self.path),
        };
        let synced = file.and_then(|file| file.sync_data().map(|()| file));
        self.sync_failed = synced.is_err();
        match synced {
            Ok(file) => {
                self.file = Some(file);
                Ok(())
            }
            Err(error) => {
                let path = self.path.display();
                tracing::error!(%error, %path, "the disk did not take what was written; nothing more is written");
                Err(DbError::Unavailable(format!("the disk did not take what was written: {error}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::Sql;

    type Replies = Vec<Result<(), DbError>>;

    /// Runs units as one group; each executes a statement and may be relaxed. Returns their results, in order.
    fn run_group(writer: &mut Writer, units: &[(&str, bool)]) -> Replies {
        let queue = Queue::new(8, Duration::from_secs(5));
        let (sender, results) = channel();
        for &(statement, relaxed) in units {
            let (sender, statement) = (sender.clone(), Sql::dynamic(statement.to_owned()));
            let run = move |ready: Result<&Tx<'_>, DbError>| {
                let done = ready.and_then(|tx| tx.exec(&statement, &[])).map(drop);
                let commit = done.is_ok();
                UnitOutcome { commit, relaxed, finish: Box::new(move |ended| sender.send(done.and(ended)).unwrap()) }
            };
            assert!(queue.push(QueuedUnit { kind: crate::transaction::UnitKind::Write, run: Box::new(run) }).is_ok());
        }
        writer.commit_group(queue.take().unwrap().item, &queue);
        results.try_iter().collect()
    }

    fn with_writer(name: &str, test: impl FnOnce(&mut Writer)) {
        let path = std::env::temp_dir().join(format!("loggia-{name}-{}.db", std::process::id()));
        let mut writer = Writer::new(crate::sqlite::connect(&path, true).unwrap(), true).unwrap();
        assert_eq!(run_group(&mut writer, &[("create table a (id text primary key)", true)]), [Ok(())]);
        test(&mut writer);
        drop(writer);
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
    }

    fn count(writer: &Writer) -> i64 {
        writer.connection.query_row("select count(*) from a", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn only_a_group_with_a_durable_unit_waits_for_the_disk() {
        with_writer("waits", |writer| {
            let waited = |writer: &Writer| writer.wal.as_ref().is_some_and(|wal| wal.file.is_some());
            let both = [("insert into a values ('1')", true), ("insert into a values ('2')", true)];
            assert_eq!(run_group(writer, &both), [Ok(()), Ok(())]);
            assert!(!waited(writer), "nobody asked for it");
            // A durable unit that failed has nothing to wait for.
            let failed =
                run_group(writer, &[("insert into a values ('3')", true), ("insert into a values ('1')", false)]);
            assert!(matches!(failed[..], [Ok(()), Err(DbError::Unique(_))]), "{failed:?}");
            assert!(!waited(writer));
            let mixed = [("insert into a values ('4')", true), ("insert into a values ('5')", false)];
            assert_eq!(run_group(writer, &mixed), [Ok(()), Ok(())]);
            assert!(waited(writer));
            assert_eq!(count(writer), 5);
        });
    }

    #[test]
    fn a_first_unit_that_fails_is_undone_and_the_next_group_works() {
        with_writer("first", |writer| {
            let results = run_group(writer, &[("insert into a values ('1') returning nothing", false)]);
            assert!(matches!(results[..], [Err(DbError::Sql(_))]), "{results:?}");
            assert!(writer.connection.is_autocommit(), "no transaction stays open");
            assert_eq!(run_group(writer, &[("insert into a values ('1')", false)]), [Ok(())]);
            // What rolls the whole transaction back behind our back is an error, not a success.
            let results = run_group(writer, &[("rollback", false)]);
            assert!(matches!(results[..], [Err(DbError::Unavailable(_))]), "{results:?}");
            assert_eq!(count(writer), 1);
        });
    }

    #[test]
    fn nothing_is_written_after_the_disk_lost_something() {
        with_writer("lost", |writer| {
            let wal = writer.wal.as_mut().unwrap();
            let path = std::mem::replace(&mut wal.path, "/nowhere/at-all".into());
            let results = run_group(writer, &[("insert into a values ('1')", false)]);
            assert!(matches!(results[..], [Err(DbError::Unavailable(_))]), "{results:?}");
            writer.wal.as_mut().unwrap().path = path;
            let results = run_group(writer, &[("insert into a values ('2')", true)]);
            assert!(matches!(results[..], [Err(DbError::Unavailable(_))]), "{results:?}");
            assert_eq!(count(writer), 1);
        });
    }
}
