//! docs/conformance.md names tests; each exists.

use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../../../docs/conformance.md");

/// The file of a test named in the page: from the root of the repository, or from the folder of these tests.
fn file(path: &str) -> PathBuf {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    match path.strip_prefix("crates/") {
        Some(rest) => server.join("..").join(rest),
        None => server.join("tests/it").join(path),
    }
}

#[test]
fn every_test_that_the_page_of_conformance_names_exists() {
    let rows = PAGE.lines().filter(|line| line.starts_with('|'));
    let named: Vec<(&str, &str)> =
        rows.flat_map(|row| row.split('`')).filter_map(|word| word.split_once("::")).collect();
    assert!(named.len() > 40, "the tables are read");
    for (path, name) in named {
        let text = std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(text.contains(&format!("fn {name}(")), "{path} has no {name}");
    }
}
