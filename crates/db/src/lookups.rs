//! Short reads of SQLite on the caller's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError, TryLockError};

use rusqlite::Connection;

use crate::unit::Tx;
use crate::{Breaker, DbError, Options, Read};

/// A reading connection for each thread that may ask at the same time.
pub(crate) struct Lookups(Vec<Mutex<Connection>>);

impl Lookups {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, DbError> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let open = |_| crate::sqlite::reader(path, options.durable).map(Mutex::new);
        Ok(Self((0..threads).map(open).collect::<Result<_, _>>()?))
    }

    /// Runs `work` on a free connection, or gives it back when all are in use.
    pub(crate) fn run<T, E, F>(&self, work: F, breaker: Option<&Breaker>) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E>,
        E: From<DbError>,
    {
        let free = self.0.iter().find_map(|connection| match connection.try_lock() {
            Ok(connection) => Some(connection),
            Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        });
        let Some(connection) = free else { return Err(work) };
        let done = catch_unwind(AssertUnwindSafe(|| work(&Tx::sqlite(&connection).counted(breaker))));
        Ok(done.unwrap_or_else(|_| {
            tracing::error!("a lookup panicked");
            Err(DbError::Unavailable("the lookup ended without an answer".into()).into())
        }))
    }
}
