//! Administrators (inventory C034): who uses the console, what they may do, and invitations by link. For owners.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use views::console::{
    Action, Block, Cell, ConsolePage, Dialog, Dialogs, Empty, Facts, Form, Notice, Row, ShownSecret, Table, Tone,
};

use super::api::encoded;
use super::entity::{cell, list_query, pages, shown_beside, text, time};
use super::fields::{self, FieldKind, FieldSpec, Filled, FormErrors, SecretForm};
use super::meanwhile;
use super::page::language;
use crate::callers::console::Own;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

const NAME: &str = "administrators";
const PATH: &str = "/console/administrators";
const ONE: &str = "/console/administrators/{id}";
const REVOKE: &str = "/console/administrators/invitations/remove";

const ROLES: FieldKind = FieldKind::Choice(&["auditor", "support", "admin", "owner"]);
const NEW: &[FieldSpec] = &[FieldSpec::required("email", FieldKind::Email), FieldSpec::required("role", ROLES)];
const SETTINGS: &[FieldSpec] = &[FieldSpec::required("role", ROLES)];

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, list)
        .post(PATH, invite)
        .post(REVOKE, revoke)
        .get(ONE, show)
        .post(ONE, save)
        .post("/console/administrators/{id}/delete", remove)
}

fn title(item: &Value) -> String {
    let names = ["name", "username", "primaryEmail", "id"].map(|member| text(item, member));
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// The path in the API.
fn api_path(id: &str) -> String {
    format!("/api/administrators/{}", encoded(id))
}

fn role<R>(user: &ConsoleUser<R>, item: &Value) -> String {
    user.text(&format!("administrators.name_{}", text(item, "role")))
}

fn is_self<R>(user: &ConsoleUser<R>, item: &Value) -> bool {
    user.session.user_id == text(item, "id")
}

async fn list(user: ConsoleUser<Own>) -> Result<Response, ApiError> {
    render_list(&user, StatusCode::OK, SecretForm::default()).await
}

async fn render_list(user: &ConsoleUser<Own>, status: StatusCode, shown: SecretForm<'_>) -> Result<Response, ApiError> {
    let api = user.api_of_admin();
    let people = api.list(&format!("/api/administrators?{}", list_query(user, None))).await?;
    let invitations = api.list("/api/administrator-invitations").await?.items;
    let cells = |item: &Value| {
        let note = is_self(user, item).then(|| user.text("administrators.you"));
        let status = match item.get("isSuspended").and_then(Value::as_bool) {
            Some(true) => Cell::Badge { text: user.text("users.suspended"), tone: Tone::Bad },
            _ => Cell::Badge { text: user.text("users.active"), tone: Tone::Good },
        };
        let href = format!("{PATH}/{}", encoded(&text(item, "id")));
        vec![
            Cell::Link { text: title(item), href, note },
            cell(item, "primaryEmail"),
            Cell::Text { text: role(user, item) },
            time(item, "lastSignInAt"),
            status,
        ]
    };
    let people = Table {
        columns: ["person", "email", "role", "last_sign_in", "status"]
            .map(|name| user.text(&format!("administrators.column.{name}")))
            .to_vec(),
        rows: people.items.iter().map(|item| Row { cells: cells(item), actions: Vec::new() }).collect(),
        empty: Empty { title: user.text("administrators.empty"), ..Empty::default() },
        pages: pages(user, &people),
        ..Table::default()
    };
    let form = Form {
        title: Some(user.text("administrators.invite")),
        lead: Some(user.text("administrators.invite_text")),
        action: PATH.to_owned(),
        fields: fields::shown(user, NAME, NEW, &shown.filled, &shown.errors),
        submit: user.text("administrators.make_link"),
        error: shown.errors.whole,
        ..Form::default()
    };
    let mut blocks: Vec<Block> = shown.secret.map(Block::Secret).into_iter().collect();
    blocks.extend([Block::Table(people), Block::Form(form), Block::Table(invitations_table(user, &invitations))]);
    let page = ConsolePage {
        title: user.text("navigation.administrators"),
        lead: Some(user.text("administrators.lead")),
        blocks,
        ..ConsolePage::default()
    };
    Ok(user.render(status, page).await)
}

fn invitations_table(user: &ConsoleUser<Own>, invitations: &[Value]) -> Table {
    let row = |(number, item): (usize, &Value)| {
        let status = text(item, "status");
        let tone = if status == "accepted" { Tone::Good } else { Tone::Neutral };
        let badge = Cell::Badge { text: user.text(&format!("administrators.invitations.status_{status}")), tone };
        let is_pending = status == "pending";
        let verb = if is_pending { "revoke" } else { "forget" };
        let removal = Dialog {
            id: format!("invitation-{number}"),
            button: user.text(&format!("administrators.invitations.{verb}")),
            title: user
                .text_with(&format!("administrators.invitations.{verb}_title"), &[("email", &text(item, "email"))]),
            text: user.text(&format!("administrators.invitations.{verb}_text")),
            action: REVOKE.to_owned(),
            hidden: vec![("id".to_owned(), text(item, "id"))],
            is_danger: is_pending,
            ..Dialog::default()
        };
        Row {
            cells: vec![cell(item, "email"), Cell::Text { text: role(user, item) }, badge, time(item, "expiresAt")],
            actions: vec![removal],
        }
    };
    Table {
        title: Some(user.text("administrators.invitations.title")),
        columns: ["email", "role", "status", "expires"]
            .map(|name| user.text(&format!("administrators.invitations.column_{name}")))
            .to_vec(),
        rows: invitations.iter().enumerate().map(row).collect(),
        empty: Empty { title: user.text("administrators.invitations.empty"), ..Empty::default() },
        has_actions: true,
        ..Table::default()
    }
}

/// Makes a link, and shows it this once.
async fn invite(form: ConsoleForm<Own>) -> Result<Response, ApiError> {
    let (user, fields) = (&form.user, &form.fields);
    let made = match fields::body(user, NEW, fields, None) {
        Ok(mut body) => {
            body["locale"] = language(user).tag().into();
            let sent = user.api_of_admin().send(Method::POST, "/api/administrator-invitations", body).await;
            sent.map_err(|error| shown_beside(user, error, NEW))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(made) => {
            let email = text(&made, "email");
            let is_mailed = made.get("isMailed").and_then(Value::as_bool).unwrap_or(false);
            let about = if is_mailed { "mailed" } else { "not_mailed" };
            let secret = ShownSecret {
                title: user.text_with("administrators.link", &[("email", &email)]),
                text: user.text(&format!("administrators.link_{about}")),
                secret: text(&made, "link"),
            };
            render_list(user, StatusCode::OK, SecretForm { secret: Some(secret), ..SecretForm::default() }).await
        }
        Err(errors) => {
            let shown = SecretForm { filled: Filled::Form(fields), errors: errors?, ..SecretForm::default() };
            render_list(user, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

async fn revoke(form: ConsoleForm<Own>) -> Result<Response, ApiError> {
    let path = format!("/api/administrator-invitations/{}", encoded(form.fields.get("id")));
    form.user.api_of_admin().delete(&path).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=removed")))
}

async fn show(user: ConsoleUser<Own>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let item = user.api_of_admin().get(&api_path(&id)).await?;
    let page = person_page(&user, &item, &Filled::Entity(&item), FormErrors::default());
    Ok(user.render(StatusCode::OK, page).await)
}

fn person_page(user: &ConsoleUser<Own>, item: &Value, filled: &Filled<'_>, errors: FormErrors) -> ConsolePage {
    let address = format!("{PATH}/{}", encoded(&text(item, "id")));
    let title = title(item);
    let rows = [
        ("username", cell(item, "username")),
        ("email", cell(item, "primaryEmail")),
        ("created", time(item, "createdAt")),
        ("last_sign_in", time(item, "lastSignInAt")),
    ];
    let rows = rows.map(|(name, cell)| (user.text(&format!("administrators.column.{name}")), cell)).to_vec();
    let removal = Dialog {
        id: "delete".to_owned(),
        button: user.text("button.remove"),
        title: user.text_with("administrators.remove", &[("name", &title)]),
        text: user.text("administrators.remove_text"),
        action: format!("{address}/delete"),
        confirm: Some(title.clone()),
        is_danger: true,
        ..Dialog::default()
    };
    let form = Form {
        title: Some(user.text("administrators.change_role")),
        action: address,
        fields: fields::shown(user, NAME, SETTINGS, filled, &errors),
        hidden: vec![meanwhile::hidden(user, item, SETTINGS)],
        submit: user.text("button.save"),
        error: errors.whole,
        is_guarded: true,
        ..Form::default()
    };
    let mut blocks = vec![Block::Facts(Facts { title: None, rows })];
    if is_self(user, item) {
        blocks.push(Block::Notice(Notice { text: user.text("administrators.self"), tone: Tone::Neutral }));
    }
    blocks.push(Block::Form(form));
    blocks.push(Block::Dialogs(Dialogs { title: user.text("dialog.danger"), items: vec![removal] }));
    let back = Action { title: user.text("navigation.administrators"), href: PATH.to_owned() };
    ConsolePage { title, back: Some(back), blocks, ..ConsolePage::default() }
}

/// The page of a person with what was refused.
async fn refused(
    user: &ConsoleUser<Own>,
    item: &Value,
    fields: Option<&FormFields>,
    errors: FormErrors,
) -> Result<Response, ApiError> {
    let filled = fields.map_or(Filled::Entity(item), Filled::Form);
    let page = person_page(user, item, &filled, errors);
    Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
}

async fn save(form: ConsoleForm<Own>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let (user, fields) = (&form.user, &form.fields);
    let (api, path) = (user.api_of_admin(), api_path(&id));
    let item = api.get(&path).await?;
    let is_same = meanwhile::check(user, &item, SETTINGS, fields);
    let saved = match is_same.and_then(|()| fields::body(user, SETTINGS, fields, Some(&item))) {
        Ok(body) => api.send(Method::PATCH, &path, body).await.map_err(|error| shown_beside(user, error, SETTINGS)),
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=saved"))),
        Err(errors) => refused(user, &item, Some(fields), errors?).await,
    }
}

async fn remove(form: ConsoleForm<Own>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let user = &form.user;
    let (api, path) = (user.api_of_admin(), api_path(&id));
    let item = api.get(&path).await?;
    if form.fields.get("confirm").trim() != title(&item).trim() {
        return refused(user, &item, None, FormErrors::of_whole(user.text("dialog.mismatch"))).await;
    }
    match api.delete(&path).await {
        Ok(()) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=removed"))),
        Err(error) => refused(user, &item, None, shown_beside(user, error, SETTINGS)?).await,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::title;

    #[test]
    fn people_are_called_by_what_they_have() {
        assert_eq!(title(&json!({"id": "1", "username": "ada", "name": null})), "ada");
        assert_eq!(title(&json!({"id": "1", "username": null, "primaryEmail": null})), "1");
    }
}
