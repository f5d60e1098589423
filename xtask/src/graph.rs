//! Checks the dependencies between the crates, as ARCHITECTURE.md allows them, with `cargo metadata`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::TaskResult;
use crate::command::{command, output};

/// The crates that programs built on the server may use.
const SERVER: &[&str] = &[
    "loggia-kernel",
    "loggia-jose",
    "loggia-oauth",
    "loggia-api",
    "loggia-flow",
    "loggia-db",
    "loggia-views",
    "loggia-outbound",
    "loggia-federation",
    "loggia-scripts",
    "loggia-server",
];

/// The workspace crates that each crate may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("loggia-kernel", &[]),
    ("loggia-jose", &["loggia-kernel"]),
    ("loggia-oauth", &["loggia-kernel", "loggia-jose"]),
    ("loggia-api", &["loggia-kernel", "loggia-jose", "loggia-oauth"]),
    ("loggia-flow", &["loggia-kernel"]),
    ("loggia-db-derive", &[]),
    ("loggia-db", &["loggia-kernel", "loggia-db-derive"]),
    ("loggia-views", &["loggia-kernel"]),
    ("loggia-outbound", &[]),
    ("loggia-scripts", &[]),
    ("loggia-federation", &["loggia-kernel", "loggia-jose", "loggia-outbound"]),
    (
        "loggia-server",
        &[
            "loggia-kernel",
            "loggia-jose",
            "loggia-oauth",
            "loggia-api",
            "loggia-flow",
            "loggia-db",
            "loggia-views",
            "loggia-outbound",
            "loggia-federation",
            "loggia-scripts",
        ],
    ),
    ("loggia", SERVER),
    ("loggia-client", &["loggia-kernel", "loggia-jose", "loggia-oauth", "loggia-api"]),
    ("loggia-python", &["loggia-kernel", "loggia-jose", "loggia-oauth", "loggia-api", "loggia-client"]),
    ("loggia-testkit", SERVER),
    ("loggia-fuzz", SERVER),
    // Load and crash programs are clients of the server. They also measure the raw rates of its parts.
    ("loggia-bench", &["loggia-kernel", "loggia-jose", "loggia-db"]),
    ("loggia-test-postgres", &[]),
    ("xtask", &["loggia-test-postgres"]),
];

/// Crates that any tests may use.
const FOR_TESTS: &[&str] = &["loggia-testkit", "loggia-bench", "loggia-test-postgres"];

/// External crates that only one workspace crate may use.
const RESERVED: &[(&str, &str)] = &[
    ("rusqlite", "loggia-db"),
    ("postgres", "loggia-db"),
    ("tokio-postgres", "loggia-db"),
    ("minijinja", "loggia-views"),
    ("webpki-roots", "loggia-outbound"),
    ("pyo3", "loggia-python"),
    ("rquickjs", "loggia-scripts"),
];

/// Crates without I/O, clock or randomness.
const PURE: &[&str] = &["loggia-kernel", "loggia-jose", "loggia-oauth", "loggia-flow", "loggia-api", "loggia-views"];
const IMPURE: &[&str] = &["tokio", "axum", "hyper", "hyper-util", "ureq", "rusqlite", "postgres", "rand", "getrandom"];

/// Fails with a list of all forbidden dependencies.
pub fn check() -> TaskResult {
    let text = output(&mut command("cargo", &["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let faults = faults(&metadata);
    if faults.is_empty() {
        println!("graph: {} crates, every arrow points left", ARROWS.len());
        return Ok(());
    }
    Err(format!("the crates' arrows are broken:\n  {}", faults.join("\n  ")))
}

fn faults(metadata: &Value) -> Vec<String> {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = arrows.get(name) else {
            faults.push(format!("{name} has no place yet: give it one in xtask/src/graph.rs and ARCHITECTURE.md"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let development = name == "loggia-testkit" || dependency["kind"].as_str() == Some("dev");
            if arrows.contains_key(used) && !allowed.contains(&used) && !(development && FOR_TESTS.contains(&used)) {
                faults.push(format!("{name} uses {used}, which does not stand to its left"));
            }
            if RESERVED.iter().any(|(outside, owner)| *outside == used && *owner != name) && !development {
                faults.push(format!("{name} names {used}, which is another crate's business"));
            }
            if PURE.contains(&name) && IMPURE.contains(&used) && !development {
                faults.push(format!("{name} is pure and must not use {used}"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(name: &str, used: &str, kind: Option<&str>) -> Vec<String> {
        faults(&json!({"packages": [{"name": name, "dependencies": [{"name": used, "kind": kind}]}]}))
    }

    #[test]
    fn an_arrow_to_the_left_passes_and_one_to_the_right_fails() {
        assert!(one("loggia-oauth", "loggia-jose", None).is_empty());
        assert_eq!(one("loggia-jose", "loggia-oauth", None).len(), 1);
        assert_eq!(one("loggia-flow", "loggia-db", None).len(), 1);
    }

    #[test]
    fn only_db_names_a_driver_and_pure_crates_do_no_io() {
        assert!(one("loggia-db", "rusqlite", None).is_empty());
        assert_eq!(one("loggia-server", "rusqlite", None).len(), 1);
        assert_eq!(one("loggia-flow", "tokio", None).len(), 1);
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        assert!(one("loggia-server", "loggia-testkit", Some("dev")).is_empty());
        assert_eq!(one("loggia-server", "loggia-testkit", None).len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_fails() {
        assert_eq!(one("loggia-utils", "serde", None).len(), 1);
    }
}
