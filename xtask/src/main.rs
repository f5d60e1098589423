//! Commands for developing the project, run as `cargo xtask COMMAND`.

mod bench;
mod command;
mod contract;
mod demo;
mod dependencies;
mod error_codes;
mod fuzz;
mod generate;
mod graph;
mod http;
mod management_client;
mod python;
mod requirements;
mod security;
mod sizes;
mod slices;
mod steps;
mod test;
mod versions;
mod wheels;

use std::process::ExitCode;

/// The result of a command; the error is one sentence.
pub type TaskResult<T = ()> = Result<T, String>;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo [--check]   build everything, start the server and the Flask sample, say what to open
                   (--check: sign in through the sample without a browser, then stop)
  test             every check and every test, as .ci/run does
  django           the Django tests with the versions of Django that `test` leaves out (5.0, 5.1, 6.0), after building the wheel
  gen              write the generated files (docs/coverage.md, docs/security.md, the error codes, the Python client of the
                   Management API)
  graph            check the arrows between the crates
  sizes            check that no production file passes 400 lines
  slices           check the server's slices: no tuple parameters, no tables of others
  dependencies     check licences and origins of what Cargo.lock brings in
  bench [--engine sqlite|postgres] [WORDS]
                   the performance table on both engines or one; WORDS go to loggia-bench (--only userinfo,jwks, --large, …)
  bench --against URL [WORDS]
                   the same load on another server (--m2m-id ID --m2m-secret SECRET)
  bench python     the Python package beside the published one: tokens, a signed-in Flask page, the import
  bench --table FILE…
                   write measured tables into docs/performance.md
  wheels           release wheels of both Python packages for Linux x86-64 and aarch64, and the sdist (target/wheels)
                   (--check: those of the debug build for this machine, installed and tried where there is no Rust)
  crash [ROUNDS]   kill the server under load (20 times on each engine) and check what is left
  fuzz [--seconds N] [TARGET…]
                   every fuzz target (or those named) for 5 or N seconds each";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["demo"] => demo::run(false),
        ["demo", "--check"] => demo::run(true),
        ["test"] => test::run(),
        ["django"] => {
            let binary = command::target().join("debug/loggia");
            wheels::check(&binary).and_then(|wheel| versions::test_django(&wheel, &binary))
        }
        ["gen"] => generate::write(),
        ["graph"] => graph::check(),
        ["sizes"] => sizes::check(),
        ["slices"] => slices::check(),
        ["dependencies"] => dependencies::check(),
        ["bench", words @ ..] => bench::run(words),
        ["fuzz", words @ ..] => fuzz::run(words),
        ["wheels"] => wheels::build(),
        ["wheels", "--check"] => wheels::check(&command::target().join("debug/loggia")).map(drop),
        ["crash"] => bench::crash("20"),
        ["crash", rounds] => bench::crash(rounds),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}
