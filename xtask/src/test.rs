//! `test`: runs every check and every test from a fresh clone.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use test_postgres::TestPostgres;

use crate::TaskResult;
use crate::command::{command, complete, path, run_reading, target};
use crate::python::Environment;
use crate::requirements;
use crate::steps::StepRunner;
use crate::{bench, contract, demo, dependencies, generate, graph, sizes, slices, versions, wheels};

/// The numbers of tests by kind.
#[derive(Default)]
struct CountsByKind {
    rust: TestCounts,
    python: TestCounts,
    browser: TestCounts,
}

#[derive(Default)]
pub struct TestCounts {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// The virtual environments for the Python and browser tests.
struct Environments {
    runner: Environment,
    published: Environment,
    ours: Environment,
}

/// The files of tests are divided among processes: most of a test is waiting.
const PYTEST: &[&str] = &["-m", "pytest", "-q", "-p", "no:cacheprovider", "--dist", "loadfile"];

/// Runs everything; the error names the failed steps.
pub fn run() -> TaskResult {
    let mut steps = StepRunner::default();
    let mut counts = CountsByKind::default();
    steps.step("requirements", requirements::ensure);
    // They wait for files and other servers while the compiler works.
    let (environments, node) = (thread::spawn(environments), thread::spawn(node_packages));
    steps.step("fmt", || run_cargo(&["fmt", "--all", "--check"]));
    steps.step("graph", graph::check);
    steps.step("sizes", sizes::check);
    steps.step("slices", slices::check);
    steps.step("gen", generate::check);
    steps.step("contract", contract::check);
    steps.step("dependencies", dependencies::check);
    steps.step("clippy", || {
        run_cargo(&["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"])
    });
    steps.step("build", || run_cargo(&["test", "--quiet", "--locked", "--workspace", "--no-run"]));
    let postgres = steps.step("postgres", || TestPostgres::start(&target()));
    match &postgres {
        None => steps.not_run("rust tests", "PostgreSQL did not start"),
        Some(postgres) => {
            steps.step("rust tests", || rust_tests(postgres, &mut counts.rust));
        }
    }
    let binary = steps.step("binary", binary);
    let environments = steps.step("python environments", || {
        let environments = finished(environments)?;
        environments.ours.install_ours()?;
        Ok(environments)
    });
    let node = steps.step("node packages", || finished(node));
    match (&environments, &binary) {
        (Some(environments), Some(binary)) => {
            steps.step("python tests", || python_tests(environments, binary, &mut counts.python));
        }
        _ => steps.not_run("python tests", "the environments or the binary could not be built"),
    }
    match &binary {
        Some(binary) => {
            let wheel = steps.step("wheels", || wheels::check(binary));
            match wheel {
                Some(wheel) => {
                    steps.step("python versions", || versions::test(&wheel, binary, &mut counts.python));
                }
                None => steps.not_run("python versions", "the wheel could not be built"),
            }
        }
        None => steps.not_run("wheels", "the binary could not be built"),
    }
    match (&environments, &binary, &postgres, node) {
        (Some(environments), Some(binary), Some(postgres), Some(())) => {
            steps.step("browser tests", || browser_tests(environments, binary, postgres, &mut counts.browser));
        }
        _ => steps.not_run("browser tests", "something before it failed"),
    }
    steps.step("crash", || bench::survive("12"));
    // The README's first command.
    steps.step("demo", || demo::run(true));
    drop(postgres);
    finish(&steps, &counts)
}

fn finish(steps: &StepRunner, counts: &CountsByKind) -> TaskResult {
    let failed = steps.summary();
    let line = format!(
        "rust {}; python {}; browser and clients {}",
        counts.rust.shown(),
        counts.python.shown(),
        counts.browser.shown()
    );
    if failed.is_empty() {
        println!("PASSED: {line}");
        return Ok(());
    }
    println!("FAILED ({}): {line}", failed.join(", "));
    Err(format!("failed: {}", failed.join(", ")))
}

impl TestCounts {
    fn shown(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }

    /// Adds the counts of a summary line of `cargo test` ("test result: ok. 3 passed; 0 failed; 1 ignored; …") or pytest ("3
    /// passed, 1 skipped in 2.1s").
    fn read(&mut self, line: &str) {
        let mut number = None;
        for word in line.split([' ', ',', ';', '=', '.']).filter(|word| !word.is_empty()) {
            match (word, number) {
                ("passed", Some(count)) => self.passed += count,
                ("failed" | "error" | "errors", Some(count)) => self.failed += count,
                ("ignored" | "skipped", Some(count)) => self.skipped += count,
                _ => {}
            }
            number = word.parse::<u32>().ok();
        }
    }
}

fn run_cargo(arguments: &[&str]) -> TaskResult {
    complete(&mut command("cargo", arguments))
}

fn rust_tests(postgres: &TestPostgres, tally: &mut TestCounts) -> TaskResult {
    let mut cargo = command("cargo", &["test", "--locked", "--workspace", "--no-fail-fast"]);
    // Most of a test is waiting: for PostgreSQL, for time that an answer takes on purpose.
    cargo.env("LOGGIA_TEST_POSTGRES", postgres.url()).env("RUST_TEST_THREADS", "6");
    run_reading(&mut cargo, |line| {
        if line.starts_with("test result:") {
            tally.read(line);
        }
    })
}

/// The server for the Python and browser tests: the one that `cargo test` built.
///
/// Building only its package would select other features and compile all dependencies again.
fn binary() -> TaskResult<PathBuf> {
    let binary = target().join("debug/loggia");
    if !binary.is_file() {
        run_cargo(&["build", "--quiet", "--locked", "--workspace", "--bin", "loggia"])?;
    }
    if binary.is_file() { Ok(binary) } else { Err(format!("{} was not built", binary.display())) }
}

/// The result of what began earlier.
fn finished<T>(begun: JoinHandle<TaskResult<T>>) -> TaskResult<T> {
    begun.join().map_err(|_| "it panicked".to_owned())?
}

/// The environments, without our own package.
fn environments() -> TaskResult<Environments> {
    let at = |name: &str| Environment::at(target().join("python").join(name));
    let runner = at("runner")?;
    runner.install(&["-r", "e2e/requirements.txt"])?;
    let published = at("published")?;
    published.install(&["logto==0.2.1", "-r", "e2e/drop_in/requirements.txt"])?;
    let ours = at("ours")?;
    ours.install(&[
        "-r",
        "examples/flask/requirements.txt",
        "-r",
        "examples/django/requirements.txt",
        "-r",
        "examples/fastapi/requirements.txt",
        "-r",
        "sdk/python/requirements-test.txt",
    ])?;
    Ok(Environments { runner, published, ours })
}

fn node_packages() -> TaskResult {
    for folder in ["e2e/node", "e2e/clients"] {
        let mut npm = command("npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        complete(npm.current_dir(path(folder)))?;
    }
    Ok(())
}

fn python_tests(environments: &Environments, binary: &Path, tally: &mut TestCounts) -> TaskResult {
    let mut pytest = command(environments.ours.python(), &[PYTEST, &["-n", "4", "tests"]].concat());
    pytest.current_dir(path("sdk/python")).env("LOGGIA_BIN", binary);
    pytest.env("LOGGIA_PUBLISHED_PYTHON", environments.published.python());
    pytest_run(&mut pytest, tally)
}

fn browser_tests(
    environments: &Environments,
    binary: &Path,
    postgres: &TestPostgres,
    tally: &mut TestCounts,
) -> TaskResult {
    let artifacts = path("e2e/artifacts");
    let _ = fs::remove_dir_all(&artifacts);
    let mut pytest = command(
        environments.runner.python(),
        &[PYTEST, &["-n", "4", "--no-loadscope-reorder", "--durations=15", "e2e"]].concat(),
    );
    pytest
        .env("LOGGIA_BIN", binary)
        .env("LOGGIA_TEST_POSTGRES", postgres.url())
        .env("LOGGIA_E2E_PYTHON_PUBLISHED", environments.published.python())
        .env("LOGGIA_E2E_PYTHON_OURS", environments.ours.python())
        .env("CHROMIUM", requirements::chromium());
    pytest_run(&mut pytest, tally)
}

/// Runs pytest and adds the numbers of its last line.
pub fn pytest_run(pytest: &mut std::process::Command, tally: &mut TestCounts) -> TaskResult {
    let mut last = String::new();
    let outcome = run_reading(pytest.env("PYTHONDONTWRITEBYTECODE", "1"), |line| {
        if line.contains(" in ") && (line.contains("passed") || line.contains("failed") || line.contains("error")) {
            last = line.to_owned();
        }
    });
    tally.read(&last);
    outcome
}

#[cfg(test)]
mod tests {
    use super::TestCounts;

    #[test]
    fn the_last_lines_of_both_test_runners_are_counted() {
        let mut tally = TestCounts::default();
        tally.read("test result: ok. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.31s");
        tally.read("3 passed, 1 failed, 4 skipped, 2 errors in 12.30s");
        assert_eq!((tally.passed, tally.failed, tally.skipped), (15, 4, 6));
    }
}
