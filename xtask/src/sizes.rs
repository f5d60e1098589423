//! Checks that no production file has more than 400 lines.

use crate::command::{command, output, path};
use crate::{TaskResult, management_client};

const LIMIT: usize = 400;
const KINDS: &[&str] = &["rs", "py", "js", "css", "html", "sh", "sql"];
/// Files exempt from the limit: long lists of data.
const DATA: &[&str] = &["migrations/0001_initial.sql"];

/// Fails with a list of all production files that are too long.
pub fn check() -> TaskResult {
    let listed = output(&mut command("git", &["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let mut counted = 0;
    let mut long = Vec::new();
    for file in listed.lines().filter(|file| is_production(file)) {
        // `git ls-files` also lists deleted files before the commit.
        let Ok(text) = std::fs::read_to_string(path(file)) else { continue };
        counted += 1;
        let lines = text.lines().count();
        if lines > LIMIT {
            long.push(format!("{file} has {lines} lines"));
        }
    }
    if long.is_empty() {
        println!("sizes: {counted} production files, none over {LIMIT} lines");
        return Ok(());
    }
    Err(format!("{} files over {LIMIT} lines; split them by what they are about:\n  {}", long.len(), long.join("\n  ")))
}

fn is_production(file: &str) -> bool {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let in_tests = folder.split('/').any(|part| matches!(part, "tests" | "e2e" | "fixtures" | "generated"));
    let is_test = matches!(stem, "tests" | "conftest") || stem.starts_with("test_") || stem.ends_with("_tests");
    KINDS.contains(&kind) && !in_tests && !is_test && !DATA.contains(&file) && !management_client::is_generated(file)
}

#[cfg(test)]
mod tests {
    use super::is_production;

    #[test]
    fn tests_and_data_are_exempt() {
        assert!(is_production("crates/db/src/lib.rs"));
        assert!(is_production("examples/flask/app.py"));
        assert!(!is_production("crates/db/tests/engines.rs"));
        assert!(!is_production("crates/flow/src/tests.rs"));
        assert!(!is_production("sdk/python/tests/test_client.py"));
        assert!(!is_production("locales/en.toml"));
        assert!(!is_production("migrations/0001_initial.sql"));
    }
}
