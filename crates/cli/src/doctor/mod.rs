//! `loggia doctor`: looks at the installation from outside, and names the line to change.

mod clock;
mod database;
pub mod hash;
mod ports;
mod public_url;

use kernel::Clock;
use serde_json::json;
use server::Settings;

use crate::failure::{Failure, Kind};

/// What one check found.
pub struct Finding {
    pub name: &'static str,
    pub state: State,
    pub text: String,
}

/// How bad it is. `Note` is worth reading and stops nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Good,
    Note,
    Bad(Kind),
}

impl Finding {
    pub fn good(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, state: State::Good, text: text.into() }
    }

    pub fn note(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, state: State::Note, text: text.into() }
    }

    pub fn bad(name: &'static str, kind: Kind, text: impl Into<String>) -> Self {
        Self { name, state: State::Bad(kind), text: text.into() }
    }

    fn word(&self) -> &'static str {
        match self.state {
            State::Good => "ok",
            State::Note => "note",
            State::Bad(_) => "problem",
        }
    }
}

/// Runs all checks and prints what they found.
///
/// # Errors
/// The kind of the first problem, when there is one.
pub async fn run(settings: &Settings, json: bool) -> Result<(), Failure> {
    let system = Clock::system();
    let mut findings = vec![database::check(settings, &system)];
    if findings.iter().all(|finding| finding.state == State::Good) {
        findings.extend(clock::against_database(settings, &system).await);
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
    print(&findings, json);
    let problems: Vec<Kind> = findings
        .iter()
        .filter_map(|finding| if let State::Bad(kind) = finding.state { Some(kind) } else { None })
        .collect();
    match problems.first() {
        None => Ok(()),
        Some(kind) => Err(Failure::new(
            *kind,
            format!(
                "{} of {} checks found a problem; change what is named above and run it again",
                problems.len(),
                findings.len()
            ),
        )),
    }
}

/// What a proxy in front makes necessary, as far as the settings show it.
fn proxy(settings: &Settings) -> Option<Finding> {
    let behind = settings.endpoint.starts_with("https://") && settings.https.is_none();
    let text = "ENDPOINT is https, so a proxy ends TLS in front of Loggia; if it sets X-Forwarded-For itself, write \
                TRUST_PROXY_HEADER=true, otherwise the audit log shows the proxy's address for everybody";
    match (behind, settings.trust_proxy_header) {
        (true, false) => Some(Finding::note("proxy headers", text)),
        (false, true) => Some(Finding::note(
            "proxy headers",
            "TRUST_PROXY_HEADER is true though ENDPOINT is plain http; without a proxy in front anybody can forge addresses, \
             so unset it",
        )),
        (true, true) => Some(Finding::good("proxy headers", "X-Forwarded-For of the proxy is used")),
        (false, false) => None,
    }
}

fn print(findings: &[Finding], json: bool) {
    if json {
        let list: Vec<_> = findings
            .iter()
            .map(|finding| json!({"check": finding.name, "state": finding.word(), "text": finding.text}))
            .collect();
        println!("{}", json!({"checks": list}));
        return;
    }
    for finding in findings {
        println!("{:<8} {}: {}", finding.word(), finding.name, finding.text);
    }
}
