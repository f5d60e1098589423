//! A list as a file, CSV (RFC 4180) or JSON: the rows that its search finds, page by page, so that neither memory nor time grow with it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use http_body::Frame;
use kernel::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use views::console::Action;

use super::api::Api;
use super::entity::{Entity, chosen_filters, search_query};
use crate::callers::ConsoleUser;
use crate::errors::ApiError;
use crate::routes::Routes;

/// Rows of one call of the API.
const PAGE_SIZE: usize = 100;
/// Rows of a file. More than a person reads; whoever needs all calls the API.
const MAX_ROWS: usize = 10_000;

/// The route of an entity with columns to export.
pub(super) fn routes<E: Entity>() -> Routes {
    match E::EXPORT.is_empty() {
        true => Routes::new(),
        false => Routes::new().get(&format!("/console/export/{}", E::NAME), download::<E>),
    }
}

/// Links to the files of a list, with the search of its page.
pub(super) fn links<R>(user: &ConsoleUser<R>, name: &str) -> Vec<Action> {
    let link = |format: &str| {
        let sent = user.uri.query().unwrap_or_default();
        let kept = url::form_urlencoded::parse(sent.as_bytes())
            .filter(|(name, _)| !["page", "done", "format", "ui_locales", "appearance"].contains(&&**name));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(kept).append_pair("format", format).finish();
        Action { title: format.to_uppercase(), href: format!("/console/export/{name}?{query}") }
    };
    ["csv", "json"].map(link).to_vec()
}

async fn download<E: Entity>(user: ConsoleUser<E::Read>) -> Result<Response, ApiError> {
    let search = format!("{}{}", search_query(&user, E::SEARCH), chosen_filters::<E, _>(&user));
    let path = format!("{}?{}", E::API, search.trim_start_matches('&'));
    respond(&user, E::NAME, path, E::EXPORT).await
}

/// The file of a list. `path` is that of the API with its query, without page.
///
/// # Errors
/// Those of the route, for its first page; later ones end the transfer.
pub(super) async fn respond<R>(
    user: &ConsoleUser<R>,
    name: &str,
    path: String,
    columns: &'static [&'static str],
) -> Result<Response, ApiError> {
    let format = if user.query("format") == Some("json") { Format::Json } else { Format::Csv };
    let path = if path.ends_with('?') { path } else { format!("{path}&") };
    let mut pages = Pages { api: user.api(), path, next: 1 };
    let first = pages.next().await?;
    let (chunks, body) = mpsc::channel(2);
    tokio::spawn(send(pages, first, format, columns, chunks));
    let day = user.now.iso8601();
    let (extension, kind) = match format {
        Format::Csv => ("csv", "text/csv; charset=utf-8"),
        Format::Json => ("json", "application/json"),
    };
    let file = format!("attachment; filename=\"{name}-{}.{extension}\"", day.get(..10).unwrap_or_default());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&file).unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, Body::new(Chunks(body))).into_response())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

struct Pages {
    api: Api,
    path: String,
    next: usize,
}

impl Pages {
    async fn next(&mut self) -> Result<Vec<Value>, ApiError> {
        let path = format!("{}page={}&page_size={PAGE_SIZE}", self.path, self.next);
        self.next += 1;
        self.api.list(&path).await.map(|listed| listed.items)
    }
}

async fn send(
    mut pages: Pages,
    mut items: Vec<Value>,
    format: Format,
    columns: &[&str],
    chunks: mpsc::Sender<Result<Bytes, io::Error>>,
) {
    let mut rows = 0;
    let mut text = head(format, columns);
    loop {
        for item in &items {
            text.push_str(&row(format, columns, item, rows == 0));
            rows += 1;
        }
        let is_last = items.len() < PAGE_SIZE || rows >= MAX_ROWS;
        if is_last && format == Format::Json {
            text.push_str("\n]\n");
        }
        // Whoever does not read any more gets no more.
        if chunks.send(Ok(std::mem::take(&mut text).into())).await.is_err() || is_last {
            return;
        }
        items = match pages.next().await {
            Ok(next) => next,
            Err(error) => {
                let _ = chunks.send(Err(io::Error::other(error.code().to_owned()))).await;
                return;
            }
        };
    }
}

fn head(format: Format, columns: &[&str]) -> String {
    match format {
        Format::Csv => format!("{}\r\n", columns.join(",")),
        Format::Json => "[".to_owned(),
    }
}

fn row(format: Format, columns: &[&str], item: &Value, is_first: bool) -> String {
    let value = |path: &str| path.split('.').try_fold(item, |value, member| value.get(member)).unwrap_or(&Value::Null);
    match format {
        Format::Csv => {
            let cells: Vec<String> = columns.iter().map(|path| csv_cell(path, value(path))).collect();
            format!("{}\r\n", cells.join(","))
        }
        Format::Json => {
            let members: Map<String, Value> =
                columns.iter().map(|path| ((*path).to_owned(), value(path).clone())).collect();
            format!("{}\n{}", if is_first { "" } else { "," }, Value::Object(members))
        }
    }
}

/// A cell (RFC 4180 section 2). Text is quoted, whatever separator a spreadsheet looks for.
fn csv_cell(path: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is_true) => is_true.to_string(),
        Value::Number(number) => match number.as_i64().filter(|_| path.ends_with("At")) {
            Some(millis) => Timestamp(millis).iso8601(),
            None => number.to_string(),
        },
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", neutral(text).replace('"', "\"\""))
}

/// Spreadsheets take text that begins like a formula for one, also behind what some of them split at: an apostrophe makes it text
/// again.
fn neutral(text: &str) -> String {
    const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let is_unseen = |sign: char| {
        let has_no_width = matches!(
            sign,
            '\u{ad}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        );
        sign.is_whitespace() || sign.is_control() || sign == '"' || has_no_width
    };
    let part = |part: &str| match part.trim_start_matches(is_unseen).starts_with(FORMULA) {
        true => format!("'{part}"),
        false => part.to_owned(),
    };
    let is_split_at_once = text.starts_with(['\t', '\r', '\n']);
    let parts = text.split_inclusive([';', '\t', '\r', '\n']).map(part);
    is_split_at_once.then(|| "'".to_owned()).into_iter().chain(parts).collect()
}

/// What a task makes, as the body of an answer.
struct Chunks(mpsc::Receiver<Result<Bytes, io::Error>>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_text_whatever_it_begins_with() {
        for (value, cell) in [
            (json!("Ada"), "\"Ada\""),
            (json!("=1+1"), "\"'=1+1\""),
            (json!("+49"), "\"'+49\""),
            (json!("-2"), "\"'-2\""),
            (json!("@SUM(A1)"), "\"'@SUM(A1)\""),
            (json!(" =1"), "\"' =1\""),
            (json!("\t=1"), "\"'\t'=1\""),
            (json!("\u{feff}=1"), "\"'\u{feff}=1\""),
            (json!("\u{200b}\u{1}=1"), "\"'\u{200b}\u{1}=1\""),
            (json!("a; \u{200b}=1"), "\"a;' \u{200b}=1\""),
            (json!("a;b-c=d"), "\"a;b-c=d\""),
            (json!("=1,\"x\""), "\"'=1,\"\"x\"\"\""),
            (json!("a\r\nb"), "\"a\r\nb\""),
            (json!(-2), "-2"),
            (json!(true), "true"),
            (json!(null), ""),
            (json!(["=1"]), "\"[\"\"=1\"\"]\""),
        ] {
            assert_eq!(csv_cell("name", &value), cell, "{value}");
        }
        assert_eq!(csv_cell("createdAt", &json!(0)), Timestamp(0).iso8601());
    }

    #[test]
    fn a_json_file_is_json() {
        let items = [json!({"id": "a", "payload": {"ip": "::1"}}), json!({"id": "b"})];
        let columns = ["id", "payload.ip"];
        let mut text = head(Format::Json, &columns);
        for (at, item) in items.iter().enumerate() {
            text.push_str(&row(Format::Json, &columns, item, at == 0));
        }
        text.push_str("\n]\n");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, json!([{"id": "a", "payload.ip": "::1"}, {"id": "b", "payload.ip": null}]));
    }
}
