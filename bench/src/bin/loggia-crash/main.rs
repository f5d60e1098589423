//! `loggia-crash --binary PATH --db URL [--rounds N]`: 32 clients sign in, exchange, refresh and write while the server is
//! killed with SIGKILL and restarted. Checks after every start: no acknowledged write is lost, nothing is partly written, no
//! code or refresh token works twice, and the server is ready within a second.

mod client;
mod ledger;
mod verify;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::Rng;
use loggia_bench::BoxError;
use loggia_bench::flows::REDIRECT;
use loggia_bench::http::Connection;
use loggia_bench::server::{Application, Server, management_token, users};
use serde_json::{Value, json};

use crate::ledger::Ledger;

const CLIENTS: usize = 32;
// Below the range that systems take ports of outgoing connections from.
const PORT: u16 = 24_101;
/// Cheap parameters: this program does not test hashing.
const CHEAP_HASHING: [(&str, &str); 2] = [("PASSWORD_HASH_MEMORY", "64"), ("PASSWORD_HASH_PASSES", "1")];
/// Maximum start time.
const READY: Duration = Duration::from_secs(1);
/// The number of newest records checked after each start; all are checked at the end.
const NEWEST: usize = 60;

/// The state shared by all clients.
pub struct CrashState {
    authority: String,
    web: Application,
    spa: Application,
    bearer: String,
    /// The two scopes of new roles.
    scopes: Vec<String>,
    ledger: Mutex<Ledger>,
    stop: AtomicBool,
}

impl CrashState {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (mut binary, mut db_url, mut rounds) = (PathBuf::from("target/debug/loggia"), String::new(), 20);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--binary" => binary = value.into(),
            "--db" => db_url = value,
            "--rounds" => rounds = value.parse()?,
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    let at = (binary.as_path(), db_url.as_str(), PORT);
    let (mut server, _) = Server::start(at, &CHEAP_HASHING).await?;
    let world = Arc::new(prepare(&server).await?);
    let clients: Vec<_> = (0..CLIENTS).map(|n| tokio::spawn(client::run(Arc::clone(&world), n))).collect();
    let rng = Rng::system();
    let (mut slowest, mut late, mut tried) = (Duration::ZERO, 0, 0);
    for round in 1..=rounds {
        tokio::time::sleep(Duration::from_millis(150 + u64::from(rng.bytes::<1>()[0]) * 2)).await;
        server.kill().await?;
        let (started, ready) = Server::start(at, &CHEAP_HASHING).await?;
        server = started;
        slowest = slowest.max(ready);
        if ready > READY {
            late += 1;
            println!("round {round}: ready only after {ready:?}");
        }
        // Tolerates a few slow starts on a busy machine.
        if late > 1 + rounds / 50 {
            return Err(format!("{late} of {round} starts took more than {READY:?}").into());
        }
        verify::whole(&db_url, round).await?;
        verify::kept(&world, round, NEWEST).await?;
        tried += verify::single_use(&world, NEWEST).await?;
        explained(&world)?;
    }
    world.stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await?;
    }
    verify::whole(&db_url, rounds).await?;
    verify::kept(&world, rounds, usize::MAX).await?;
    // The reuse interval is 3 s.
    tokio::time::sleep(Duration::from_secs(4)).await;
    tried += verify::single_use(&world, usize::MAX).await?;
    explained(&world)?;
    server.stop().await?;
    let ledger = world.ledger();
    println!(
        "{rounds} kills survived: {} operations acknowledged, {} users and {} other entities kept, {} deletions kept, \
         {tried} codes and refresh tokens worked once, {} refreshes repeated after a lost response; slowest start {slowest:?}, {late} later than {READY:?}",
        ledger.acknowledged,
        ledger.users.len(),
        ledger.present.len(),
        ledger.gone.len(),
        ledger.repeated,
    );
    Ok(())
}

/// Fails if a client got an error that a crash does not explain.
fn explained(world: &CrashState) -> Result<(), BoxError> {
    match world.ledger().unexpected.first() {
        Some(odd) => Err(format!("a client failed: {odd}").into()),
        None => Ok(()),
    }
}

async fn prepare(server: &Server) -> Result<CrashState, BoxError> {
    let machine = server.application("m2m", &["--management-api"]).await?;
    let web = server.application("traditional", &["--redirect-uri", REDIRECT]).await?;
    let spa = server.application("spa", &["--redirect-uri", REDIRECT]).await?;
    let bearer = format!("Bearer {}", management_token(&server.authority, &machine).await?);
    let mut connection = Connection::open(&server.authority).await?;
    let mut make = async |path: &str, body: Value| {
        let body = Some(("application/json", body.to_string()));
        let response = connection.send(("POST", path), &[("authorization", &bearer)], body).await?;
        let made = if response.status == 200 { response } else { response.expect(201)? };
        Ok::<_, BoxError>(made.json()?["id"].as_str().ok_or("no id")?.to_owned())
    };
    make("/api/roles", json!({"name": "everybody", "description": "all", "isDefault": true})).await?;
    let resource = make("/api/resources", json!({"name": "r", "indicator": "https://r.example.com"})).await?;
    let mut scopes = Vec::new();
    for name in ["read", "write"] {
        scopes.push(make(&format!("/api/resources/{resource}/scopes"), json!({"name": name})).await?);
    }
    let token = bearer.trim_start_matches("Bearer ");
    users(&server.authority, token, (CLIENTS, CLIENTS)).await?;
    Ok(CrashState {
        authority: server.authority.clone(),
        web,
        spa,
        bearer,
        scopes,
        ledger: Mutex::default(),
        stop: AtomicBool::new(false),
    })
}
