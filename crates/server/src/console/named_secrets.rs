//! A tab of named secrets: of an application, or the personal access tokens of a person. A value is shown once, when it is made.

use std::future::Future;

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Dialog, Empty, Form, Row, ShownSecret, Table};

use super::api::Api;
use super::entity::{Entity, address, api_path, cell, item_page, shown_beside, text, time};
use super::fields::{self, FieldKind, FieldSpec, Filled, SecretForm};
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const NEW: &[FieldSpec] = &[FieldSpec::required("name", FieldKind::Text), FieldSpec::new("days", FieldKind::Number)];
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A tab of named secrets. Its phrases are those of `{entity}.{tab}`.
pub(super) trait NamedSecrets: Send + Sync + 'static {
    type Of: Entity;
    /// The tab, and the last part of its path.
    const TAB: &'static str;
    /// The last part of their path in the API.
    const API: &'static str;

    /// What can be done with the secret of this number in the list, beside removing it.
    fn actions(_user: &ConsoleUser<Manage>, _id: &str, _number: usize, _secret: &Value) -> Vec<Dialog> {
        Vec::new()
    }

    /// Removes the one with this name.
    fn remove(api: &Api, id: &str, name: &str) -> impl Future<Output = Result<(), ApiError>> + Send;
}

/// The routes of a tab: the list, a new one, and the removal of one.
pub(super) fn routes<T: NamedSecrets>() -> Routes {
    let path = format!("/console/{}/{{id}}/{}", T::Of::NAME, T::TAB);
    Routes::new().get(&path, show::<T>).post(&path, create::<T>).post(&format!("{path}/remove"), remove::<T>)
}

/// The path of the secrets in the API.
pub(super) fn secrets_path<T: NamedSecrets>(id: &str) -> String {
    format!("{}/{}", api_path::<T::Of>(id), T::API)
}

/// The address of the tab.
pub(super) fn tab_address<T: NamedSecrets>(id: &str) -> String {
    format!("{}/{}", address::<T::Of>(id), T::TAB)
}

async fn show<T: NamedSecrets>(user: ConsoleUser<Manage>, Path(id): Path<String>) -> Result<Response, ApiError> {
    render::<T>(&user, &id, StatusCode::OK, SecretForm::default()).await
}

/// The page with what was made or refused.
///
/// # Errors
/// Those of the API.
pub(super) async fn render<T: NamedSecrets>(
    user: &ConsoleUser<Manage>,
    id: &str,
    status: StatusCode,
    shown: SecretForm<'_>,
) -> Result<Response, ApiError> {
    let api = user.api();
    let item = api.get(&api_path::<T::Of>(id)).await?;
    let secrets = api.list(&secrets_path::<T>(id)).await?.items;
    let phrases = format!("{}.{}", T::Of::NAME, T::TAB);
    let phrase = |name: &str| user.text(&format!("{phrases}.{name}"));
    let removal = |number: usize, name: String| Dialog {
        id: format!("remove-{number}"),
        button: user.text("button.delete"),
        title: user.text_with("dialog.delete", &[("name", &name)]),
        text: phrase("remove_text"),
        action: format!("{}/remove", tab_address::<T>(id)),
        hidden: vec![("name".to_owned(), name)],
        is_danger: true,
        ..Dialog::default()
    };
    let row = |(number, secret): (usize, &Value)| {
        let mut actions = T::actions(user, id, number, secret);
        actions.push(removal(number, text(secret, "name")));
        Row { cells: vec![cell(secret, "name"), time(secret, "createdAt"), time(secret, "expiresAt")], actions }
    };
    let table = Table {
        title: Some(user.text(&format!("{}.tab.{}", T::Of::NAME, T::TAB))),
        columns: ["column_name", "column_created", "column_expires"].map(phrase).to_vec(),
        rows: secrets.iter().enumerate().map(row).collect(),
        empty: Empty { title: phrase("empty"), ..Empty::default() },
        has_actions: true,
        ..Table::default()
    };
    let form = Form {
        title: Some(phrase("add")),
        lead: Some(phrase("add_text")),
        action: tab_address::<T>(id),
        fields: fields::shown(user, &phrases, NEW, &shown.filled, &shown.errors),
        submit: user.text("button.create"),
        error: shown.errors.whole,
        ..Form::default()
    };
    let mut blocks: Vec<Block> = shown.secret.map(Block::Secret).into_iter().collect();
    blocks.extend([Block::Table(table), Block::Form(form)]);
    Ok(user.render(status, item_page::<T::Of, _>(user, &item, T::TAB, blocks)).await)
}

async fn create<T: NamedSecrets>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let (user, fields) = (&form.user, &form.fields);
    let made = match fields::body(user, NEW, fields, None) {
        Ok(typed) => {
            let sent = user.api().send(Method::POST, &secrets_path::<T>(&id), new_secret_body(user, &typed)).await;
            sent.map_err(|error| shown_beside(user, error, NEW))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(made) => {
            let phrases = format!("{}.{}", T::Of::NAME, T::TAB);
            let secret = ShownSecret {
                title: user.text(&format!("{phrases}.made")),
                text: user.text(&format!("{phrases}.made_text")),
                secret: text(&made, "value"),
            };
            let shown = SecretForm { secret: Some(secret), ..SecretForm::default() };
            render::<T>(user, &id, StatusCode::OK, shown).await
        }
        Err(errors) => {
            let shown = SecretForm { filled: Filled::Form(fields), errors: errors?, ..SecretForm::default() };
            render::<T>(user, &id, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

/// What was typed, as the API takes it: a secret lasts for so many `days`, or for ever.
fn new_secret_body(user: &ConsoleUser<Manage>, typed: &Value) -> Value {
    let mut body = json!({"name": typed["name"]});
    if let Some(days) = typed.get("days").and_then(Value::as_i64) {
        body["expiresAt"] = user.now.millis().saturating_add(days.saturating_mul(DAY_MILLIS)).into();
    }
    body
}

async fn remove<T: NamedSecrets>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    T::remove(&form.user.api(), &id, form.fields.get("name")).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=deleted", tab_address::<T>(&id))))
}
