//! Databases that are full, silent or gone: nothing acknowledged is lost, nobody waits for ever, and it works again by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use db::migrate::{self, Migration};
use db::{Db, DbError, DbUrl, Options, params, sql};
use kernel::Timestamp;

const ITEMS: Migration = Migration::new(1, "items", "create table items (id text primary key, data bytea not null)");

fn open(url: &DbUrl, options: &Options) -> Db {
    migrate::run(url, options, &[ITEMS], (Timestamp(1), false)).unwrap();
    Db::open(url, options).unwrap()
}

async fn insert(db: &Db, id: String, bytes: usize) -> Result<(), DbError> {
    db.write(move |tx| tx.exec_one(sql!("insert into items (id, data) values ($1, $2)"), params![id, vec![7; bytes]]))
        .await
}

async fn has(db: &Db, id: String) -> bool {
    let found: i64 =
        db.read(|r| r.query_one(sql!("select count(*) from items where id = $1"), params![id])).await.unwrap();
    found == 1
}

#[tokio::test]
async fn a_full_disk_undoes_a_group_and_acknowledges_none_of_it() {
    let folder = test_postgres::folder_of_test().unwrap();
    let url = DbUrl::from_str(&format!("sqlite://{}", folder.join("t.db").display())).unwrap();
    let db = open(&url, &Options::default());
    let pages = |limit: i64| {
        let text = db::Sql::dynamic(format!("pragma max_page_count = {limit}"));
        let db = db.clone();
        async move { db.write(move |tx| tx.query_one::<i64>(&text, &[])).await.unwrap() }
    };
    pages(40).await;
    let mut refused = 0;
    for round in 0..20 {
        // Sent together, so that they share a commit: small ones that would fit beside one that does not.
        let units = (0..6).map(|n| (format!("{round}-{n}"), if n == 3 { 1 << 20 } else { 10 }));
        let sent: Vec<_> = units
            .map(|(id, bytes)| {
                let db = db.clone();
                tokio::spawn(async move { (id.clone(), insert(&db, id, bytes).await) })
            })
            .collect();
        for one in sent {
            let (id, result) = one.await.unwrap();
            assert_eq!(has(&db, id.clone()).await, result.is_ok(), "{id}: {result:?}");
            if let Err(error) = result {
                assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 20, "the large ones do not fit");
    pages(100_000).await;
    insert(&db, "later".into(), 1 << 20).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

const FORWARD: u8 = 0;
const SWALLOW: u8 = 1;
const CLOSED: u8 = 2;

/// A wire between the server and PostgreSQL that can be cut, or swallow what is sent as a broken network does.
struct Wire {
    port: u16,
    mode: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mode, open) = (Arc::new(AtomicU8::new(FORWARD)), Arc::new(Mutex::new(Vec::new())));
        let wire = Self { port, mode: Arc::clone(&mode), open: Arc::clone(&open) };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if mode.load(Ordering::SeqCst) == CLOSED {
                    continue;
                }
                let server = TcpStream::connect(&target).unwrap();
                open.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                for (from, to) in [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)] {
                    let mode = Arc::clone(&mode);
                    std::thread::spawn(move || pump(from, to, &mode));
                }
            }
        });
        wire
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
        if mode == CLOSED {
            for stream in self.open.lock().unwrap().drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, mode: &AtomicU8) {
    let mut buffer = [0; 4096];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || mode.load(Ordering::SeqCst) == FORWARD && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn wired() -> Option<(Wire, Db)> {
    let Ok(server) = std::env::var("LOGGIA_TEST_POSTGRES") else {
        eprintln!("LOGGIA_TEST_POSTGRES is not set: not tried");
        return None;
    };
    static COUNT: AtomicU8 = AtomicU8::new(0);
    let schema = format!("outage_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let (own, text) = (server.clone(), format!("drop schema if exists {schema} cascade; create schema {schema}"));
    let create = move || postgres::Client::connect(&own, postgres::NoTls).unwrap().batch_execute(&text).unwrap();
    std::thread::spawn(create).join().unwrap();
    let rest = server.split_once("@").unwrap().1;
    let (target, database) = rest.split_once('/').unwrap();
    let wire = Wire::to(target.to_owned());
    let url = format!("postgres://postgres@127.0.0.1:{}/{database}?options=-csearch_path%3D{schema}", wire.port);
    let options = Options {
        pool_size: 2,
        queue_deadline: Duration::from_secs(1),
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Some(Duration::from_secs(1)),
        ..Options::default()
    };
    let db = open(&DbUrl::from_str(&url).unwrap(), &options);
    Some((wire, db))
}

/// Writes until one is acknowledged; none was promised before.
async fn recovers(db: &Db) {
    let patience = Instant::now() + Duration::from_secs(20);
    while let Err(error) = insert(db, "after".into(), 1).await {
        assert!(Instant::now() < patience, "{error:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(has(db, "after".into()).await);
}

#[tokio::test]
async fn a_silent_server_is_waited_for_no_longer_than_its_limits() {
    let Some((wire, db)) = wired() else { return };
    insert(&db, "before".into(), 1).await.unwrap();
    wire.set(SWALLOW);
    // More than there are connections: the first hang in a statement, the others in the queue.
    let calls: Vec<_> = (0..8)
        .map(|n| {
            let db = db.clone();
            let call = async move { insert(&db, format!("during-{n}"), 1).await.unwrap_err() };
            tokio::spawn(tokio::time::timeout(Duration::from_secs(8), call))
        })
        .collect();
    for call in calls {
        let error = call.await.unwrap().expect("a caller waited for ever");
        assert!(matches!(error, DbError::Unavailable(_) | DbError::Busy), "{error:?}");
    }
    wire.set(FORWARD);
    recovers(&db).await;
    assert!(has(&db, "before".into()).await);
}

#[tokio::test]
async fn the_first_call_after_an_outage_succeeds() {
    let Some((wire, db)) = wired() else { return };
    insert(&db, "before".into(), 1).await.unwrap();
    wire.set(CLOSED);
    for n in 0..4 {
        let error = insert(&db, format!("during-{n}"), 1).await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
    }
    wire.set(FORWARD);
    recovers(&db).await;
    // Idle connections that died meanwhile are found out before work is given to them.
    for stream in wire.open.lock().unwrap().drain(..) {
        let _ = stream.shutdown(Shutdown::Both);
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    insert(&db, "at once".into(), 1).await.unwrap();
    assert!(has(&db, "before".into()).await && has(&db, "at once".into()).await);
}

#[tokio::test]
async fn a_unit_that_ignores_a_failed_statement_is_not_acknowledged_when_it_is_undone() {
    let Some((_wire, db)) = wired() else { return };
    insert(&db, "taken".into(), 1).await.unwrap();
    let ignoring = db.write(|tx| {
        tx.exec(sql!("insert into items (id, data) values ('first', '')"), &[])?;
        let _taken = tx.exec(sql!("insert into items (id, data) values ('taken', '')"), &[]);
        Ok::<(), DbError>(())
    });
    assert!(ignoring.await.is_err());
    assert!(!has(&db, "first".into()).await);
}

#[tokio::test]
async fn statements_prepared_before_a_newer_node_changed_the_schema_work_again() {
    let Some((_wire, db)) = wired() else { return };
    insert(&db, "before".into(), 1).await.unwrap();
    let all = || db.read(|r| r.query_all::<String>(sql!("select * from items order by id"), &[]));
    // On every connection.
    for _ in 0..8 {
        assert_eq!(all().await.unwrap(), ["before"]);
    }
    db.write(|tx| tx.exec(&db::Sql::dynamic("alter table items add column later text".into()), &[])).await.unwrap();
    let mut refused = 0;
    for _ in 0..20 {
        match all().await {
            Ok(found) => assert_eq!(found, ["before"]),
            Err(error) => {
                assert_eq!(error, DbError::Busy);
                refused += 1;
            }
        }
    }
    assert!((1..=2).contains(&refused), "each connection refuses once: {refused}");
}
