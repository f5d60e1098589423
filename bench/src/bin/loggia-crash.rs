//! `loggia-crash --binary PATH --db URL [--rounds N]`: 32 clients sign in, exchange, refresh and write while the server is
//! killed with SIGKILL and started again. After every start: each acknowledged write is there, nothing is half-written, no
//! code or refresh token works twice, and the server was ready within a second.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::{Rng, id};
use loggia_bench::Failure;
use loggia_bench::flows::{Browser, REDIRECT, exchange, refresh};
use loggia_bench::http::Connection;
use loggia_bench::ledger::Ledger;
use loggia_bench::server::{Application, Server, form, management_token, users};
use serde_json::json;

const CLIENTS: usize = 32;
const PORT: u16 = 34_101;
/// Hashing is not what this tests.
const CHEAP: [(&str, &str); 2] = [("PASSWORD_HASH_MEMORY", "64"), ("PASSWORD_HASH_PASSES", "1")];

struct World {
    authority: String,
    web: Application,
    spa: Application,
    bearer: String,
    ledger: Mutex<Ledger>,
    stop: AtomicBool,
}

impl World {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
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
    let (mut server, _) = Server::start(at, &CHEAP).await?;
    let world = Arc::new(prepare(&server).await?);
    let clients: Vec<_> = (0..CLIENTS).map(|n| tokio::spawn(client(Arc::clone(&world), n))).collect();
    let rng = Rng::system();
    let mut slowest = Duration::ZERO;
    for round in 1..=rounds {
        tokio::time::sleep(Duration::from_millis(150 + u64::from(rng.bytes::<1>()[0]) * 2)).await;
        server.kill().await?;
        let (started, ready) = Server::start(at, &CHEAP).await?;
        server = started;
        slowest = slowest.max(ready);
        if ready > Duration::from_secs(1) {
            return Err(format!("round {round}: ready only after {ready:?}").into());
        }
        verify(&world, round, 1_000).await?;
    }
    world.stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await??;
    }
    verify(&world, rounds, usize::MAX).await?;
    verify_single_use(&world).await?;
    server.stop().await?;
    let ledger = world.ledger();
    println!(
        "{rounds} kills survived: {} acknowledged operations, {} users, {} applications, {} codes and {} refresh tokens used \
         once; slowest start {slowest:?}",
        ledger.acknowledged,
        ledger.users.len(),
        ledger.applications.len(),
        ledger.codes.len(),
        ledger.consumed.len()
    );
    Ok(())
}

async fn prepare(server: &Server) -> Result<World, Failure> {
    let machine = server.application("m2m", &["--management-api"]).await?;
    let web = server.application("traditional", &["--redirect-uri", REDIRECT]).await?;
    let spa = server.application("spa", &["--redirect-uri", REDIRECT]).await?;
    let token = management_token(&server.authority, &machine).await?;
    users(&server.authority, &token, (CLIENTS, CLIENTS)).await?;
    Ok(World {
        authority: server.authority.clone(),
        web,
        spa,
        bearer: format!("Bearer {token}"),
        ledger: Mutex::default(),
        stop: AtomicBool::new(false),
    })
}

/// Works until told to stop; a failed step is what crashes cause, and starts the client over.
async fn client(world: Arc<World>, n: usize) -> Result<(), Failure> {
    while !world.stop.load(Ordering::SeqCst) {
        if steps(&world, n).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(())
}

async fn steps(world: &World, n: usize) -> Result<(), Failure> {
    let mut connection = Connection::open(&world.authority).await?;
    let headers = [("authorization", world.bearer.as_str())];
    let json = |value: serde_json::Value| Some(("application/json", value.to_string()));
    let rng = Rng::system();
    let name = id::short(&rng);
    let made =
        connection.send(("POST", "/api/users"), &headers, json(json!({"name": name}))).await?.expect(200)?.json()?;
    let user = made["id"].as_str().ok_or("no id")?.to_owned();
    world.ledger().created(&user, &name);
    let renamed = id::short(&rng);
    world.ledger().renaming(&user, &renamed);
    let path = format!("/api/users/{user}");
    connection.send(("PATCH", &path), &headers, json(json!({"name": renamed}))).await?.expect(200)?;
    world.ledger().renamed(&user, &renamed);
    let application = json(json!({"name": name, "type": "Traditional"}));
    let made = connection.send(("POST", "/api/applications"), &headers, application).await?.expect(200)?.json()?;
    world.ledger().applications.push(made["id"].as_str().ok_or("no id")?.to_owned());
    let mut browser = Browser::open(&world.authority).await?;
    let code = browser.code(&world.web, &format!("bench{n}")).await?;
    exchange(&mut connection, &world.web, &code).await?;
    world.ledger().codes.push(code);
    let code = browser.code(&world.spa, &format!("bench{n}")).await?;
    let tokens = exchange(&mut connection, &world.spa, &code).await?;
    let mut token = tokens["refresh_token"].as_str().ok_or("no refresh token")?.to_owned();
    for _ in 0..3 {
        let next = refresh(&mut connection, &world.spa, &token).await?;
        world.ledger().consumed.push(token);
        token = next;
    }
    Ok(())
}

/// The newest acknowledged writes are there, and applications have their secret.
async fn verify(world: &World, round: usize, newest: usize) -> Result<(), Failure> {
    let mut connection = Connection::open(&world.authority).await?;
    let headers = [("authorization", world.bearer.as_str())];
    let (users, applications) = {
        let ledger = world.ledger();
        let newest_of = |ids: &[String]| ids.iter().rev().take(newest).cloned().collect::<Vec<_>>();
        (newest_of(&ledger.order), newest_of(&ledger.applications))
    };
    for id in users {
        let answer = connection.send(("GET", &format!("/api/users/{id}")), &headers, None).await?;
        if answer.status != 200 {
            return Err(format!("round {round}: acknowledged user {id} is lost: {}", answer.status).into());
        }
        let name = answer.json()?["name"].as_str().unwrap_or_default().to_owned();
        if !world.ledger().allows(&id, &name) {
            return Err(format!("round {round}: user {id} has the name {name}, which was replaced").into());
        }
    }
    for id in applications {
        let path = format!("/api/applications/{id}/secrets");
        let secrets = connection.send(("GET", &path), &headers, None).await?.expect(200)?.json()?;
        if secrets.as_array().map(Vec::len) != Some(1) {
            return Err(format!("round {round}: application {id} is half-written: {secrets}").into());
        }
    }
    Ok(())
}

/// Nothing that was used works again.
async fn verify_single_use(world: &World) -> Result<(), Failure> {
    // The grace for a repeated refresh is over after 3 s.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let (codes, tokens) = {
        let ledger = world.ledger();
        (ledger.codes.clone(), ledger.consumed.clone())
    };
    let mut connection = Connection::open(&world.authority).await?;
    for code in codes {
        if exchange(&mut connection, &world.web, &code).await.is_ok() {
            return Err("a used code worked again".into());
        }
    }
    for token in tokens {
        let body = format!("grant_type=refresh_token&refresh_token={token}&client_id={}", world.spa.id);
        if connection.send(("POST", "/oidc/token"), &[], form(&body)).await?.status == 200 {
            return Err("a used refresh token worked again after the grace".into());
        }
    }
    Ok(())
}
