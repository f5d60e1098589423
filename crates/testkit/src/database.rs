//! New databases for tests.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use db::{DbUrl, Engine};

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
        pool_size: 2,
        readers: 2,
        durable: false,
        fault_injector: Some(db::FaultInjector::default()),
        ..db::Options::default()
    }
}

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Creates an empty database and returns its URL. A file goes with the thread of the test.
pub fn fresh_url(engine: Engine) -> DbUrl {
    match engine {
        Engine::Sqlite => {
            let path = test_postgres::folder_of_test().unwrap().join(format!("{}.db", fresh_name()));
            DbUrl::from_str(&format!("sqlite://{}", path.display())).unwrap()
        }
        Engine::Postgres => schema_url(&fresh_schema()),
    }
}

fn fresh_name() -> String {
    format!("loggia_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

/// Creates an empty schema in the PostgreSQL database of the tests and returns its name.
pub(crate) fn fresh_schema() -> String {
    let name = fresh_name();
    let make = format!("drop schema if exists {name} cascade; create schema {name}");
    on_plain_thread(move || connect().batch_execute(&make).unwrap());
    name
}

pub(crate) fn schema_url(schema: &str) -> DbUrl {
    DbUrl::from_str(&format!("{}?options=-csearch_path%3D{schema}", server())).unwrap()
}

/// A connection to the PostgreSQL database of the tests, for a plain thread.
pub(crate) fn connect() -> postgres::Client {
    postgres::Client::connect(&server(), postgres::NoTls).unwrap()
}

/// The driver blocks on its own runtime, which is not allowed inside another runtime.
pub(crate) fn on_plain_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(work).join().unwrap()
}

fn server() -> String {
    std::env::var("LOGGIA_TEST_POSTGRES").unwrap()
}
