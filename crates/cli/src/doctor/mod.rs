//! `loggia doctor`: checks the installation from outside and names the setting to change.

mod clock;
mod database;
pub mod hash;
mod key;
mod ports;
mod public_url;

use kernel::Clock;
use serde_json::json;
use server::Settings;

use crate::arguments::Output;
use crate::error::{CliError, ExitKind};
use crate::print::{print_result, printable};

/// The result of a check.
pub struct Finding {
    pub name: &'static str,
    pub severity: Severity,
    pub text: String,
}

/// The severity of a finding. `Notice` does not change the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Ok,
    Notice,
    Problem(ExitKind),
}

impl Finding {
    pub fn ok(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, severity: Severity::Ok, text: text.into() }
    }

    pub fn notice(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, severity: Severity::Notice, text: text.into() }
    }

    pub fn problem(name: &'static str, kind: ExitKind, text: impl Into<String>) -> Self {
        Self { name, severity: Severity::Problem(kind), text: text.into() }
    }

    fn label(&self) -> &'static str {
        match self.severity {
            Severity::Ok => "ok",
            Severity::Notice => "note",
            Severity::Problem(_) => "problem",
        }
    }
}

/// Runs all checks and prints the findings.
///
/// # Errors
/// The kind of the first problem, if any.
pub async fn run(settings: &Settings, output: Output) -> Result<(), CliError> {
    let system = Clock::system();
    let mut findings = vec![database::check(settings, &system)];
    if findings.iter().all(|finding| finding.severity == Severity::Ok) {
        findings.extend(clock::against_database(settings, &system).await);
        findings.extend(key::check(settings).await);
    }
    let ports = ports::check(settings);
    let is_running = ports.is_running;
    findings.extend(ports.findings);
    for (name, url) in [("ENDPOINT", &settings.endpoint), ("ADMIN_ENDPOINT", &settings.admin_endpoint)] {
        if name == "ENDPOINT" || !settings.admin_disabled {
            findings.extend(public_url::check(name, url, is_running, system.now()));
        }
    }
    findings.extend(proxy(settings));
    print(&findings, output)?;
    let problems: Vec<ExitKind> = findings
        .iter()
        .filter_map(|finding| if let Severity::Problem(kind) = finding.severity { Some(kind) } else { None })
        .collect();
    match problems.first() {
        None => Ok(()),
        Some(kind) => Err(CliError::new(
            *kind,
            format!(
                "{} of {} checks found a problem; change what is named above and run it again",
                problems.len(),
                findings.len()
            ),
        )),
    }
}

/// Checks that TRUST_PROXY_HEADER fits the scheme of ENDPOINT.
fn proxy(settings: &Settings) -> Option<Finding> {
    let behind = settings.endpoint.starts_with("https://") && settings.https.is_none();
    let text = "ENDPOINT is https, so a proxy ends TLS in front of Loggia; if it sets X-Forwarded-For itself, write \
                TRUST_PROXY_HEADER=true, otherwise the audit log shows the proxy's address for everybody";
    match (behind, settings.trust_proxy_header) {
        (true, false) => Some(Finding::notice("proxy headers", text)),
        (false, true) => Some(Finding::notice(
            "proxy headers",
            "TRUST_PROXY_HEADER is true though ENDPOINT is plain http; without a proxy in front anybody can forge addresses, \
             so unset it",
        )),
        (true, true) => Some(Finding::ok("proxy headers", "X-Forwarded-For of the proxy is used")),
        (false, false) => None,
    }
}

fn print(findings: &[Finding], output: Output) -> Result<(), CliError> {
    let list: Vec<_> = findings
        .iter()
        .map(|finding| json!({"check": finding.name, "state": finding.label(), "text": finding.text}))
        .collect();
    // Some texts quote what another server sent.
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("{:<8} {}: {}", finding.label(), finding.name, printable(&finding.text)))
        .collect();
    print_result(output, &json!({"checks": list}), &lines.join("\n"))
}
