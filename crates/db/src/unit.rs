//! What a unit of work holds: [`Read`] to ask, [`Tx`] to change.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use crate::session::Session;
use crate::{Breaker, DbError, FromRow, Row, Sql, Value};

#[derive(Clone, Copy)]
pub(crate) enum Conn<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c RefCell<Session>),
}

/// A view of the database inside [`crate::Db::read`].
pub struct Read<'c> {
    conn: Conn<'c>,
    breaker: Option<&'c Breaker>,
}

/// A transaction inside [`crate::Db::write`]; everything [`Read`] can, and changes.
pub struct Tx<'c> {
    read: Read<'c>,
    relaxed: Cell<bool>,
}

pub(crate) type Finish = Box<dyn FnOnce(Result<(), DbError>) + Send>;

/// What a job did: whether its changes stand, whether they may be answered before they are durable, and how to tell the
/// caller.
pub(crate) struct Outcome {
    pub keep: bool,
    pub relaxed: bool,
    pub finish: Finish,
}

/// The work of a job, given the transaction or the reason why there is none.
pub(crate) type Work = Box<dyn for<'a> FnOnce(Result<&'a Tx<'a>, DbError>) -> Outcome + Send>;

pub(crate) struct Job {
    pub write: bool,
    pub run: Work,
}

impl Job {
    /// Runs the job; a panic inside becomes a lost answer (the caller sees `Unavailable`) instead of a dead thread.
    pub(crate) fn run(self, ready: Result<&Tx<'_>, DbError>) -> Option<Outcome> {
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

    fn over(conn: Conn<'c>, breaker: Option<&'c Breaker>) -> Self {
        Self { read: Read { conn, breaker }, relaxed: Cell::new(false) }
    }

    /// The same transaction, whose statements `breaker` counts.
    pub(crate) fn counted<'a>(&'a self, breaker: Option<&'a Breaker>) -> Tx<'a> {
        Tx::over(self.read.conn, breaker)
    }

    /// Lets the unit be answered once it is committed, without waiting for the disk. It survives the end of this process,
    /// however that comes about; a power failure, or a crash of PostgreSQL, may undo it together with all that came after
    /// it. A later unit that does wait makes it durable too. For what a person can simply do again
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

    /// Executes a statement of which nobody needs to know how many rows it changed. PostgreSQL gets it together with the next
    /// one or with the commit, which saves a round trip; its failure is told there, and undoes the unit.
    ///
    /// # Errors
    /// As [`Tx::exec`], of this statement or of one sent before it.
    pub fn send(&self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
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

impl Read<'_> {
    fn pass(&self) -> Result<(), DbError> {
        self.breaker.map_or(Ok(()), Breaker::pass)
    }

    /// All rows.
    ///
    /// # Errors
    /// A failure of the database, or a column of another type than asked for.
    pub fn all<T: FromRow>(&self, sql: &Sql, params: &[Value]) -> Result<Vec<T>, DbError> {
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
    /// As [`Read::all`].
    pub fn maybe<T: FromRow>(&self, sql: &Sql, params: &[Value]) -> Result<Option<T>, DbError> {
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
    /// [`DbError::NotFound`] when there is none; else as [`Read::all`].
    pub fn one<T: FromRow>(&self, sql: &Sql, params: &[Value]) -> Result<T, DbError> {
        self.maybe(sql, params)?.ok_or(DbError::NotFound)
    }

    /// The first row of one statement and all rows of another: PostgreSQL is asked for both in one round trip.
    ///
    /// # Errors
    /// As [`Read::one`] and [`Read::all`].
    pub fn one_and_all<A: FromRow, B: FromRow>(
        &self,
        one: (&Sql, &[Value]),
        all: (&Sql, &[Value]),
    ) -> Result<(A, Vec<B>), DbError> {
        let Conn::Postgres(session) = &self.conn else {
            return Ok((self.one(one.0, one.1)?, self.all(all.0, all.1)?));
        };
        self.pass()?;
        self.pass()?;
        let (first, rows) = session.borrow_mut().query_both(one, all)?;
        let first = first.first().map(|row| A::from_row(&Row::postgres(row))).transpose()?;
        let rows = rows.iter().map(|row| B::from_row(&Row::postgres(row))).collect::<Result<_, _>>()?;
        Ok((first.ok_or(DbError::NotFound)?, rows))
    }

    /// Prepares a statement without running it; the test of all registered statements uses this.
    ///
    /// # Errors
    /// What the database says against the text.
    pub fn prepare(&self, sql: &Sql) -> Result<(), DbError> {
        match &self.conn {
            Conn::Sqlite(connection) => connection.prepare(sql.sqlite()).map(drop).map_err(DbError::from),
            Conn::Postgres(session) => session.borrow_mut().check(sql),
        }
    }
}
