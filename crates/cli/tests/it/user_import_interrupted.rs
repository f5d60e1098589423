//! Imports that are killed, and imports beside a server that works.

use std::time::Duration;

use serde_json::{Value, json};

use crate::installation::{Engine, Installation, on_each_engine};
use crate::user_import::{counts, import, management_token, text};

/// Every tenth line has nothing that names its user.
fn many(count: usize) -> Vec<Value> {
    let line = |n: usize| match n % 10 {
        0 => json!({"name": format!("Person {n}")}),
        _ => {
            json!({"username": format!("u{n}"), "primaryEmail": format!("u{n}@example.com"), "name": format!("Person {n}")})
        }
    };
    (0..count).map(line).collect()
}

fn users(place: &Installation) -> i64 {
    place.count("select count(*) from users where tenant_id = 'default'")
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    on_each_engine(|place| {
        const LINES: usize = 30_000;
        let lines = text(&many(LINES));
        let path = place.folder.join("users.jsonl");
        std::fs::write(&path, &lines).unwrap();
        assert!(place.run(&["app", "list"]).status.success());
        let mut kills = 0;
        for attempt in 0..3 {
            let before = users(place);
            let words = ["user", "import", "users.jsonl", "--on-conflict", "skip"];
            let mut command = place.command(&words);
            let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
            // Killed once it has written something more.
            while users(place) == before && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(20));
            }
            let is_running = child.try_wait().unwrap().is_none();
            child.kill().unwrap();
            child.wait().unwrap();
            kills += usize::from(is_running);
            assert!(attempt > 0 || is_running, "it was over before it was killed");
            if place.engine == Engine::Postgres {
                // The server ends what a dead client began.
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        assert!(kills > 0);
        let there = users(place);
        assert!(there > 0 && there < i64::try_from(LINES).unwrap(), "{there}");
        let (report, _) = import(place, &["--on-conflict", "skip"], &lines);
        let left = i64::try_from(LINES).unwrap() - there;
        assert_eq!(counts(&report), [30_000, left, 0, there, 0]);
        assert_eq!(users(place), 30_000);
        assert_eq!(place.count("select count(distinct name) from users where tenant_id = 'default'"), 30_000);
        let sum = "select cast(sum(users) as bigint) from user_counts where tenant_id = 'default'";
        assert_eq!(place.count(sum), 30_000);
    });
}

#[test]
fn a_server_beside_an_import_goes_on_working() {
    on_each_engine(|place| {
        let serving = place.serve();
        let bearer = management_token(place, &serving);
        let path = place.folder.join("users.jsonl");
        std::fs::write(&path, text(&many(10_000))).unwrap();
        let mut child =
            place.command(&["user", "import", "users.jsonl"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let (mut made, mut slowest) = (0, Duration::ZERO);
        while child.try_wait().unwrap().is_none() {
            let started = std::time::Instant::now();
            let body = json!({"username": format!("beside_{made}")}).to_string();
            let (status, answer) = serving.request("POST", "/api/users", &headers, &body);
            assert_eq!(status, 200, "{answer}");
            made += 1;
            slowest = slowest.max(started.elapsed());
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(child.wait().unwrap().success());
        assert!(made > 3 && slowest < Duration::from_secs(4), "{made} users, {slowest:?}");
        assert_eq!(users(place), 10_000 + made);
        let (status, body) = serving.request("GET", "/api/users?page_size=1", &headers, "");
        assert_eq!(status, 200, "{body}");
    });
}
