//! The raw rates of the machine: what each figure is measured against.

use std::str::FromStr;
use std::time::Instant;

use db::{Db, DbUrl, Options, migrate, params, sql};
use kernel::{Rng, Timestamp, id};

use crate::http::Connection;
use crate::load::{self, Measured};
use crate::{Failure, timed};

/// ES384 signatures per second on one core.
pub fn signatures() -> Result<f64, Failure> {
    let (_, key) = jose::SigningKey::generate_es384()?;
    let claims =
        serde_json::json!({"sub": "u", "aud": "a", "iss": "i", "iat": 1, "exp": 2, "scope": "all", "jti": "j"});
    let (start, mut done) = (Instant::now(), 0_u32);
    while start.elapsed().as_secs_f64() < 1.0 {
        std::hint::black_box(key.sign(Some("at+jwt"), &claims)?);
        done += 1;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

/// Argon2id hashes per second on one core.
pub fn hashes(memory: u32, passes: u32) -> Result<f64, Failure> {
    let params = argon2::Params::new(memory, passes, 1, Some(32)).map_err(|error| error.to_string())?;
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let (start, mut done) = (Instant::now(), 0_u32);
    let mut out = [0; 32];
    while start.elapsed().as_secs_f64() < 1.5 {
        hasher.hash_password_into(b"password", b"0123456789abcdef", &mut out).map_err(|error| error.to_string())?;
        done += 1;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

/// Durable units of three statements per second with 32 writers.
pub async fn units(url: &str) -> Result<f64, Failure> {
    const TABLES: migrate::Migration = migrate::Migration {
        version: 1,
        name: "bench",
        text: "create table counters (id bigint primary key, n bigint not null); \
               create table events (id text primary key, at bigint not null)",
    };
    let (url, options) = (DbUrl::from_str(url)?, Options::default());
    migrate::run(&url, &options, &[TABLES], (Timestamp(0), false))?;
    let db = Db::open(&url, &options)?;
    let measured = load::run(32, 3.0, |client, deadline| {
        let db = db.clone();
        timed(deadline, async move || {
            let id = client as i64;
            db.write(move |tx| {
                let insert = sql!(
                    "insert into counters (id, n) values ($1, 0) on conflict (id) do update set n = counters.n + 1"
                );
                tx.exec_one(insert, params![id])?;
                let n: i64 = tx.one(sql!("select n from counters where id = $1"), params![id])?;
                let event = id::opaque(&Rng::system());
                tx.exec_one(sql!("insert into events (id, at) values ($1, $2)"), params![event, n])
            })
            .await
            .map_err(|error: db::DbError| error.into())
        })
    });
    Ok(measured.await?.rate)
}

/// An empty axum route over loopback.
pub async fn empty_route(connections: usize) -> Result<Measured, Failure> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let authority = listener.local_addr()?.to_string();
    let app = axum::Router::new().route("/", axum::routing::get(async || "ok"));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let measured = load::run(connections, 3.0, |_, deadline| {
        let authority = authority.clone();
        async move {
            let mut connection = Connection::open(&authority).await?;
            timed(deadline, async move || connection.send(("GET", "/"), &[], None).await?.expect(200).map(drop)).await
        }
    })
    .await;
    server.abort();
    measured
}
