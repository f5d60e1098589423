//! New databases for tests.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use db::DbUrl;

/// An engine that tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The available engines.
pub(crate) fn engines() -> Vec<Engine> {
    match std::env::var_os("LOGGIA_TEST_POSTGRES") {
        Some(_) => vec![Engine::Sqlite, Engine::Postgres],
        None => {
            eprintln!("LOGGIA_TEST_POSTGRES is not set: SQLite only");
            vec![Engine::Sqlite]
        }
    }
}

/// Options for tests: few connections, commits without fsync, fault injection.
pub fn options() -> db::Options {
    db::Options {
        pool_size: 4,
        readers: 2,
        durable: false,
        fault_injector: Some(db::FaultInjector::default()),
        ..db::Options::default()
    }
}

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Creates an empty database and returns its URL. A file goes with the thread of the test.
pub fn fresh_url(engine: Engine) -> DbUrl {
    let name = format!("loggia_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    match engine {
        Engine::Sqlite => {
            let path = test_postgres::folder_of_test().unwrap().join(format!("{name}.db"));
            DbUrl::from_str(&format!("sqlite://{}", path.display())).unwrap()
        }
        Engine::Postgres => {
            let server = std::env::var("LOGGIA_TEST_POSTGRES").unwrap();
            let (own, text) = (server.clone(), format!("drop schema if exists {name} cascade; create schema {name}"));
            // The driver blocks on its own runtime, which is not allowed inside another runtime.
            std::thread::spawn(move || {
                postgres::Client::connect(&own, postgres::NoTls).unwrap().batch_execute(&text).unwrap();
            })
            .join()
            .unwrap();
            DbUrl::from_str(&format!("{server}?options=-csearch_path%3D{name}")).unwrap()
        }
    }
}

/// Deletes a database made by [`fresh_url`].
pub(crate) fn remove(url: &DbUrl) {
    if let Some(path) = url.path() {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
    }
}
