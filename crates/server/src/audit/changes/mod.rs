//! Changes by administrators: what a unit of work of the Management API found, what it left, and who asked for it. The entry is
//! written in the transaction of the change, at the one place where these units are opened
//! ([`crate::callers::ManagementCaller::write`]), so that no handler can forget it.

mod difference;
mod insertions;
mod mask;
mod notes;
mod place;
mod rows;

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

pub(crate) use self::mask::masked;
pub(crate) use self::notes::ChangeNotes;
use self::place::Place;
use super::{AuditEntry, user_agent};
use crate::callers::RequestFacts;
use crate::work::{Actor, Undone, Work, WorkUnit};

/// What all keys of these entries begin with.
pub(crate) const FAMILY: &str = "Administration";

/// The JSON body of a request, as far as it has one and it has been read.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadBody(Arc<OnceLock<Value>>);

impl ReadBody {
    /// Keeps the body of a request.
    pub(crate) fn keep(&self, body: &Value) {
        // Nobody reads a body twice.
        let _ = self.0.set(body.clone());
    }
}

/// Runs a unit of work of the Management API, and writes down what it changed. What fails changes nothing and is not written
/// down.
///
/// # Errors
/// Those of `work`; a failure of the database.
pub(crate) fn recorded(unit: &Work<'_>, body: &ReadBody, work: WorkUnit) -> Result<(), Undone> {
    let Some(request) = unit.request() else { return work(unit) };
    let place = Place::of(request);
    let before = rows::stored(unit, &place.route, &place.ids)?;
    unit.notes().begin(rows::insertions(&place.route));
    work(unit)?;
    let (links, made) = unit.notes().end();
    let after = match (&before, made.as_slice()) {
        (None, [id]) => rows::created(unit, &place, id)?,
        _ => rows::stored(unit, &place.route, &place.ids)?,
    };
    unit.audit(&entry(unit, request, &place, Seen { body: body.0.get(), before, after, made, links }))?;
    Ok(())
}

/// What is written down of a change.
struct Seen<'a> {
    body: Option<&'a Value>,
    before: Option<Value>,
    after: Option<Value>,
    /// The ids of new rows.
    made: Vec<String>,
    links: Vec<Value>,
}

fn entry(unit: &Work<'_>, request: &RequestFacts, place: &Place, seen: Seen<'_>) -> AuditEntry {
    let mut payload = Map::new();
    let mut put = |name: &str, value: Value| payload.insert(name.to_owned(), value);
    put("result", "Success".into());
    put("ip", request.ip.text().into());
    put("userAgent", request.user_agent.as_str().into());
    put("userAgentParsed", user_agent::parsed(&request.user_agent));
    if let Actor::Management { id, is_application } = unit.actor() {
        put("actor", json!({"type": if *is_application { "Application" } else { "User" }, "id": id}));
    }
    put("method", request.method.as_str().into());
    put("route", place.route.as_str().into());
    put("params", mask::masked(&place.params(request)));
    // Whom the entry is about, so that it is found by them.
    for (collection, name) in
        [("/api/users", "userId"), ("/api/administrators", "userId"), ("/api/applications", "applicationId")]
    {
        let is_of = place.route == collection || place.route.starts_with(&format!("{collection}/"));
        if let Some(id) = place.ids.first().or(seen.made.first()).filter(|_| is_of) {
            put(name, id.as_str().into());
        }
    }
    if place.route == "/api/subject-tokens"
        && let Some(id) = seen.body.and_then(|body| body.get("userId")).filter(|id| id.is_string())
    {
        put("userId", id.clone());
    }
    if let Some(body) = seen.body.filter(|body| body.as_object().is_none_or(|members| !members.is_empty())) {
        put("body", mask::masked(body));
    }
    if !seen.made.is_empty() {
        put("created", seen.made.into());
    }
    let (before, after) = difference::changed(seen.before, seen.after);
    for (name, value) in [("before", before), ("after", after)] {
        if let Some(value) = value {
            put(name, mask::masked(&value));
        }
    }
    if !seen.links.is_empty() {
        put("links", seen.links.into());
    }
    AuditEntry { key: place.key(&request.method), payload }
}
