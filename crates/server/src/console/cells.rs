//! Members of what the Management API answers, as cells.

use kernel::Timestamp;
use serde_json::Value;
use views::console::Cell;

use super::api::encoded;

/// A text member; empty where there is none.
pub(super) fn text(item: &Value, member: &str) -> String {
    item.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A text member as a cell.
pub(super) fn cell(item: &Value, member: &str) -> Cell {
    match text(item, member) {
        text if text.is_empty() => Cell::Nothing,
        text => Cell::Text { text },
    }
}

/// The member that names something with a page of its own, below `/console/{pages}`.
pub(super) fn linked(item: &Value, member: &str, pages: &str) -> Cell {
    match text(item, member) {
        id if id.is_empty() => Cell::Nothing,
        id => Cell::Link { href: format!("/console/{pages}/{}", encoded(&id)), text: id, note: None },
    }
}

/// A moment in Unix milliseconds as a cell.
pub(super) fn time(item: &Value, member: &str) -> Cell {
    let Some(millis) = item.get(member).and_then(Value::as_i64) else { return Cell::Nothing };
    let iso = Timestamp(millis).iso8601();
    let text = format!("{} UTC", iso.get(..16).unwrap_or(&iso).replace('T', " "));
    Cell::Time { iso, text }
}
