//! Webhooks (inventory C032): list with what became of the last day's requests, settings, signing key, a test, and recent requests.
//! Values of headers and the signing key may open doors at the receiver: no page has them but the one that was asked for the key.

use ::api::hooks::HookEvent;
use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Cell, CodeText, Dialog, Empty, Facts, Filter, Row, ShownSecret, Table, Tone};
use views::pages::{Choice, Field};

use super::api::encoded;
use super::entity::{
    self, Entity, address, api_path, item_page, link, list_query, pages, search_form, settings_page, text, time,
};
use super::fields::{FieldKind, FieldSpec, Filled, FormErrors};
use super::several::HIDDEN;
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    entity::routes::<Webhooks>()
        .post("/console/webhooks/{id}/key", show_key)
        .post("/console/webhooks/{id}/key/renew", renew_key)
        .post("/console/webhooks/{id}/test", send_test)
        .get("/console/webhooks/{id}/requests", list_requests)
        .get("/console/webhooks/{id}/requests/{log}", show_request)
}

struct Webhooks;

/// The events by what they are about. A test holds them against those of the API.
const EVENTS: &[(&str, &[&str])] = &[
    ("sign_in", &["PostRegister", "PostSignIn", "PostSignInAdaptiveMfaTriggered", "PostResetPassword"]),
    (
        "user",
        &[
            "User.Created",
            "User.Deleted",
            "User.Data.Updated",
            "User.SuspensionStatus.Updated",
            "TrustedDevice.Created",
            "TrustedDevice.Deleted",
        ],
    ),
    (
        "role",
        &[
            "Role.Created",
            "Role.Deleted",
            "Role.Data.Updated",
            "Role.Scopes.Updated",
            "Scope.Created",
            "Scope.Deleted",
            "Scope.Data.Updated",
        ],
    ),
    (
        "organization",
        &[
            "Organization.Created",
            "Organization.Deleted",
            "Organization.Data.Updated",
            "Organization.Membership.Updated",
        ],
    ),
    (
        "template",
        &[
            "OrganizationRole.Created",
            "OrganizationRole.Deleted",
            "OrganizationRole.Data.Updated",
            "OrganizationRole.Scopes.Updated",
            "OrganizationScope.Created",
            "OrganizationScope.Deleted",
            "OrganizationScope.Data.Updated",
        ],
    ),
    ("exception", &["Identifier.Lockout", "Message.RateLimited", "Grant.LimitExceeded"]),
];

impl Entity for Webhooks {
    const NAME: &'static str = "webhooks";
    const API: &'static str = "/api/hooks";
    type Read = Manage;
    type Write = Manage;
    const SEARCH: Option<&'static str> = None;
    const LISTED_WITH: &'static str = "&includeExecutionStats=true";
    const COLUMNS: &'static [&'static str] = &["name", "url", "rate", "status", "created"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("config.url", FieldKind::Url),
        FieldSpec::required("events", FieldKind::Several(EVENTS)),
    ];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("config.url", FieldKind::Url),
        FieldSpec::new("config.headers", FieldKind::Headers),
        FieldSpec::new("config.retries", FieldKind::Number),
        FieldSpec::new("enabled", FieldKind::Check),
        FieldSpec::required("events", FieldKind::Several(EVENTS)),
    ];
    const TABS: &'static [&'static str] = &["requests"];

    fn cells(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Cell> {
        vec![link::<Self>(item, None), Cell::Text { text: url(item) }, rate(user, item), status(user, item), time(item, "createdAt")]
    }

    fn title(item: &Value) -> String {
        let names = [text(item, "name"), text(item, "id")];
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    fn above(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Block> {
        let rows = [
            ("id", Cell::Copy { text: text(item, "id") }),
            ("status", status(user, item)),
            ("created", time(item, "createdAt")),
        ];
        let rows = rows.map(|(name, cell)| (user.text(&format!("webhooks.column.{name}")), cell)).to_vec();
        vec![Block::Facts(Facts { title: None, rows })]
    }

    fn dialogs(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Dialog> {
        let address = address::<Self>(&text(item, "id"));
        let dialog = |name: &str, path: &str| Dialog {
            id: name.to_owned(),
            button: user.text(&format!("webhooks.{name}")),
            title: user.text(&format!("webhooks.{name}")),
            text: user.text(&format!("webhooks.{name}_text")),
            action: format!("{address}/{path}"),
            ..Dialog::default()
        };
        let choices: Vec<Choice> = events(item).into_iter().map(|event| Choice { label: event.clone(), value: event }).collect();
        let event = Field {
            name: "event".to_owned(),
            label: user.text("webhooks.requests.event"),
            kind: "select",
            value: choices.first().map(|choice| choice.value.clone()).unwrap_or_default(),
            required: true,
            choices,
            ..Field::default()
        };
        vec![
            Dialog { fields: vec![event], ..dialog("send_test", "test") },
            dialog("show_key", "key"),
            Dialog { is_danger: true, ..dialog("renew_key", "key/renew") },
        ]
    }

    /// Headers whose values were left as they are shown keep what is stored, for the same receiver only (attack D12).
    fn finish<R>(user: &ConsoleUser<R>, body: &mut Value, current: Option<&Value>) -> Result<(), FormErrors> {
        let stored = current.and_then(|current| current.get("config"));
        let origin = |config: Option<&Value>| url::Url::parse(config?.get("url")?.as_str()?).ok().map(|url| url.origin());
        let is_same = origin(body.get("config")) == origin(stored);
        let stored = stored.and_then(|config| config.get("headers")).filter(|_| is_same);
        let headers = body.pointer_mut("/config/headers").and_then(Value::as_object_mut);
        for (name, value) in headers.into_iter().flatten().filter(|(_, value)| **value == HIDDEN) {
            let Some(known) = stored.and_then(|headers| headers.get(name)) else {
                let mut errors = FormErrors::default();
                errors.put("config.headers".to_owned(), user.text_with("form.secret_again", &[("name", name)]));
                return Err(errors);
            };
            value.clone_from(known);
        }
        Ok(())
    }
}

fn url(item: &Value) -> String {
    item.get("config").map(|config| text(config, "url")).unwrap_or_default()
}

/// The events of a hook; older ones have a single one.
fn events(item: &Value) -> Vec<String> {
    let all = item.get("events").and_then(Value::as_array).into_iter().flatten();
    let all: Vec<String> = all.filter_map(|event| event.as_str().map(str::to_owned)).collect();
    let single = || Some(text(item, "event")).filter(|event| !event.is_empty()).into_iter().collect();
    if all.is_empty() { single() } else { all }
}

fn status(user: &ConsoleUser<Manage>, item: &Value) -> Cell {
    match item.get("enabled").and_then(Value::as_bool) {
        Some(true) => Cell::Badge { text: user.text("webhooks.on"), tone: Tone::Good },
        _ => Cell::Badge { text: user.text("webhooks.off"), tone: Tone::Neutral },
    }
}

/// How many of the last day's requests were taken.
fn rate(user: &ConsoleUser<Manage>, item: &Value) -> Cell {
    let count = |name: &str| item.pointer(&format!("/executionStats/{name}")).and_then(Value::as_i64).unwrap_or_default();
    let (taken, all) = (count("successCount"), count("requestCount"));
    let Some(percent) = taken.saturating_mul(100).checked_div(all) else { return Cell::Nothing };
    let text = user.text_with("webhooks.rate", &[("percent", &percent.to_string()), ("count", &all.to_string())]);
    Cell::Badge { text, tone: if taken == all { Tone::Good } else { Tone::Bad } }
}

async fn show_key(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let item = form.user.api().get(&api_path::<Webhooks>(&form.id("id"))).await?;
    Ok(render_key(&form.user, &item, "key_shown").await)
}

async fn renew_key(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let path = format!("{}/signing-key", api_path::<Webhooks>(&form.id("id")));
    let item = form.user.api().send(Method::PATCH, &path, json!({})).await?;
    Ok(render_key(&form.user, &item, "key_renewed").await)
}

async fn render_key(user: &ConsoleUser<Manage>, item: &Value, title: &str) -> Response {
    let key = Block::Secret(ShownSecret {
        title: user.text(&format!("webhooks.{title}")),
        text: user.text("webhooks.key_text"),
        secret: text(item, "signingKey"),
    });
    user.render(StatusCode::OK, item_page::<Webhooks, _>(user, item, "", vec![key])).await
}

/// Sends an example to the stored address, and shows what came of it.
async fn send_test(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (path, user) = (api_path::<Webhooks>(&form.id("id")), &form.user);
    let item = user.api().get(&path).await?;
    let event = form.fields.get("event");
    let body = json!({"events": [event], "config": item.get("config")});
    let sent = user.api().send(Method::POST, &format!("{path}/test"), body).await;
    let (status, outcome) = user.outcome(sent, user.text_with("webhooks.test_taken", &[("event", event), ("url", &url(&item))]))?;
    let mut page = settings_page::<Webhooks>(user, &item, &Filled::Entity(&item), FormErrors::default());
    page.blocks.insert(0, outcome);
    Ok(user.render(status, page).await)
}

/// What `result` of the API's list may be.
const RESULTS: [&str; 2] = ["Success", "Error"];
/// How far back a list may go, in hours; that of the API is a day.
const HOURS: [&str; 3] = ["1", "168", "720"];

async fn list_requests(user: ConsoleUser<Manage>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let (api, path) = (user.api(), api_path::<Webhooks>(&id));
    let item = api.get(&path).await?;
    let chosen = |name: &str, known: &[&str]| user.query(name).filter(|value| known.contains(value)).unwrap_or_default();
    let names: Vec<&str> = HookEvent::ALL.iter().map(|event| event.as_str()).collect();
    let (event, result, hours) = (chosen("event", &names), chosen("result", &RESULTS), chosen("hours", &HOURS));
    let mut query = list_query(&user, None);
    if !event.is_empty() {
        query.push_str(&format!("&logKey=TriggerHook.{event}"));
    }
    if !result.is_empty() {
        query.push_str(&format!("&result={result}"));
    }
    if let Ok(hours) = hours.parse::<i64>() {
        query.push_str(&format!("&start_time={}", user.now.plus_seconds(-hours * 3600).0));
    }
    let listed = api.list(&format!("{path}/recent-logs?{query}")).await?;
    let label = |name: &str, value: &str| match name {
        "event" if !value.is_empty() => value.to_owned(),
        name => user.text(&format!("webhooks.requests.{name}_{}", if value.is_empty() { "all" } else { value })),
    };
    let filter = |name: &str, value: &str, known: &[&str]| Filter {
        name: name.to_owned(),
        label: user.text(&format!("webhooks.requests.{name}")),
        value: value.to_owned(),
        choices: [""]
            .iter()
            .chain(known)
            .map(|value| Choice { value: (*value).to_owned(), label: label(name, value) })
            .collect(),
    };
    let filters = vec![filter("event", event, &names), filter("result", result, &RESULTS), filter("hours", hours, &HOURS)];
    let own = format!("{}/requests", address::<Webhooks>(&id));
    let row = |log: &Value| {
        let name = Cell::Link { text: event_of(log), href: format!("{own}/{}", encoded(&text(log, "id"))), note: None };
        Row { cells: [vec![name], cells(&user, log)].concat(), actions: Vec::new() }
    };
    let table = Table {
        search: Some(search_form(&user, None, filters)),
        columns: ["event"].into_iter().chain(COLUMNS).map(|name| user.text(&format!("webhooks.requests.{name}"))).collect(),
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
        rows.push((user.text("webhooks.requests.given_up"), Cell::Text { text: user.text("webhooks.requests.given_up_text") }));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_of_the_api_can_be_chosen_once() {
        let shown: Vec<&str> = EVENTS.iter().flat_map(|(_, events)| *events).copied().collect();
        let known: BTreeSet<&str> = HookEvent::ALL.iter().map(|event| event.as_str()).collect();
        assert_eq!(shown.len(), known.len());
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), known);
    }
}
