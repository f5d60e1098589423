//! The audit log (inventory C033): what happened, by event, application, user and time, and who changed what.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use views::console::{Action, Block, Cell, CodeText, ConsolePage, Empty, Facts, Filter, Row, Table, Tone};
use views::pages::Choice;

use super::api::{Listed, encoded};
use super::entity::{given, linked, list_query, pages, search_form, text, time};
use super::export;
use super::times::Times;
use crate::callers::ConsoleUser;
use crate::callers::console::Read;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/console/logs", list).get("/console/logs/{id}", show).get("/console/export/logs", download)
}

/// Events that people look for; the first are all but changes by administrators.
const EVENTS: [&str; 6] = [
    "",
    "Administration",
    "Interaction.SignIn.Submit",
    "Interaction.Register.Submit",
    "ExchangeTokenBy.AuthorizationCode",
    "ExchangeTokenBy.RefreshToken",
];
/// The filters as the API names them.
const EVENT: &str = "logKey";
const PEOPLE: [&str; 2] = ["userId", "applicationId"];

/// The members of an entry that a file has.
const EXPORT: &[&str] =
    &["id", "key", "createdAt", "payload.result", "payload.userId", "payload.applicationId", "payload.ip"];

/// The filters as a part of the query of the API.
fn filters(user: &ConsoleUser<Read>) -> String {
    format!("{}{}", given(user, &[EVENT]), given(user, &PEOPLE))
}

async fn download(user: ConsoleUser<Read>) -> Result<Response, ApiError> {
    let times = Times::of(&user).query().map_err(|_| ApiError::bad_request("log.invalid_time_window"))?;
    let query = filters(&user) + &times;
    export::respond(&user, "logs", format!("/api/logs?{}", query.trim_start_matches('&')), EXPORT).await
}

async fn list(user: ConsoleUser<Read>) -> Result<Response, ApiError> {
    let (query, times) = (format!("{}{}", list_query(&user, None), filters(&user)), Times::of(&user));
    let listed = match times.query() {
        Ok(times) => user.api().list(&format!("/api/logs?{query}{times}")).await?,
        Err(_) => Listed { total: 0, items: Vec::new() },
    };
    let wrong = times.error(&user);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let event = |key: &&str| {
        let name = if key.is_empty() { "all".to_owned() } else { key.replace('.', "_") };
        Choice { value: (*key).to_owned(), label: user.text(&format!("logs.event_{name}")) }
    };
    let filter = |name: &str, choices: Vec<Choice>| Filter {
        name: name.to_owned(),
        label: user.text(&format!("logs.{name}")),
        value: user.query(name).unwrap_or_default().to_owned(),
        choices,
        ..Filter::default()
    };
    let mut filters = vec![filter(EVENT, EVENTS.iter().map(event).collect())];
    filters.extend(PEOPLE.map(|name| filter(name, Vec::new())));
    filters.extend(times.filters(&user));
    let table = Table {
        search: Some(search_form(&user, None, filters)),
        columns: ["event", "result", "user", "application", "time"]
            .map(|name| user.text(&format!("logs.column.{name}")))
            .to_vec(),
        rows: listed.items.iter().map(|item| Row { cells: cells(&user, item), actions: Vec::new() }).collect(),
        empty: Empty {
            title: user.text("logs.empty"),
            text: wrong.or_else(|| Some(user.text("list.search_again"))),
            action: None,
        },
        pages: pages(&user, &listed),
        exports: export::links(&user, "logs"),
        ..Table::default()
    };
    let page = ConsolePage {
        title: user.text("navigation.logs"),
        lead: user.text_if_any("logs.lead"),
        blocks: vec![Block::Table(table)],
        ..ConsolePage::default()
    };
    Ok(user.render(status, page).await)
}

fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
    let payload = item.get("payload").unwrap_or(&Value::Null);
    vec![
        Cell::Link {
            text: text(item, "key"),
            href: format!("/console/logs/{}", encoded(&text(item, "id"))),
            note: None,
        },
        result(user, payload),
        linked(payload, "userId", "users"),
        linked(payload, "applicationId", "applications"),
        time(item, "createdAt"),
    ]
}

fn result(user: &ConsoleUser<Read>, payload: &Value) -> Cell {
    match text(payload, "result").as_str() {
        "Success" => Cell::Badge { text: user.text("logs.success"), tone: Tone::Good },
        _ => Cell::Badge { text: user.text("logs.error"), tone: Tone::Bad },
    }
}

async fn show(user: ConsoleUser<Read>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let item = user.api().get(&format!("/api/logs/{}", encoded(&id))).await?;
    let payload = item.get("payload").unwrap_or(&Value::Null);
    let labels =
        ["event", "result", "user", "application", "time"].map(|name| user.text(&format!("logs.column.{name}")));
    let mut rows: Vec<(String, Cell)> = labels.into_iter().zip(cells(&user, &item)).skip(1).collect();
    rows.push((user.text("logs.ip"), Cell::Text { text: text(payload, "ip") }));
    let page = ConsolePage {
        title: text(&item, "key"),
        back: Some(Action { title: user.text("navigation.logs"), href: "/console/logs".to_owned() }),
        blocks: vec![
            Block::Facts(Facts { title: None, rows }),
            Block::Code(CodeText {
                title: Some(user.text("logs.details")),
                text: serde_json::to_string_pretty(payload).unwrap_or_default(),
            }),
        ],
        ..ConsolePage::default()
    };
    Ok(user.render(StatusCode::OK, page).await)
}
