//! Durable units of work per second, the storage's share of every sign-in: `cargo run --release --example throughput
//! [DB_URL]`. Each unit is three statements (compare-and-swap, insert, lookup) in one transaction.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::str::FromStr;
use std::time::{Duration, Instant};

use db::migrate::{self, Migration};
use db::{Db, DbError, DbUrl, Options, params, sql};
use kernel::Timestamp;

const TABLES: Migration = Migration::new(
    1,
    "throughput",
    "create table counters (id bigint primary key, n bigint not null); \
           create table events (id text primary key, at bigint not null)",
);

#[tokio::main]
async fn main() {
    let default = format!("sqlite://{}", std::env::temp_dir().join("loggia-throughput.db").display());
    let url = DbUrl::from_str(&std::env::args().nth(1).unwrap_or(default)).unwrap();
    let options = Options::default();
    migrate::run(&url, &options, &[TABLES], (Timestamp(0), false)).unwrap();
    let db = Db::open(&url, &options).unwrap();
    for id in 0..256_i64 {
        let insert = sql!("insert into counters (id, n) values ($1, 0) on conflict (id) do nothing");
        db.write(move |tx| tx.exec(insert, params![id])).await.unwrap();
    }
    for clients in [1, 32, 256] {
        let (rate, p99) = measure(clients, |client| write_unit(db.clone(), client)).await;
        println!("{url}: {clients} writers: {rate:.0} durable units/s, p99 {p99:.2} ms");
    }
    for clients in [1, 32] {
        let (rate, p99) = measure(clients, |client| read_unit(db.clone(), client)).await;
        println!("{url}: {clients} readers: {rate:.0} inline_reads/s, p99 {p99:.2} ms");
    }
}

async fn measure<F>(clients: i64, unit: impl Fn(i64) -> F) -> (f64, f64)
where
    F: Future<Output = ()> + Send + 'static,
{
    let start = Instant::now();
    let end = start + Duration::from_secs(4);
    let mut times = Vec::new();
    let mut running = tokio::task::JoinSet::new();
    let timed = |client: i64| {
        let work = unit(client);
        async move {
            let began = Instant::now();
            work.await;
            (client, began.elapsed())
        }
    };
    for client in 0..clients {
        running.spawn(timed(client));
    }
    while let Some(done) = running.join_next().await {
        let (client, elapsed) = done.unwrap();
        times.push(elapsed.as_secs_f64() * 1000.0);
        if Instant::now() < end {
            running.spawn(timed(client));
        }
    }
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    (rate, times[times.len() * 99 / 100])
}

async fn write_unit(db: Db, client: i64) {
    let unit = db.write(move |tx| {
        let n: i64 = tx.query_one(sql!("select n from counters where id = $1"), params![client])?;
        tx.exec_one(sql!("update counters set n = n + 1 where id = $1 and n = $2"), params![client, n])?;
        let id = kernel::id::opaque_token(&kernel::Rng::system());
        tx.exec_one(sql!("insert into events (id, at) values ($1, $2)"), params![id, n])
    });
    let _: () = unit.await.unwrap();
}

async fn read_unit(db: Db, client: i64) {
    let n: Result<i64, DbError> =
        db.read(move |r| r.query_one(sql!("select n from counters where id = $1"), params![client])).await;
    n.unwrap();
}
