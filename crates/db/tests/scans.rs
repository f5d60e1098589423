//! Reads of many rows: few at once, each for a limited time; patterns mean the same on both engines.
#![allow(clippy::unwrap_used)]

mod databases;

use std::time::{Duration, Instant};

use db::{Db, DbError, Sql, UNICODE, params, sql};

const TABLE: &str = "create table words (word text primary key)";

/// Counts forever, on both engines.
fn endless() -> Sql {
    Sql::dynamic(
        "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n) select count(*) from n where i < 0"
            .into(),
    )
}

async fn scan(db: &Db) -> Result<i64, DbError> {
    db.read_scan(|r| r.query_one(&endless(), &[])).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scans_end_in_time_and_leave_the_database_to_others() {
    for db in databases::fresh(TABLE) {
        let started = Instant::now();
        let scans: Vec<_> = (0..24)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { scan(&db).await })
            })
            .collect();
        let mut slowest = Duration::ZERO;
        while started.elapsed() < Duration::from_secs(3) {
            let asked = Instant::now();
            let word = format!("{}", started.elapsed().as_nanos());
            db.write(move |tx| tx.exec_one(sql!("insert into words (word) values ($1)"), params![word])).await.unwrap();
            db.read(|r| r.query_one::<i64>(sql!("select count(*) from words"), &[])).await.unwrap();
            slowest = slowest.max(asked.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for scan in scans {
            assert_eq!(scan.await.unwrap(), Err(DbError::Busy), "{db:?}");
        }
        assert!(started.elapsed() < Duration::from_secs(8), "{db:?}: {:?}", started.elapsed());
        assert!(slowest < Duration::from_secs(1), "{db:?}: {slowest:?}");
        // The connections that were interrupted work.
        for _ in 0..8 {
            let count: i64 = db.read_scan(|r| r.query_one(sql!("select count(*) from words"), &[])).await.unwrap();
            assert!(count > 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pattern_matches_the_same_on_both_engines() {
    let words =
        ["tom", "tommy", "TOM", "a-b", "a.b", "x]y", "50%", "1234", "a b", "Zoë", "(x)", "{y}", "a\\b", "tab\there"];
    let accepted = [
        "^tom+y$",
        "^(tom|a.b)$",
        "[[:digit:]]+",
        "^[a-c]",
        "[^a-z]",
        "\\d{2,3}",
        "\\s",
        "(?:om)my",
        "a\\.b",
        "x\\]y",
        "[]x]",
        "^\\(",
        "\\{y\\}",
        "y}",
        "a\\\\b",
        "%$",
        "[-a]$",
        "[a-]$",
        "\\W",
        "",
        "a|",
        "t.*?y",
        "^.{3}$",
        "\\t",
        "[\\d%]",
        "[.]",
    ];
    let refused = [
        "(",
        "[",
        "a**",
        "^*",
        "a{256}",
        "(?i)tom",
        "(?P<n>a)",
        "\\bt",
        "\\p{L}",
        "\\x41",
        "[a&&b]",
        "[[a]b]",
        "(a)\\1",
        "(?=a)",
        "[[:word:]]",
        "[[:^alpha:]]",
        "[\\w-.]",
        "\\A",
        "\\z",
        "[\\D]",
        "***=a",
        "a{2}{3}",
        "{",
        "[z-a]",
        "(?x)a",
    ];
    for pattern in refused {
        assert!(!db::is_pattern(pattern), "{pattern}");
    }
    let mut results = Vec::new();
    for db in databases::fresh(TABLE) {
        db.write(move |tx| {
            words.iter().try_for_each(|word| tx.exec_one(sql!("insert into words (word) values ($1)"), params![*word]))
        })
        .await
        .unwrap();
        let mut found = Vec::new();
        for pattern in accepted {
            assert!(db::is_pattern(pattern), "{pattern}");
            let select = sql!("select word from words where regexp_like(word", UNICODE, ", $1, 'c')");
            let mut matches: Vec<String> = db.read_scan(move |r| r.query_all(select, params![pattern])).await.unwrap();
            matches.sort();
            found.push((pattern, matches));
        }
        results.push(found);
    }
    let mut engines = results.into_iter();
    let first = engines.next().unwrap();
    assert!(first.contains(&("^tom+y$", vec!["tommy".to_owned()])));
    for other in engines {
        assert_eq!(first, other);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn case_is_folded_in_any_locale() {
    for db in databases::fresh(TABLE) {
        for word in ["ZOË", "ÄRGER", "ПРИВЕТ", "Straße", "TOM"] {
            db.write(move |tx| tx.exec_one(sql!("insert into words (word) values ($1)"), params![word])).await.unwrap();
        }
        for (asked, found) in
            [("zoë", "ZOË"), ("Ärger", "ÄRGER"), ("привет", "ПРИВЕТ"), ("STRAßE", "Straße"), ("tom", "TOM")]
        {
            let equal =
                sql!("select word from words where lower(word", UNICODE, ") = lower(cast($1 as text)", UNICODE, ")");
            let words: Vec<String> = db.read(move |r| r.query_all(equal, params![asked])).await.unwrap();
            assert_eq!(words, [found], "{db:?}");
            let matching = sql!("select word from words where regexp_like(word", UNICODE, ", $1, 'i')");
            let pattern = format!("^{asked}$");
            let words: Vec<String> = db.read(move |r| r.query_all(matching, params![pattern])).await.unwrap();
            assert_eq!(words, [found], "{db:?}");
        }
    }
}
