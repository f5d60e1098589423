//! What a unit of work gets: [`Read`] for queries, [`Tx`] for changes.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::time::Duration;

use crate::session::Session;
use crate::{DbError, FaultInjector, FromRow, Row, Sql, Value};

#[derive(Clone, Copy)]
pub(crate) enum Conn<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c RefCell<Session>),
}

/// Read access inside [`crate::Db::read`].
pub struct Read<'c> {
    conn: Conn<'c>,
    fault_injector: Option<&'c FaultInjector>,
}

/// A transaction inside [`crate::Db::write`]: everything [`Read`] offers, and changes.
pub struct Tx<'c> {
    read: Read<'c>,
    relaxed: Cell<bool>,
}

/// Sends the result to the caller, given whether the commit succeeded.
pub(crate) type Responder = Box<dyn FnOnce(Result<(), DbError>) + Send>;

/// The outcome of a unit: whether to commit it, whether the caller may be answered before the commit is durable, and how
/// to answer the caller.
pub(crate) struct UnitOutcome {
    pub commit: bool,
    pub relaxed: bool,
    pub finish: Responder,
}

/// The body of a unit. Its argument is the transaction, or why there is none.
pub(crate) type UnitFn = Box<dyn for<'a> FnOnce(Result<&'a Tx<'a>, DbError>) -> UnitOutcome + Send>;

/// How a unit runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnitKind {
    Read,
    /// A read for which each statement has this time.
    Scan(Duration),
    Write,
}

impl UnitKind {
    pub(crate) fn limit(self) -> Option<Duration> {
        match self {
            Self::Scan(limit) => Some(limit),
            Self::Read | Self::Write => None,
        }
    }
}

/// A unit of work that waits for a database thread.
pub(crate) struct QueuedUnit {
    pub kind: UnitKind,
    pub run: UnitFn,
}

impl QueuedUnit {
    /// Runs the unit. A panic inside it does not end the thread: the caller gets `Unavailable`.
    pub(crate) fn run(self, ready: Result<&Tx<'_>, DbError>) -> Option<UnitOutcome> {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match ready {
            Ok(tx) => (self.run)(Ok(tx)),
            Err(error) => (self.run)(Err(error)),
        }))
        .inspect_err(|_| tracing::error!("a unit of work panicked; its changes are undone"))
        .ok()
    }

    pub(crate) fn refuse(self, error: DbError) {
        if let Some(outcome) = self.run(Err(error)) {
            (outcome.finish)(Ok(()));
        }
    }
}

impl<'c> Tx<'c> {
    pub(crate) fn sqlite(connection: &'c rusqlite::Connection) -> Self {
        Self::over(Conn::Sqlite(connection), None)
    }

    pub(crate) fn postgres(session: &'c RefCell<Session>) -> Self {
        Self::over(Conn::Postgres(session), None)
    }

    fn over(conn: Conn<'c>, fault_injector: Option<&'c FaultInjector>) -> Self {
        Self { read: Read { conn, fault_injector }, relaxed: Cell::new(false) }
    }

    /// The same transaction, its statements counted by `fault_injector`.
    pub(crate) fn counted<'a>(&'a self, fault_injector: Option<&'a FaultInjector>) -> Tx<'a> {
        Tx::over(self.read.conn, fault_injector)
    }

    /// Lets the caller be answered once the unit is committed, without waiting for the disk. The commit survives the end of
    /// this process in any case; a power failure, or a crash of PostgreSQL, may undo it together with all later relaxed
    /// commits. A later unit that waits for the disk makes it durable too. For changes that a person can simply repeat
    /// (docs/adr/0007-relaxed-units.md).
    pub fn relax(&self) {
        self.relaxed.set(true);
    }

    pub(crate) fn is_relaxed(&self) -> bool {
        self.relaxed.get()
    }

    /// Executes a statement and returns the number of rows it changed.
    ///
    /// # Errors
    /// A violated constraint, or a failure of the database.
    pub fn exec(&self, sql: &Sql, params: &[Value]) -> Result<u64, DbError> {
        self.pass()?;
        match &self.read.conn {
            Conn::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite())?;
                Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
            }
            Conn::Postgres(session) => session.borrow_mut().execute(sql, params),
        }
    }

    /// Executes a statement whose number of changed rows is not needed. On PostgreSQL it is sent together with the next
    /// statement or with the commit, which saves a round trip; its failure is reported there, and undoes the unit.
    ///
    /// # Errors
    /// As [`Tx::exec`], for this statement or for one pipelined before it.
    pub fn exec_pipelined(&self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
        match &self.read.conn {
            Conn::Sqlite(_) => self.exec(sql, params).map(drop),
            Conn::Postgres(session) => {
                self.pass()?;
                session.borrow_mut().queue(sql, params)
            }
        }
    }

    /// Executes a compare-and-swap: exactly one row must change.
    ///
    /// # Errors
    /// [`DbError::Conflict`] when the expected state was not there; else as [`Tx::exec`].
    pub fn exec_one(&self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
        match self.exec(sql, params)? {
            1 => Ok(()),
            _ => Err(DbError::Conflict),
        }
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Read<'c> {
        &self.read
    }
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Read<'_> {
    /// For the few statements that only one engine has.
    pub fn engine(&self) -> Engine {
        match self.conn {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    fn pass(&self) -> Result<(), DbError> {
        self.fault_injector.map_or(Ok(()), FaultInjector::pass)
    }

    /// All rows.
    ///
    /// # Errors
    /// A failure of the database, or a column of another type than asked for.
    pub fn query_all<T: FromRow>(&self, sql: &Sql, params: &[Value]) -> Result<Vec<T>, DbError> {
        self.pass()?;
        match &self.conn {
            Conn::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite())?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(T::from_row(&Row::sqlite(row))?);
                }
                Ok(found)
            }
            Conn::Postgres(session) => {
                let rows = session.borrow_mut().query(sql, params)?;
                rows.iter().map(|row| T::from_row(&Row::postgres(row))).collect()
            }
        }
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// As [`Read::query_all`].
    pub fn query_opt<T: FromRow>(&self, sql: &Sql, params: &[Value]) -> Result<Option<T>, DbError> {
        self.pass()?;
        match &self.conn {
            Conn::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite())?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                rows.next()?.map(|row| T::from_row(&Row::sqlite(row))).transpose()
            }
            Conn::Postgres(session) => {
                let rows = session.borrow_mut().query(sql, params)?;
                rows.first().map(|row| T::from_row(&Row::postgres(row))).transpose()
            }
        }
    }

    /// The first row.
    ///
    /// # Errors
    /// [`DbError::NotFound`] when there is none; else as [`Read::query_all`].
    pub fn query_one<T: FromRow>(&self, sql: &Sql, params: &[Value]) -> Result<T, DbError> {
        self.query_opt(sql, params)?.ok_or(DbError::NotFound)
    }

    /// The first row of one statement and all rows of another; on PostgreSQL in one round trip.
    ///
    /// # Errors
    /// As [`Read::query_one`] and [`Read::query_all`].
    pub fn query_one_and_all<A: FromRow, B: FromRow>(
        &self,
        one: (&Sql, &[Value]),
        all: (&Sql, &[Value]),
    ) -> Result<(A, Vec<B>), DbError> {
        let Conn::Postgres(session) = &self.conn else {
            return Ok((self.query_one(one.0, one.1)?, self.query_all(all.0, all.1)?));
        };
        self.pass()?;
        self.pass()?;
        let (first, rows) = session.borrow_mut().query_both(one, all)?;
        let first = first.first().map(|row| A::from_row(&Row::postgres(row))).transpose()?;
        let rows = rows.iter().map(|row| B::from_row(&Row::postgres(row))).collect::<Result<_, _>>()?;
        Ok((first.ok_or(DbError::NotFound)?, rows))
    }

    /// Prepares a statement without running it. The test of all registered statements uses it.
    ///
    /// # Errors
    /// What the database reports about the text.
    pub fn prepare(&self, sql: &Sql) -> Result<(), DbError> {
        match &self.conn {
            Conn::Sqlite(connection) => connection.prepare(sql.sqlite()).map(drop).map_err(DbError::from),
            Conn::Postgres(session) => session.borrow_mut().check(sql),
        }
    }
}
