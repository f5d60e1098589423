//! The audit log (inventory 6.2). Entries of sign-ins and of administration are written in the transaction they describe
//! ([`crate::work::Work::audit`]), what administrators change in [`changes`]; statistics of tokens are queued ([`crate::App::audit`]), those of refused
//! requests within a budget ([`crate::App::audit_refusal`]).

mod activity;
mod api;
pub(crate) mod changes;
pub mod export;
mod queue;
pub(crate) mod retention;
pub(crate) mod user_agent;

pub(crate) use activity::activity_of;
pub(crate) use api::{LogRow, count_hook_requests, list, routes, within_window};
pub(crate) use changes::masked;
pub(crate) use queue::AuditQueue;

use db::{DbError, Sql, Tx, params, sql};
use kernel::ids::{ApplicationId, UserId};
use kernel::{Rng, Timestamp, id};
use oauth::client::metadata_document::MAX_ID_BYTES as MAX_ADDRESS_BYTES;
use serde_json::{Map, Value, json};

use crate::client_documents;

/// Longer texts of a payload are cut: much of it was sent by strangers.
const MAX_TEXT_CHARS: usize = 256;
/// Members of a payload that is larger, in bytes of JSON, are left out one by one.
const MAX_PAYLOAD_BYTES: usize = 8 * 1024;
/// Deeper values of a payload are left out.
const MAX_DEPTH: usize = 8;
/// Members of one member that are left out of a payload that is too large, before all of it is.
const MAX_OMITTED_MEMBERS: usize = 8;
/// Leaving out less makes no room.
const MIN_OMITTED_BYTES: usize = 128;
/// What a payload that is too large loses first.
const DISPENSABLE: [&str; 13] = [
    "body",
    "links",
    "after",
    "before",
    "payload",
    "customTokenClaims",
    "params",
    "interaction",
    "verification",
    "userAgentParsed",
    "hookRequest",
    "response",
    "error",
];
/// The keys of requests to webhooks begin so.
const HOOK_KEYS: &str = "TriggerHook.";

/// One entry: its key, as in `docs/contract/audit-log-keys.json`, and the payload without `key`.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    pub key: String,
    pub payload: Map<String, Value>,
}

impl AuditEntry {
    /// The entry as a row of `logs`, within the bounds of text and size.
    pub(crate) fn row(&self, tenant_id: &str, at: Timestamp) -> AuditRow {
        let text = |name: &str| self.payload.get(name).and_then(Value::as_str).map(cut);
        let hook_id = text("hookId").filter(|_| self.key.starts_with(HOOK_KEYS));
        AuditRow {
            hook_succeeded: hook_id.is_some().then(|| self.payload.get("result") == Some(&json!("Success"))),
            hook_id,
            tenant_id: tenant_id.to_owned(),
            key: cut(&self.key),
            user_id: text("userId").map(UserId::from),
            application_id: text("applicationId")
                .filter(|id| !client_documents::is_address(id))
                .map(ApplicationId::from),
            payload: self.bounded_payload(),
            at,
        }
    }

    fn bounded_payload(&self) -> String {
        let mut payload: Map<String, Value> =
            self.payload.iter().map(|(name, value)| bounded_member(name, value)).collect();
        payload.insert("key".into(), cut(&self.key).into());
        let mut text = to_json(&payload);
        for name in DISPENSABLE {
            if text.len() <= MAX_PAYLOAD_BYTES {
                return text;
            }
            for _ in 0..MAX_OMITTED_MEMBERS {
                if text.len() <= MAX_PAYLOAD_BYTES || !omit_largest(&mut payload, name) {
                    break;
                }
                text = to_json(&payload);
            }
            if text.len() > MAX_PAYLOAD_BYTES && payload.contains_key(name) {
                payload.insert(name.into(), omitted());
                text = to_json(&payload);
            }
        }
        if text.len() > MAX_PAYLOAD_BYTES {
            payload.retain(|name, _| name == "key" || name == "result");
            text = to_json(&payload);
        }
        text
    }
}

fn omitted() -> Value {
    json!({"omitted": "too large"})
}

/// Leaves out the largest member of a member, so that the others stay. `false` if none is large.
fn omit_largest(payload: &mut Map<String, Value>, name: &str) -> bool {
    let Some(members) = payload.get_mut(name).and_then(Value::as_object_mut) else { return false };
    let sizes = members.iter_mut().map(|(_, value)| (value.to_string().len(), value));
    match sizes.max_by_key(|(size, _)| *size) {
        Some((size, largest)) if size > MIN_OMITTED_BYTES => {
            *largest = omitted();
            true
        }
        _ => false,
    }
}

/// Without a copy of the values: every step of a sign-in writes an entry.
fn to_json(payload: &Map<String, Value>) -> String {
    serde_json::to_string(payload).unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT_CHARS).collect()
}

/// `error` may be JSON in a text, whose own texts are cut already ([`bounded`]). A client that nobody registered has another member, whose
/// address may be long.
fn bounded_member(name: &str, value: &Value) -> (String, Value) {
    match value {
        Value::String(text) if name == "error" => {
            (cut(name), text.chars().take(MAX_TEXT_CHARS * 4).collect::<String>().into())
        }
        Value::String(id) if name == "applicationId" && client_documents::is_address(id) => {
            (client_documents::member_of(id).to_owned(), id.chars().take(MAX_ADDRESS_BYTES).collect::<String>().into())
        }
        other => (cut(name), bounded(other)),
    }
}

/// A value whose texts are cut at 256 characters and that is at most 8 levels deep.
pub(crate) fn bounded(value: &Value) -> Value {
    bounded_at(value, 0)
}

fn bounded_at(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) => cut(text).into(),
        Value::Array(_) | Value::Object(_) if depth >= MAX_DEPTH => Value::Null,
        Value::Array(items) => items.iter().map(|item| bounded_at(item, depth + 1)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, item)| (cut(name), bounded_at(item, depth + 1))).collect())
        }
        other => other.clone(),
    }
}

/// A row of `logs` without its id.
#[derive(Debug, Clone)]
pub(crate) struct AuditRow {
    tenant_id: String,
    key: String,
    user_id: Option<UserId>,
    application_id: Option<ApplicationId>,
    /// Of requests to webhooks.
    hook_id: Option<String>,
    hook_succeeded: Option<bool>,
    /// JSON.
    payload: String,
    at: Timestamp,
}

impl AuditRow {
    /// The memory that the row takes, in bytes, about.
    pub(crate) fn size(&self) -> usize {
        self.payload.len() + self.key.len() + 256
    }

    /// Inserts the row. Its id sorts by time: a log that grows touches the end of its index alone.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) fn insert(&self, tx: &Tx<'_>, rng: &Rng) -> Result<(), DbError> {
        const INSERT: &Sql = sql!(
            "insert into logs \
             (tenant_id, id, key, user_id, application_id, payload, created_at, hook_id, hook_succeeded) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        );
        tx.exec_pipelined(
            INSERT,
            params![
                &self.tenant_id,
                id::dated_entity_id(rng, self.at),
                &self.key,
                self.user_id.clone(),
                self.application_id.clone(),
                &self.payload,
                self.at,
                self.hook_id.clone(),
                self.hook_succeeded
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(entry: Value) -> Value {
        let Value::Object(payload) = entry else { panic!("not an object") };
        let row = AuditEntry { key: "Interaction.Create".into(), payload }.row("default", Timestamp(0));
        assert!(row.payload.len() <= MAX_PAYLOAD_BYTES, "{}", row.payload.len());
        serde_json::from_str(&row.payload).unwrap()
    }

    #[test]
    fn g1_a_stranger_cannot_make_an_entry_large() {
        let long = "x".repeat(60_000);
        let stored = payload(json!({"userAgent": long, "params": {"a": long, long.as_str(): 1}, "userId": "u"}));
        assert_eq!(stored["userAgent"].as_str().unwrap().len(), MAX_TEXT_CHARS);
        assert_eq!(stored["params"]["a"].as_str().unwrap().len(), MAX_TEXT_CHARS);
        let many: Map<String, Value> = (0..5000).map(|n| (format!("p{n}"), json!("value"))).collect();
        let stored = payload(json!({"params": many, "userId": "u", "result": "Error"}));
        assert_eq!((&stored["userId"], &stored["result"]), (&json!("u"), &json!("Error")));
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert!(payload(json!({"interaction": deep})).to_string().len() < 200);
    }
}
