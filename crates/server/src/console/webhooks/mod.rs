//! Webhooks (inventory C032): list with what became of the last day's requests, settings, signing key, a test, and recent requests.
//! Values of stored headers and the signing key may open doors at the receiver: no page has them but the one that was asked for the key.

mod requests;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Cell, Dialog, Facts, ShownSecret, Tone};
use views::pages::{Choice, Field};

use super::entity::{self, Entity, address, api_path, item_page, link, settings_page, text, time};
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
        .merge(requests::routes())
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

    /// Older hooks have a single event.
    fn to_form(mut item: Value) -> Value {
        item["events"] = events(&item).into();
        item
    }

    fn cells(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Cell> {
        vec![
            link::<Self>(item, None),
            Cell::Text { text: url(item) },
            rate(user, item),
            status(user, item),
            time(item, "createdAt"),
        ]
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
        let choices: Vec<Choice> =
            events(item).into_iter().map(|event| Choice { label: event.clone(), value: event }).collect();
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
        let receiver = |config: Option<&Value>| url::Url::parse(config?.get("url")?.as_str()?).ok();
        let is_same = receiver(body.get("config")) == receiver(stored);
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

/// The events of a hook.
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
    let count =
        |name: &str| item.pointer(&format!("/executionStats/{name}")).and_then(Value::as_i64).unwrap_or_default();
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
    let (status, outcome) =
        user.outcome(sent, user.text_with("webhooks.test_taken", &[("event", event), ("url", &url(&item))]))?;
    let item = Webhooks::to_form(item);
    let mut page = settings_page::<Webhooks>(user, &item, &Filled::Entity(&item), FormErrors::default());
    page.blocks.insert(0, outcome);
    Ok(user.render(status, page).await)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ::api::hooks::HookEvent;

    use super::*;

    #[test]
    fn every_event_of_the_api_can_be_chosen_once() {
        let shown: Vec<&str> = EVENTS.iter().flat_map(|(_, events)| *events).copied().collect();
        let known: BTreeSet<&str> = HookEvent::ALL.iter().map(|event| event.as_str()).collect();
        assert_eq!(shown.len(), known.len());
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), known);
    }
}
