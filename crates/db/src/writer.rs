//! The thread that writes to SQLite: units that wait together share one commit and one wait for the disk.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use rusqlite::Connection;

use crate::DbError;
use crate::queue::Queue;
use crate::unit::{Finish, Job, Outcome, Tx};

/// Units that share one commit at most: bounds how long the first one waits.
const GROUP: usize = 256;

/// The one connection that changes the database.
pub(crate) struct Writer {
    connection: Connection,
    log: Option<Log>,
}

/// Units that are committed together.
#[derive(Default)]
struct Group {
    waiting: Vec<Finish>,
    /// Whether one of them must be on the disk before it is answered.
    lasting: bool,
}

impl Group {
    fn add(&mut self, outcome: Outcome) {
        self.lasting |= outcome.keep && !outcome.relaxed;
        self.waiting.push(outcome.finish);
    }
}

impl Writer {
    /// A writer over this connection. If `durable`, the connection is told not to wait for the disk at each commit, because
    /// the writer does that itself, for the groups that need it: with `synchronous = normal` SQLite leaves out nothing but
    /// "an additional sync operation of the WAL file after each transaction commit" (its documentation of the pragma).
    pub(crate) fn new(connection: Connection, durable: bool) -> Result<Self, DbError> {
        let mut log = None;
        if durable {
            connection.pragma_update(None, "synchronous", "normal")?;
            let path = connection.path().ok_or_else(|| DbError::Open("the database has no file".into()))?;
            log = Some(Log { path: format!("{path}-wal").into(), file: None, lost: false });
        }
        Ok(Self { connection, log })
    }

    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: &Queue<Job>) {
        while let Some(taken) = queue.take() {
            match taken.late {
                true => taken.item.refuse(DbError::Busy),
                false => self.group(taken.item, queue),
            }
        }
    }

    fn group(&mut self, first: Job, queue: &Queue<Job>) {
        let usable = self.log.as_ref().map_or(Ok(()), Log::check);
        if let Err(error) = usable.and_then(|()| self.execute("begin immediate")) {
            first.refuse(error);
            return;
        }
        let Some(first) = self.first(first) else { return };
        let mut group = Group::default();
        group.add(first);
        let mut intact = Ok(());
        while intact.is_ok()
            && group.waiting.len() < GROUP
            && let Some(taken) = queue.try_take()
        {
            if taken.late {
                taken.item.refuse(DbError::Busy);
                continue;
            }
            let (outcome, undone) = self.in_savepoint(taken.item);
            outcome.into_iter().for_each(|outcome| group.add(outcome));
            intact = undone;
        }
        let ended = intact.and_then(|()| self.execute("commit")).inspect_err(|error| {
            tracing::error!(%error, "a commit failed; its units are undone");
            self.undo();
        });
        let ended = ended.and_then(|()| match &mut self.log {
            Some(log) if group.lasting => log.wait_for_disk(),
            _ => Ok(()),
        });
        for finish in group.waiting {
            finish(ended.clone());
        }
    }

    /// Runs the first unit of a group. It needs no savepoint: to undo it is to undo all there is. None when it was undone.
    fn first(&self, job: Job) -> Option<Outcome> {
        let outcome = job.run(Ok(&Tx::sqlite(&self.connection)));
        let over = self.connection.is_autocommit();
        match outcome {
            Some(outcome) if outcome.keep && over => (outcome.finish)(Err(rolled_back())),
            Some(outcome) if outcome.keep => return Some(outcome),
            undone => {
                self.undo();
                undone.into_iter().for_each(|outcome| (outcome.finish)(Ok(())));
            }
        }
        None
    }

    /// Runs a further unit so that its failure undoes it alone. An `Err` beside it means that the transaction of the whole
    /// group is over or spoilt: after a full disk or a failed write SQLite may roll all of it back, and a unit that could
    /// not be undone must not be committed with the others.
    fn in_savepoint(&self, job: Job) -> (Option<Outcome>, Result<(), DbError>) {
        if let Err(error) = self.execute("savepoint unit") {
            job.refuse(error.clone());
            return (None, Err(error));
        }
        let outcome = job.run(Ok(&Tx::sqlite(&self.connection)));
        let keep = outcome.as_ref().is_some_and(|outcome| outcome.keep);
        let ended = match self.connection.is_autocommit() {
            true => Err(rolled_back()),
            false if keep => self.execute("release unit"),
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

/// The write-ahead log, which must be on the disk before a lasting unit is answered.
struct Log {
    path: PathBuf,
    file: Option<File>,
    /// The disk refused once. What it forgot can't be known, and it would not say so again.
    lost: bool,
}

impl Log {
    fn check(&self) -> Result<(), DbError> {
        match self.lost {
            false => Ok(()),
            true => Err(DbError::Unavailable("the disk lost what was written; check it, then restart".into())),
        }
    }

    fn wait_for_disk(&mut self) -> Result<(), DbError> {
        let file = match self.file.take() {
            Some(file) => Ok(file),
            // It is there from the first commit until the last connection is closed.
            None => OpenOptions::new().write(true).open(&self.path),
        };
        let synced = file.and_then(|file| file.sync_data().map(|()| file));
        self.lost = synced.is_err();
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

    type Told = Vec<Result<(), DbError>>;

    /// Runs units as one group; each executes a statement and may be relaxed. Returns what they were told, in order.
    fn group(writer: &mut Writer, units: &[(&str, bool)]) -> Told {
        let queue = Queue::new(8, Duration::from_secs(5));
        let (tell, told) = channel();
        for &(statement, relaxed) in units {
            let (tell, statement) = (tell.clone(), Sql::dynamic(statement.to_owned()));
            let run = move |ready: Result<&Tx<'_>, DbError>| {
                let done = ready.and_then(|tx| tx.exec(&statement, &[])).map(drop);
                let keep = done.is_ok();
                Outcome { keep, relaxed, finish: Box::new(move |ended| tell.send(done.and(ended)).unwrap()) }
            };
            assert!(queue.push(Job { write: true, run: Box::new(run) }).is_ok());
        }
        writer.group(queue.take().unwrap().item, &queue);
        told.try_iter().collect()
    }

    fn with_writer(name: &str, test: impl FnOnce(&mut Writer)) {
        let path = std::env::temp_dir().join(format!("loggia-{name}-{}.db", std::process::id()));
        let mut writer = Writer::new(crate::sqlite::connect(&path, true).unwrap(), true).unwrap();
        assert_eq!(group(&mut writer, &[("create table a (id text primary key)", true)]), [Ok(())]);
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
    fn only_a_group_with_a_lasting_unit_waits_for_the_disk() {
        with_writer("waits", |writer| {
            let waited = |writer: &Writer| writer.log.as_ref().is_some_and(|log| log.file.is_some());
            let both = [("insert into a values ('1')", true), ("insert into a values ('2')", true)];
            assert_eq!(group(writer, &both), [Ok(()), Ok(())]);
            assert!(!waited(writer), "nobody asked for it");
            // A lasting unit that failed has nothing to wait for.
            let failed = group(writer, &[("insert into a values ('3')", true), ("insert into a values ('1')", false)]);
            assert!(matches!(failed[..], [Ok(()), Err(DbError::Unique(_))]), "{failed:?}");
            assert!(!waited(writer));
            let mixed = [("insert into a values ('4')", true), ("insert into a values ('5')", false)];
            assert_eq!(group(writer, &mixed), [Ok(()), Ok(())]);
            assert!(waited(writer));
            assert_eq!(count(writer), 5);
        });
    }

    #[test]
    fn a_first_unit_that_fails_is_undone_and_the_next_group_works() {
        with_writer("first", |writer| {
            let told = group(writer, &[("insert into a values ('1') returning nothing", false)]);
            assert!(matches!(told[..], [Err(DbError::Sql(_))]), "{told:?}");
            assert!(writer.connection.is_autocommit(), "no transaction stays open");
            assert_eq!(group(writer, &[("insert into a values ('1')", false)]), [Ok(())]);
            // What rolls the whole transaction back behind our back is an error, not a success.
            let told = group(writer, &[("rollback", false)]);
            assert!(matches!(told[..], [Err(DbError::Unavailable(_))]), "{told:?}");
            assert_eq!(count(writer), 1);
        });
    }

    #[test]
    fn nothing_is_written_after_the_disk_lost_something() {
        with_writer("lost", |writer| {
            let log = writer.log.as_mut().unwrap();
            let path = std::mem::replace(&mut log.path, "/nowhere/at-all".into());
            let told = group(writer, &[("insert into a values ('1')", false)]);
            assert!(matches!(told[..], [Err(DbError::Unavailable(_))]), "{told:?}");
            writer.log.as_mut().unwrap().path = path;
            let told = group(writer, &[("insert into a values ('2')", true)]);
            assert!(matches!(told[..], [Err(DbError::Unavailable(_))]), "{told:?}");
            assert_eq!(count(writer), 1);
        });
    }
}
