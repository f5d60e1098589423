//! PostgreSQL: a thread per pooled connection, one queue for reads and writes.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, Row};

use crate::queue::Queue;
use crate::session::{Server, Session};
use crate::unit::{Job, Tx};
use crate::{DbError, Options, Value, spawn};

/// How long a thread waits before it tries to connect again, so that a dead server is not hammered.
const RECONNECT: Duration = Duration::from_millis(500);

pub(crate) fn start(config: &Config, options: &Options, queue: &Arc<Queue<Job>>) -> Result<(), DbError> {
    let server = Server::new(config, options);
    // The first connection proves the settings before anything is promised.
    let mut first = Some(off_runtime(|| server.connect())?);
    let outage = Arc::new(Mutex::new(None));
    for n in 0..options.pool_size.max(1) {
        let link = Link { server: server.clone(), session: first.take(), outage: Arc::clone(&outage) };
        let queue = Arc::clone(queue);
        spawn(&format!("db-{n}"), move || run_loop(link, &queue))?;
    }
    Ok(())
}

/// Runs `work` on a thread of its own: it blocks on a runtime of its own, which an async caller's thread forbids.
pub(crate) fn off_runtime<T: Send>(work: impl FnOnce() -> Result<T, DbError> + Send) -> Result<T, DbError> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|_| Err(DbError::Unavailable("the PostgreSQL driver failed".into())))
}

/// A thread's way to the server.
struct Link {
    server: Server,
    session: Option<Session>,
    /// When no connection was to be had, for all threads: as soon as one gets through, the others may try.
    outage: Arc<Mutex<Option<Instant>>>,
}

impl Link {
    /// A connection that lives.
    fn open(&mut self) -> Result<Session, DbError> {
        if let Some(mut session) = self.session.take()
            && session.is_alive()
        {
            return Ok(session);
        }
        let refused = self.outage().is_some_and(|at| at.elapsed() < RECONNECT);
        if refused {
            return Err(unreachable());
        }
        let connected = self.server.connect();
        *self.outage() = connected.is_err().then(Instant::now);
        connected.map_err(|error| {
            tracing::warn!(%error, "no connection");
            unreachable()
        })
    }

    fn outage(&self) -> MutexGuard<'_, Option<Instant>> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreachable() -> DbError {
    DbError::Unavailable("PostgreSQL can't be reached".into())
}

fn run_loop(mut link: Link, queue: &Queue<Job>) {
    while let Some(taken) = queue.take() {
        if taken.late {
            taken.item.refuse(DbError::Busy);
            continue;
        }
        match link.open() {
            Ok(session) => link.session = Some(run(session, taken.item)),
            Err(error) => taken.item.refuse(error),
        }
    }
}

fn run(session: Session, job: Job) -> Session {
    let session = RefCell::new(session);
    if !job.write {
        if let Some(outcome) = job.run(Ok(&Tx::postgres(&session))) {
            (outcome.finish)(Ok(()));
        }
        return session.into_inner();
    }
    session.borrow_mut().begin();
    let outcome = job.run(Ok(&Tx::postgres(&session)));
    let ended = match &outcome {
        Some(outcome) if outcome.keep => session.borrow_mut().commit(outcome.relaxed),
        _ => session.borrow_mut().rollback(),
    };
    if let Some(outcome) = outcome {
        (outcome.finish)(ended);
    }
    session.into_inner()
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Bool(flag) => flag.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The value of a column.
pub(crate) fn value(row: &Row, index: usize) -> Result<Value, DbError> {
    let Some(column) = row.columns().get(index) else {
        return Err(DbError::Sql(format!("no column {index} in the result")));
    };
    let value = match *column.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(index)?.map(Value::Int),
        Type::INT4 => row.try_get::<_, Option<i32>>(index)?.map(|n| Value::Int(n.into())),
        Type::BOOL => row.try_get::<_, Option<bool>>(index)?.map(Value::Bool),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index)?.map(Value::Bytes),
        _ => row.try_get::<_, Option<String>>(index)?.map(Value::Text),
    };
    Ok(value.unwrap_or(Value::Null))
}
