//! One thing done with several rows of a list: a question first, then each by itself, with its own result.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use views::console::{Block, Bulk, Cell, ConsolePage, Empty, Form, Notice, Row, Table, Tone};
use views::pages::{Choice, Field};

use super::entity::{Entity, address, api_path, page_below, text};
use super::page::language;
use crate::callers::{ConsoleForm, ConsoleRight, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

/// More than a page of a list has.
const MAX_CHOSEN: usize = 100;

/// What can be done with each of several: its phrases are `bulk.{name}`, `bulk.{name}_title` and `bulk.{name}_text`.
pub(super) struct BulkAction {
    pub name: &'static str,
    /// Below the path of an item in the API.
    pub path: &'static str,
    /// What a PATCH sends, as JSON; none deletes the item.
    pub body: Option<&'static str>,
}

impl BulkAction {
    /// Deletes; what can't be undone is confirmed by typing.
    pub const DELETE: Self = Self { name: "delete", path: "", body: None };

    async fn apply<E: Entity, R>(&self, user: &ConsoleUser<R>, id: &str) -> Result<(), ApiError> {
        let path = format!("{}{}", api_path::<E>(id), self.path);
        match self.body {
            Some(body) => {
                let body = serde_json::from_str(body).map_err(|error| ApiError::internal(error.to_string()))?;
                user.api().send(Method::PATCH, &path, body).await.map(drop)
            }
            None => user.api().delete(&path).await,
        }
    }
}

/// The route of an entity with such actions.
pub(super) fn routes<E: Entity>() -> Routes {
    match E::BULK.is_empty() {
        true => Routes::new(),
        false => Routes::new().post(&own_address::<E>(), change::<E>),
    }
}

fn own_address<E: Entity>() -> String {
    format!("/console/bulk/{}", E::NAME)
}

/// What the table of a list offers.
pub(super) fn of_table<E: Entity>(user: &ConsoleUser<E::Read>, items: &[Value]) -> Option<Bulk> {
    let is_offered = !E::BULK.is_empty() && user.may(<E::Write as ConsoleRight>::RIGHT);
    is_offered.then(|| Bulk {
        action: own_address::<E>(),
        ids: items.iter().map(|item| text(item, "id")).collect(),
        names: items.iter().map(E::title).collect(),
        choices: E::BULK
            .iter()
            .map(|action| Choice { value: action.name.to_owned(), label: user.text(&format!("bulk.{}", action.name)) })
            .collect(),
    })
}

async fn change<E: Entity>(ConsoleForm { user, fields, .. }: ConsoleForm<E::Write>) -> Result<Response, ApiError> {
    let mut ids = fields.all("id");
    ids.sort();
    ids.dedup();
    let action = E::BULK.iter().find(|action| action.name == fields.get("action"));
    let Some(action) = action.filter(|_| !ids.is_empty()) else {
        return Ok(redirect(StatusCode::SEE_OTHER, &format!("/console/{}", E::NAME)));
    };
    if ids.len() > MAX_CHOSEN {
        return Err(ApiError::unprocessable("request.invalid_input"));
    }
    let mut items = Vec::new();
    for id in &ids {
        match user.api().get(&api_path::<E>(id)).await {
            Ok(item) => items.push(item),
            Err(error) if error.status() == StatusCode::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
    }
    let is_asked = fields.first("confirmed").is_none();
    let is_confirmed = action.body.is_some() || fields.get("confirm").trim() == items.len().to_string();
    if is_asked || !is_confirmed {
        let status = if is_asked { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok(user.render(status, question::<E>(&user, action, &items, !is_asked)).await);
    }
    let mut results = Vec::new();
    for item in &items {
        results.push(action.apply::<E, _>(&user, &text(item, "id")).await);
    }
    Ok(user.render(StatusCode::OK, results_page::<E>(&user, action, &items, &results)).await)
}

fn question<E: Entity>(
    user: &ConsoleUser<E::Write>,
    action: &BulkAction,
    items: &[Value],
    is_wrong: bool,
) -> ConsolePage {
    let (name, count) = (action.name, items.len().to_string());
    let title = user.text_with(&format!("bulk.{name}_title"), &[("count", &count)]);
    let ids = items.iter().map(|item| ("id".to_owned(), text(item, "id")));
    let others = [("action", name), ("confirmed", "yes")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let typed = Field {
        name: "confirm".to_owned(),
        label: user.text_with("bulk.type", &[("count", &count)]),
        kind: "text",
        autocomplete: "off",
        required: true,
        error: is_wrong.then(|| user.text("bulk.mismatch")),
        ..Field::default()
    };
    let form = Form {
        title: Some(title.clone()),
        lead: Some(user.text(&format!("bulk.{name}_text"))),
        action: own_address::<E>(),
        fields: if action.body.is_none() { vec![typed] } else { Vec::new() },
        hidden: ids.chain(others).collect(),
        submit: user.text(&format!("bulk.{name}")),
        ..Form::default()
    };
    let rows = items.iter().map(|item| Row { cells: vec![linked::<E>(item)], ..Row::default() }).collect();
    let columns = vec![user.text("bulk.column_item")];
    let empty = Empty { title: user.text("bulk.none"), ..Empty::default() };
    let is_empty = items.is_empty();
    let mut blocks = vec![Block::Table(Table { columns, rows, empty, ..Table::default() })];
    if !is_empty {
        blocks.push(Block::Form(form));
    }
    page_below::<E, _>(user, title, blocks)
}

fn linked<E: Entity>(item: &Value) -> Cell {
    Cell::Link { text: E::title(item), href: address::<E>(&text(item, "id")), note: None }
}

fn results_page<E: Entity>(
    user: &ConsoleUser<E::Write>,
    action: &BulkAction,
    items: &[Value],
    results: &[Result<(), ApiError>],
) -> ConsolePage {
    let (done, count) = (results.iter().filter(|result| result.is_ok()).count(), items.len());
    let row = |(item, result): (&Value, &Result<(), ApiError>)| {
        let (badge, tone, why) = match result {
            Ok(()) => ("bulk.done", Tone::Good, Cell::Nothing),
            Err(error) => ("bulk.failed", Tone::Bad, Cell::Text { text: error.message(language(user)) }),
        };
        // What was deleted has no page any more.
        let name = match (result, action.body) {
            (Ok(()), None) => Cell::Text { text: E::title(item) },
            _ => linked::<E>(item),
        };
        Row { cells: vec![name, Cell::Badge { text: user.text(badge), tone }, why], ..Row::default() }
    };
    let summary = [("done", done.to_string()), ("count", count.to_string())];
    let summary: Vec<(&str, &str)> = summary.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let tone = if done == count { Tone::Good } else { Tone::Bad };
    let table = Table {
        columns: ["item", "result", "why"].map(|name| user.text(&format!("bulk.column_{name}"))).to_vec(),
        rows: items.iter().zip(results).map(row).collect(),
        empty: Empty { title: user.text("bulk.none"), ..Empty::default() },
        ..Table::default()
    };
    let title = user.text_with(&format!("bulk.{}_title", action.name), &[("count", &count.to_string())]);
    let notice = Notice { text: user.text_with("bulk.summary", &summary), tone };
    page_below::<E, _>(user, title, vec![Block::Notice(notice), Block::Table(table)])
}
