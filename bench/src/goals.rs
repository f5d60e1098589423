//! The performance goals, for 2 cores shared with the load and SQLite with durable commits.

use serde::{Deserialize, Serialize};

use crate::bounds::{self, HASH};
use crate::scenarios::{
    bound_tokens, code_storm, factors, hostile, imports, page, reads, revocation, token_exchange, waiting, webhooks,
};
use crate::table::{Measurement, Table};

/// A goal and whether a measurement reaches it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Goal {
    pub text: String,
    pub reached: bool,
}

enum Rule {
    /// Units per second.
    AtLeast(f64),
    /// The value in the measurement's unit.
    AtMost(f64),
    /// Percent of the hardware bound.
    Share(f64),
    /// Milliseconds.
    P99(f64),
    /// Microseconds of the server's CPU for one.
    Cpu(f64),
    /// Multiples of the duration of a hash while all cores hash.
    P99Hashes(f64),
}

/// Name, number of clients (none: any), rule.
const RULES: &[(&str, Option<usize>, Rule)] = &[
    ("discovery", None, Rule::Share(80.0)),
    ("JWKS", None, Rule::Share(80.0)),
    ("userinfo", Some(32), Rule::AtLeast(15_000.0)),
    (reads::OWN_ACCOUNT, Some(32), Rule::AtLeast(15_000.0)),
    ("client-credentials JWT", Some(32), Rule::AtLeast(4_000.0)),
    ("code exchange", Some(32), Rule::AtLeast(2_000.0)),
    ("refresh with rotation", Some(32), Rule::AtLeast(3_000.0)),
    (reads::INTROSPECTION, Some(32), Rule::AtLeast(25_000.0)),
    (revocation::NAME, Some(32), Rule::AtLeast(4_000.0)),
    (bound_tokens::NAME, Some(32), Rule::AtLeast(2_500.0)),
    (token_exchange::NAME, Some(32), Rule::AtLeast(4_000.0)),
    (waiting::POLLING, Some(32), Rule::AtLeast(30_000.0)),
    (waiting::PUSHED, Some(32), Rule::AtLeast(3_000.0)),
    (imports::NAME, None, Rule::AtLeast(10_000.0)),
    ("full sign-in flow", Some(8), Rule::Share(85.0)),
    ("full sign-in flow", Some(8), Rule::P99Hashes(4.0)),
    ("token endpoint during a storm of sign-ins", None, Rule::P99(20.0)),
    (factors::PASSKEY, Some(32), Rule::AtLeast(1_000.0)),
    (factors::PASSKEY_PAGE, Some(32), Rule::AtLeast(1_000.0)),
    (webhooks::DELIVERIES, None, Rule::AtLeast(3_000.0)),
    (code_storm::CALM, None, Rule::P99(20.0)),
    (code_storm::MEMORY, None, Rule::AtMost(128.0)),
    ("ready, existing database", None, Rule::AtMost(50.0)),
    ("ready, empty database", None, Rule::AtMost(250.0)),
    ("memory idle", None, Rule::AtMost(30.0)),
    ("memory after load, without the hashes' own", None, Rule::AtMost(80.0)),
    (hostile::MEMORY, None, Rule::AtMost(128.0)),
    (hostile::GROWTH, None, Rule::AtMost(1.0)),
    ("binary, stripped", None, Rule::AtMost(25.0)),
    (page::ACCOUNT, Some(32), Rule::Cpu(1_000.0)),
    (page::CONSOLE, Some(1), Rule::P99(30.0)),
    ("hosted sign-in page, all bytes, compressed", None, Rule::AtMost(30.0)),
];

/// With a million users, lists have other goals.
const LARGE: usize = 1_000_000;
const LISTS: [&str; 2] = ["user list, first page of 20", "user list, page of 20 in the middle"];

/// The goals of a measurement. On PostgreSQL it should stay within twice the value of SQLite.
pub fn of(figure: &Measurement, table: &Table) -> Vec<Goal> {
    let embedded = table.find("SQLite", &figure.name, figure.clients);
    if figure.engine == "PostgreSQL" {
        if [bounds::ROUTE, HASH].contains(&figure.name.as_str()) {
            return Vec::new();
        }
        return embedded.and_then(|embedded| within_twice(figure, embedded)).into_iter().collect();
    }
    if LISTS.contains(&figure.name.as_str()) {
        let rule = match (table.users >= LARGE, figure.clients) {
            (true, _) => Rule::P99(25.0),
            (false, Some(32)) if figure.name == LISTS[0] => Rule::AtLeast(12_000.0),
            _ => return Vec::new(),
        };
        return judge(&rule, figure, table).into_iter().collect();
    }
    let rules = RULES
        .iter()
        .filter(|(name, clients, _)| *name == figure.name && (clients.is_none() || *clients == figure.clients));
    rules.filter_map(|(_, _, rule)| judge(rule, figure, table)).collect()
}

fn judge(rule: &Rule, figure: &Measurement, table: &Table) -> Option<Goal> {
    let unit = &figure.unit;
    let (text, reached) = match rule {
        Rule::AtLeast(least) => (format!("≥ {}{unit}", crate::table::grouped(*least)), figure.value >= *least),
        Rule::AtMost(most) => (format!("≤ {most}{unit}"), figure.value <= *most),
        Rule::Share(percent) => {
            let bound = figure.bound.as_ref()?;
            (format!("≥ {percent} % of {}", bound.parts), bound.share * 100.0 >= *percent)
        }
        Rule::Cpu(most) => (format!("≤ {most} µs of CPU"), figure.cpu? <= *most),
        Rule::P99(most) => (format!("p99 ≤ {most} ms"), figure.p99? <= *most),
        Rule::P99Hashes(most) => {
            let hash = table.cores as f64 * 1000.0 / bounds::raw(table, &figure.engine, HASH, false)?;
            let times = figure.p99? / hash;
            (format!("p99 ≤ {most} × hash time, is {times:.1} ×"), times <= *most)
        }
    };
    Some(Goal { text, reached })
}

fn within_twice(figure: &Measurement, embedded: &Measurement) -> Option<Goal> {
    let (text, reached) = match figure.unit.as_str() {
        "/s" => ("≥ ½ of SQLite", figure.value * 2.0 >= embedded.value),
        " ms" => ("≤ 2 × SQLite", figure.value <= embedded.value * 2.0),
        _ => return None,
    };
    Some(Goal { text: text.to_owned(), reached })
}
