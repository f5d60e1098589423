//! What the log says of what a person did, for themselves.

use db::{DbError, Json, params, sql};
use kernel::Timestamp;
use kernel::ids::UserId;
use serde_json::{Map, Value};

use crate::work::View;

/// The newest; older ones stay with the operator.
const MAX_ENTRIES: i64 = 1000;
/// What of an entry is about the person. The rest may name others, and is for operators.
const MEMBERS: [&str; 5] = ["result", "applicationId", "sessionId", "ip", "userAgent"];

/// The newest entries about a user, without changes by administrators and requests to webhooks: those tell of others too.
///
/// # Errors
/// A failure of the database.
pub(crate) fn activity_of(view: &View<'_>, user_id: &UserId) -> Result<Vec<Value>, DbError> {
    let text = sql!(
        "select key, payload, created_at from logs where user_id = $1 and tenant_id = $2 and key not like 'TriggerHook.%' \
         order by created_at desc limit $3"
    );
    let rows: Vec<(String, Json<Map<String, Value>>, Timestamp)> =
        view.query_all(text, params![user_id, view.tenant_id(), MAX_ENTRIES])?;
    let shown = rows.into_iter().filter(|(_, payload, _)| !payload.0.contains_key("actor"));
    let shown = shown.map(|(key, Json(mut payload), at)| {
        let mut entry = Map::from_iter([("action".to_owned(), key.into()), ("at".to_owned(), at.iso8601().into())]);
        entry.extend(MEMBERS.iter().filter_map(|name| Some(((*name).to_owned(), payload.remove(*name)?))));
        Value::from(entry)
    });
    Ok(shown.collect())
}
