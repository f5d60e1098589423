//! Starting and stopping the server, and the errors for wrong settings.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use crate::installation::{Engine, Installation, assert_refused, on_each_engine, stderr};

#[test]
fn serve_needs_no_step_before_it_and_stops_cleanly_on_both_signals() {
    on_each_engine(|place| {
        for signal in ["TERM", "INT"] {
            let serving = place.serve();
            assert_eq!(serving.request("GET", "/api/status", &[], "").0, 204);
            assert_eq!(serving.stop(signal), Some(0));
        }
    });
}

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let place = Installation::new(Engine::Sqlite);
    let file = place.folder.join("loggia.toml");
    std::fs::write(&file, "endpoint = \"nonsense-in-the-file\"\n").unwrap();
    let with_file = |words: &[&str]| {
        let words = [&["migrate", "--config", "loggia.toml"], words].concat();
        place.run(&words)
    };
    assert_refused(&with_file(&[]), 3, &["ENDPOINT", "nonsense-in-the-file"]);
    assert!(with_file(&["--endpoint", "https://auth.example.com"]).status.success());
    let mut by_environment = place.command(&["migrate", "--config", "loggia.toml"]);
    assert!(by_environment.env("ENDPOINT", "https://auth.example.com").status().unwrap().success());
}

#[test]
fn a_port_that_is_taken_is_named_and_nothing_is_written() {
    let place = Installation::new(Engine::Sqlite);
    let taken = TcpListener::bind(("0.0.0.0", place.port)).unwrap();
    assert_refused(&place.run(&["serve"]), 3, &[&place.port.to_string(), "PORT"]);
    assert!(!place.folder.join("loggia.db").exists());
    drop(taken);
    let _taken = TcpListener::bind(("0.0.0.0", place.admin_port)).unwrap();
    assert_refused(&place.run(&["serve"]), 3, &[&place.admin_port.to_string(), "ADMIN_PORT"]);
    assert!(!place.folder.join("loggia.db").exists());
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let mut place = Installation::new(Engine::Sqlite);
    place.url = "postgres://loggia:hunter2@127.0.0.1:1/loggia".into();
    for words in [["serve"], ["migrate"]] {
        let output = place.run(&words);
        assert_refused(&output, 4, &["PostgreSQL can't be reached", "DB_URL"]);
        assert!(!stderr(&output).contains("hunter2"));
    }
    place.url = "sqlite:///no/such/folder/loggia.db".into();
    assert_refused(&place.run(&["serve"]), 4, &["/no/such/folder/loggia.db", "directory"]);
}

#[test]
fn a_read_only_database_file_is_refused_and_unchanged() {
    let place = Installation::new(Engine::Sqlite);
    assert!(place.run(&["migrate"]).status.success());
    let file = place.folder.join("loggia.db");
    let before = std::fs::read(&file).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    if is_root() {
        std::os::unix::fs::chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    std::fs::set_permissions(&place.folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    let mut serve = as_somebody(&place, &["serve"]);
    assert_refused(&serve.output().unwrap(), 4, &["loggia.db", "may be written"]);
    let doctor = as_somebody(&place, &["doctor"]).output().unwrap();
    assert_eq!(doctor.status.code(), Some(4), "{}", stderr(&doctor));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("change DB_URL"));
    std::fs::set_permissions(&place.folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t0\t0")
}

/// The command under an unprivileged account: file permissions do not apply to root.
fn as_somebody(place: &Installation, words: &[&str]) -> std::process::Command {
    let mut command = place.command(words);
    if !is_root() {
        return command;
    }
    // Other accounts may be unable to enter the build directory.
    let copy = test_postgres::folder_of_test().unwrap().join("loggia");
    // Made by a process of its own: a file that this one writes is busy while another test starts its processes.
    let mut install = std::process::Command::new("install");
    assert!(install.args(["-m", "755"]).arg(command.get_program()).arg(&copy).status().unwrap().success());
    let mut other = std::process::Command::new(&copy);
    other.args(words).current_dir(&place.folder).env_clear().uid(NOBODY).gid(NOBODY);
    for (name, value) in command.get_envs() {
        other.env(name, value.unwrap());
    }
    command = other;
    command
}

#[test]
fn a_read_only_postgres_is_refused() {
    let Ok(server) = std::env::var("LOGGIA_TEST_POSTGRES") else { return };
    let mut place = Installation::new(Engine::Postgres);
    let schema = place.url.rsplit("%3D").next().unwrap().to_owned();
    place.url = format!("{server}?options=-csearch_path%3D{schema}%20-cdefault_transaction_read_only%3Don");
    assert_refused(&place.run(&["serve"]), 4, &["can't be written", "read-only"]);
}

#[test]
fn a_database_with_another_encoding_is_refused_and_left_alone() {
    let place = Installation::new(Engine::Sqlite);
    let file = place.folder.join("loggia.db");
    place.tamper("pragma encoding = 'UTF-16'; create table others (name text)");
    let before = std::fs::read(&file).unwrap();
    for words in [["serve"], ["migrate"]] {
        assert_refused(&place.run(&words), 4, &["UTF-16", "UTF-8", "DB_URL"]);
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let Ok(server) = std::env::var("LOGGIA_TEST_POSTGRES") else { return };
    let mut place = Installation::new(Engine::Postgres);
    let name = format!("loggia_latin1_{}", std::process::id());
    let (schema_url, (base, _)) = (place.url.clone(), server.rsplit_once('/').unwrap());
    place.tamper(&format!("drop database if exists {name}"));
    place.tamper(&format!("create database {name} encoding 'LATIN1' locale 'C' template template0"));
    place.url = format!("{base}/{name}");
    for words in [["serve"], ["migrate"]] {
        assert_refused(&place.run(&words), 4, &["LATIN1", "UTF-8", "DB_URL"]);
    }
    place.tamper("do $$ begin assert (select count(*) from pg_tables where schemaname = 'public') = 0; end $$");
    place.url = schema_url;
    place.tamper(&format!("drop database {name}"));
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    on_each_engine(|place| {
        let migrated = place.run(&["migrate"]);
        assert!(migrated.status.success(), "{migrated:?}");
        place.tamper(
            "insert into schema_migrations (version, name, checksum, applied_at) values (9999, 'future', 'x', 0)",
        );
        for words in [["serve"], ["migrate"]] {
            assert_refused(&place.run(&words), 4, &["9999", "newer Loggia"]);
        }
    });
}

#[test]
fn a_bad_endpoint_is_named_with_an_example() {
    let place = Installation::new(Engine::Sqlite);
    for bad in ["auth.example.com", "ftp://auth.example.com", "https://auth.example.com/login", "https://"] {
        assert_refused(&place.run(&["serve", "--endpoint", bad]), 3, &["ENDPOINT", bad, "https://auth.example.com"]);
    }
    assert!(!place.folder.join("loggia.db").exists());
}

#[test]
fn a_clock_behind_the_database_is_refused() {
    on_each_engine(|place| {
        let migrated = place.run(&["migrate"]);
        assert!(migrated.status.success(), "{migrated:?}");
        place.tamper("update schema_migrations set applied_at = 4102444800000");
        assert_refused(&place.run(&["serve"]), 3, &["clock", "2100", "timedatectl"]);
        let doctor = place.run(&["doctor"]);
        assert_eq!(doctor.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&doctor.stdout).contains("problem  clock"));
        place.tamper("update schema_migrations set applied_at = 0");
        for (tenant, created_at) in [("a", 4_102_444_800_000_i64), ("b", 0)] {
            place.tamper(&format!("insert into tenants (id, name, created_at) values ('{tenant}', '', 0)"));
            place.tamper(&format!(
                "insert into users (tenant_id, id, created_at, updated_at) values ('{tenant}', 'u', {created_at}, 0)"
            ));
        }
        assert_refused(&place.run(&["serve"]), 3, &["clock", "2100", "timedatectl"]);
    });
}

#[test]
fn unknown_settings_and_wrong_usage_are_refused() {
    let place = Installation::new(Engine::Sqlite);
    std::fs::write(place.folder.join("typo.toml"), "db_ulr = \"sqlite://x.db\"\n").unwrap();
    assert_refused(&place.run(&["serve", "--config", "typo.toml"]), 3, &["db_ulr", "db_url"]);
    assert_refused(&place.run(&["serve", "--config", "missing.toml"]), 3, &["missing.toml", "--config"]);
    for wrong in [&["serv"][..], &["serve", "--prot", "1"], &["app", "create", "--type", "web"], &[]] {
        assert_eq!(place.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert!(place.run(&["--version"]).status.success());
}

#[test]
fn settings_that_are_not_utf8_are_refused_by_name() {
    let place = Installation::new(Engine::Sqlite);
    let bad = OsStr::from_bytes(b"https://auth.ex\xe4mple.com");
    let mut by_environment = place.command(&["migrate"]);
    assert_refused(&by_environment.env("ENDPOINT", bad).output().unwrap(), 3, &["ENDPOINT", "UTF-8"]);
    let mut by_flag = place.command(&["migrate", "--endpoint"]);
    assert_refused(&by_flag.arg(bad).output().unwrap(), 3, &["--endpoint", "UTF-8"]);
    std::fs::write(place.folder.join("latin1.toml"), b"port = 4001\nendpoint = \"https://auth.ex\xe4mple.com\"\n")
        .unwrap();
    assert_refused(&place.run(&["migrate", "--config", "latin1.toml"]), 3, &["latin1.toml", "line 2", "UTF-8"]);
    // What is none of our settings may be anything.
    assert!(place.command(&["migrate"]).env("OTHER", bad).status().unwrap().success());
}

#[test]
fn e7_a_database_password_on_the_command_line_is_refused_without_being_shown() {
    let place = Installation::new(Engine::Sqlite);
    for url in ["postgres://loggia:hunter2@127.0.0.1:1/loggia", "postgres://127.0.0.1:1/loggia?password=hunter2"] {
        let output = place.run(&["serve", "--db-url", url]);
        assert_refused(&output, 3, &["--db-url", "DB_URL", "--config"]);
        assert!(!stderr(&output).contains("hunter2"));
    }
    let without = place.run(&["migrate", "--db-url", "postgres://loggia@127.0.0.1:1/loggia"]);
    assert_eq!(without.status.code(), Some(4), "{}", stderr(&without));
}

#[test]
fn a_log_level_that_does_not_exist_is_refused() {
    let place = Installation::new(Engine::Sqlite);
    assert_refused(&place.run(&["serve", "--log-level", "warning"]), 3, &["LOG_LEVEL", "`warning`", "warn"]);
}

#[test]
fn migrate_says_what_it_would_do_and_does_it_once() {
    on_each_engine(|place| {
        let steps = |words: &[&str]| place.ask(words, "")["steps"].as_array().unwrap().len();
        let missing = steps(&["migrate", "--dry-run", "--json"]);
        assert!(missing > 0);
        assert_eq!(steps(&["migrate", "--dry-run", "--json"]), missing, "a dry run changed something");
        assert_eq!(steps(&["migrate", "--json"]), missing);
        assert_eq!(steps(&["migrate", "--json"]), 0);
    });
}

#[test]
fn doctor_is_content_with_a_running_server() {
    on_each_engine(|place| {
        let serving = place.serve();
        let doctor = place.run(&["doctor"]);
        let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert_eq!(doctor.status.code(), Some(0), "{text}{}", stderr(&doctor));
        for check in ["database", "clock", "ports", "public URL"] {
            assert!(text.contains(&format!("ok       {check}")), "{text}");
        }
        let wrong = place.run(&["doctor", "--endpoint", &format!("http://127.0.0.1:{}", place.port)]);
        assert_eq!(wrong.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&wrong.stdout).contains("ENDPOINT=http://127.0.0.1"));
        drop(serving);
    });
}

#[test]
fn the_admin_port_can_be_closed() {
    let place = Installation::new(Engine::Sqlite);
    let is_open = || TcpStream::connect(("127.0.0.1", place.admin_port)).is_ok();
    let serving = place.serve();
    assert!(is_open());
    drop(serving);
    let _serving = place.serve_with(&["--admin-disable-localhost", "true"]);
    assert!(!is_open());
}

#[test]
fn e7_logs_are_json_lines_without_secrets() {
    let place = Installation::new(Engine::Sqlite);
    let serving = place.serve_with(&["--log-format", "json", "--log-level", "debug"]);
    let form = "grant_type=client_credentials&client_id=nobody&client_secret=hunter2-in-the-body";
    let headers =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "Bearer hunter2-in-the-header")];
    serving.request("POST", "/oidc/token?client_secret=hunter2-in-the-query", &headers, form);
    let log = serving.stop_and_read("TERM");
    assert!(log.lines().count() > 1);
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
    assert!(log.contains("/oidc/token") && !log.contains("hunter2"), "{log}");
}

#[test]
fn e12_a_forwarded_address_counts_only_from_a_trusted_proxy() {
    for (flags, expected) in [(&["--trust-proxy-header", "true"][..], true), (&[][..], false)] {
        let place = Installation::new(Engine::Sqlite);
        let app = place.ask(&["app", "create", "--type", "m2m", "--name", "Sample", "--json"], "");
        let serving = place.serve_with(flags);
        let form =
            format!("grant_type=client_credentials&client_id={}&client_secret=wrong", app["id"].as_str().unwrap());
        // Only the last entry is the proxy's own word.
        let headers =
            [("Content-Type", "application/x-www-form-urlencoded"), ("X-Forwarded-For", "198.51.100.7, 203.0.113.9")];
        assert_eq!(serving.request("POST", "/oidc/token", &headers, &form).0, 401);
        assert_eq!(serving.stop("TERM"), Some(0));
        let database = rusqlite::Connection::open(place.folder.join("loggia.db")).unwrap();
        let count = |address: &str| -> i64 {
            let text = "select count(*) from logs where payload like '%' || ?1 || '%'";
            database.query_row(text, [address], |row| row.get(0)).unwrap()
        };
        assert_eq!(count("203.0.113.9") > 0, expected, "{flags:?}");
        assert_eq!(count("198.51.100.7"), 0);
        assert!(expected || count("127.0.0.1") > 0);
    }
}
