//! `bench` and `crash`: run the programs of `bench/` on both engines.

use test_postgres::TestPostgres;

use crate::TaskResult;
use crate::command::{command, complete, output, path, target};
use crate::python::Environment;

/// The markers around the table in docs/performance.md.
const MARKS: [&str; 2] = ["<!-- measured: begin -->\n", "<!-- measured: end -->\n"];

/// Builds a release server and measures it on both engines or on the one of `--engine`, or measures the server of `--against`.
/// Other arguments go to `loggia-bench`. `--table FILE…` writes tables into docs/performance.md instead.
pub fn run(words: &[&str]) -> TaskResult {
    if let ["--table", files @ ..] = words {
        return table(files);
    }
    if words == ["python"] {
        return python();
    }
    let (engine, words) = match words {
        ["--engine", engine @ ("sqlite" | "postgres"), words @ ..] => (Some(*engine), words),
        ["--engine", ..] => return Err("write --engine sqlite or --engine postgres".to_owned()),
        words => (None, words),
    };
    build(&["--release"])?;
    let programs = target().join("release");
    let mut program = command(programs.join("loggia-bench"), words);
    if words.contains(&"--against") {
        return complete(&mut program);
    }
    let json = target().join(if words.contains(&"--large") { "bench-large.json" } else { "bench.json" });
    program.arg("--binary").arg(programs.join("loggia")).arg("--json").arg(&json);
    if engine != Some("postgres") {
        program.arg("--sqlite");
    }
    let postgres = if engine == Some("sqlite") { None } else { Some(TestPostgres::start_durable(&target())?) };
    if let Some(postgres) = &postgres {
        program.args(["--postgres", &postgres.url()]);
        let pgbench = test_postgres::programs().map(|folder| folder.join("pgbench")).filter(|program| program.exists());
        if let Some(pgbench) = pgbench {
            program.arg("--pgbench").arg(pgbench);
        }
    }
    complete(&mut program)?;
    println!("{} (for docs/performance.md: cargo xtask bench --table {0})", json.display());
    Ok(())
}

/// Measures the Python package, built for release, beside the published one.
fn python() -> TaskResult {
    let (folder, peer) = (target().join("python"), ["Flask[async]>=3.0,<4", "PyJWT[crypto]>=2.8"]);
    let (ours, published) = (Environment::at(folder.join("bench"))?, Environment::at(folder.join("bench-published"))?);
    ours.install(&peer)?;
    ours.install_release()?;
    published.install(&[&["logto==0.2.1"], peer.as_slice()].concat())?;
    let program = path("bench/python/run.py");
    complete(command(ours.python(), &[]).arg(program).args([ours.python(), published.python()]))
}

/// Writes measured tables into docs/performance.md.
fn table(files: &[&str]) -> TaskResult {
    let program = target().join("release").join("loggia-bench");
    let tables: TaskResult<Vec<String>> =
        files.iter().map(|file| output(&mut command(&program, &["--table", file]))).collect();
    let page = path("docs/performance.md");
    let text = std::fs::read_to_string(&page).map_err(|error| error.to_string())?;
    let parts = text.split_once(MARKS[0]).and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = parts.ok_or_else(|| format!("{} has lost its marks", page.display()))?;
    let text = format!("{before}{}\n{}\n{}{after}", MARKS[0], tables?.join("\n"), MARKS[1]);
    std::fs::write(&page, text).map_err(|error| error.to_string())
}

/// Kills a server under load, `rounds` times on each engine, and checks its data.
pub fn crash(rounds: &str) -> TaskResult {
    build(&[])?;
    survive(rounds)
}

/// Like [`crash`], with the programs that `cargo test` built.
pub fn survive(rounds: &str) -> TaskResult {
    let programs = target().join("debug");
    let survive = |database: &str| {
        let mut program = command(programs.join("loggia-crash"), &["--db", database, "--rounds", rounds]);
        complete(program.arg("--binary").arg(programs.join("loggia")))
    };
    let folder = target().join("crash");
    // An earlier run may have left data behind.
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    survive(&format!("sqlite://{}", folder.join("loggia.db").display()))?;
    let postgres = TestPostgres::start_durable(&target())?;
    survive(&postgres.url())
}

fn build(profile: &[&str]) -> TaskResult {
    let mut cargo = command("cargo", &["build", "--quiet", "-p", "loggia", "-p", "loggia-bench"]);
    complete(cargo.args(profile))
}
