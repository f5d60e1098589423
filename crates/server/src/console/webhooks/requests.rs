//! Recent requests to a webhook: those that were taken and those that were not, and one of them.

use ::api::hooks::HookEvent;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use views::console::{Block, Cell, CodeText, Empty, Facts, Filter, Row, Table, Tone};
use views::pages::Choice;

use super::Webhooks;
use crate::callers::ConsoleUser;
use crate::callers::console::Manage;
use crate::console::api::encoded;
use crate::console::entity::{address, api_path, item_page, list_query, pages, search_form, text, time};
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/console/webhooks/{id}/requests", list_requests)
        .get("/console/webhooks/{id}/requests/{log}", show_request)
}

/// What `result` of the API's list may be.
const RESULTS: [&str; 2] = ["Success", "Error"];
/// How far back a list may go, in hours; that of the API is a day.
const HOURS: [&str; 3] = ["1", "168", "720"];

/// What the address asks for; what nobody can choose counts as absent.
struct Asked {
    events: Vec<&'static str>,
    event: &'static str,
    result: &'static str,
    hours: &'static str,
}

impl Asked {
    fn of(user: &ConsoleUser<Manage>) -> Self {
        let chosen = |name: &str, known: &[&'static str]| {
            let asked = user.query(name);
            known.iter().copied().find(|value| asked == Some(*value)).unwrap_or_default()
        };
        let events: Vec<&'static str> = HookEvent::ALL.iter().map(|event| event.as_str()).collect();
        let event = chosen("event", &events);
        Self { event, result: chosen("result", &RESULTS), hours: chosen("hours", &HOURS), events }
    }

    /// The query of the API.
    fn query(&self, user: &ConsoleUser<Manage>) -> String {
        let mut query = list_query(user, None);
        query.push_str("&enableCap=true");
        if !self.event.is_empty() {
            query.push_str(&format!("&logKey=TriggerHook.{}", self.event));
        }
        if !self.result.is_empty() {
            query.push_str(&format!("&result={}", self.result));
        }
        if let Ok(hours) = self.hours.parse::<i64>() {
            query.push_str(&format!("&start_time={}", user.now.plus_seconds(-hours * 3600).0));
        }
        query
    }

    fn filters(&self, user: &ConsoleUser<Manage>) -> Vec<Filter> {
        let label = |name: &str, value: &str| match value {
            "" => user.text(&format!("webhooks.requests.{name}_all")),
            value if name == "event" => value.to_owned(),
            value => user.text(&format!("webhooks.requests.{name}_{value}")),
        };
        let choice = |name: &str, value: &str| Choice { value: value.to_owned(), label: label(name, value) };
        let filter = |(name, value, known): (&str, &str, &[&str])| Filter {
            name: name.to_owned(),
            label: user.text(&format!("webhooks.requests.{name}")),
            value: value.to_owned(),
            choices: [""].iter().chain(known).map(|value| choice(name, value)).collect(),
            ..Filter::default()
        };
        let all: [(&str, &str, &[&str]); 3] =
            [("event", self.event, &self.events), ("result", self.result, &RESULTS), ("hours", self.hours, &HOURS)];
        all.map(filter).to_vec()
    }
}

async fn list_requests(user: ConsoleUser<Manage>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let (api, path, asked) = (user.api(), api_path::<Webhooks>(&id), Asked::of(&user));
    let item = api.get(&path).await?;
    let listed = api.list(&format!("{path}/recent-logs?{}", asked.query(&user))).await?;
    let own = format!("{}/requests", address::<Webhooks>(&id));
    let row = |log: &Value| {
        let name = Cell::Link { text: event_of(log), href: format!("{own}/{}", encoded(&text(log, "id"))), note: None };
        Row { cells: [vec![name], cells(&user, log)].concat(), actions: Vec::new() }
    };
    let table = Table {
        search: Some(search_form(&user, None, asked.filters(&user))),
        columns: ["event"]
            .into_iter()
            .chain(COLUMNS)
            .map(|name| user.text(&format!("webhooks.requests.{name}")))
            .collect(),
        rows: listed.items.iter().map(row).collect(),
        empty: Empty {
            title: user.text("webhooks.requests.empty"),
            text: Some(user.text("webhooks.requests.empty_text")),
            action: None,
        },
        pages: pages(&user, &listed),
        ..Table::default()
    };
    Ok(user.render(StatusCode::OK, item_page::<Webhooks, _>(&user, &item, "requests", vec![Block::Table(table)])).await)
}

/// What is shown of a request beside its event.
const COLUMNS: [&str; 4] = ["result", "answer", "attempt", "time"];

fn cells(user: &ConsoleUser<Manage>, log: &Value) -> Vec<Cell> {
    let payload = log.get("payload").unwrap_or(&Value::Null);
    let is_taken = payload.get("result").is_some_and(|result| result == RESULTS[0]);
    let (result, tone) = if is_taken { (RESULTS[0], Tone::Good) } else { (RESULTS[1], Tone::Bad) };
    let number = |path: &str| match payload.pointer(path).and_then(Value::as_i64) {
        Some(number) => Cell::Text { text: number.to_string() },
        None => Cell::Nothing,
    };
    vec![
        Cell::Badge { text: user.text(&format!("webhooks.requests.result_{result}")), tone },
        number("/response/statusCode"),
        number("/attempt"),
        time(log, "createdAt"),
    ]
}

fn event_of(log: &Value) -> String {
    text(log, "key").trim_start_matches("TriggerHook.").to_owned()
}

/// One request: what was sent and answered, shortened and without secrets, as the log has it.
async fn show_request(
    user: ConsoleUser<Manage>,
    Path((id, log)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let api = user.api();
    let item = api.get(&api_path::<Webhooks>(&id)).await?;
    let log = api.get(&format!("/api/logs/{}", encoded(&log))).await?;
    let payload = log.get("payload").unwrap_or(&Value::Null);
    if text(payload, "hookId") != text(&item, "id") || !text(&log, "key").starts_with("TriggerHook.") {
        return Err(ApiError::not_found());
    }
    let labels = COLUMNS.map(|name| user.text(&format!("webhooks.requests.{name}")));
    let mut rows = vec![(user.text("webhooks.requests.event"), Cell::Text { text: event_of(&log) })];
    rows.extend(labels.into_iter().zip(cells(&user, &log)));
    if let Some(error) = payload.get("error").and_then(Value::as_str) {
        rows.push((user.text("webhooks.requests.error"), Cell::Text { text: error.to_owned() }));
    }
    if payload.get("isGivenUp").is_some_and(|given_up| given_up == true) {
        rows.push((
            user.text("webhooks.requests.given_up"),
            Cell::Text { text: user.text("webhooks.requests.given_up_text") },
        ));
    }
    let code = |name: &str, path: &str| {
        let value = payload.pointer(path)?;
        let text = value.as_str().map(str::to_owned).or_else(|| serde_json::to_string_pretty(value).ok())?;
        Some(Block::Code(CodeText { title: Some(user.text(&format!("webhooks.requests.{name}"))), text }))
    };
    let mut blocks = vec![Block::Facts(Facts { title: None, rows })];
    blocks.extend([code("sent", "/hookRequest/body"), code("answered", "/response/body")].into_iter().flatten());
    Ok(user.render(StatusCode::OK, item_page::<Webhooks, _>(&user, &item, "requests", blocks)).await)
}
