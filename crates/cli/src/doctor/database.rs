//! Checks that the database can be opened and written and that its schema is known.

use std::path::Path;

use db::migrate;
use kernel::Clock;
use server::{Settings, migrations};

use super::Finding;
use crate::error::ExitKind;

const NAME: &str = "database";

pub fn check(settings: &Settings, clock: &Clock) -> Finding {
    if let Some(file) = settings.db_url.path()
        && let Err(cause) = directory_is_writable(file)
    {
        let url = &settings.db_url;
        return Finding::problem(
            NAME,
            ExitKind::Database,
            format!("{url} can't be written ({cause}); give its directory to this account, or change DB_URL"),
        );
    }
    match migrate::run(&settings.db_url, &settings.db, migrations::ALL, (clock.now(), true)) {
        Err(error) => Finding::problem(NAME, ExitKind::Database, format!("{}: {error}", settings.db_url)),
        Ok(report) if report.steps.is_empty() => Finding::ok(NAME, format!("{} is up to date", settings.db_url)),
        Ok(report) => {
            let steps = report.steps.join(", ");
            Finding::ok(NAME, format!("{} can be used; the next start applies {steps}", settings.db_url))
        }
    }
}

/// SQLite creates files next to the database. Only creating a file proves that this is possible.
fn directory_is_writable(file: &Path) -> std::io::Result<()> {
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let trial = directory.join(format!(".loggia-doctor-{}", std::process::id()));
    std::fs::write(&trial, b"")?;
    std::fs::remove_file(trial)?;
    if file.exists() {
        std::fs::OpenOptions::new().append(true).open(file)?;
    }
    Ok(())
}
