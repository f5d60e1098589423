//! `bench` and `crash`: the programs of `bench/` on both engines.

use crate::Outcome;
use crate::command::{command, complete, target};
use crate::postgres::Postgres;

/// Builds a release server and prints the performance table on both engines, or on the one of `--engine`; further words go
/// to `loggia-bench`.
pub fn run(words: &[&str]) -> Outcome {
    let (engine, words) = match words {
        ["--engine", engine @ ("sqlite" | "postgres"), words @ ..] => (Some(*engine), words),
        ["--engine", ..] => return Err("write --engine sqlite or --engine postgres".to_owned()),
        words => (None, words),
    };
    build(&["--release"])?;
    let programs = target().join("release");
    let measure = |name: &str, database: &[&str]| {
        let json = target().join(format!("bench-{name}.json")).to_string_lossy().into_owned();
        let mut program = command(programs.join("loggia-bench"), database);
        program.arg("--binary").arg(programs.join("loggia")).args(["--json", &json]).args(words);
        complete(&mut program)
    };
    if engine != Some("postgres") {
        measure("sqlite", &[])?;
    }
    if engine == Some("sqlite") {
        return Ok(());
    }
    let postgres = Postgres::start_durable()?;
    measure("postgres", &["--db", &postgres.url()])
}

/// Kills a server under load, `rounds` times on each engine, and checks what is left.
pub fn crash(rounds: &str) -> Outcome {
    build(&[])?;
    let programs = target().join("debug");
    let survive = |database: &str| {
        let mut program = command(programs.join("loggia-crash"), &["--db", database, "--rounds", rounds]);
        complete(program.arg("--binary").arg(programs.join("loggia")))
    };
    let folder = target().join("crash");
    // Left by an earlier run; a fresh start must not depend on it.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    survive(&format!("sqlite://{}", folder.join("loggia.db").display()))?;
    let postgres = Postgres::start_durable()?;
    survive(&postgres.url())
}

fn build(profile: &[&str]) -> Outcome {
    let mut cargo = command("cargo", &["build", "--quiet", "-p", "loggia", "-p", "loggia-bench"]);
    complete(cargo.args(profile))
}
