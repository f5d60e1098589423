//! Short reads from SQLite on the calling thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError, TryLockError};

use rusqlite::Connection;

use crate::transaction::Tx;
use crate::{DbError, FaultInjector, Options, Read};

/// One read connection per CPU core: as many as there are runtime threads that may read at the same time.
pub(crate) struct InlineReaders(Vec<Mutex<Connection>>);

impl InlineReaders {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, DbError> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let open = |_| crate::sqlite::reader(path, options.durable).map(Mutex::new);
        Ok(Self((0..threads).map(open).collect::<Result<_, _>>()?))
    }

    /// Runs `work` on a free connection. Returns `work` itself as the error when all connections are in use.
    pub(crate) fn run<T, E, F>(&self, work: F, fault_injector: Option<&FaultInjector>) -> Result<Result<T, E>, F>
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
        let done = catch_unwind(AssertUnwindSafe(|| work(&Tx::sqlite(&connection).counted(fault_injector))));
        Ok(done.unwrap_or_else(|_| {
            tracing::error!("a unit of work panicked while reading");
            Err(DbError::Unavailable("the unit of work ended without an answer".into()).into())
        }))
    }
}
