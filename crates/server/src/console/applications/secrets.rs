//! The secrets of an application, without their values: a value is shown when it is made.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Dialog, Empty, Form, Row, ShownSecret, Table};
use views::pages::Field;

use super::Applications;
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::console::api::encoded;
use crate::console::entity::{address, api_path, cell, item_page, shown_beside, text, time};
use crate::console::fields::{self, Filled, SecretForm};
use crate::console::user_tokens::{NEW, lasting};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const PATH: &str = "/console/applications/{id}/secrets";
const PHRASES: &str = "applications.secrets";
/// The new name of a secret: with its place in the list, because each row has a field for it.
const NEW_NAME: &str = "new_name.";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, show)
        .post(PATH, create)
        .post("/console/applications/{id}/secrets/rename", rename)
        .post("/console/applications/{id}/secrets/remove", delete)
}

fn secrets_path(id: &str) -> String {
    format!("{}/secrets", api_path::<Applications>(id))
}

fn secret_path(id: &str, name: &str) -> String {
    format!("{}/{}", secrets_path(id), encoded(name))
}

fn own(id: &str) -> String {
    format!("{}/secrets", address::<Applications>(id))
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
    let item = api.get(&api_path::<Applications>(id)).await?;
    let secrets = api.list(&secrets_path(id)).await?.items;
    let row = |(number, secret): (usize, &Value)| Row {
        cells: vec![cell(secret, "name"), time(secret, "createdAt"), time(secret, "expiresAt")],
        actions: vec![renaming(user, id, number, secret), deletion(user, id, number, secret)],
    };
    let table = Table {
        title: Some(user.text("applications.tab.secrets")),
        columns: ["name", "created", "expires"].map(|name| user.text(&format!("{PHRASES}.{name}"))).to_vec(),
        rows: secrets.iter().enumerate().map(row).collect(),
        empty: Empty { title: user.text("applications.secrets.empty"), ..Empty::default() },
        has_actions: true,
        ..Table::default()
    };
    let form = Form {
        title: Some(user.text("applications.secrets.add")),
        lead: Some(user.text("applications.secrets.add_text")),
        action: own(id),
        fields: fields::shown(user, PHRASES, NEW, &shown.filled, &shown.errors),
        submit: user.text("button.create"),
        error: shown.errors.whole,
        ..Form::default()
    };
    let mut blocks: Vec<Block> = shown.secret.map(Block::Secret).into_iter().collect();
    blocks.extend([Block::Table(table), Block::Form(form)]);
    Ok(user.render(status, item_page::<Applications, _>(user, &item, "secrets", blocks)).await)
}

fn renaming(user: &ConsoleUser<Manage>, id: &str, number: usize, secret: &Value) -> Dialog {
    let name = text(secret, "name");
    Dialog {
        id: format!("rename-{number}"),
        button: user.text("applications.secrets.rename"),
        title: user.text_with("applications.secrets.rename_title", &[("name", &name)]),
        text: user.text("applications.secrets.rename_text"),
        action: format!("{}/rename", own(id)),
        fields: vec![Field {
            name: format!("{NEW_NAME}{number}"),
            label: user.text("applications.secrets.new_name"),
            kind: "text",
            value: name.clone(),
            autocomplete: "off",
            required: true,
            limits: vec![("maxlength", "256".to_owned())],
            ..Field::default()
        }],
        hidden: vec![("name".to_owned(), name)],
        ..Dialog::default()
    }
}

fn deletion(user: &ConsoleUser<Manage>, id: &str, number: usize, secret: &Value) -> Dialog {
    let name = text(secret, "name");
    Dialog {
        id: format!("remove-{number}"),
        button: user.text("button.delete"),
        title: user.text_with("dialog.delete", &[("name", &name)]),
        text: user.text("applications.secrets.remove_text"),
        action: format!("{}/remove", own(id)),
        hidden: vec![("name".to_owned(), name)],
        is_danger: true,
        ..Dialog::default()
    }
}

async fn create(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let (user, fields) = (&form.user, &form.fields);
    let made = match fields::body(user, NEW, fields, None) {
        Ok(typed) => {
            let sent = user.api().send(Method::POST, &secrets_path(&id), lasting(user, &typed)).await;
            sent.map_err(|error| shown_beside(user, error, NEW))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(made) => {
            let secret = ShownSecret {
                title: user.text("applications.secrets.made"),
                text: user.text("applications.secrets.made_text"),
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

async fn rename(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let (user, fields) = (&form.user, &form.fields);
    let typed = fields.with_prefix(NEW_NAME).into_iter().next().map(|(_, name)| name).unwrap_or_default();
    let body = json!({"name": typed.trim()});
    match user.api().send(Method::PATCH, &secret_path(&id, fields.get("name")), body).await {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", own(&id)))),
        Err(error) => {
            let errors = shown_beside(user, error, &[])?;
            render(user, &id, StatusCode::UNPROCESSABLE_ENTITY, SecretForm { errors, ..SecretForm::default() }).await
        }
    }
}

async fn delete(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    form.user.api().delete(&secret_path(&id, form.fields.get("name"))).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=deleted", own(&id))))
}
