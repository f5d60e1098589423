//! A real PgBouncer in transaction mode between us and PostgreSQL.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};

use db::migrate::{self, Migration};
use db::{Db, DbError, DbUrl, Options, Sql, params, sql};
use kernel::Timestamp;
use test_postgres::{ReservedPort, TestPostgres};

const PROGRAM: &str = "/usr/sbin/pgbouncer";
const ITEMS: Migration =
    Migration::new(1, "items", "create table items (id text primary key, n bigint, flag boolean, data bytea)");

/// PgBouncer with two connections to PostgreSQL.
struct Bouncer {
    process: Child,
    folder: PathBuf,
    port: ReservedPort,
    _server: TestPostgres,
}

impl Bouncer {
    fn start() -> Option<Self> {
        if test_postgres::programs().is_none() || !PathBuf::from(PROGRAM).is_file() {
            eprintln!("PostgreSQL or PgBouncer is not installed: not tried");
            return None;
        }
        let server = TestPostgres::start(&std::env::temp_dir()).unwrap();
        let port = ReservedPort::any().unwrap();
        let folder = std::env::temp_dir().join(format!("loggia-pgbouncer-{}", port.number()));
        fs::create_dir_all(&folder).unwrap();
        let settings = format!(
            "[databases]\npostgres = host=127.0.0.1 port={} dbname=postgres user=postgres\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\nauth_type = any\nunix_socket_dir =\n\
             pool_mode = transaction\ndefault_pool_size = 2\nserver_check_delay = 0\n",
            server.port(),
            port.number()
        );
        fs::write(folder.join("pgbouncer.ini"), settings).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg(folder.join("pgbouncer.ini")).stdout(Stdio::null()).stderr(Stdio::null());
        // It refuses to run as root, as PostgreSQL does.
        if let Some((user, group)) = server.account() {
            chown(&folder, Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        let process = command.spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port.number())).is_err() {
            assert!(Instant::now() < deadline, "PgBouncer does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { process, folder, port, _server: server })
    }

    fn url(&self, query: &str) -> DbUrl {
        DbUrl::from_str(&format!("postgres://postgres@127.0.0.1:{}/postgres{query}", self.port.number())).unwrap()
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn options() -> Options {
    Options { pool_size: 8, statement_timeout: Some(Duration::from_millis(500)), ..Options::default() }
}

fn open(bouncer: &Bouncer) -> Db {
    let url = bouncer.url("?pgbouncer=true");
    migrate::run(&url, &options(), &[ITEMS], (Timestamp(1), false)).unwrap();
    Db::open(&url, &options()).unwrap()
}

async fn insert(db: &Db, id: String, n: Option<i64>) -> Result<(), DbError> {
    db.write(move |tx| {
        tx.exec_pipelined(
            sql!("insert into items (id, n, flag, data) values ($1, $2, $3, $4)"),
            params![&id, n, n.map(|n| n % 2 == 0), n.map(|n| n.to_be_bytes().to_vec())],
        )?;
        tx.exec_one(sql!("update items set n = n + $2 where id = $1"), params![&id, 0_i64])
    })
    .await
}

#[tokio::test]
async fn many_transactions_share_few_connections_of_the_server() {
    let Some(bouncer) = Bouncer::start() else { return };
    let db = open(&bouncer);
    let tasks: Vec<_> = (0..200_i64)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                insert(&db, format!("{n:03}"), (n != 7).then_some(n)).await?;
                let select = sql!("select n, flag, data from items where id = $1");
                db.read(move |r| {
                    r.query_one::<(Option<i64>, Option<bool>, Option<Vec<u8>>)>(select, params![format!("{n:03}")])
                })
                .await
            })
        })
        .collect();
    for (n, task) in (0..).zip(tasks) {
        let expected = match n {
            7 => (None, None, None),
            n => (Some(n), Some(n % 2 == 0), Some(i64::to_be_bytes(n).to_vec())),
        };
        assert_eq!(task.await.unwrap(), Ok(expected));
    }
    let count = (sql!("select count(*) from items where n > $1"), &params![100_i64][..]);
    let ids = (sql!("select id from items order by id limit $1"), &params![2_i64][..]);
    let (count, ids) = (count.0, ids.0);
    let both =
        db.read(move |r| r.query_one_and_all::<i64, String>((count, params![100_i64]), (ids, params![2_i64]))).await;
    assert_eq!(both, Ok((99, vec!["000".to_owned(), "001".to_owned()])));
}

#[tokio::test]
async fn a_unit_that_fails_or_takes_too_long_is_undone() {
    let Some(bouncer) = Bouncer::start() else { return };
    let db = open(&bouncer);
    insert(&db, "a".into(), Some(1)).await.unwrap();
    let failed = db.write(|tx| {
        tx.exec(sql!("update items set n = 2 where id = 'a'"), &[])?;
        tx.exec(sql!("insert into items (id) values ('a')"), &[])
    });
    assert!(matches!(failed.await, Err(DbError::Unique(_))));
    let sleep = Sql::dynamic("select pg_sleep(20), 1".into());
    let slow = db.write(move |tx| {
        tx.relax();
        tx.exec(sql!("update items set n = 3 where id = 'a'"), &[])?;
        tx.exec(&sleep, &[])
    });
    let started = Instant::now();
    assert_eq!(slow.await, Err(DbError::Busy));
    assert!(started.elapsed() < Duration::from_secs(2), "the limit of the server");
    let kept: i64 = db.read(|r| r.query_one(sql!("select n from items"), &[])).await.unwrap();
    assert_eq!(kept, 1);
    // The limit belonged to that transaction, not to the connection of the server.
    let shown = Sql::dynamic("select current_setting('statement_timeout')".into());
    let shown: String = db.read(move |r| r.query_one(&shown, &[])).await.unwrap();
    assert_eq!(shown, "0");
}

#[tokio::test]
async fn a_url_that_does_not_name_it_says_so() {
    let Some(bouncer) = Bouncer::start() else { return };
    let error = Db::open(&bouncer.url(""), &options()).err().unwrap().to_string();
    assert!(error.contains("add pgbouncer=true to DB_URL"), "{error}");
}
