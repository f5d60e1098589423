//! PostgreSQL: a thread per pooled connection, one queue for reads and writes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, NoTls, Row, Statement};

use crate::error::describe;
use crate::queue::Queue;
use crate::unit::{Job, Tx};
use crate::{DbError, Options, Sql, Value};

/// How long a thread waits before it tries to connect again, so that a dead server is not hammered.
const RECONNECT: Duration = Duration::from_millis(500);

/// A connection and the statements prepared on it.
pub(crate) struct Session {
    client: Client,
    prepared: HashMap<String, Statement>,
}

pub(crate) fn start(config: &Config, options: &Options, queue: &Arc<Queue<Job>>) -> Result<(), DbError> {
    let config = configured(config, options);
    // The first connection proves the settings before anything is promised.
    let mut first = Some(off_runtime(|| connect(&config))?);
    for n in 0..options.pool_size.max(1) {
        let (config, queue, session) = (config.clone(), Arc::clone(queue), first.take());
        std::thread::Builder::new()
            .name(format!("db-{n}"))
            .spawn(move || run_loop(&config, session, &queue))
            .map_err(|error| DbError::Open(format!("no thread for the database could be started: {error}")))?;
    }
    Ok(())
}

/// Runs `work` on a thread of its own: the driver blocks on a runtime of its own, which an async caller's thread forbids.
pub(crate) fn off_runtime<T: Send>(work: impl FnOnce() -> Result<T, DbError> + Send) -> Result<T, DbError> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|_| Err(DbError::Unavailable("the PostgreSQL driver failed".into())))
}

/// The connection settings with the limits of `options`.
pub(crate) fn configured(config: &Config, options: &Options) -> Config {
    let mut config = config.clone();
    config.connect_timeout(options.connect_timeout).application_name("loggia").keepalives(true);
    if let Some(limit) = options.statement_timeout {
        let own = config.get_options().unwrap_or_default().to_owned();
        config.options(format!("{own} -c statement_timeout={}", limit.as_millis()).trim_start());
    }
    config
}

pub(crate) fn connect(config: &Config) -> Result<Session, DbError> {
    let client = config.connect(NoTls).map_err(|error| {
        DbError::Open(format!(
            "PostgreSQL can't be reached ({}); check that it runs and that host, port, user, password and database in DB_URL are right",
            describe(&error)
        ))
    })?;
    Ok(Session { client, prepared: HashMap::new() })
}

fn run_loop(config: &Config, mut session: Option<Session>, queue: &Queue<Job>) {
    let mut failed_at: Option<Instant> = None;
    while let Some(taken) = queue.take() {
        if taken.late {
            taken.item.refuse(DbError::Busy);
            continue;
        }
        if session.as_ref().is_some_and(|s| s.client.is_closed()) {
            session = None;
        }
        let open = match session.take() {
            Some(open) => Ok(open),
            None if failed_at.is_some_and(|at| at.elapsed() < RECONNECT) => Err(DbError::Open(String::new())),
            None => connect(config),
        };
        match open {
            Ok(open) => {
                failed_at = None;
                session = Some(run(open, taken.item));
            }
            Err(_) => {
                failed_at.get_or_insert_with(Instant::now);
                if failed_at.is_some_and(|at| at.elapsed() >= RECONNECT) {
                    failed_at = Some(Instant::now());
                }
                taken.item.refuse(DbError::Unavailable("PostgreSQL can't be reached".into()));
            }
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
    let begun = session.borrow_mut().client.batch_execute("begin").map_err(DbError::from);
    match begun {
        Err(error) => job.refuse(error),
        Ok(()) => {
            let outcome = job.run(Ok(&Tx::postgres(&session)));
            let end = if outcome.as_ref().is_some_and(|o| o.keep) { "commit" } else { "rollback" };
            let ended = session.borrow_mut().client.batch_execute(end).map_err(DbError::from);
            if let Some(outcome) = outcome {
                (outcome.finish)(ended);
            }
        }
    }
    session.into_inner()
}

impl Session {
    pub(crate) fn batch(&mut self, text: &str) -> Result<(), DbError> {
        Ok(self.client.batch_execute(text)?)
    }

    pub(crate) fn check(&mut self, sql: &Sql) -> Result<(), DbError> {
        Ok(self.client.prepare(sql.text()).map(drop)?)
    }

    pub(crate) fn query(&mut self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query(&statement, &bind(params))?)
    }

    pub(crate) fn execute(&mut self, sql: &Sql, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepared(sql)?;
        Ok(self.client.execute(&statement, &bind(params))?)
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Statement, DbError> {
        if let Some(statement) = self.prepared.get(sql.text()) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql.text())?;
        // Dynamic statements have many shapes; forgetting all now and then bounds the memory on both sides.
        if self.prepared.len() >= 512 {
            self.prepared.clear();
        }
        self.prepared.insert(sql.text().to_owned(), statement.clone());
        Ok(statement)
    }
}

fn bind(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
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
