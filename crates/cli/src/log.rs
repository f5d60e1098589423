//! `loggia log`: the audit log, for archives and other systems.

use std::io::Write as _;

use serde_json::json;
use server::Settings;
use server::audit::export::{Export, parse_time};

use crate::arguments::LogCommand;
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::print::json_line;

/// Runs a log command.
///
/// # Errors
/// A time that is none, a database that can't be read, or standard output that can't be written; entries before stay written.
pub async fn run(command: LogCommand, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    let LogCommand::Export { from, until } = command;
    let opened = OpenTenant::new(settings, tenant).await?;
    let now = opened.app.clock.now();
    let (from, until) = (time(from.as_deref())?, time(until.as_deref())?);
    let mut export = Export::new(from.unwrap_or_default(), until.unwrap_or(now));
    loop {
        let page = export.next_page(&opened.tenant).await?;
        if page.is_empty() {
            return Ok(());
        }
        let lines: String = page.iter().map(|log| json_line(&json!(log)) + "\n").collect();
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(lines.as_bytes()).and_then(|()| stdout.flush());
        written.map_err(|cause| {
            CliError::new(ExitKind::Output, format!("the entries can't be written to standard output ({cause})"))
        })?;
    }
}

fn time(text: Option<&str>) -> Result<Option<kernel::Timestamp>, CliError> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || {
        let sentence =
            format!("`{text}` is no time; write 2026-11-29, 2026-11-29T13:00:00Z or milliseconds since 1970");
        CliError::new(ExitKind::Usage, sentence)
    };
    parse_time(text).map(Some).ok_or_else(wrong)
}
