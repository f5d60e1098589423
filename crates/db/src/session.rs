//! One connection to PostgreSQL. Every wait for the server has a time limit: a stopped server, or a network that drops
//! packets, sends no error, and a thread waiting for it would hang for ever.

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

/// States that only a new connection resolves. A server that became a standby remains one for existing connections, while a
/// new connection may reach the primary; and statements prepared before a newer node changed the schema can't run any more.
const RECONNECT_STATES: [SqlState; 2] = [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::FEATURE_NOT_SUPPORTED];
/// How much longer the client waits for a statement than the server's own time limit.
const CLIENT_TIMEOUT_MARGIN: Duration = Duration::from_secs(2);
/// A connection that was not used for this long is checked before the next unit of work.
const LIVENESS_WINDOW: Duration = Duration::from_secs(1);
/// Maximum number of statements that wait for the next one.
const MAX_PIPELINED: usize = 32;
/// TCP keepalive: idle time, interval between probes, number of probes.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(10), Duration::from_secs(5), 3);

/// The address of PostgreSQL, and the time limits for it.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    connect_timeout: Duration,
    statement_timeout: Option<Duration>,
}

impl Server {
    pub(crate) fn new(config: &Config, options: &Options) -> Self {
        let mut config = config.clone();
        let (idle, interval, retries) = KEEPALIVE;
        config.connect_timeout(options.connect_timeout).application_name("loggia");
        config.keepalives(true).keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(retries);
        // Keepalives are not sent while data waits for an acknowledgement.
        config.tcp_user_timeout(idle + interval * retries);
        if let Some(limit) = options.statement_timeout {
            let own = config.get_options().unwrap_or_default().to_owned();
            config.options(format!("{own} -c statement_timeout={}", limit.as_millis()).trim_start());
        }
        let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1);
        let statement = options.statement_timeout.map(|limit| limit + CLIENT_TIMEOUT_MARGIN);
        Self { config, connect_timeout: options.connect_timeout * hosts, statement_timeout: statement }
    }

    pub(crate) fn connect(&self) -> Result<Session, DbError> {
        let unreachable = |cause: &str| {
            DbError::Open(format!(
                "PostgreSQL can't be reached ({cause}); check that it runs and that host, port, user, password and database in DB_URL are right"
            ))
        };
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|error| unreachable(&error.to_string()))?;
        // The driver's own limit covers only opening the socket; a stopped server accepts the connection and never answers.
        let connected = runtime.block_on(async { timeout(self.connect_timeout, self.config.connect(NoTls)).await });
        let (client, connection) = match connected {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return Err(unreachable(&describe(&error))),
            Err(_) => return Err(unreachable("it does not answer")),
        };
        let driver = ConnectionDriver { connection: Box::pin(connection), runtime, closed: false };
        Ok(Session {
            client,
            driver,
            prepared: HashMap::new(),
            server: self.clone(),
            last_used_at: Instant::now(),
            begins: false,
            queued: Vec::new(),
            failed: false,
        })
    }
}

/// A connection, and the statements prepared on it.
pub(crate) struct Session {
    client: Client,
    driver: ConnectionDriver,
    prepared: HashMap<String, Statement>,
    server: Server,
    last_used_at: Instant,
    /// A transaction was begun, but `begin` was not sent yet.
    begins: bool,
    /// Statements that are sent together with the next one.
    queued: Vec<(Statement, Vec<Value>)>,
    /// A statement failed since `begin`: PostgreSQL then rolls the transaction back, even at `commit`.
    failed: bool,
}

impl Session {
    /// Whether this connection can be used for the next unit of work.
    pub(crate) fn is_alive(&mut self) -> bool {
        if self.driver.closed || self.client.is_closed() {
            return false;
        }
        self.last_used_at.elapsed() < LIVENESS_WINDOW
            || self.driver.wait(Some(self.server.connect_timeout), self.client.check_connection()).is_ok()
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<(), DbError> {
        self.run_with_queued(async |client| client.batch_execute(text).await)
    }

    /// Begins a transaction. `begin` is sent together with the first statement, which saves a round trip.
    pub(crate) fn begin(&mut self) {
        (self.begins, self.failed) = (true, false);
    }

    /// Commits. A transaction in which a statement failed is rolled back, and that is an error. A relaxed commit does not
    /// wait for the disk.
    pub(crate) fn commit(&mut self, relaxed: bool) -> Result<(), DbError> {
        if self.failed {
            self.rollback()?;
            return Err(DbError::Sql("a unit of work went on after a failed statement; it was undone".into()));
        }
        let ended = self.end(if relaxed { "set local synchronous_commit = off; commit" } else { "commit" });
        if ended.is_err() {
            // Whether the transaction has ended depends on what failed; the next unit must not run inside it. If the
            // rollback fails too, the connection is closed.
            self.rollback().ok();
        }
        ended
    }

    pub(crate) fn rollback(&mut self) -> Result<(), DbError> {
        self.queued.clear();
        let undone = self.end("rollback");
        // The next unit must not run inside this transaction.
        self.driver.closed |= undone.is_err();
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
        self.run_with_queued(async |client| client.prepare(sql.text()).await).map(drop)
    }

    pub(crate) fn query(&mut self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepared(sql)?;
        self.run_with_queued(async |client| client.query(&statement, &bind(params)).await)
    }

    /// Queries two statements in one round trip.
    pub(crate) fn query_both(
        &mut self,
        first: (&Sql, &[Value]),
        second: (&Sql, &[Value]),
    ) -> Result<(Vec<Row>, Vec<Row>), DbError> {
        let (one, two) = (self.prepared(first.0)?, self.prepared(second.0)?);
        self.run_with_queued(async |client| {
            let (one_bound, two_bound) = (bind(first.1), bind(second.1));
            join_pipelined(client.query(&one, &one_bound), client.query(&two, &two_bound)).await
        })
    }

    pub(crate) fn execute(&mut self, sql: &Sql, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepared(sql)?;
        self.run_with_queued(async |client| client.execute(&statement, &bind(params)).await)
    }

    /// Sends a statement together with the next one, or with the end of the transaction, which also reports its failure.
    pub(crate) fn queue(&mut self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
        let statement = self.prepared(sql)?;
        if statement.params().len() != params.len() {
            return Err(DbError::Sql(format!("{} values for {:?}", params.len(), sql.text())));
        }
        if self.queued.len() >= MAX_PIPELINED {
            self.run_with_queued(async |_| Ok(()))?;
        }
        self.queued.push((statement, params.to_vec()));
        Ok(())
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Statement, DbError> {
        if let Some(statement) = self.prepared.get(sql.text()) {
            return Ok(statement.clone());
        }
        let statement = self.run_with_queued(async |client| client.prepare(sql.text()).await)?;
        // Dynamic statements have many shapes; clearing the cache bounds the memory here and on the server.
        if self.prepared.len() >= 512 {
            self.prepared.clear();
        }
        self.prepared.insert(sql.text().to_owned(), statement.clone());
        Ok(statement)
    }

    fn run_with_queued<T>(&mut self, ask: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, DbError> {
        let (client, begins, queued) =
            (&self.client, std::mem::take(&mut self.begins), std::mem::take(&mut self.queued));
        let work = async {
            let mut ahead: Pin<Box<dyn Future<Output = Result<(), Error>>>> = match begins {
                true => Box::pin(client.batch_execute("begin")),
                false => Box::pin(async { Ok(()) }),
            };
            for (statement, params) in &queued {
                ahead =
                    Box::pin(
                        async move { join_pipelined(ahead, client.execute(statement, &bind(params))).await.map(drop) },
                    );
            }
            join_pipelined(ahead, ask(client)).await.map(|((), answer)| answer)
        };
        // One time limit for everything sent together: a hanging server must not block a thread longer because of what was
        // queued.
        let answer = self.driver.wait(self.server.statement_timeout, work);
        self.last_used_at = Instant::now();
        self.failed |= answer.is_err();
        answer
    }
}

/// Moves bytes between the client and the socket while a statement waits for its response.
struct ConnectionDriver {
    // Dropped before the runtime that it belongs to.
    connection: Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>,
    runtime: Runtime,
    closed: bool,
}

impl ConnectionDriver {
    fn wait<T>(&mut self, limit: Option<Duration>, work: impl Future<Output = Result<T, Error>>) -> Result<T, DbError> {
        let lost = || DbError::Unavailable("the connection to PostgreSQL was lost".into());
        if self.closed {
            return Err(lost());
        }
        let (connection, closed) = (&mut self.connection, &mut self.closed);
        let mut work = pin!(work);
        let answer = poll_fn(|cx| {
            // First, because it receives what `work` waits for.
            *closed = *closed || connection.as_mut().poll(cx).is_ready();
            match work.as_mut().poll(cx) {
                Poll::Pending if *closed => Poll::Ready(Err(lost())),
                Poll::Pending => Poll::Pending,
                Poll::Ready(done) => Poll::Ready(done.map_err(|error| {
                    *closed |= error.code().is_some_and(|code| RECONNECT_STATES.contains(code));
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
            self.closed = true;
            Err(DbError::Unavailable("PostgreSQL did not answer in time".into()))
        })
    }
}

/// Runs two requests, the second sent without waiting for the first response; not at all if the first could not be sent.
async fn join_pipelined<A, B>(
    first: impl Future<Output = Result<A, Error>>,
    second: impl Future<Output = Result<B, Error>>,
) -> Result<(A, B), Error> {
    let mut first = pin!(first);
    // Polling it once sends it; its response comes before that of anything sent after it.
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
