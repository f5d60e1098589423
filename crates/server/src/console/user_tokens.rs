//! The personal access tokens of a person (inventory C026): a token is shown when it is made.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Dialog, Empty, Form, Row, ShownSecret, Table};

use super::entity::{address, api_path, cell, item_page, shown_beside, text, time};
use super::fields::{self, FieldKind, FieldSpec, Filled, SecretForm};
use super::users::Users;
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const PATH: &str = "/console/users/{id}/tokens";
const PHRASES: &str = "users.tokens";
/// The form of a secret with a name.
pub(super) const NEW: &[FieldSpec] =
    &[FieldSpec::required("name", FieldKind::Text), FieldSpec::new("days", FieldKind::Number)];
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show).post(PATH, create).post("/console/users/{id}/tokens/remove", remove)
}

fn tokens_path(id: &str) -> String {
    format!("{}/personal-access-tokens", api_path::<Users>(id))
}

fn own(id: &str) -> String {
    format!("{}/tokens", address::<Users>(id))
}

async fn show(user: ConsoleUser<Manage>, Path(id): Path<String>) -> Result<Response, ApiError> {
    render(&user, &id, StatusCode::OK, SecretForm::default()).await
}

async fn render(
    user: &ConsoleUser<Manage>,
    id: &str,
    status: StatusCode,
    shown: SecretForm<'_>,
) -> Result<Response, ApiError> {
    let api = user.api();
    let item = api.get(&api_path::<Users>(id)).await?;
    let tokens = api.list(&tokens_path(id)).await?.items;
    let row = |(number, token): (usize, &Value)| Row {
        cells: vec![cell(token, "name"), time(token, "createdAt"), time(token, "expiresAt")],
        actions: vec![Dialog {
            id: format!("remove-{number}"),
            button: user.text("button.delete"),
            title: user.text_with("dialog.delete", &[("name", &text(token, "name"))]),
            text: user.text("users.tokens.remove_text"),
            action: format!("{}/remove", own(id)),
            hidden: vec![("name".to_owned(), text(token, "name"))],
            is_danger: true,
            ..Dialog::default()
        }],
    };
    let table = Table {
        title: Some(user.text("users.tab.tokens")),
        columns: ["name", "created", "expires"].map(|name| user.text(&format!("users.tokens.column_{name}"))).to_vec(),
        rows: tokens.iter().enumerate().map(row).collect(),
        empty: Empty { title: user.text("users.tokens.empty"), ..Empty::default() },
        has_actions: true,
        ..Table::default()
    };
    let form = Form {
        title: Some(user.text("users.tokens.add")),
        lead: Some(user.text("users.tokens.add_text")),
        action: own(id),
        fields: fields::shown(user, PHRASES, NEW, &shown.filled, &shown.errors),
        submit: user.text("button.create"),
        error: shown.errors.whole,
        ..Form::default()
    };
    let mut blocks: Vec<Block> = shown.secret.map(Block::Secret).into_iter().collect();
    blocks.extend([Block::Table(table), Block::Form(form)]);
    Ok(user.render(status, item_page::<Users, _>(user, &item, "tokens", blocks)).await)
}

async fn create(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let (user, fields) = (&form.user, &form.fields);
    let made = match fields::body(user, NEW, fields, None) {
        Ok(typed) => {
            let sent = user.api().send(Method::POST, &tokens_path(&id), lasting(user, &typed)).await;
            sent.map_err(|error| shown_beside(user, error, NEW))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(made) => {
            let secret = ShownSecret {
                title: user.text("users.tokens.made"),
                text: user.text("users.tokens.made_text"),
                secret: text(&made, "value"),
            };
            render(user, &id, StatusCode::OK, SecretForm { secret: Some(secret), ..SecretForm::default() }).await
        }
        Err(errors) => {
            let shown = SecretForm { filled: Filled::Form(fields), errors: errors?, ..SecretForm::default() };
            render(user, &id, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

/// The body of a request for a secret with this `name`, which lasts for so many `days`, or for ever.
pub(super) fn lasting<R>(user: &ConsoleUser<R>, typed: &Value) -> Value {
    let mut body = json!({"name": typed["name"]});
    if let Some(days) = typed.get("days").and_then(Value::as_i64) {
        body["expiresAt"] = user.now.millis().saturating_add(days.saturating_mul(DAY_MILLIS)).into();
    }
    body
}

async fn remove(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    // With the name in the body: in an address `delete` would be the name of this route.
    let body = json!({"name": form.fields.get("name")});
    form.user.api().send(Method::POST, &format!("{}/delete", tokens_path(&id)), body).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=deleted", own(&id))))
}
