//! Keys (inventory C034): what signs tokens and cookies, its rotation and deletion, and how long sign-ins last.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Cell, ConsolePage, Dialog, Dialogs, Empty, Form, Notice, Row, Table, Tone};

use super::api::encoded;
use super::entity::{shown_beside, text, time};
use super::fields::{self, FieldKind, FieldSpec, Filled, FormErrors};
use super::meanwhile;
use super::page::language;
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

const NAME: &str = "keys";
const PATH: &str = "/console/keys";
const SIGNING: &str = "private-keys";
const COOKIES: &str = "cookie-keys";
const SESSION: &str = "/api/configs/oidc/session";
/// What is typed before a key is deleted: so much of its id.
const TYPED_CHARS: usize = 8;

const ROTATION: &[FieldSpec] = &[
    FieldSpec::required("signingKeyAlgorithm", FieldKind::Choice(&["EC", "RSA"])),
    // Seconds.
    FieldSpec::required("rotationGracePeriod", FieldKind::Choice(&["14400", "86400", "604800", "0"])),
];
const LIFETIME: &[FieldSpec] = &[FieldSpec::required("ttl", FieldKind::Number)];

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, show)
        .post("/console/keys/session", save_session)
        .post("/console/keys/signing/rotate", rotate_signing)
        .post("/console/keys/cookies/rotate", rotate_cookies)
        .post("/console/keys/delete", delete)
}

fn api_path(kind: &str) -> String {
    format!("/api/configs/oidc/{kind}")
}

async fn show(user: ConsoleUser<Manage>) -> Result<Response, ApiError> {
    render(&user, StatusCode::OK, None, Lifetime::default()).await
}

/// What was refused, above everything.
async fn refused(user: &ConsoleUser<Manage>, text: String) -> Result<Response, ApiError> {
    let notice = Notice { text, tone: Tone::Bad };
    render(user, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), Lifetime::default()).await
}

/// What was typed for the lifetime of sessions, and what is wrong with it.
#[derive(Default)]
struct Lifetime<'a> {
    typed: Option<&'a FormFields>,
    errors: FormErrors,
}

async fn render(
    user: &ConsoleUser<Manage>,
    status: StatusCode,
    notice: Option<Notice>,
    lifetime: Lifetime<'_>,
) -> Result<Response, ApiError> {
    let Lifetime { typed, errors } = lifetime;
    let api = user.api();
    let signing = api.list(&api_path(SIGNING)).await?.items;
    let cookies = api.list(&api_path(COOKIES)).await?.items;
    let session = api.get(SESSION).await?;
    let word = user.text("keys.rotate_word");
    let rotation = |kind: &str, fields| Dialog {
        id: format!("rotate-{kind}"),
        button: user.text(&format!("keys.rotate_{kind}")),
        title: user.text(&format!("keys.rotate_{kind}_title")),
        text: user.text(&format!("keys.rotate_{kind}_text")),
        action: format!("{PATH}/{kind}/rotate"),
        fields,
        confirm: Some(word.clone()),
        ..Dialog::default()
    };
    let defaults = json!({"signingKeyAlgorithm": "EC", "rotationGracePeriod": "14400"});
    let fields = fields::shown(user, NAME, ROTATION, &Filled::Entity(&defaults), &FormErrors::default());
    let lifetime = Form {
        title: Some(user.text("keys.session")),
        lead: Some(user.text("keys.session_text")),
        action: format!("{PATH}/session"),
        fields: fields::shown(user, NAME, LIFETIME, &typed.map_or(Filled::Entity(&session), Filled::Form), &errors),
        hidden: vec![meanwhile::hidden(user, &session, LIFETIME)],
        submit: user.text("button.save"),
        error: errors.whole,
        is_guarded: true,
        ..Form::default()
    };
    let mut blocks: Vec<Block> = notice.map(Block::Notice).into_iter().collect();
    blocks.extend([
        Block::Table(signing_table(user, &signing)),
        Block::Table(cookies_table(user, &cookies)),
        Block::Dialogs(Dialogs {
            title: user.text("keys.rotate"),
            items: vec![rotation("signing", fields), rotation("cookies", Vec::new())],
        }),
        Block::Form(lifetime),
    ]);
    let page = ConsolePage {
        title: user.text("navigation.keys"),
        lead: Some(user.text("keys.lead")),
        blocks,
        ..ConsolePage::default()
    };
    Ok(user.render(status, page).await)
}

fn signing_table(user: &ConsoleUser<Manage>, keys: &[Value]) -> Table {
    let row = |(number, key): (usize, &Value)| {
        let status = text(key, "status");
        let tone = if status == "Current" { Tone::Good } else { Tone::Neutral };
        let deletion = (status == "Previous").then(|| deletion(user, SIGNING, number, key));
        Row {
            cells: vec![
                Cell::Copy { text: text(key, "id") },
                Cell::Text { text: text(key, "signingKeyAlgorithm") },
                Cell::Badge { text: user.text(&format!("keys.status_{status}")), tone },
                created(key),
                time(key, "effectiveAt"),
            ],
            actions: deletion.into_iter().collect(),
        }
    };
    table(
        user,
        "signing",
        &["id", "algorithm", "status", "created", "effective"],
        keys.iter().enumerate().map(row).collect(),
    )
}

/// Newest first: that one signs.
fn cookies_table(user: &ConsoleUser<Manage>, keys: &[Value]) -> Table {
    let row = |(number, key): (usize, &Value)| {
        let (status, tone) = if number == 0 { ("Current", Tone::Good) } else { ("Previous", Tone::Neutral) };
        Row {
            cells: vec![
                Cell::Copy { text: text(key, "id") },
                Cell::Badge { text: user.text(&format!("keys.status_{status}")), tone },
                created(key),
            ],
            actions: (number > 0).then(|| deletion(user, COOKIES, number, key)).into_iter().collect(),
        }
    };
    table(user, "cookies", &["id", "status", "created"], keys.iter().enumerate().map(row).collect())
}

fn table(user: &ConsoleUser<Manage>, kind: &str, columns: &[&str], rows: Vec<Row>) -> Table {
    Table {
        title: Some(user.text(&format!("keys.{kind}"))),
        columns: columns.iter().map(|name| user.text(&format!("keys.column_{name}"))).collect(),
        rows,
        empty: Empty { title: user.text("keys.empty"), ..Empty::default() },
        has_actions: true,
        ..Table::default()
    }
}

/// The API has seconds there.
fn created(key: &Value) -> Cell {
    let seconds = key.get("createdAt").and_then(Value::as_i64).unwrap_or_default();
    time(&json!({"at": seconds.saturating_mul(1000)}), "at")
}

fn typed(id: &str) -> String {
    id.chars().take(TYPED_CHARS).collect()
}

fn deletion(user: &ConsoleUser<Manage>, kind: &str, number: usize, key: &Value) -> Dialog {
    let id = text(key, "id");
    Dialog {
        id: format!("delete-{kind}-{number}"),
        button: user.text("button.delete"),
        title: user.text("keys.delete"),
        text: user.text(&format!("keys.delete_{kind}")),
        action: format!("{PATH}/delete"),
        confirm: Some(typed(&id)),
        hidden: vec![("kind".to_owned(), kind.to_owned()), ("id".to_owned(), id)],
        is_danger: true,
        ..Dialog::default()
    }
}

async fn save_session(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (user, fields) = (&form.user, &form.fields);
    let session = user.api().get(SESSION).await?;
    let is_same = meanwhile::check(user, &session, LIFETIME, fields);
    let saved = match is_same.and_then(|()| fields::body(user, LIFETIME, fields, None)) {
        Ok(body) => {
            let sent = user.api().send(Method::PATCH, SESSION, body).await;
            sent.map_err(|error| shown_beside(user, error, LIFETIME))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=saved"))),
        Err(errors) => {
            let lifetime = Lifetime { typed: Some(fields), errors: errors? };
            render(user, StatusCode::UNPROCESSABLE_ENTITY, None, lifetime).await
        }
    }
}

async fn rotate_signing(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let fields = &form.fields;
    // What is no number is refused by the API.
    let grace = fields.get("rotationGracePeriod").parse::<i64>().map_or(Value::Null, Value::from);
    let body = json!({"signingKeyAlgorithm": fields.get("signingKeyAlgorithm"), "rotationGracePeriod": grace});
    rotate(&form.user, fields, SIGNING, body).await
}

async fn rotate_cookies(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    rotate(&form.user, &form.fields, COOKIES, json!({})).await
}

async fn rotate(
    user: &ConsoleUser<Manage>,
    fields: &FormFields,
    kind: &str,
    body: Value,
) -> Result<Response, ApiError> {
    if fields.get("confirm").trim() != user.text("keys.rotate_word") {
        return refused(user, user.text("keys.not_confirmed")).await;
    }
    match user.api().send(Method::POST, &format!("{}/rotate", api_path(kind)), body).await {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=rotated"))),
        Err(error) => answer_refusal(user, error).await,
    }
}

async fn delete(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (user, id) = (&form.user, form.fields.get("id"));
    if form.fields.get("confirm").trim() != typed(id) {
        return refused(user, user.text("keys.not_confirmed")).await;
    }
    let kind = if form.fields.get("kind") == COOKIES { COOKIES } else { SIGNING };
    match user.api().delete(&format!("{}/{}", api_path(kind), encoded(id))).await {
        Ok(()) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=deleted"))),
        Err(error) => answer_refusal(user, error).await,
    }
}

/// What a person can mend is said on the page.
async fn answer_refusal(user: &ConsoleUser<Manage>, error: ApiError) -> Result<Response, ApiError> {
    let errors = shown_beside(user, error.clone(), &[])?;
    refused(user, errors.whole.unwrap_or_else(|| error.message(language(user)))).await
}
