//! Connectors (inventory C023): the services that send the tenant's messages, and those at which its people sign in. They are made
//! from the factories of the API, whose form items are the form.

use ::api::connectors::{ConnectorFactory, ConnectorType, LocalizedText};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use kernel::Locale;
use serde_json::{Value, json};
use views::Language;
use views::console::{Action, Block, Cell, ConsolePage, Empty, Form, Notice, Picture, Row, Table, Tone};
use views::pages::{Choice, Field};

use super::api::encoded;
use super::configured::{self, Configured, Kind, Shown};
use super::entity::{Entity, address, api_path, text};
use super::fields::{FieldKind, FieldSpec};
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    configured::routes::<Connectors>().get("/console/connectors", list).post("/console/connectors/{id}/test", send_test)
}

struct Connectors;

/// Of factories whose connectors name themselves.
const STANDARD: [FieldSpec; 5] = [
    FieldSpec::required("metadata.target", FieldKind::Text),
    FieldSpec::required("metadata.name.en", FieldKind::Text),
    FieldSpec::new("metadata.name.zh-CN", FieldKind::TextIfAny),
    FieldSpec::new("metadata.logo", FieldKind::TextIfAny),
    FieldSpec::new("metadata.logoDark", FieldKind::TextIfAny),
];
const SYNC_PROFILE: FieldSpec = FieldSpec::new("syncProfile", FieldKind::Check);
const TOKEN_STORAGE: FieldSpec = FieldSpec::new("enableTokenStorage", FieldKind::Check);

impl Entity for Connectors {
    const NAME: &'static str = "connectors";
    const API: &'static str = "/api/connectors";
    type Read = Manage;
    type Write = Manage;
    const SEARCH: Option<&'static str> = None;
    const COLUMNS: &'static [&'static str] = &["name", "type", "target", "id"];
    const NEW: &'static [FieldSpec] = &[];
    const SETTINGS: &'static [FieldSpec] = &[];

    fn cells(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Cell> {
        let name = item.get("name").and_then(|names| serde_json::from_value(names.clone()).ok()).unwrap_or_default();
        let dark = Some(text(item, "logoDark")).filter(|logo| !logo.is_empty());
        vec![
            Cell::Pictured {
                picture: Picture { light: text(item, "logo"), dark },
                text: Some(localized(user, &name)).filter(|name| !name.is_empty()).unwrap_or_else(|| Self::title(item)),
                href: address::<Self>(&text(item, "id")),
                note: None,
            },
            Cell::Text { text: user.text(&format!("connectors.type_{}", text(item, "type"))) },
            Cell::Copy { text: text(item, "target") },
            Cell::Copy { text: text(item, "id") },
        ]
    }

    fn title(item: &Value) -> String {
        let name = item.pointer("/name/en").and_then(Value::as_str).unwrap_or_default().to_owned();
        if name.is_empty() { text(item, "target") } else { name }
    }

    fn above(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Block> {
        let columns = Self::COLUMNS.iter().map(|name| user.text(&format!("connectors.column.{name}")));
        let mut rows: Vec<(String, Cell)> = columns.zip(Self::cells(user, item)).skip(1).collect();
        if is_social(item) {
            rows.push(configured::redirect_uri(user, &text(item, "id")));
        }
        vec![configured::facts(user, "connector", rows)]
    }
}

impl Configured for Connectors {
    const KIND: &'static str = "connectorId";
    const HAS_CHOSEN_ID: bool = true;
    const GROUPS: &'static [&'static str] = &["email", "sms", "social"];

    async fn kinds(user: &ConsoleUser<Manage>) -> Result<Vec<Kind>, ApiError> {
        let listed = user.api().list("/api/connector-factories").await?;
        let factories = listed.items.into_iter().map(serde_json::from_value::<ConnectorFactory>);
        let factories: Result<Vec<_>, _> = factories.collect();
        let factories = factories.map_err(|error| ApiError::internal(error.to_string()))?;
        Ok(factories.into_iter().map(|factory| kind(user, factory)).collect())
    }

    /// The redirect URI for a social provider, which asks for it before it gives credentials; else whose place it takes.
    async fn above_new(user: &ConsoleUser<Manage>, kind: &Kind, id: &str) -> Result<Vec<Block>, ApiError> {
        if kind.group == group(ConnectorType::Social) {
            return Ok(vec![configured::facts(user, "register", vec![configured::redirect_uri(user, id)])]);
        }
        let listed = user.api().list(Self::API).await?.items;
        let replaced = listed.iter().find(|item| text(item, "type").eq_ignore_ascii_case(kind.group));
        let notice = |item: &Value| {
            let text = user.text_with("connectors.replaces", &[("name", &Self::title(item))]);
            Block::Notice(Notice { text, tone: Tone::Neutral })
        };
        Ok(replaced.map(notice).into_iter().collect())
    }

    /// A message to try the settings that are stored.
    fn below(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Block> {
        if is_social(item) {
            return Vec::new();
        }
        let (kind, name) = match text(item, "type") == "Email" {
            true => ("email", "to_email"),
            false => ("tel", "to_phone"),
        };
        let language = |locale: Locale| {
            let language = Language::from(locale);
            Choice { value: language.tag().to_owned(), label: language.name().to_owned() }
        };
        let to = Field {
            name: "to".to_owned(),
            label: user.text(&format!("connectors.{name}")),
            hint: user.text_if_any(&format!("connectors.{name}_hint")),
            kind,
            autocomplete: "off",
            required: true,
            ..Field::default()
        };
        let locale = Field {
            name: "locale".to_owned(),
            label: user.text("connectors.locale"),
            kind: "select",
            choices: Locale::ALL.into_iter().map(language).collect(),
            ..Field::default()
        };
        vec![Block::Form(Form {
            title: Some(user.text("connectors.test")),
            lead: Some(user.text("connectors.test_text")),
            action: format!("{}/test", address::<Self>(&text(item, "id"))),
            fields: vec![to, locale],
            submit: user.text("connectors.send"),
            ..Form::default()
        })]
    }
}

fn is_social(item: &Value) -> bool {
    text(item, "type") == "Social"
}

fn group(connector_type: ConnectorType) -> &'static str {
    match connector_type {
        ConnectorType::Email => "email",
        ConnectorType::Sms => "sms",
        ConnectorType::Social => "social",
    }
}

/// A text in the language of the page, else in English.
fn localized<R>(user: &ConsoleUser<R>, texts: &LocalizedText) -> String {
    let tag = super::page::language(user).tag();
    let text = |tag: &str| texts.get(tag).filter(|text| !text.is_empty());
    text(tag).or_else(|| text("en")).cloned().unwrap_or_default()
}

fn kind<R>(user: &ConsoleUser<R>, factory: ConnectorFactory) -> Kind {
    let ConnectorFactory { id, description } = factory;
    let is_social = description.connector_type == ConnectorType::Social;
    let mut settings = Vec::new();
    if description.is_standard == Some(true) {
        settings.extend_from_slice(&STANDARD);
    }
    if is_social {
        settings.push(SYNC_PROFILE);
    }
    if description.is_token_storage_supported == Some(true) {
        settings.push(TOKEN_STORAGE);
    }
    let new = settings.clone();
    // It can't be changed.
    settings.retain(|spec| spec.path != "metadata.target");
    Kind {
        id,
        group: group(description.connector_type),
        title: localized(user, &description.name),
        text: localized(user, &description.description),
        picture: Picture { light: description.logo, dark: description.logo_dark },
        is_built: true,
        items: description.form_items.unwrap_or_default(),
        needs_settings: true,
        new,
        settings,
        guide: description.readme.replace("{ENDPOINT}", user.app.tenants.endpoint("default")),
    }
}

async fn list(user: ConsoleUser<Manage>) -> Result<Response, ApiError> {
    let listed = user.api().list(Connectors::API).await?.items;
    let new = Action { title: user.text("connectors.new"), href: "/console/connectors/new".to_owned() };
    let table = |name: &str, is_wanted: fn(&Value) -> bool| {
        Block::Table(Table {
            title: Some(user.text(&format!("connectors.{name}"))),
            columns: Connectors::COLUMNS.iter().map(|name| user.text(&format!("connectors.column.{name}"))).collect(),
            rows: listed
                .iter()
                .filter(|item| is_wanted(item))
                .map(|item| Row { cells: Connectors::cells(&user, item), actions: Vec::new() })
                .collect(),
            empty: Empty {
                title: user.text(&format!("connectors.{name}_empty")),
                text: Some(user.text(&format!("connectors.{name}_empty_text"))),
                action: None,
            },
            ..Table::default()
        })
    };
    let page = ConsolePage {
        title: user.text("navigation.connectors"),
        lead: user.text_if_any("connectors.lead"),
        actions: vec![new],
        blocks: vec![table("messages", |item| !is_social(item)), table("social", is_social)],
        ..ConsolePage::default()
    };
    Ok(user.render(StatusCode::OK, page).await)
}

/// Sends a message with the stored settings, and shows what the service said.
async fn send_test(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let user = &form.user;
    let item = user.api().get(&api_path::<Connectors>(&form.id("id"))).await?;
    let typed = form.fields.get("to").trim();
    let mut body = json!({"config": item.get("config")});
    match text(&item, "type") == "Email" {
        true => body["email"] = typed.into(),
        // Digits alone, as the API has them.
        false => body["phone"] = typed.chars().filter(|c| !matches!(c, '+' | ' ' | '-')).collect::<String>().into(),
    }
    if let Some(locale) = form.fields.first("locale").filter(|locale| !locale.is_empty()) {
        body["locale"] = locale.into();
    }
    let path = format!("/api/connectors/{}/test", encoded(&text(&item, Connectors::KIND)));
    let sent = user.api().send(Method::POST, &path, body).await;
    let (status, outcome) = user.outcome(sent, user.text_with("connectors.sent", &[("to", typed)]))?;
    configured::render::<Connectors>(user, &item, status, Shown { above: Some(outcome), ..Shown::default() }).await
}
