//! Measures the raw rates of the machine, the hardware bounds of the results.

use std::process::Stdio;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Db, DbUrl, Options, migrate, params, sql};
use kernel::{Rng, Timestamp, id};
use tokio::io::AsyncBufReadExt as _;
use tokio::process::{Child, Command};

use crate::BoxError;
use crate::bounds::{HASH, ROUTE, SIGNATURE, UNIT};
use crate::http::Request;
use crate::load::{self, ClientResult, Load, LoadResult};
use crate::plan::{self, Plan};
use crate::process::Process;
use crate::table::{MACHINE, Table};

/// A function that a thread repeats.
type RepeatedWork = Box<dyn FnMut() -> Result<(), BoxError>>;

/// Measures the raw rates that do not depend on the storage engine.
///
/// # Errors
/// The first failure.
pub async fn all(plan: &Plan, table: &mut Table) -> Result<(), BoxError> {
    let mut threads = vec![1, table.cores];
    threads.dedup();
    for (name, prepare) in [(SIGNATURE, signing as fn() -> Result<RepeatedWork, BoxError>), (HASH, hashing)] {
        if !plan.wants(name) {
            continue;
        }
        for &threads in &threads {
            let rounds: Result<_, BoxError> = (0..plan.rounds).map(|_| rate(threads, plan.seconds, prepare)).collect();
            table.samples((MACHINE, name, "/s"), Some(threads), rounds?);
        }
    }
    if plan.wants(ROUTE) {
        empty_route(plan, table).await?;
    }
    Ok(())
}

/// Password hashes per second of `threads` threads together.
///
/// # Errors
/// Argon2 does not accept the parameters.
pub fn hashes(threads: usize, seconds: f64) -> Result<f64, BoxError> {
    rate(threads, seconds, hashing)
}

/// Repetitions per second of `threads` threads together.
fn rate(threads: usize, seconds: f64, prepare: fn() -> Result<RepeatedWork, BoxError>) -> Result<f64, BoxError> {
    let run = move || {
        let mut work = prepare()?;
        let (start, mut done) = (Instant::now(), 0_u32);
        while start.elapsed().as_secs_f64() < seconds {
            work()?;
            done += 1;
        }
        Ok::<f64, BoxError>(f64::from(done) / start.elapsed().as_secs_f64())
    };
    let threads: Vec<_> = (0..threads).map(|_| std::thread::spawn(run)).collect();
    threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?).sum()
}

fn signing() -> Result<RepeatedWork, BoxError> {
    let (_, key) = jose::SigningKey::generate_es384()?;
    let claims =
        serde_json::json!({"sub": "u", "aud": "a", "iss": "i", "iat": 1, "exp": 2, "scope": "all", "jti": "j"});
    Ok(Box::new(move || {
        std::hint::black_box(key.sign(Some("at+jwt"), &claims)?);
        Ok(())
    }))
}

/// Like the server's threads, each thread reuses its memory for all hashes.
fn hashing() -> Result<RepeatedWork, BoxError> {
    let (memory, passes) = plan::HASH;
    let params = argon2::Params::new(memory, passes, 1, Some(32)).map_err(|error| error.to_string())?;
    let mut blocks = vec![argon2::Block::default(); params.block_count()];
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut tag = [0; 32];
    Ok(Box::new(move || {
        hasher
            .hash_password_into_with_memory(b"password", b"0123456789abcdef", &mut tag, &mut blocks)
            .map_err(|error| error.to_string().into())
    }))
}

/// Measures durable transactions of three statements with 1 and 32 writers on the database at `url`.
///
/// # Errors
/// The first failure.
pub async fn units(plan: &Plan, table: &mut Table, (engine, url): (&str, &str)) -> Result<(), BoxError> {
    const TABLES: migrate::Migration = migrate::Migration::new(
        1,
        "bench",
        "create table counters (id bigint primary key, n bigint not null); \
         create table events (id text primary key, at bigint not null)",
    );
    if !plan.wants(UNIT) {
        return Ok(());
    }
    let (url, options) = (DbUrl::from_str(url)?, Options::default());
    migrate::run(&url, &options, &[TABLES], (Timestamp(0), false))?;
    let db = Db::open(&url, &options)?;
    for clients in plan.clients(&[1, 32]) {
        let mut rounds = Vec::new();
        for _ in 0..plan.rounds {
            let load = Load { clients, seconds: plan.seconds, process: None };
            let worker = |client, deadline| {
                let db = db.clone();
                ClientResult::until(deadline, async move || unit(&db, client as i64).await.map(|()| true))
            };
            rounds.push(load::run(load, worker).await?);
        }
        table.rate((engine, UNIT), clients, &rounds, None);
    }
    Ok(())
}

async fn unit(db: &Db, id: i64) -> Result<(), BoxError> {
    db.write(move |tx| {
        let insert =
            sql!("insert into counters (id, n) values ($1, 0) on conflict (id) do update set n = counters.n + 1");
        tx.exec_one(insert, params![id])?;
        let n: i64 = tx.query_one(sql!("select n from counters where id = $1"), params![id])?;
        let event = id::opaque_token(&Rng::system());
        tx.exec_one(sql!("insert into events (id, at) values ($1, $2)"), params![event, n])
    })
    .await
    .map_err(|error: db::DbError| error.into())
}

async fn empty_route(plan: &Plan, table: &mut Table) -> Result<(), BoxError> {
    let empty = EmptyRoute::start().await?;
    for clients in plan.clients(&[1, 32]) {
        let mut rounds = Vec::new();
        for _ in 0..plan.rounds {
            let load = Load { clients, seconds: plan.seconds, process: Some(empty.process) };
            rounds.push(empty.measure(load).await?);
        }
        table.rate((MACHINE, ROUTE), clients, &rounds, Some(empty.process.memory().0));
    }
    Ok(())
}

/// An empty route in a separate process, like the server.
pub struct EmptyRoute {
    pub process: Process,
    authority: String,
    request: Arc<Request>,
    /// Stops the process on drop.
    _server: Child,
}

impl EmptyRoute {
    /// Starts the process on a free port.
    ///
    /// # Errors
    /// The process does not start.
    pub async fn start() -> Result<Self, BoxError> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut server = command.arg("--empty-route").stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let out = server.stdout.take().ok_or("no output")?;
        let mut lines = tokio::io::BufReader::new(out).lines();
        let line = tokio::time::timeout(Duration::from_secs(10), lines.next_line()).await??;
        let authority = line.ok_or("the empty route did not start")?;
        let request = Arc::new(Request::new(&authority, ("GET", "/"), &[], None));
        let process = Process(server.id().ok_or("the empty route ended")?);
        Ok(Self { process, authority, request, _server: server })
    }

    /// Measures it under load.
    ///
    /// # Errors
    /// As [`load::run`].
    pub async fn measure(&self, load: Load) -> Result<LoadResult, BoxError> {
        load::repeat(load, &self.authority, &self.request).await
    }
}

/// Prints an address and serves an empty axum route there.
///
/// # Errors
/// No port.
#[expect(clippy::disallowed_methods, reason = "an empty route on purpose: nobody's rights to declare")]
pub async fn serve_empty_route() -> Result<(), BoxError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let app = axum::Router::new().route("/", axum::routing::get(async || "ok"));
    Ok(axum::serve(listener, app).await?)
}
