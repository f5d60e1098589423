//! Checks that the ports are free or in use by Loggia.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use server::Settings;

use super::Finding;
use crate::error::ExitKind;
use crate::http_get;

const NAME: &str = "ports";

/// The findings, and whether a server responds on the main port.
pub struct Ports {
    pub findings: Vec<Finding>,
    pub is_running: bool,
}

pub fn check(settings: &Settings) -> Ports {
    let mut ports = vec![("PORT", settings.port)];
    if !settings.admin_disabled {
        ports.push(("ADMIN_PORT", settings.admin_port));
    }
    let mut is_running = false;
    let findings = ports
        .into_iter()
        .map(|(name, port)| {
            if is_free(settings, port) {
                return Finding::ok(NAME, format!("{name} {port} is free"));
            }
            if settings.https.is_some() {
                is_running |= name == "PORT";
                let text = format!("{name} {port} is in use; the check of the public URL says whether by this server");
                return Finding::notice(NAME, text);
            }
            if answers_as_loggia(port) {
                is_running |= name == "PORT";
                return Finding::ok(NAME, format!("a Loggia server answers on {name} {port}"));
            }
            let text = format!("{name} {port} is held by another program; stop it, or set {name} to a free port");
            Finding::problem(NAME, ExitKind::Settings, text)
        })
        .collect();
    Ports { findings, is_running }
}

fn is_free(settings: &Settings, port: u16) -> bool {
    let host = settings.host.unwrap_or_else(|| Ipv4Addr::UNSPECIFIED.into());
    TcpListener::bind(SocketAddr::new(host, port)).is_ok()
}

fn answers_as_loggia(port: u16) -> bool {
    let url = format!("http://127.0.0.1:{port}/api/status");
    http_get::get(&url, Duration::from_secs(2)).is_ok_and(|response| response.status == 204 || response.status == 200)
}
