//! What a unit of work says of its changes while it makes them, if anybody asks.

use std::cell::RefCell;

use db::Sql;
use serde_json::{Value, json};

use super::insertions::Insertions;

/// Links, and values of each, that an entry names.
const MAX_NOTED: usize = 100;

/// Empty, and of no cost, until [`ChangeNotes::begin`].
#[derive(Debug, Default)]
pub(crate) struct ChangeNotes(RefCell<Option<Noted>>);

#[derive(Debug)]
struct Noted {
    links: Vec<Value>,
    insertions: Option<Insertions>,
}

impl ChangeNotes {
    /// Notes what follows: links, and rows that are inserted where `insertions` looks for them.
    pub(super) fn begin(&self, insertions: Option<Insertions>) {
        self.0.replace(Some(Noted { links: Vec::new(), insertions }));
    }

    /// Something is linked, or is linked no more (`what`: `added`, `removed`).
    pub(crate) fn links(&self, table: &str, key: &[&str], what: &str, values: &[String]) {
        if let Some(noted) = self.0.borrow_mut().as_mut()
            && !values.is_empty()
            && noted.links.len() < MAX_NOTED
        {
            let shown: Vec<&String> = values.iter().take(MAX_NOTED).collect();
            noted.links.push(json!({"table": table, "of": key, what: shown, "count": values.len()}));
        }
    }

    /// A statement is executed.
    pub(crate) fn see(&self, sql: &Sql, params: &[db::Value]) {
        if let Some(insertions) = self.0.borrow_mut().as_mut().and_then(|noted| noted.insertions.as_mut()) {
            insertions.see(sql, params);
        }
    }

    /// The links, and the ids of new rows.
    pub(super) fn end(&self) -> (Vec<Value>, Vec<String>) {
        let noted = self.0.take();
        noted
            .map(|noted| (noted.links, noted.insertions.map(Insertions::into_ids).unwrap_or_default()))
            .unwrap_or_default()
    }
}
