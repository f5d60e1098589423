//! PostgreSQL's own rates, as its `pgbench` measures them on the server under test: one row by its key, and one small commit.

use std::path::Path;

use tokio::process::Command;

use crate::bounds::{COMMIT, SELECT};
use crate::plan::{Engine, Plan};
use crate::table::Table;
use crate::{BoxError, load, storage};

/// One row changes; the commit is all that it waits for.
const COMMIT_SCRIPT: &str = "\\set aid random(1, 100000)\n\
    update pgbench_accounts set abalance = abalance + 1 where aid = :aid;\n";

/// Measures both with 1 and 32 clients. Does nothing on SQLite, and without `--pgbench`.
///
/// # Errors
/// What `pgbench` printed when it failed.
pub async fn measure(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    let (Some(program), Some(_)) = (&plan.pgbench, &engine.url) else { return Ok(()) };
    if ![SELECT, COMMIT].iter().any(|name| plan.wants(name)) {
        return Ok(());
    }
    let url = storage::fresh_database(engine, directory, "pgbench").await?;
    run(program, &["--initialize", "--quiet", "--scale", "1", &url]).await?;
    let script = directory.join("pgbench.sql");
    std::fs::write(&script, COMMIT_SCRIPT)?;
    let (script, seconds) = (script.display().to_string(), format!("{:.0}", plan.seconds.ceil()));
    for (name, work) in [(SELECT, ["--builtin", "select-only"]), (COMMIT, ["--file", script.as_str()])] {
        if !plan.wants(name) {
            continue;
        }
        for clients in plan.clients(&[1, 32]) {
            let connections = clients.to_string();
            // At most two threads: the server needs the cores, too.
            let threads = clients.min(2).to_string();
            let words = ["--no-vacuum", "--protocol", "prepared", "--client", &connections, "--jobs", &threads];
            let words = [&words[..], &["--time", &seconds], &work, &[&url]].concat();
            let mut rates = Vec::new();
            for _ in 0..plan.rounds {
                load::check_interrupted()?;
                rates.push(rate(&run(program, &words).await?).ok_or("pgbench printed no rate")?);
            }
            table.samples((engine.name, name, "/s"), Some(clients), rates);
        }
    }
    Ok(())
}

async fn run(program: &Path, words: &[&str]) -> Result<String, BoxError> {
    let done = Command::new(program).args(words).kill_on_drop(true).output().await?;
    match done.status.success() {
        true => Ok(String::from_utf8(done.stdout)?),
        false => Err(format!("pgbench failed: {}", String::from_utf8_lossy(&done.stderr)).into()),
    }
}

/// Transactions per second.
fn rate(printed: &str) -> Option<f64> {
    printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_found_in_what_pgbench_prints() {
        let printed = "latency average = 0.05 ms\ntps = 19876.54 (without initial connection time)\n";
        assert_eq!(rate(printed), Some(19_876.54));
        assert_eq!(rate("tps\n"), None);
    }
}
