//! Storage: the same SQL text on SQLite and PostgreSQL; units of work are closures.
//!
//! A unit of work is a synchronous closure that runs on a database thread: one change of thread for the whole unit, and no
//! await inside it. Writes to SQLite are grouped: one durable commit completes all units that wait for it.

mod channel_binding;
mod error;
mod fault_injection;
mod inline_reads;
pub mod migrate;
mod pattern;
mod postgres;
mod postgres_url;
mod private_files;
mod queue;
mod row;
mod scan;
mod session;
mod sql;
mod sqlite;
mod sqlite_functions;
mod statement;
mod tls;
mod transaction;
mod url;
mod value;
mod writer;

pub use db_derive::FromRow;
pub use error::DbError;
pub use fault_injection::FaultInjector;
pub use pattern::is_pattern;
pub use postgres_url::PostgresUrl;
pub use row::{FromRow, Row};
pub use sql::{RegisteredSql, Sql, UNICODE, placeholders, registered_statements};
pub use transaction::{Engine, Read, Tx};
pub use url::DbUrl;
pub use value::{FromValue, Json, RawJson, Value};

#[doc(hidden)]
pub use inventory;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::inline_reads::InlineReaders;
use crate::queue::Queue;
use crate::scan::{ScanSlots, ScanTimer};
use crate::transaction::{QueuedUnit, Responder, UnitKind, UnitOutcome};

/// How often the queue is checked for units that have waited longer than their deadline.
const DEADLINE_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// How a [`Db`] uses its database.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of connections to PostgreSQL; each has its own thread.
    pub pool_size: usize,
    /// Number of read connections to SQLite; each has its own thread.
    pub readers: usize,
    /// Number of units of work that may wait; further ones fail with [`DbError::Busy`].
    pub queue_limit: usize,
    /// How long a unit of work may wait for its turn before it fails with [`DbError::Busy`].
    pub queue_deadline: Duration,
    /// Time limit for connecting to PostgreSQL.
    pub connect_timeout: Duration,
    /// Time limit for one statement on PostgreSQL; `None` means no limit.
    pub statement_timeout: Option<Duration>,
    /// Time limit for a unit of [`Db::read_scan`], and for its wait until it may run.
    pub scan_limit: Duration,
    /// Whether a commit waits for the disk. Only tests may turn this off.
    pub durable: bool,
    /// Makes statements fail on purpose. Only tests set it.
    pub fault_injector: Option<FaultInjector>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pool_size: 20,
            readers: 4,
            queue_limit: 4096,
            queue_deadline: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Some(Duration::from_secs(30)),
            scan_limit: Duration::from_secs(2),
            durable: true,
            fault_injector: None,
        }
    }
}

/// A handle to the database. Cheap to clone; when the last clone is dropped, the threads finish their queues and exit.
#[derive(Clone)]
pub struct Db(Arc<Threads>);

struct Threads {
    url: DbUrl,
    /// Only on SQLite.
    inline_reads: Option<InlineReaders>,
    reads: Arc<Queue<QueuedUnit>>,
    writes: Arc<Queue<QueuedUnit>>,
    scans: ScanSlots,
    scan_limit: Duration,
    fault_injector: Option<FaultInjector>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.reads.close();
        self.writes.close();
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({})", self.0.url)
    }
}

impl Db {
    /// Opens the database and starts its threads. The schema is not touched; see [`migrate::run`].
    ///
    /// # Errors
    /// [`DbError::Open`] when the database can't be opened or reached, with the cause in words.
    pub fn open(url: &DbUrl, options: &Options) -> Result<Self, DbError> {
        let reads = Queue::new(options.queue_limit, options.queue_deadline);
        let (inline_reads, writes, threads) = match url {
            DbUrl::Sqlite(path) => {
                let writes = Queue::new(options.queue_limit, options.queue_deadline);
                let timers = sqlite::start(path, options, &reads, &writes)?;
                watch(&reads, timers)?;
                (Some(InlineReaders::open(path, options)?), writes, options.readers)
            }
            DbUrl::Postgres(server) => {
                postgres::start(server, options, &reads)?;
                (None, Arc::clone(&reads), options.pool_size)
            }
        };
        watch(&writes, Vec::new())?;
        Ok(Self(Arc::new(Threads {
            url: url.clone(),
            inline_reads,
            reads,
            writes,
            scans: ScanSlots::new(threads, options.scan_limit),
            scan_limit: options.scan_limit,
            fault_injector: options.fault_injector.clone(),
        })))
    }

    /// Which database this is.
    pub fn url(&self) -> &DbUrl {
        &self.0.url
    }

    /// Runs a unit of work that reads few rows, each by an index. On SQLite it runs immediately on the calling thread: such
    /// a unit takes some microseconds, and changing to another thread and back takes longer. A unit that may read many rows
    /// must use [`Db::read`] (docs/adr/0006-lookups-on-the-callers-thread.md).
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_inline<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let work = match &self.0.inline_reads {
            None => work,
            Some(inline_reads) => match inline_reads.run(work, self.0.fault_injector.as_ref()) {
                Ok(done) => return done,
                Err(work) => work,
            },
        };
        self.read(work).await
    }

    /// Runs a unit of work that only reads.
    ///
    /// # Errors
    /// The errors of `work`, and [`DbError::Busy`] or [`DbError::Unavailable`] when it could not run.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.0.submit(&self.0.reads, UnitKind::Read, move |tx| work(tx)).await
    }

    /// As [`Db::read`], for a unit that may look at many rows, such as a search. Few of these run at the same time, and
    /// each for [`Options::scan_limit`] at most, so that they leave the database to others.
    ///
    /// # Errors
    /// As [`Db::read`]; [`DbError::Busy`] also when the unit takes too long.
    pub async fn read_scan<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let _slot = self.0.scans.acquire().await?;
        self.0.submit(&self.0.reads, UnitKind::Scan(self.0.scan_limit), move |tx| work(tx)).await
    }

    /// Runs a unit of work in a transaction. Its changes are durable once this returns `Ok`, unless the unit called
    /// [`Tx::relax`]; after an `Err` nothing has changed.
    ///
    /// # Errors
    /// The errors of `work`, and a [`DbError`] when it could not run or could not be committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.0.submit(&self.0.writes, UnitKind::Write, work).await
    }
}

/// Fails units that wait too long, even while all database threads are blocked by a disk, a lock or a hanging server.
/// Ends scans that take too long.
fn watch(queue: &Arc<Queue<QueuedUnit>>, timers: Vec<Arc<ScanTimer>>) -> Result<(), DbError> {
    let queue = Arc::clone(queue);
    spawn("db-deadline", move || {
        loop {
            std::thread::sleep(DEADLINE_CHECK_INTERVAL);
            let (expired, open) = queue.take_expired();
            expired.into_iter().for_each(|job| job.refuse(DbError::Busy));
            timers.iter().for_each(|timer| timer.check());
            if !open {
                return;
            }
        }
    })
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|error| DbError::Open(format!("no thread for the database could be started: {error}")))
}

impl Threads {
    async fn submit<T, E, F>(&self, queue: &Queue<QueuedUnit>, kind: UnitKind, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let fault_injector = self.fault_injector.clone();
        let (sender, receiver) = oneshot::channel();
        let run = Box::new(move |ready: Result<&Tx<'_>, DbError>| {
            let (result, relaxed) = match ready {
                Ok(tx) => {
                    let tx = tx.counted(fault_injector.as_ref());
                    (work(&tx), tx.is_relaxed())
                }
                Err(error) => (Err(E::from(error)), false),
            };
            let commit = result.is_ok();
            let finish: Responder = Box::new(move |committed| {
                let result = match committed {
                    Ok(()) => result,
                    Err(error) => result.and(Err(E::from(error))),
                };
                // The caller may have been dropped; the committed work stays committed.
                let _ = sender.send(result);
            });
            UnitOutcome { commit, relaxed, finish }
        });
        if queue.push(QueuedUnit { kind, run }).is_err() {
            return Err(DbError::Busy.into());
        }
        match receiver.await {
            Ok(result) => result,
            Err(_) => Err(DbError::Unavailable("the unit of work ended without an answer".into()).into()),
        }
    }
}

/// What the expansion of [`sql!`] needs.
#[doc(hidden)]
pub mod __sql {
    pub use crate::sql::{as_text, concat, rewrite, total_len};
}
