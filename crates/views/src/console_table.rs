//! Lists in the admin console, and what stands in their cells.

use serde::Serialize;

use crate::console::{Action, Dialog, Empty, Picture, Tone};
use crate::pages::Choice;

/// A list with its search, filters and pages.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Table {
    pub title: Option<String>,
    pub search: Option<SearchForm>,
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// Shown in place of no rows.
    pub empty: Empty,
    pub pages: Option<Pages>,
    /// Whether each row ends with its own actions.
    pub has_actions: bool,
    /// What can be done with several rows at once.
    pub bulk: Option<Bulk>,
    /// The list as a file.
    pub exports: Vec<Action>,
}

/// What can be done with the rows that somebody chooses. The next page asks before it is done.
#[derive(Debug, Clone, Serialize)]
pub struct Bulk {
    /// Where the choice is sent, as `id` (several) and `action`.
    pub action: String,
    /// What each row is chosen by, in the order of the rows.
    pub ids: Vec<String>,
    /// The names of the rows, in the same order.
    pub names: Vec<String>,
    pub choices: Vec<Choice>,
}

/// The search and the filters of a list: a form that is sent by GET, so that what was found has an address.
#[derive(Debug, Clone, Serialize)]
pub struct SearchForm {
    pub action: String,
    /// None where the list has filters alone.
    pub query: Option<String>,
    pub label: String,
    pub filters: Vec<Filter>,
}

/// A filter of a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Filter {
    pub name: String,
    pub label: String,
    pub value: String,
    /// A field if there are none.
    pub choices: Vec<Choice>,
    /// The `type` attribute of the field; empty for text.
    pub kind: &'static str,
    /// What is wrong with the value.
    pub error: Option<String>,
}

/// A row: the first cell names it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub actions: Vec<Dialog>,
}

/// What stands in a table or a list of facts.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cell {
    Text {
        text: String,
    },
    /// A name that leads to its page.
    Link {
        text: String,
        href: String,
        note: Option<String>,
    },
    /// As [`Cell::Link`], with a picture before it.
    Pictured {
        picture: Picture,
        text: String,
        href: String,
        note: Option<String>,
    },
    /// A value that people copy.
    Copy {
        text: String,
    },
    Badge {
        text: String,
        tone: Tone,
    },
    /// A moment as ISO 8601, and as people read it.
    Time {
        iso: String,
        text: String,
    },
    Nothing,
}

/// The pages of a list.
#[derive(Debug, Clone, Serialize)]
pub struct Pages {
    /// "1–20 of 340", translated.
    pub shown: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}
