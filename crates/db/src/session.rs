//! One connection to PostgreSQL. Every wait for the server has a time limit: a stopped server, or a network that drops
//! packets, sends no error, and a thread waiting for it would hang for ever.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, Row};

use crate::error::describe;
use crate::postgres_url::{PostgresUrl, SslMode};
use crate::sql::UNICODE;
use crate::statement::Prepared;
use crate::tls::PostgresTls;
use crate::{DbError, Options, Sql, Value};

/// States that only a new connection resolves. A server that became a standby remains one for existing connections, while a
/// new connection may reach the primary; and statements prepared before a newer node changed the schema can't run any more.
const RECONNECT_STATES: [SqlState; 2] = [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::FEATURE_NOT_SUPPORTED];
/// Whoever waited for a lock sees what the other committed, whatever the server's default is.
const BEGIN: &str = "begin isolation level read committed";
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
    tls: PostgresTls,
    /// As libpq does it: where TLS is only preferred, a connection without is tried when one with it fails.
    falls_back: bool,
    /// Whether statements are prepared on the server.
    prepares: bool,
    /// Whether it has the collation of [`UNICODE`]; known from the first connection on.
    has_icu: Arc<OnceLock<bool>>,
    begin: String,
    connect_timeout: Duration,
    statement_timeout: Option<Duration>,
}

impl Server {
    pub(crate) fn new(url: &PostgresUrl, options: &Options) -> Result<Self, DbError> {
        let mut config = url.config.clone();
        let (idle, interval, retries) = KEEPALIVE;
        config.connect_timeout(options.connect_timeout).application_name("loggia");
        config.keepalives(true).keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(retries);
        // Keepalives are not sent while data waits for an acknowledgement.
        config.tcp_user_timeout(idle + interval * retries);
        let mut begin = BEGIN.to_owned();
        match options.statement_timeout {
            // PgBouncer refuses unknown parameters of a start, and one for the session would reach other clients.
            Some(limit) if url.pgbouncer => begin = limited_begin(limit),
            Some(limit) => {
                let own = config.get_options().unwrap_or_default().to_owned();
                config.options(format!("{own} -c statement_timeout={}", limit.as_millis()).trim_start());
            }
            None => {}
        }
        let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(1).max(1);
        Ok(Self {
            config,
            tls: PostgresTls::new(&url.ssl)?,
            falls_back: url.ssl.mode == SslMode::Prefer,
            prepares: !url.pgbouncer,
            has_icu: Arc::default(),
            begin,
            connect_timeout: options.connect_timeout * hosts,
            statement_timeout: options.statement_timeout.map(|limit| limit + CLIENT_TIMEOUT_MARGIN),
        })
    }

    pub(crate) fn connect(&self) -> Result<Session, DbError> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|error| unreachable(&error.to_string()))?;
        // The driver's own limit covers only opening the socket; a stopped server accepts the connection and never answers.
        let connected = runtime.block_on(async { timeout(self.connect_timeout, self.open()).await });
        let (client, connection) = match connected {
            Ok(Ok(both)) => both,
            Ok(Err(error)) => return Err(unreachable(&describe(&error))),
            Err(_) => return Err(unreachable("it does not answer")),
        };
        let mut session = Session {
            client,
            driver: ConnectionDriver { connection, runtime, closed: false },
            prepared: HashMap::new(),
            server: self.clone(),
            last_used_at: Instant::now(),
            begin: None,
            queued: Vec::new(),
            failed: false,
        };
        if self.has_icu.get().is_none() {
            session.examine()?;
        }
        Ok(session)
    }

    /// The statement as this server can run it.
    fn text<'s>(&self, sql: &'s Sql) -> Cow<'s, str> {
        match self.has_icu.get() {
            Some(false) if sql.text().contains(UNICODE) => sql.text().replace(UNICODE, "").into(),
            _ => sql.text().into(),
        }
    }

    async fn open(&self) -> Result<(Client, ConnectionFuture), Error> {
        match self.config.connect(self.tls.clone()).await {
            Ok((client, connection)) => Ok((client, Box::pin(connection))),
            Err(error) if self.falls_back && may_work_without_tls(&error) => {
                let mut plain = self.config.clone();
                plain.ssl_mode(tokio_postgres::config::SslMode::Disable);
                let (client, connection) = plain.connect(self.tls.clone()).await?;
                Ok((client, Box::pin(connection)))
            }
            Err(error) => Err(error),
        }
    }
}

type ConnectionFuture = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// The handshake failed, or `pg_hba.conf` refuses encrypted connections.
fn may_work_without_tls(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
        || error.to_string().contains("performing TLS handshake")
}

fn unreachable(cause: &str) -> DbError {
    let advice = if cause.contains("unsupported startup parameter") {
        "this is PgBouncer: add pgbouncer=true to DB_URL"
    } else if cause.contains("TLS") {
        "check sslmode and sslrootcert in DB_URL, and the server's certificate"
    } else {
        "check that it runs and that host, port, user, password and database in DB_URL are right"
    };
    DbError::Open(format!("PostgreSQL can't be reached ({cause}); {advice}"))
}

/// Begins a transaction whose statements may take this long each.
fn limited_begin(limit: Duration) -> String {
    format!("{BEGIN}; set local statement_timeout = {}", limit.as_millis())
}

/// A connection, and the statements prepared on it.
pub(crate) struct Session {
    client: Client,
    driver: ConnectionDriver,
    prepared: HashMap<String, Prepared>,
    server: Server,
    last_used_at: Instant,
    /// What begins a transaction and was not sent yet.
    begin: Option<String>,
    /// Statements that are sent together with the next one.
    queued: Vec<(Prepared, Vec<Value>)>,
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

    /// Looks at what the database is able to do.
    fn examine(&mut self) -> Result<(), DbError> {
        let ask = "select exists (select 1 from pg_collation where collname = 'und-x-icu')";
        let found = self.run_with_queued(async |client| client.query_typed_one(ask, &[]).await)?;
        let _ = self.server.has_icu.set(found.try_get(0)?);
        Ok(())
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<(), DbError> {
        self.run_with_queued(async |client| client.batch_execute(text).await)
    }

    /// Begins a transaction. `begin` is sent together with the first statement, which saves a round trip.
    /// Each of its statements may take `limit`, if there is one.
    pub(crate) fn begin(&mut self, limit: Option<Duration>) {
        let begin = limit.map_or_else(|| self.server.begin.clone(), limited_begin);
        (self.begin, self.failed) = (Some(begin), false);
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
        if self.begin.is_some() && self.queued.is_empty() {
            self.begin = None;
            return Ok(());
        }
        self.batch(word)
    }

    pub(crate) fn check(&mut self, sql: &Sql) -> Result<(), DbError> {
        let text = self.server.text(sql);
        self.run_with_queued(async |client| client.prepare(&text).await).map(drop)
    }

    pub(crate) fn query(&mut self, sql: &Sql, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepared(sql)?;
        self.run_with_queued(async |client| statement.query(client, params).await)
    }

    /// Queries two statements in one round trip.
    pub(crate) fn query_both(
        &mut self,
        first: (&Sql, &[Value]),
        second: (&Sql, &[Value]),
    ) -> Result<(Vec<Row>, Vec<Row>), DbError> {
        let (one, two) = (self.prepared(first.0)?, self.prepared(second.0)?);
        self.run_with_queued(async |client| {
            join_pipelined(one.query(client, first.1), two.query(client, second.1)).await
        })
    }

    pub(crate) fn execute(&mut self, sql: &Sql, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepared(sql)?;
        self.run_with_queued(async |client| statement.execute(client, params).await)
    }

    /// Sends a statement together with the next one, or with the end of the transaction, which also reports its failure.
    pub(crate) fn queue(&mut self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
        let statement = self.prepared(sql)?;
        if !statement.takes(params.len()) {
            return Err(DbError::Sql(format!("{} values for {:?}", params.len(), sql.text())));
        }
        if self.queued.len() >= MAX_PIPELINED {
            self.run_with_queued(async |_| Ok(()))?;
        }
        self.queued.push((statement, params.to_vec()));
        Ok(())
    }

    fn prepared(&mut self, sql: &Sql) -> Result<Prepared, DbError> {
        if !self.server.prepares {
            return Ok(Prepared::Unnamed(self.server.text(sql).into_owned()));
        }
        if let Some(statement) = self.prepared.get(sql.text()) {
            return Ok(statement.clone());
        }
        let text = self.server.text(sql);
        let statement = self.run_with_queued(async |client| client.prepare(&text).await)?;
        let statement = Prepared::Named(statement);
        // Dynamic statements have many shapes; clearing the cache bounds the memory here and on the server.
        if self.prepared.len() >= 512 {
            self.prepared.clear();
        }
        self.prepared.insert(sql.text().to_owned(), statement.clone());
        Ok(statement)
    }

    fn run_with_queued<T>(&mut self, ask: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, DbError> {
        let (client, begin, queued) = (&self.client, self.begin.take(), std::mem::take(&mut self.queued));
        let work = async {
            let mut ahead: Pin<Box<dyn Future<Output = Result<(), Error>>>> = match &begin {
                Some(text) => Box::pin(client.batch_execute(text)),
                None => Box::pin(async { Ok(()) }),
            };
            for (statement, params) in &queued {
                ahead =
                    Box::pin(async move { join_pipelined(ahead, statement.execute(client, params)).await.map(drop) });
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
    connection: ConnectionFuture,
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
