//! Hardware bounds: the raw rates of the work that a request must do at least.

use serde::{Deserialize, Serialize};

use crate::table::{MACHINE, Measurement, Table};

/// The names of the raw rates.
pub const ROUTE: &str = "raw: empty axum route";
pub const SIGNATURE: &str = "raw: ES384 signature";
pub const HASH: &str = "raw: password hash";
pub const UNIT: &str = "raw: durable unit of three statements";
/// Those of PostgreSQL itself.
pub const SELECT: &str = "raw: pgbench select";
pub const COMMIT: &str = "raw: pgbench commit";

/// The necessary work of a measurement, and its rate relative to doing only that work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HardwareBound {
    pub parts: String,
    /// The measured rate divided by the rate of the parts executed one after the other.
    pub share: f64,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    word: &'static str,
    raw: &'static str,
}

const ROUTE_PART: Part = Part { word: "route", raw: ROUTE };
const SIGNATURE_PART: Part = Part { word: "signature", raw: SIGNATURE };
const UNIT_PART: Part = Part { word: "unit", raw: UNIT };
const SELECT_PART: Part = Part { word: "select", raw: SELECT };
const COMMIT_PART: Part = Part { word: "commit", raw: COMMIT };
const HASH_PART: Part = Part { word: "hash", raw: HASH };

/// The necessary parts of one operation.
fn parts(name: &str) -> &'static [Part] {
    match name {
        "discovery"
        | "JWKS"
        | "userinfo"
        | "own account"
        | "introspection"
        | "user search"
        | "hosted sign-in page"
        | "account page" => &[ROUTE_PART],
        UNIT => &[COMMIT_PART],
        "revocation" => &[ROUTE_PART, UNIT_PART],
        "user list, first page of 20" | "user list, page of 20 in the middle" => &[ROUTE_PART],
        "client-credentials JWT" | "token endpoint during a storm of sign-ins" => &[ROUTE_PART, SIGNATURE_PART],
        // The ID token is signed; access and refresh token are opaque.
        "code exchange" | "refresh with rotation" => &[ROUTE_PART, SIGNATURE_PART, UNIT_PART],
        // One JWT is signed; its grant is stored and the subject token used up.
        "token exchange" => &[ROUTE_PART, SIGNATURE_PART, UNIT_PART],
        "token endpoint during a storm of codes" => &[ROUTE_PART, SIGNATURE_PART],
        "full sign-in flow" | "sign-in flows in a storm" | "sign-in flow with an authenticator app" => &[HASH_PART],
        _ => &[],
    }
}

/// What asks the database and is answered by one statement: on PostgreSQL that is at least one of its selects.
fn is_lookup(name: &str) -> bool {
    !["discovery", "JWKS"].contains(&name) && matches!(parts(name), [Part { raw: ROUTE, .. }])
}

/// The hardware bound of a measurement, if the raw rates of all its parts were measured before.
pub fn of(figure: &Measurement, table: &Table) -> Option<HardwareBound> {
    let is_alone = figure.clients == Some(1);
    let mut parts = parts(&figure.name).to_vec();
    if is_lookup(&figure.name) && raw(table, &figure.engine, SELECT, is_alone).is_some() {
        parts.push(SELECT_PART);
    }
    let mut seconds = 0.0;
    for part in &parts {
        seconds += 1.0 / raw(table, &figure.engine, part.raw, is_alone)?;
    }
    let words: Vec<&str> = parts.iter().map(|part| part.word).collect();
    (seconds > 0.0).then(|| HardwareBound { parts: words.join(" + "), share: figure.value * seconds })
}

/// A raw rate for one client or many; preferably the one measured together with this engine.
pub fn raw(table: &Table, engine: &str, name: &str, alone: bool) -> Option<f64> {
    let of = |engine: &str| {
        let mut same: Vec<&Measurement> =
            table.figures.iter().filter(|f| f.engine == engine && f.name == name).collect();
        same.sort_by_key(|figure| figure.clients);
        let figure = if alone { same.first() } else { same.last() };
        figure.map(|figure| figure.value)
    };
    of(engine).or_else(|| of(MACHINE))
}
