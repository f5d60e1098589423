//! Fresh databases of both engines.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use db::{Db, DbUrl, Options, Sql};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// An open database per engine that this machine offers, with the tables that `create` makes.
pub fn fresh(create: &'static str) -> Vec<Db> {
    let open = |url: DbUrl| {
        let db = Db::open(&url, &Options { pool_size: 2, ..Options::default() }).unwrap();
        let created = db.write(move |tx| tx.exec(&Sql::dynamic(create.to_owned()), &[]));
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(created)).unwrap();
        db
    };
    urls().into_iter().map(open).collect()
}

fn urls() -> Vec<DbUrl> {
    let n = COUNT.fetch_add(1, Ordering::SeqCst);
    let dir = test_postgres::folder_of_test().unwrap();
    let mut urls = vec![DbUrl::from_str(&format!("sqlite://{}", dir.join("t.db").display())).unwrap()];
    match std::env::var("LOGGIA_TEST_POSTGRES") {
        Ok(base) => {
            let schema = format!("{}_{}_{n}", env!("CARGO_CRATE_NAME"), std::process::id());
            let (server, create) =
                (base.clone(), format!("drop schema if exists {schema} cascade; create schema {schema}"));
            std::thread::spawn(move || {
                postgres::Client::connect(&server, postgres::NoTls).unwrap().batch_execute(&create).unwrap();
            })
            .join()
            .unwrap();
            urls.push(DbUrl::from_str(&format!("{base}?options=-csearch_path%3D{schema}")).unwrap());
        }
        Err(_) => eprintln!("LOGGIA_TEST_POSTGRES is not set: SQLite only"),
    }
    urls
}
