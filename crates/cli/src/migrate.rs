//! `loggia migrate`: runs the migrations without starting the server.

use db::migrate;
use kernel::Clock;
use serde_json::json;
use server::{Settings, migrations};

use crate::error::CliError;

/// Migrates the schema, or with `dry_run` lists the pending migrations.
///
/// # Errors
/// The database can't be used; nothing is partly written.
pub fn run(settings: &Settings, dry_run: bool, json: bool) -> Result<(), CliError> {
    let report = migrate::run(&settings.db_url, &settings.db, migrations::ALL, (Clock::system().now(), dry_run))?;
    let snapshot = report.snapshot.map(|path| path.display().to_string());
    if json {
        println!("{}", json!({"dryRun": dry_run, "steps": report.steps, "snapshot": snapshot}));
        return Ok(());
    }
    let url = &settings.db_url;
    if report.steps.is_empty() {
        println!("{url} is up to date");
    }
    for step in &report.steps {
        println!("{} {step}", if dry_run { "would apply" } else { "applied" });
    }
    if let Some(snapshot) = snapshot {
        println!("the database as it was before is in {snapshot}");
    }
    Ok(())
}
