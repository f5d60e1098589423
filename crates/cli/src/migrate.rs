//! `loggia migrate`: runs the migrations without starting the server.

use db::migrate;
use kernel::Clock;
use serde_json::json;
use server::{Settings, migrations};

use crate::arguments::Output;
use crate::error::CliError;
use crate::print::print_result;

/// Migrates the schema, or with `dry_run` lists the pending migrations.
///
/// # Errors
/// The database can't be used; nothing is partly written.
pub fn run(settings: &Settings, dry_run: bool, output: Output) -> Result<(), CliError> {
    let report = migrate::run(&settings.db_url, &settings.db, migrations::ALL, (Clock::system().now(), dry_run))?;
    let snapshot = report.snapshot.map(|path| path.display().to_string());
    let json = json!({"dryRun": dry_run, "steps": report.steps, "snapshot": snapshot});
    let mut lines = Vec::new();
    if report.steps.is_empty() {
        lines.push(format!("{} is up to date", settings.db_url));
    }
    let verb = if dry_run { "would apply" } else { "applied" };
    lines.extend(report.steps.iter().map(|step| format!("{verb} {step}")));
    lines.extend(snapshot.map(|path| format!("the database as it was before is in {path}")));
    print_result(output, &json, &lines.join("\n"))
}
