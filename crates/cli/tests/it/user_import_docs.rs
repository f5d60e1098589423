//! The examples of docs/importing-users.md make lines that are imported.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::installation::{Engine, Installation};
use crate::user_import::{counts, import};

const PAGE: &str = include_str!("../../../../docs/importing-users.md");

/// The first block of a language in a text.
fn block<'t>(text: &'t str, language: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

fn section(name: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("## {name}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

#[test]
fn exports_of_other_systems_become_lines_by_the_programs_of_the_page() {
    let place = Installation::new(Engine::Sqlite);
    assert_eq!(counts(&import(&place, &["--dry-run"], block(section("A line"), "json")).0), [1, 1, 0, 0, 0]);
    for (system, users, kind) in
        [("Auth0", 1, "bcrypt"), ("Firebase", 1, "scrypt of Firebase"), ("Keycloak", 2, "PBKDF2")]
    {
        let section = section(&format!("Coming from {system}"));
        let mut jq = Command::new("jq");
        jq.args(["-c", block(section, "jq")]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = jq.spawn() else {
            eprintln!("jq is missing: the programs were not tried");
            return;
        };
        child.stdin.take().unwrap().write_all(block(section, "json").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{system}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let (report, _) = import(&place, &["--dry-run"], &lines);
        assert_eq!(counts(&report), [users, users, 0, 0, 0], "{system}: {report}");
        let digests: i64 = report["digests"].as_object().unwrap().values().filter_map(Value::as_i64).sum();
        assert_eq!((digests, &report["digests"][kind]), (users, &Value::from(1)), "{system}: {report}");
    }
}
