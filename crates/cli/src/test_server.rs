//! `loggia test-server`: a server whose clock is moved forward by whoever started it.
//!
//! Nothing that production has in common with it turns it on: no setting, no environment variable, no request. It refuses
//! addresses that others can reach and databases that it did not make.

use std::io::{BufRead, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use db::{Db, DbError, migrate, params, sql};
use futures_util::FutureExt;
use kernel::Clock;
use serde::Deserialize;
use serde_json::{Value, json};
use server::{Settings, migrations};
use tokio::sync::oneshot;

use crate::error::{CliError, ExitKind};
use crate::serve::{DRAIN_LIMIT, start_log, stopped};

/// A hundred years: what is further away is a mistake, and no stored time overflows.
const MAX_AHEAD_MS: i64 = 100 * 366 * 24 * 3600 * 1000;
const WARNING: &str =
    "this is a test server: whoever holds its standard input moves its clock; never give it accounts of real people";

/// A line of standard input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    /// Milliseconds by which the clock moves forward.
    advance: u64,
}

/// Runs the server until SIGINT, SIGTERM or the end of standard input.
///
/// # Errors
/// Settings or a database that are not those of a test, or why the server could not start.
pub async fn run(mut settings: Settings) -> Result<(), CliError> {
    settings.host.get_or_insert(IpAddr::V4(Ipv4Addr::LOCALHOST));
    require_loopback(&settings)?;
    let log = start_log(&settings)?;
    tracing::warn!("{WARNING}");
    require_own_database(&settings).await?;
    let ahead = Arc::new(AtomicI64::new(0));
    let clock = Clock::ahead(ahead.clone());
    let (ended, end) = oneshot::channel();
    let signals = stopped()?;
    let stop = async move {
        tokio::select! {
            () = signals => {}
            _ = end => tracing::info!("stopping: standard input ended"),
        }
    };
    let orders = Orders { ahead, clock: clock.clone(), ended };
    let result = server::serve::run(settings, clock, stop.boxed().shared(), |settings| orders.start(settings)).await;
    log.drain(DRAIN_LIMIT);
    Ok(result?)
}

/// Fails unless only this machine can reach the server.
fn require_loopback(settings: &Settings) -> Result<(), CliError> {
    let refuse = |name: &str, value: &str| {
        let sentence = format!(
            "a test server is for this machine only, but {name} is {value}; set it to a loopback address, or start the \
             server with `loggia serve`"
        );
        Err(CliError::new(ExitKind::Settings, sentence))
    };
    if let Some(host) = settings.host.filter(|host| !host.is_loopback()) {
        return refuse("HOST", &host.to_string());
    }
    for (name, url) in [("ENDPOINT", &settings.endpoint), ("ADMIN_ENDPOINT", &settings.admin_endpoint)] {
        let is_loopback = url::Url::parse(url).is_ok_and(|url| match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        });
        if !is_loopback {
            return refuse(name, url);
        }
    }
    if settings.trust_proxy_header {
        return refuse("TRUST_PROXY_HEADER", "true");
    }
    Ok(())
}

/// Makes the database, or accepts one that a test server made: times from the future would ruin any other.
async fn require_own_database(settings: &Settings) -> Result<(), CliError> {
    let now = Clock::system().now();
    let planned = migrate::run(&settings.db_url, &settings.db, migrations::ALL, (now, true))?;
    let is_new = planned.steps.len() == migrations::ALL.len();
    if is_new {
        migrate::run(&settings.db_url, &settings.db, migrations::ALL, (now, false))?;
    }
    let db = Db::open(&settings.db_url, &settings.db)?;
    if is_new {
        // A version that no migration has, which the check of the migrations passes over.
        let mark = sql!(
            "insert into schema_migrations (version, name, checksum, applied_at) values (0, 'test-server', '', $1)"
        );
        return Ok(db.write::<_, DbError, _>(move |tx| tx.exec_one(mark, params![now])).await?);
    }
    let find = sql!("select name from schema_migrations where version = 0");
    match db.read::<Option<String>, DbError, _>(move |tx| tx.query_opt(find, params![])).await? {
        Some(_) => Ok(()),
        None => {
            let sentence = format!(
                "the database {} was not made by a test server, and moving the clock would ruin it; set DB_URL to a new one",
                settings.db_url
            );
            Err(CliError::new(ExitKind::Database, sentence))
        }
    }
}

/// The orders on standard input.
struct Orders {
    ahead: Arc<AtomicI64>,
    clock: Clock,
    /// Told (by being dropped) that there are no more.
    ended: oneshot::Sender<()>,
}

impl Orders {
    /// Says that the server is ready, then answers each order. On a thread of its own: reading can't be interrupted.
    fn start(self, settings: &Settings) {
        let ready = json!({"endpoint": settings.endpoint, "now": self.clock.now().millis(), "warning": WARNING});
        let orders = std::thread::Builder::new().name("orders".to_owned());
        // Without the thread `ended` is dropped and the server stops.
        let _ = orders.spawn(move || {
            let mut out = std::io::stdout();
            let mut answer = |value: &Value| writeln!(out, "{value}").and_then(|()| out.flush());
            let mut working = answer(&ready).is_ok();
            let mut lines = std::io::stdin().lock().lines();
            while working && let Some(Ok(line)) = lines.next() {
                working = answer(&self.obey(&line)).is_ok();
            }
            drop(self.ended);
        });
    }

    fn obey(&self, line: &str) -> Value {
        let order: Order = match serde_json::from_str(line) {
            Ok(order) => order,
            Err(error) => return json!({"error": format!("expected {{\"advance\": MILLISECONDS}}: {error}")}),
        };
        let ahead = self.ahead.load(Ordering::SeqCst).saturating_add(i64::try_from(order.advance).unwrap_or(i64::MAX));
        if ahead > MAX_AHEAD_MS {
            return json!({"error": "the clock can't go further than a hundred years ahead"});
        }
        self.ahead.store(ahead, Ordering::SeqCst);
        json!({"now": self.clock.now().millis()})
    }
}
