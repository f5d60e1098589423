//! Both engines through the same calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use db::migrate::{self, Migration};
use db::{Db, DbError, DbUrl, Options, Sql, params, sql};
use kernel::Timestamp;

static COUNT: AtomicU64 = AtomicU64::new(0);

const STEPS: &[Migration] = &[
    Migration::new(
        1,
        "items",
        "create table items (tenant_id text not null, id text not null, name text, flag boolean not null, at bigint, data bytea, primary key (tenant_id, id), unique (tenant_id, name))",
    ),
    Migration::new(
        2,
        "children",
        "create table children (tenant_id text not null, item_id text not null, foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade)",
    ),
];

fn embedded() -> DbUrl {
    let dir = test_postgres::folder_of_test().unwrap();
    DbUrl::from_str(&format!("sqlite://{}", dir.join("t.db").display())).unwrap()
}

/// A fresh database per engine that this machine offers.
fn urls() -> Vec<DbUrl> {
    let n = COUNT.fetch_add(1, Ordering::SeqCst);
    let mut urls = vec![embedded()];
    match std::env::var("LOGGIA_TEST_POSTGRES") {
        Ok(base) => {
            let schema = format!("db_{}_{n}", std::process::id());
            let create = format!("drop schema if exists {schema} cascade; create schema {schema}");
            let server = base.clone();
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

fn options() -> Options {
    Options { pool_size: 4, ..Options::default() }
}

fn fresh() -> Vec<Db> {
    let open = |url: &DbUrl| {
        migrate::run(url, &options(), STEPS, (Timestamp(1), false)).unwrap();
        Db::open(url, &options()).unwrap()
    };
    urls().iter().map(open).collect()
}

async fn insert(db: &Db, id: &'static str, name: &'static str) -> Result<(), DbError> {
    db.write(move |tx| {
        tx.exec_one(
            sql!("insert into items (tenant_id, id, name, flag, at, data) values ($1, $2, $3, $4, $5, $6)"),
            params!["t", id, name, true, Timestamp(7), vec![0_u8, 255]],
        )
    })
    .await
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for db in fresh() {
        insert(&db, "a", "it's").await.unwrap();
        let row: (String, bool, Timestamp, Vec<u8>, Option<String>) = db
            .read(|r| {
                r.query_one(
                    sql!("select name, flag, at, data, cast(null as text) from items where id = $1"),
                    params!["a"],
                )
            })
            .await
            .unwrap();
        assert_eq!(row, ("it's".into(), true, Timestamp(7), vec![0, 255], None), "{db:?}");
    }
}

#[tokio::test]
async fn a_failed_unit_leaves_nothing_and_disturbs_no_other() {
    for db in fresh() {
        insert(&db, "a", "x").await.unwrap();
        let failing = db.write(|tx| {
            tx.exec(sql!("update items set name = 'changed' where id = 'a'"), &[])?;
            tx.exec(sql!("insert into children (tenant_id, item_id) values ('t', 'nobody')"), &[])
        });
        let (failed, fine) = tokio::join!(failing, insert(&db, "b", "y"));
        assert_eq!(failed, Err(DbError::ForeignKey), "{db:?}");
        fine.unwrap();
        let names: Vec<String> =
            db.read(|r| r.query_all(sql!("select name from items order by id"), &[])).await.unwrap();
        assert_eq!(names, ["x", "y"]);
    }
}

#[tokio::test]
async fn a_relaxed_unit_stands_and_a_failed_one_does_not() {
    for db in fresh() {
        let unit = async |name: &'static str, fails: bool| {
            db.write(move |tx| {
                tx.relax();
                let insert = sql!("insert into items (tenant_id, id, name, flag) values ('t', $1, $1, true)");
                tx.exec_one(insert, params![name])?;
                if fails { Err(DbError::Conflict) } else { Ok(()) }
            })
            .await
        };
        assert_eq!((unit("a", false).await, unit("b", true).await), (Ok(()), Err(DbError::Conflict)), "{db:?}");
        assert!(matches!(unit("a", false).await, Err(DbError::Unique(_))), "{db:?}");
        insert(&db, "c", "y").await.unwrap();
        let names: Vec<String> = db.read(|r| r.query_all(sql!("select id from items order by id"), &[])).await.unwrap();
        assert_eq!(names, ["a", "c"], "{db:?}");
        if matches!(db.url(), DbUrl::Postgres(_)) {
            // Only that unit was relaxed, not its connection.
            for _ in 0..8 {
                let setting = Sql::dynamic("select current_setting('synchronous_commit')".into());
                let setting: String = db.read(move |r| r.query_one(&setting, &[])).await.unwrap();
                assert_eq!(setting, "on");
            }
        }
    }
}

#[tokio::test]
async fn a_taken_value_names_its_key_on_both_engines() {
    for db in fresh() {
        insert(&db, "a", "x").await.unwrap();
        let error = insert(&db, "b", "x").await.unwrap_err();
        assert!(error.unique_on("items", &["tenant_id", "name"]), "{db:?}: {error:?}");
    }
}

#[tokio::test]
async fn compare_and_swap_has_one_winner() {
    for db in fresh() {
        insert(&db, "a", "free").await.unwrap();
        let tries = (0..50).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let swap = sql!("update items set name = 'taken' where id = 'a' and name = 'free'");
                db.write(move |tx| tx.exec_one(swap, &[])).await
            })
        });
        let mut won = 0;
        for attempt in tries.collect::<Vec<_>>() {
            match attempt.await.unwrap() {
                Ok(()) => won += 1,
                Err(error) => assert_eq!(error, DbError::Conflict),
            }
        }
        assert_eq!(won, 1, "{db:?}");
    }
}

#[tokio::test]
async fn statements_sent_together_run_in_their_order() {
    for db in fresh() {
        insert(&db, "a", "").await.unwrap();
        let append = sql!("update items set name = name || $1 where id = 'a'");
        let letters: Vec<String> = ('!'..='z').map(String::from).collect();
        let (expected, sent) = (letters.concat(), letters);
        let seen: String = db
            .write(move |tx| {
                sent.iter().try_for_each(|letter| tx.exec_pipelined(append, params![letter]))?;
                let seen = tx.query_one(sql!("select name from items where id = 'a'"), &[])?;
                tx.exec_pipelined(append, params!["."])?;
                Ok::<_, DbError>(seen)
            })
            .await
            .unwrap();
        let kept: String = db.read(|r| r.query_one(sql!("select name from items"), &[])).await.unwrap();
        assert_eq!((seen, kept), (expected.clone(), format!("{expected}.")), "{db:?}");
    }
}

#[tokio::test]
async fn two_questions_are_answered_together() {
    for db in fresh() {
        insert(&db, "a", "x").await.unwrap();
        insert(&db, "b", "y").await.unwrap();
        let names = sql!("select name from items where id >= $1 order by id");
        let count = sql!("select count(*) from items where id >= $1");
        let none = sql!("select id from items where id = 'nobody'");
        let asked = db.read(move |r| r.query_one_and_all((count, params!["b"]), (names, params!["a"])));
        let (count, names): (i64, Vec<String>) = asked.await.unwrap();
        assert_eq!((count, names), (1, vec!["x".to_owned(), "y".to_owned()]), "{db:?}");
        let missing = db.read(move |r| r.query_one_and_all::<String, String>((none, &[]), (none, &[])));
        assert_eq!(missing.await, Err(DbError::NotFound));
        // In the transaction that has just begun, and behind what was sent.
        let own = db.write(move |tx| {
            tx.exec_pipelined(sql!("insert into items (tenant_id, id, flag) values ('t', 'c', true)"), &[])?;
            let ids = sql!("select id from items order by id");
            tx.query_one_and_all::<i64, String>((sql!("select count(*) from items"), &[]), (ids, &[]))
        });
        assert_eq!(own.await.unwrap(), (3, vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
    }
}

#[tokio::test]
async fn a_statement_that_was_sent_and_failed_undoes_its_unit() {
    let options = Options { pool_size: 1, ..options() };
    for url in urls() {
        migrate::run(&url, &options, STEPS, (Timestamp(1), false)).unwrap();
        let db = Db::open(&url, &options).unwrap();
        for alone in [true, false] {
            let failed = db.write(move |tx| {
                tx.exec_pipelined(sql!("insert into items (tenant_id, id, flag) values ('t', 'a', true)"), &[])?;
                tx.exec_pipelined(sql!("insert into children (tenant_id, item_id) values ('t', 'nobody')"), &[])?;
                if alone {
                    return Ok(0);
                }
                tx.exec(sql!("insert into items (tenant_id, id, flag) values ('t', 'b', true)"), &[])
            });
            assert_eq!(failed.await, Err(DbError::ForeignKey), "{db:?}");
        }
        let given_up = db.write(|tx| {
            tx.exec_pipelined(sql!("insert into items (tenant_id, id, flag) values ('t', 'c', true)"), &[])?;
            Err::<(), _>(DbError::Conflict)
        });
        assert_eq!(given_up.await, Err(DbError::Conflict));
        insert(&db, "d", "d").await.unwrap();
        let kept: Vec<String> = db.read(|r| r.query_all(sql!("select id from items"), &[])).await.unwrap();
        assert_eq!(kept, ["d"], "{db:?}");
    }
}

#[tokio::test]
async fn a_panic_in_a_unit_costs_only_that_unit() {
    for db in fresh() {
        let lost: Result<(), DbError> = db
            .write(|tx| {
                tx.exec(sql!("insert into items (tenant_id, id, flag) values ('t', 'p', true)"), &[])?;
                panic!("on purpose")
            })
            .await;
        assert!(matches!(lost, Err(DbError::Unavailable(_))));
        insert(&db, "a", "x").await.unwrap();
        let count: i64 = db.read(|r| r.query_one(sql!("select count(*) from items"), &[])).await.unwrap();
        assert_eq!(count, 1, "{db:?}");
    }
}

#[tokio::test]
async fn like_is_case_sensitive_and_lower_folds() {
    for db in fresh() {
        insert(&db, "a", "Tom").await.unwrap();
        let count = async |pattern: &'static str| -> i64 {
            let text = sql!("select count(*) from items where name like $1 escape '\\'");
            db.read(move |r| r.query_one(text, params![pattern])).await.unwrap()
        };
        assert_eq!((count("T%").await, count("t%").await), (1, 0), "{db:?}");
    }
}

#[tokio::test]
async fn migrations_run_once_refuse_a_newer_schema_and_snapshot_first() {
    for url in urls() {
        let run = |steps: &[Migration], dry| migrate::run(&url, &options(), steps, (Timestamp(1), dry));
        assert_eq!(run(STEPS, true).unwrap().steps.len(), 2);
        let first = run(&STEPS[..1], false).unwrap();
        assert_eq!((first.steps, first.snapshot.is_some()), (vec!["0001_items".to_owned()], false));
        let second = run(STEPS, false).unwrap();
        assert_eq!(second.steps, ["0002_children"]);
        assert_eq!(second.snapshot.as_ref().is_some_and(|p| p.exists()), url.path().is_some());
        assert!(run(STEPS, false).unwrap().steps.is_empty());
        assert_eq!(run(&STEPS[..1], false).unwrap_err(), DbError::NewerSchema { found: 2, known: 1 });
    }
}

#[tokio::test]
async fn concurrent_starts_migrate_once() {
    for url in urls() {
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                std::thread::spawn(move || migrate::run(&url, &options(), STEPS, (Timestamp(1), false)))
            })
            .collect();
        let steps: usize = starts.into_iter().map(|s| s.join().unwrap().unwrap().steps.len()).sum();
        assert_eq!(steps, 2, "{url}");
    }
}

#[tokio::test]
async fn the_snapshot_of_concurrent_starts_is_from_before_the_step() {
    for _ in 0..20 {
        let url = embedded();
        let run = |steps: &[Migration], dry| migrate::run(&url, &options(), steps, (Timestamp(1), dry));
        run(&STEPS[..1], false).unwrap();
        let steps: usize = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| run(STEPS, false).unwrap().steps.len())).collect();
            starts.into_iter().map(|start| start.join().unwrap()).sum()
        });
        assert_eq!(steps, 1);
        let path = url.path().unwrap();
        let copied = DbUrl::Sqlite(path.with_extension("before-0002.db"));
        let missing = migrate::run(&copied, &options(), STEPS, (Timestamp(1), true)).unwrap().steps;
        assert_eq!(missing, ["0002_children"]);
        let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
        let unfinished = files.filter(|file| file.as_ref().unwrap().path().extension().unwrap() == "tmp");
        assert_eq!(unfinished.count(), 0);
    }
}

#[tokio::test]
async fn a_snapshot_of_an_earlier_try_is_replaced() {
    let url = embedded();
    let run = |steps: &[Migration]| migrate::run(&url, &options(), steps, (Timestamp(1), false));
    run(&STEPS[..1]).unwrap();
    run(&[STEPS[0], Migration::new(2, "broken", "select nonsense from nowhere")]).unwrap_err();
    insert(&Db::open(&url, &options()).unwrap(), "a", "x").await.unwrap();
    let snapshot = run(STEPS).unwrap().snapshot.unwrap();
    let copied = Db::open(&DbUrl::Sqlite(snapshot), &options()).unwrap();
    let count: i64 = copied.read(|r| r.query_one(sql!("select count(*) from items"), &[])).await.unwrap();
    assert_eq!(count, 1, "what was written after the first try is missing in the copy");
}

#[tokio::test]
async fn a_failing_migration_is_undone_and_named() {
    let broken = Migration::new(3, "broken", "create table half (id text); select nonsense from nowhere");
    for url in urls() {
        let steps = [STEPS[0], STEPS[1], broken];
        let error = migrate::run(&url, &options(), &steps, (Timestamp(1), false)).unwrap_err();
        assert!(error.to_string().contains("0003_broken"), "{error}");
        let db = Db::open(&url, &options()).unwrap();
        let half: Result<i64, DbError> = db.read(|r| r.query_one(sql!("select count(*) from children"), &[])).await;
        assert_eq!(half, Ok(0));
        let gone: Result<i64, DbError> =
            db.read(|r| r.query_one(&db::Sql::dynamic("select count(*) from half".into()), &[])).await;
        assert!(gone.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lookup_stays_on_the_callers_thread_while_a_connection_is_free() {
    let dir = std::env::temp_dir().join(format!("loggia-lookups-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let db =
        Db::open(&DbUrl::from_str(&format!("sqlite://{}", dir.join("t.db").display())).unwrap(), &options()).unwrap();
    let here = std::thread::current().id();
    let place = async || -> Result<_, DbError> {
        db.read_inline(|r| {
            r.query_one::<i64>(sql!("select cast(1 as bigint)"), &[])?;
            Ok::<_, DbError>(std::thread::current().id())
        })
        .await
    };
    assert_eq!(place().await, Ok(here));
    assert_ne!(db.read(|_| Ok::<_, DbError>(std::thread::current().id())).await, Ok(here));
    // As many as there are cores, each with the next one inside it.
    fn nested(db: &Db, depth: usize) -> std::thread::ThreadId {
        let inner = db.clone();
        let work = move |_: &db::Read<'_>| {
            Ok::<_, DbError>(if depth == 0 { std::thread::current().id() } else { nested(&inner, depth - 1) })
        };
        let looked_up = db.read_inline(work);
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(looked_up)).unwrap()
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    let all_are_busy = tokio::spawn(async move { (std::thread::current().id(), nested(&db, cores)) }).await.unwrap();
    assert_ne!(all_are_busy.0, all_are_busy.1, "with none free it goes to a thread of the database");
    std::fs::remove_dir_all(dir).unwrap();
}
