//! Storage: one SQL text on SQLite and PostgreSQL, units of work as closures.
//!
//! A unit of work is a synchronous closure that runs on a database thread: one hop for the whole unit, nothing awaited
//! inside. Writes on SQLite are grouped: one durable commit answers all units that waited for it.

mod breaker;
mod error;
mod functions;
mod lookups;
pub mod migrate;
mod postgres;
mod queue;
mod row;
mod session;
mod sql;
mod sqlite;
mod unit;
mod url;
mod value;
mod writer;

pub use breaker::Breaker;
pub use error::DbError;
pub use functions::is_pattern;
pub use row::{FromRow, Row};
pub use sql::{Registered, Sql, list, registered};
pub use unit::{Read, Tx};
pub use url::DbUrl;
pub use value::{FromValue, Json, RawJson, Value};

#[doc(hidden)]
pub use inventory;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::lookups::Lookups;
use crate::queue::Queue;
use crate::unit::{Finish, Job, Outcome};

/// How often waiting units are looked at for those that wait too long.
const WATCH: Duration = Duration::from_millis(250);

/// How a [`Db`] uses its database.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections to PostgreSQL, each with its thread.
    pub pool_size: usize,
    /// Reading connections to SQLite, each with its thread.
    pub readers: usize,
    /// Units of work that may wait before new ones are refused as [`DbError::Busy`].
    pub queue_limit: usize,
    /// How long a unit may wait for its turn before it is refused as [`DbError::Busy`].
    pub queue_deadline: Duration,
    /// How long connecting to PostgreSQL may take.
    pub connect_timeout: Duration,
    /// How long PostgreSQL may work on one statement; none means no limit.
    pub statement_timeout: Option<Duration>,
    /// Whether a commit waits for the disk. Only tests may turn this off.
    pub durable: bool,
    /// What lets statements fail on purpose. Only tests have one.
    pub breaker: Option<Breaker>,
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
            durable: true,
            breaker: None,
        }
    }
}

/// A handle on the database. Cheap to clone; the last one dropped lets the threads finish their queues and end.
#[derive(Clone)]
pub struct Db(Arc<Threads>);

struct Threads {
    url: DbUrl,
    /// Only on SQLite.
    lookups: Option<Lookups>,
    reads: Arc<Queue<Job>>,
    writes: Arc<Queue<Job>>,
    breaker: Option<Breaker>,
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
        let breaker = options.breaker.clone();
        let threads = match url {
            DbUrl::Sqlite(path) => {
                let writes = Queue::new(options.queue_limit, options.queue_deadline);
                sqlite::start(path, options, &reads, &writes)?;
                watch(&writes)?;
                let lookups = Some(Lookups::open(path, options)?);
                Threads { url: url.clone(), lookups, reads, writes, breaker }
            }
            DbUrl::Postgres(config) => {
                postgres::start(config, options, &reads)?;
                Threads { url: url.clone(), lookups: None, writes: Arc::clone(&reads), reads, breaker }
            }
        };
        watch(&threads.reads)?;
        Ok(Self(Arc::new(threads)))
    }

    /// Which database this is.
    pub fn url(&self) -> &DbUrl {
        &self.0.url
    }

    /// Runs a unit of work that reads few rows, each by an index. On SQLite it runs at once on the caller's thread: such a
    /// unit takes some microseconds, and a hop to another thread and back takes more. What may look at many rows uses
    /// [`Db::read`] (docs/adr/0006-lookups-on-the-callers-thread.md).
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn look_up<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let work = match &self.0.lookups {
            None => work,
            Some(lookups) => match lookups.run(work, self.0.breaker.as_ref()) {
                Ok(done) => return done,
                Err(work) => work,
            },
        };
        self.read(work).await
    }

    /// Runs a unit of work that only reads.
    ///
    /// # Errors
    /// Those of `work`, and [`DbError::Busy`] or [`DbError::Unavailable`] when it could not run.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        submit(&self.0.reads, (false, self.0.breaker.clone()), move |tx| work(tx)).await
    }

    /// Runs a unit of work in a transaction. It is durable once this returns `Ok`, unless the unit asked for less
    /// ([`Tx::relax`]); an `Err` leaves nothing behind.
    ///
    /// # Errors
    /// Those of `work`, and a [`DbError`] when it could not run or be committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        submit(&self.0.writes, (true, self.0.breaker.clone()), work).await
    }
}

/// Answers those that wait too long even while every thread waits itself: for a disk, a lock or a server that hangs.
fn watch(queue: &Arc<Queue<Job>>) -> Result<(), DbError> {
    let queue = Arc::clone(queue);
    spawn("db-deadline", move || {
        loop {
            std::thread::sleep(WATCH);
            let (late, open) = queue.take_late();
            late.into_iter().for_each(|job| job.refuse(DbError::Busy));
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

async fn submit<T, E, F>(queue: &Queue<Job>, (write, breaker): (bool, Option<Breaker>), work: F) -> Result<T, E>
where
    F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let run = Box::new(move |ready: Result<&Tx<'_>, DbError>| {
        let (result, relaxed) = match ready {
            Ok(tx) => {
                let tx = tx.counted(breaker.as_ref());
                (work(&tx), tx.is_relaxed())
            }
            Err(error) => (Err(E::from(error)), false),
        };
        let keep = result.is_ok();
        let finish: Finish = Box::new(move |committed| {
            let result = match committed {
                Ok(()) => result,
                Err(error) => result.and(Err(E::from(error))),
            };
            // The caller may have gone; its work stands all the same.
            let _ = answer.send(result);
        });
        Outcome { keep, relaxed, finish }
    });
    if queue.push(Job { write, run }).is_err() {
        return Err(DbError::Busy.into());
    }
    match answered.await {
        Ok(result) => result,
        Err(_) => Err(DbError::Unavailable("the unit of work ended without an answer".into()).into()),
    }
}

/// What the expansion of [`sql!`] needs.
#[doc(hidden)]
pub mod __sql {
    pub use crate::sql::{as_text, rewrite};
}
