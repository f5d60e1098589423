//! PostgreSQL: one thread per pooled connection, one queue for reads and writes.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::queue::Queue;
use crate::session::{Server, Session};
use crate::transaction::{QueuedUnit, Tx, UnitKind};
use crate::{DbError, Options, PostgresUrl, Value, spawn};

/// Minimum time between two attempts to connect, so that an unreachable server is not flooded with them.
const RECONNECT_INTERVAL: Duration = Duration::from_millis(500);

pub(crate) fn start(url: &PostgresUrl, options: &Options, queue: &Arc<Queue<QueuedUnit>>) -> Result<(), DbError> {
    let server = Server::new(url, options)?;
    // The first connection is made at once, so that wrong settings are an error of the start.
    let mut first = Some(on_plain_thread(|| server.connect())?);
    let connect_failure = Arc::new(Mutex::new(None));
    for n in 0..options.pool_size.max(1) {
        let connection = PooledConnection {
            server: server.clone(),
            session: first.take(),
            connect_failure: Arc::clone(&connect_failure),
        };
        let queue = Arc::clone(queue);
        spawn(&format!("db-{n}"), move || run_loop(connection, &queue))?;
    }
    Ok(())
}

/// Runs `work` on a new thread: it blocks on its own runtime, which is not allowed on the thread of another runtime.
pub(crate) fn on_plain_thread<T: Send>(work: impl FnOnce() -> Result<T, DbError> + Send) -> Result<T, DbError> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|_| Err(DbError::Unavailable("the PostgreSQL driver failed".into())))
}

/// The connection of one database thread, reopened when it is lost.
struct PooledConnection {
    server: Server,
    session: Option<Session>,
    /// When connecting last failed; shared by all threads, and cleared as soon as one of them connects.
    connect_failure: Arc<Mutex<Option<Instant>>>,
}

impl PooledConnection {
    /// A connection that works, opened if necessary.
    fn open(&mut self) -> Result<Session, DbError> {
        if let Some(mut session) = self.session.take()
            && session.is_alive()
        {
            return Ok(session);
        }
        let refused = self.connect_failure().is_some_and(|at| at.elapsed() < RECONNECT_INTERVAL);
        if refused {
            return Err(unreachable());
        }
        let connected = self.server.connect();
        *self.connect_failure() = connected.is_err().then(Instant::now);
        connected.map_err(|error| {
            tracing::warn!(%error, "connecting to PostgreSQL failed");
            unreachable()
        })
    }

    fn connect_failure(&self) -> MutexGuard<'_, Option<Instant>> {
        self.connect_failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreachable() -> DbError {
    DbError::Unavailable("PostgreSQL can't be reached".into())
}

fn run_loop(mut connection: PooledConnection, queue: &Queue<QueuedUnit>) {
    while let Some(taken) = queue.take() {
        if taken.expired {
            taken.item.refuse(DbError::Busy);
            continue;
        }
        match connection.open() {
            Ok(session) => connection.session = Some(run(session, taken.item)),
            Err(error) => taken.item.refuse(error),
        }
    }
}

fn run(session: Session, unit: QueuedUnit) -> Session {
    let session = RefCell::new(session);
    if unit.kind == UnitKind::Read {
        if let Some(outcome) = unit.run(Ok(&Tx::postgres(&session))) {
            (outcome.finish)(Ok(()));
        }
        return session.into_inner();
    }
    session.borrow_mut().begin(unit.kind.limit());
    let outcome = unit.run(Ok(&Tx::postgres(&session)));
    let ended = match &outcome {
        Some(outcome) if outcome.commit => session.borrow_mut().commit(outcome.relaxed),
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
