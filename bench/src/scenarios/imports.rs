//! Importing users from a file: the program itself is measured, from its start to its end.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use tokio::process::Command;

use crate::plan::{Engine, Plan};
use crate::table::Table;
use crate::{BoxError, storage};

pub(crate) const NAME: &str = "user import, 100,000 lines with digests";

const LINES: usize = 100_000;

/// Imports into a new database, in each round another one.
pub async fn measure(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    if !plan.wants(NAME) {
        return Ok(());
    }
    let file = directory.join("users.jsonl");
    std::fs::write(&file, lines()?)?;
    let mut rates = Vec::new();
    for round in 0..plan.rounds {
        let url = storage::fresh_database(engine, directory, &format!("import{round}")).await?;
        let run = |words: &[&str]| {
            let mut command = Command::new(&plan.binary);
            command.args(words).env("DB_URL", &url).env("SECRET_KEY", "5e".repeat(32)).stdout(Stdio::null());
            command
        };
        // Making the schema is not measured.
        run(&["app", "list"]).status().await?;
        let started = Instant::now();
        let status = run(&["user", "import"]).arg(&file).status().await?;
        if !status.success() {
            return Err(format!("the import ended with {status}").into());
        }
        rates.push(LINES as f64 / started.elapsed().as_secs_f64());
    }
    table.samples((engine.name, NAME, "/s"), None, rates);
    Ok(())
}

fn lines() -> Result<String, BoxError> {
    let mut text = String::new();
    for n in 0..LINES {
        writeln!(
            text,
            "{{\"username\":\"user_{n}\",\"primaryEmail\":\"user{n}@example.com\",\"name\":\"Person {n}\",\"customData\":{{\"oldId\":{n}}},\
             \"passwordAlgorithm\":\"Bcrypt\",\"passwordDigest\":\"$2b$10$S9iLYQFyeWb/WXaR/kKL/.DdT3b6TQUsJm0dDhM0EsWYfRTqdR3BG\"}}"
        )?;
    }
    Ok(text)
}
