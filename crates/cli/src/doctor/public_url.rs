//! Checks that the public URL leads to this server, as a browser would reach it.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::Value;

use super::{Finding, clock};
use crate::error::ExitKind;
use crate::http_get;

pub fn check(name: &'static str, endpoint: &str, is_running: bool, now: Timestamp) -> Vec<Finding> {
    let address = format!("{endpoint}/oidc/.well-known/openid-configuration");
    let bad = |text: String| vec![Finding::problem("public URL", ExitKind::Settings, text)];
    let response = match http_get::get(&address, Duration::from_secs(5)) {
        Ok(response) => response,
        Err(_) if !is_running => {
            let text = format!("{name} {endpoint} was not tried to the end: start `loggia serve` and run doctor again");
            return vec![Finding::notice("public URL", text)];
        }
        Err(cause) => {
            return bad(format!(
                "{name} {endpoint} can't be reached from here ({cause}); make its DNS name and proxy lead to this server, or \
                 set {name} to the URL that browsers use"
            ));
        }
    };
    if (300..400).contains(&response.status) {
        let to = response.location.unwrap_or_default();
        return bad(format!("{name} {endpoint} redirects to {to}; set {name} to the URL at the end of the redirects"));
    }
    let issuer = serde_json::from_str::<Value>(&response.body)
        .ok()
        .and_then(|body| body.get("issuer").and_then(Value::as_str).map(str::to_owned));
    let expected = format!("{endpoint}/oidc");
    match issuer {
        None => bad(format!(
            "{name} {endpoint} answers {} and not as Loggia; make the proxy pass every path to this server",
            response.status
        )),
        Some(issuer) if issuer != expected => {
            bad(format!("the server at {name} {endpoint} calls itself {issuer}; start it with {name}={endpoint}"))
        }
        Some(_) => {
            let mut findings = vec![Finding::ok("public URL", format!("{name} {endpoint} leads to this server"))];
            findings.extend(response.date.and_then(|date| clock::against_date(&date, now)));
            findings
        }
    }
}
