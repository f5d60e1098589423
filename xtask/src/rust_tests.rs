//! The Rust tests, program by program.

use std::path::PathBuf;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::TaskResult;
use crate::command::{command, complete, output, run_reading};
use crate::test::TestCounts;

/// It waits a minute for slow clients to be ended, so it runs beside the others, with few threads: some of its tests make load.
const MOSTLY_WAITS: &str = "hostile";

/// A test program that cargo built.
struct TestProgram {
    name: String,
    executable: String,
    /// Where cargo runs it: the directory of its package.
    directory: PathBuf,
}

/// Builds every test program and the binaries that they start.
pub fn build() -> TaskResult {
    complete(&mut command("cargo", &["test", "--quiet", "--locked", "--workspace", "--no-run"]))
}

/// Runs all test programs and documentation tests on both engines.
///
/// # Errors
/// The programs that failed.
pub fn run(postgres: &str, tally: &mut TestCounts) -> TaskResult {
    let (beside, others): (Vec<_>, Vec<_>) = programs()?.into_iter().partition(|program| program.name == MOSTLY_WAITS);
    if beside.is_empty() {
        return Err(format!("there is no test program {MOSTLY_WAITS}"));
    }
    let url = postgres.to_owned();
    let beside = thread::spawn(move || -> Vec<_> {
        beside
            .iter()
            .map(|program| (program.title(), program.command(&url).env("RUST_TEST_THREADS", "2").output()))
            .collect()
    });
    let mut failed = Vec::new();
    for program in &others {
        println!("\n     Running {}", program.title());
        if let Err(reason) = run_reading(&mut program.command(postgres), |line| read(line, tally)) {
            failed.push(format!("{}: {reason}", program.title()));
        }
    }
    for (title, finished) in beside.join().map_err(|_| format!("{MOSTLY_WAITS} panicked"))? {
        let finished = finished.map_err(|error| format!("cannot start {title}: {error}"))?;
        let text = String::from_utf8_lossy(&finished.stdout);
        println!("\n     Ran {title}\n{text}{}", String::from_utf8_lossy(&finished.stderr));
        text.lines().for_each(|line| read(line, tally));
        if !finished.status.success() {
            failed.push(format!("{title}: {}", finished.status));
        }
    }
    let mut documentation = command("cargo", &["test", "--locked", "--workspace", "--no-fail-fast", "--doc"]);
    if run_reading(&mut documentation, |line| read(line, tally)).is_err() {
        failed.push("documentation tests".to_owned());
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join(", ")) }
}

fn read(line: &str, tally: &mut TestCounts) {
    if line.starts_with("test result:") {
        tally.read(line);
    }
}

/// The test programs, sorted.
fn programs() -> TaskResult<Vec<TestProgram>> {
    let arguments = ["test", "--quiet", "--locked", "--workspace", "--no-run", "--message-format=json"];
    let text = output(&mut command("cargo", &arguments))?;
    let mut programs: Vec<_> = text.lines().filter_map(program).collect();
    programs.sort_by(|one, other| (&one.directory, &one.name).cmp(&(&other.directory, &other.name)));
    Ok(programs)
}

/// The test program that a line of cargo's report names.
fn program(line: &str) -> Option<TestProgram> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let is_test = line["profile"]["test"].as_bool()?;
    let directory = PathBuf::from(text(&line["manifest_path"])?).parent()?.to_owned();
    let program =
        TestProgram { name: text(&line["target"]["name"])?, executable: text(&line["executable"])?, directory };
    is_test.then_some(program)
}

impl TestProgram {
    fn title(&self) -> String {
        format!("{} of {}", self.name, self.directory.display())
    }

    fn command(&self, postgres: &str) -> Command {
        let mut program = command(&self.executable, &[]);
        program.current_dir(&self.directory).env("CARGO_MANIFEST_DIR", &self.directory);
        // Most of a test is waiting: for PostgreSQL, for time that an answer takes on purpose.
        program.env("LOGGIA_TEST_POSTGRES", postgres).env("RUST_TEST_THREADS", "6");
        program
    }
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn test_programs_are_found_in_what_cargo_reports() {
        let report = |test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/x/crates/db/Cargo.toml","target":{{"name":"rows"}},"profile":{{"test":{test}}},"executable":{executable}}}"#
            )
        };
        let found = program(&report(true, r#""/x/target/debug/deps/rows-1""#)).expect("a test program");
        assert_eq!(found.title(), "rows of /x/crates/db");
        assert_eq!(found.executable, "/x/target/debug/deps/rows-1");
        assert!(program(&report(false, r#""/x/target/debug/loggia""#)).is_none(), "a program that is no test");
        assert!(program(&report(true, "null")).is_none(), "a library");
        assert!(program(r#"{"reason":"build-finished","success":true}"#).is_none());
    }
}
