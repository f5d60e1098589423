//! Start times, and the idle server.

use std::path::Path;
use std::time::Duration;

use crate::plan::{Engine, HASH, Plan};
use crate::server::Server;
use crate::table::Table;
use crate::target::{SIGNING_IN, Target};
use crate::{BoxError, seed, storage};

/// Seconds to watch the idle server; it does too little for a shorter time.
const IDLE: f64 = 5.0;

/// Starts a server with the benchmark's hash parameters; returns it and how long that took.
pub(super) async fn start(plan: &Plan, url: &str) -> Result<(Server, Duration), BoxError> {
    let (memory, passes) = (HASH.0.to_string(), HASH.1.to_string());
    let hash = [("PASSWORD_HASH_MEMORY", memory.as_str()), ("PASSWORD_HASH_PASSES", passes.as_str())];
    // 503 responses are counted, so their warnings are not needed.
    let extra = [hash[0], hash[1], ("LOG_LEVEL", "error"), ("OUTBOUND_ALLOW", "127.0.0.1")];
    Server::start((&plan.binary, url, plan.port), &extra).await
}

/// First starts, each on a new database.
pub async fn empty(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    let name = "ready, empty database";
    if !plan.wants(name) {
        return Ok(());
    }
    let mut times = Vec::new();
    for round in 0..plan.rounds {
        let url = storage::fresh_database(engine, directory, &format!("start{round}")).await?;
        let (server, ready) = start(plan, &url).await?;
        times.push(milliseconds(ready));
        server.stop().await?;
    }
    table.samples((engine.name, name, " ms"), None, times);
    Ok(())
}

/// Prepares a server with users; measures later starts and the idle server on the way.
pub async fn prepared(
    plan: &Plan,
    (engine, url): (&Engine, &str),
    table: &mut Table,
) -> Result<(Server, Target), BoxError> {
    let (mut server, _) = start(plan, url).await?;
    let mut by_api = plan.users;
    if plan.organizations > 0 {
        server.stop().await?;
        // Users that sign in are created by the server, with real passwords.
        by_api = SIGNING_IN;
        let took = seed::fill(url, plan.users - by_api, plan.organizations).await?;
        table.samples((engine.name, "seed", " s"), None, vec![took.as_secs_f64()]);
        (server, _) = start(plan, url).await?;
    }
    let mut target = Target::own(&server, by_api).await?;
    storage::analyze(engine).await?;
    let mut times = Vec::new();
    let later = "ready, existing database";
    for _ in 0..if plan.wants(later) { plan.rounds } else { 1 } {
        server.stop().await?;
        let (started, ready) = start(plan, url).await?;
        server = started;
        times.push(milliseconds(ready));
    }
    if plan.wants(later) {
        table.samples((engine.name, later, " ms"), None, times);
    }
    target.process = server.process();
    rest(plan, engine, &target, table).await?;
    Ok((server, target))
}

async fn rest(plan: &Plan, engine: &Engine, target: &Target, table: &mut Table) -> Result<(), BoxError> {
    let Some(process) = target.process else { return Ok(()) };
    if plan.wants("memory idle") || plan.wants("CPU idle") {
        let (mut memory, mut cpu) = (Vec::new(), Vec::new());
        tokio::time::sleep(Duration::from_secs(1)).await;
        for _ in 0..plan.rounds {
            let before = process.cpu_seconds();
            tokio::time::sleep(Duration::from_secs_f64(IDLE)).await;
            cpu.push((process.cpu_seconds() - before) / IDLE * 100.0);
            memory.push(process.memory().0);
        }
        table.samples((engine.name, "memory idle", " MB"), None, memory);
        table.samples((engine.name, "CPU idle", " % of a core"), None, cpu);
    }
    if plan.wants("binary, stripped") {
        let size = std::fs::metadata(&plan.binary)?.len() as f64 / 1e6;
        table.samples((engine.name, "binary, stripped", " MB"), None, vec![size]);
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
