//! One connection to PostgreSQL. Every wait for the server ends: a server that is stopped, or a network that swallows
//! packets, sends no error, and a thread that waits for it would be lost for ever.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement};

use crate::error::describe;
use crate::{DbError, Options, Sql, Value};

/// What only a new connection mends. A server that became a standby stays one for its old connections, while a new one may
/// find the primary; and statements prepared before a newer node changed the schema can't be run any more.
const OUTDATED: [SqlState; 2] = [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::FEATURE_NOT_SUPPORTED];
/// How much longer than the server's own limit a statement is waited for.
const MARGIN: Duration = Duration::from_secs(2);
/// A connection that was not used for this long is asked whether it still lives before work is given to it.
const TRUSTED: Duration = Duration::from_secs(1);
/// Statements that may wait for the next one.
const QUEUE: usize = 32;
/// When a silent peer is asked for a sign of life, how often it is asked again, and how many times.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(10), Duration::from_secs(5), 3);

/// Where PostgreSQL is, and how long to wait for it.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    connecting: Duration,
    statement: Option<Duration>,
}

impl Server {
    pub(crate) fn new(config: &Config, options: &Options) -> Self {
        let mut config = config.clone();
        let (idle, interval, retries) = KEEPALIVE;
        config.connect_timeout(options.connect_timeout).application_name("loggia");
        config.keepalives(true).keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(retries);
        // Keepalives are not sent while data waits to be acknowledged.
        config.tcp_user_timeout(idle + interval * retries);
        if let Some(limit) = options.statement_timeout {
            let own = config.get_options().unwrap_or_default().to_owned();
            config.options(format!("{own} -c statement_timeout={}", limit.as_millis()).trim_start());
        }
        let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1);
        let statement = options.statement_timeout.map(|limit| limit + MARGIN);
        Self { config, connecting: options.connect_timeout * hosts, statement }
    }

    pub(crate) fn connect(&self) -> Result<Session, DbError> {
        let unreachable = |cause: &str| {
            DbError::Open(format!(
                "PostgreSQL can't be reached ({cause}); check that it runs and that host, port, user, password and database in DB_URL are right"
            ))
        };
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|error| unreachable(&error.to_string()))?;
        // The driver's own limit ends when the socket is open; a stopped server accepts and never says a word.
        let connected = runtime.block_on(async { timeout(self.connecting, self.config.connect(NoTls)).await });
        let (client, connection) = match connected {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return Err(unreachable(&describe(&error))),
            Err(_) => return Err(unreachable("it does not answer")),
        };
        let driver = Driver { connection: Box::pin(connection), runtime, over: false };
        Ok(Session {
            client,
            driver,
            prepared: HashMap::new(),
            server: self.clone(),
            used: Instant::now(),
            begins: false,
            queued: Vec::new(),
            failed: false,
        })
    }
}

/// A connection and the statements prepared on it.
pub(crate) struct Session {
    client: Client,
    driver: Driver,
    prepared: HashMap<String, Statement>,
    server: Server,
    used: Instant,
    /// A transaction was begun of which PostgreSQL knows nothing yet.
    begins: bool,
    /// Statements that travel with the next one.
    queued: Vec<(Statement, Vec<Value>)>,
    /// A statement failed since `begin`: PostgreSQL then undoes the transaction, whatever `commit` says.
    failed: bool,
}

impl Session {
    /// Whether work may be given to this connection.
    pub(crate) fn is_alive(&mut self) -> bool {
        if self.driver.over || self.client.is_closed() {
            return false;
        }
        self.used.elapsed() < TRUSTED
            || self.driver.wait(Some(self.server.connecting), self.client.check_connection()).is_ok()
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<(), DbError> {
        self.settle(async |client| client.batch_execute(text).await)
    }

    /// Begins a transaction. PostgreSQL is told together with the first statement: one round trip less.
    pub(crate) fn begin(&mut self) {
        (self.begins, self.failed) = (true, false);
    }

    /// Commits, or says that it could not: a transaction with a failed statement in it is undone. A relaxed commit does not
    /// wait for the disk.
    pub(crate) fn commit(&mut self, relaxed: bool) -> Result<(), DbError> {
        if self.failed {
            self.rollback()?;
            return Err(DbError::Sql("a unit of work went on after a failed statement; it was undone".into()));
        }
        let ended = self.end(if relaxed { "set local synchronous_commit = off; commit" } else { "commit" });
        if ended.is_err() {
            // Whether the transaction is over depends on what failed; the next unit must not find itself in it. If this
            // fails too, the connection is given up.
            self.rollback().ok();
        }
        ended
    }

    pub(crate) fn rollback(&mut self) -> Result<(), DbError> {
        self.queued.clear();
        let undone = self.end("rollback");
        // The next unit must not find itself in this one's transaction.
        self.driver.over |= undone.is_err();
        undone
    }

    fn end(&mut self, word: &str) -> Result<(), DbError> {
        if self.begins && self.queued.is_empty() {
            self.begins = false;
            return Ok(());
        }
        self.batch(word)
    }

    pub(crate) fn check(&mut self, sql: &Sql) -> Result<(), DbError> {
        self.settle(async |client| client.prepare(sql.text()).await).map(drop)
    }

    pub(crate) fn query(&mut self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepared(sql)?;
        self.settle(async |client| client.query(&statement, &bind(params)).await)
    }

    /// Asks for the rows of two statements together.
    pub(crate) fn query_both(
        &mut self,
        first: (&Sql, &[Value]),
        second: (&Sql, &[Value]),
    ) -> Result<(Vec<Row>, Vec<Row>), DbError> {
        let (one, two) = (self.prepared(first.0)?, self.prepared(second.0)?);
        self.settle(async |client| {
            let (one_bound, two_bound) = (bind(first.1), bind(second.1));
            both(client.query(&one, &one_bound), client.query(&two, &two_bound)).await
        })
    }

    pub(crate) fn execute(&mut self, sql: &Sql, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepared(sql)?;
        self.settle(async |client| client.execute(&statement, &bind(params)).await)
    }

    /// Sends a statement together with the next one, or with the end of the transaction. Its failure is that one's.
    pub(crate) fn queue(&mut self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
        let statement = self.prepared(sql)?;
        if statement.params().len() != params.len() {
            return Err(DbError::Sql(format!("{} values for {:?}", params.len(), sql.text())));
        }
        if self.queued.len() >= QUEUE {
            self.settle(async |_| Ok(()))?;
        }
        self.queued.push((statement, params.to_vec()));
        Ok(())
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Statement, DbError> {
        if let Some(statement) = self.prepared.get(sql.text()) {
            return Ok(statement.clone());
        }
        let statement = self.settle(async |client| client.prepare(sql.text()).await)?;
        // Dynamic statements have many shapes; forgetting all now and then bounds the memory on both sides.
        if self.prepared.len() >= 512 {
            self.prepared.clear();
        }
        self.prepared.insert(sql.text().to_owned(), statement.clone());
        Ok(statement)
    }

    fn settle<T>(&mut self, ask: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, DbError> {
        let (client, begins, queued) =
            (&self.client, std::mem::take(&mut self.begins), std::mem::take(&mut self.queued));
        let work = async {
            let mut ahead: Pin<Box<dyn Future<Output = Result<(), Error>>>> = match begins {
                true => Box::pin(client.batch_execute("begin")),
                false => Box::pin(async { Ok(()) }),
            };
            for (statement, params) in &queued {
                ahead = Box::pin(async move { both(ahead, client.execute(statement, &bind(params))).await.map(drop) });
            }
            both(ahead, ask(client)).await.map(|((), answer)| answer)
        };
        // One limit for all that travels together: a server that hangs must not hold a thread longer for what was queued.
        let answer = self.driver.wait(self.server.statement, work);
        self.used = Instant::now();
        self.failed |= answer.is_err();
        answer
    }
}

/// What moves bytes while a statement waits for its answer.
struct Driver {
    // Before the runtime that it belongs to.
    connection: Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>,
    runtime: Runtime,
    over: bool,
}

impl Driver {
    fn wait<T>(&mut self, limit: Option<Duration>, work: impl Future<Output = Result<T, Error>>) -> Result<T, DbError> {
        let lost = || DbError::Unavailable("the connection to PostgreSQL was lost".into());
        if self.over {
            return Err(lost());
        }
        let (connection, over) = (&mut self.connection, &mut self.over);
        let mut work = pin!(work);
        let answer = poll_fn(|cx| {
            // First, because it brings what `work` waits for.
            *over = *over || connection.as_mut().poll(cx).is_ready();
            match work.as_mut().poll(cx) {
                Poll::Pending if *over => Poll::Ready(Err(lost())),
                Poll::Pending => Poll::Pending,
                Poll::Ready(done) => Poll::Ready(done.map_err(|error| {
                    *over |= error.code().is_some_and(|code| OUTDATED.contains(code));
                    DbError::from(error)
                })),
            }
        });
        let answered = self.runtime.block_on(async {
            match limit {
                Some(limit) => timeout(limit, answer).await.ok(),
                None => Some(answer.await),
            }
        });
        answered.unwrap_or_else(|| {
            self.over = true;
            Err(DbError::Unavailable("PostgreSQL did not answer in time".into()))
        })
    }
}

/// Asks two questions, the second without waiting for the first one's answer; not at all if the first could not be sent.
async fn both<A, B>(
    first: impl Future<Output = Result<A, Error>>,
    second: impl Future<Output = Result<B, Error>>,
) -> Result<(A, B), Error> {
    let mut first = pin!(first);
    // Looked at once, it is on its way; its answer comes before that of what is sent after it.
    let sent = poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))).await;
    if let Poll::Ready(Err(error)) = sent {
        return Err(error);
    }
    let second = second.await;
    let first = match sent {
        Poll::Ready(answer) => answer,
        Poll::Pending => first.await,
    };
    Ok((first?, second?))
}

fn bind(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
