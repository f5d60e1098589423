//! "Why was this refused?": what was refused under a request id, with what values, and what to change.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use views::console::{Action, Block, Cell, CodeText, ConsolePage, Empty, Facts, Filter, Row, Table};
use views::translate;

use super::api::encoded;
use super::entity::{cell, given, linked, list_query, pages, search_form, text, time};
use super::page::language;
use crate::callers::ConsoleUser;
use crate::callers::console::Read;
use crate::errors::ApiError;
use crate::routes::Routes;

const PATH: &str = "/console/refusals";
/// The filters as the API names them.
const FILTERS: [&str; 3] = ["code", "clientId", "userId"];

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, list).get("/console/refusals/{id}", show)
}

async fn list(user: ConsoleUser<Read>) -> Result<Response, ApiError> {
    let query = format!("{}{}", list_query(&user, None), given(&user, &FILTERS));
    let listed = user.api().list(&format!("/api/refusals?{query}")).await?;
    let filter = |name: &str| Filter {
        name: name.to_owned(),
        label: user.text(&format!("refusals.filter_{name}")),
        value: user.query(name).unwrap_or_default().to_owned(),
        ..Filter::default()
    };
    let row = |item: &Value| {
        let href = format!("{PATH}/{}", encoded(&text(item, "requestId")));
        let cells = vec![
            Cell::Link { text: explained(&user, item, "cause"), href, note: Some(code(item)) },
            time(item, "createdAt"),
            Cell::Text { text: request(item) },
            linked(item, "clientId", "applications"),
            Cell::Copy { text: text(item, "requestId") },
        ];
        Row { cells, ..Row::default() }
    };
    let table = Table {
        search: Some(search_form(&user, None, FILTERS.map(filter).to_vec())),
        columns: ["reason", "time", "request", "client", "id"].map(|name| column(&user, name)).to_vec(),
        rows: listed.items.iter().map(row).collect(),
        empty: Empty { title: user.text("refusals.empty"), text: Some(user.text("refusals.empty_text")), action: None },
        pages: pages(&user, &listed),
        ..Table::default()
    };
    let page = ConsolePage {
        title: user.text("navigation.refusals"),
        lead: Some(user.text("refusals.lead")),
        blocks: vec![Block::Table(table)],
        ..ConsolePage::default()
    };
    Ok(user.render(StatusCode::OK, page).await)
}

fn column(user: &ConsoleUser<Read>, name: &str) -> String {
    user.text(&format!("refusals.column_{name}"))
}

/// `cause` or `advice`.
fn explained(user: &ConsoleUser<Read>, item: &Value, part: &str) -> String {
    let reason = item.pointer("/explanation/reason").and_then(Value::as_str).unwrap_or_default();
    translate(language(user), &format!("refusals.{reason}.{part}"), &[])
}

fn code(item: &Value) -> String {
    let status = item.get("status").map(Value::to_string).unwrap_or_default();
    format!("{status} {}", text(item, "code")).trim_end().to_owned()
}

fn request(item: &Value) -> String {
    format!("{} {}", text(item, "method"), text(item, "path"))
}

async fn show(user: ConsoleUser<Read>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let back = Some(Action { title: user.text("navigation.refusals"), href: PATH.to_owned() });
    let item = match user.api().get(&format!("/api/refusals/{}", encoded(&id))).await {
        Ok(item) => item,
        Err(error) if error.status() == StatusCode::NOT_FOUND => {
            let text = Some(user.text("search.no_request"));
            let unknown = Block::Empty(Empty { title: user.text("refusals.unknown"), text, action: None });
            let page = ConsolePage { title: id, back, blocks: vec![unknown], ..ConsolePage::default() };
            return Ok(user.render(StatusCode::NOT_FOUND, page).await);
        }
        Err(error) => return Err(error),
    };
    let named = |name: &str, cell: Cell| (column(&user, name), cell);
    let said = |name: &str, part: &str| named(name, Cell::Text { text: explained(&user, &item, part) });
    let answer =
        Facts { title: Some(user.text("refusals.why")), rows: vec![said("reason", "cause"), said("advice", "advice")] };
    let what = vec![
        named("id", Cell::Copy { text: text(&item, "requestId") }),
        named("time", time(&item, "createdAt")),
        named("request", Cell::Text { text: request(&item) }),
        named("code", Cell::Text { text: code(&item) }),
        named("answer", cell(&item, "description")),
        named("detail", cell(&item, "detail")),
        named("client", linked(&item, "clientId", "applications")),
        named("user", linked(&item, "userId", "users")),
    ];
    let mut blocks =
        vec![Block::Facts(answer), Block::Facts(Facts { title: Some(user.text("refusals.what")), rows: what })];
    let facts = item.get("facts").filter(|facts| facts.as_object().is_some_and(|facts| !facts.is_empty()));
    if let Some(facts) = facts {
        let compared = compared(&user, facts);
        if !compared.is_empty() {
            blocks.push(Block::Facts(Facts { title: Some(user.text("refusals.compared")), rows: compared }));
        }
        blocks.push(Block::Code(CodeText {
            title: Some(user.text("refusals.facts")),
            text: serde_json::to_string_pretty(facts).unwrap_or_default(),
        }));
    }
    let page = ConsolePage { title: user.text("refusals.title"), back, blocks, ..ConsolePage::default() };
    Ok(user.render(StatusCode::OK, page).await)
}

/// What was sent beside what is registered or needed.
fn compared(user: &ConsoleUser<Read>, facts: &Value) -> Vec<(String, Cell)> {
    let registered = facts.get("registered").and_then(Value::as_array);
    let sent =
        ["redirect_uri", "post_logout_redirect_uri", "resource"].map(|name| facts.pointer(&format!("/params/{name}")));
    let sent = sent.into_iter().flatten().filter(|_| registered.is_some()).map(|uri| ("sent", uri));
    let registered = registered.into_iter().flatten().map(|uri| ("registered", uri));
    let needed = ["neededAudience", "neededScope", "tokenScope"].map(|name| facts.get(name).map(|value| (name, value)));
    let all = sent.chain(registered).chain(needed.into_iter().flatten());
    let row = |(name, value): (&str, &Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (column(user, name), Cell::Copy { text })
    };
    all.map(row).collect()
}
