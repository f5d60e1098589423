//! A tab of an entity that shows what is linked to it: a list, a form that adds to it, and a question before something is taken
//! out.

use std::future::Future;

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use views::console::{Block, Cell, Dialog, Empty, Form, Row, Table};
use views::pages::Field;

use super::api::{Api, encoded};
use super::entity::{Entity, address, api_path, item_page, list_query, pages, text};
use crate::callers::{ConsoleForm, ConsoleRight, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

/// Things that are linked to an entity. Their phrases are those of `{entity}.{tab}`.
pub(super) trait Linked: Send + Sync + 'static {
    type Of: Entity;
    /// The tab, and the last part of its path.
    const TAB: &'static str;
    /// The last part of the path in the API.
    const API: &'static str;
    /// Who may change the links.
    type Write: ConsoleRight;
    const COLUMNS: &'static [&'static str];
    /// Whether the API answers pages.
    const IS_PAGED: bool = true;
    /// Whether links are made and removed here.
    const IS_EDITABLE: bool = true;

    /// The list in an answer that is an object.
    fn items(answer: Value) -> Vec<Value> {
        match answer {
            Value::Array(items) => items,
            _ => Vec::new(),
        }
    }

    /// The items of a page with what their cells need beside it.
    fn complete(
        _user: &ConsoleUser<<Self::Of as Entity>::Read>,
        items: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Value>, ApiError>> + Send {
        async { Ok(items) }
    }

    /// The cells of a row; the first names it.
    fn cells(user: &ConsoleUser<<Self::Of as Entity>::Read>, item: &Value) -> Vec<Cell>;

    /// What names a link in the API.
    fn id(item: &Value) -> String {
        text(item, "id")
    }

    /// Where the API removes one: the last part of the path before [`Self::id`].
    const REMOVED_AT: &'static str = Self::API;

    /// Whether one can be removed here.
    fn is_removable(_item: &Value) -> bool {
        true
    }

    /// The form that adds: none where nothing can be added.
    fn form(
        _user: &ConsoleUser<<Self::Of as Entity>::Read>,
        _id: &str,
    ) -> impl Future<Output = Result<Vec<Field>, ApiError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// The body of the request that adds.
    fn body(_api: &Api, _fields: &FormFields) -> impl Future<Output = Result<Value, ApiError>> + Send {
        async { Err(ApiError::not_found()) }
    }
}

/// The routes of a tab.
pub(super) fn routes<L: Linked>() -> Routes {
    let path = format!("/console/{}/{{id}}/{}", L::Of::NAME, L::TAB);
    Routes::new().get(&path, show::<L>).post(&path, add::<L>).post(&format!("{path}/remove"), remove::<L>)
}

type Reader<L> = ConsoleUser<<<L as Linked>::Of as Entity>::Read>;

async fn show<L: Linked>(user: Reader<L>, Path(id): Path<String>) -> Result<Response, ApiError> {
    render::<L>(&user, &id, StatusCode::OK, None).await
}

async fn render<L: Linked>(
    user: &Reader<L>,
    id: &str,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, ApiError> {
    let (name, tab, api) = (L::Of::NAME, L::TAB, user.api());
    let path = api_path::<L::Of>(id);
    let item = api.get(&path).await?;
    let (items, pages) = match L::IS_PAGED {
        true => {
            let listed = api.list(&format!("{path}/{}?{}", L::API, list_query(user, None))).await?;
            let pages = pages(user, &listed);
            (listed.items, pages)
        }
        false => (L::items(api.get(&format!("{path}/{}", L::API)).await?), None),
    };
    let items = L::complete(user, items).await?;
    let may_write = L::IS_EDITABLE && user.may(<L::Write as ConsoleRight>::RIGHT);
    let own = format!("{}/{tab}", address::<L::Of>(id));
    let row = |(number, linked): (usize, &Value)| {
        let removal = || Dialog {
            id: format!("remove-{number}"),
            button: user.text("button.remove"),
            title: user.text(&format!("{name}.{tab}.remove")),
            text: user.text(&format!("{name}.{tab}.remove_text")),
            action: format!("{own}/remove"),
            hidden: vec![("id".to_owned(), L::id(linked))],
            is_danger: true,
            ..Dialog::default()
        };
        Row {
            cells: L::cells(user, linked),
            actions: (may_write && L::is_removable(linked)).then(removal).into_iter().collect(),
        }
    };
    let table = Table {
        title: Some(user.text(&format!("{name}.tab.{tab}"))),
        columns: L::COLUMNS.iter().map(|column| user.text(&format!("{name}.{tab}.column_{column}"))).collect(),
        rows: items.iter().enumerate().map(row).collect(),
        empty: Empty { title: user.text(&format!("{name}.{tab}.empty")), ..Empty::default() },
        pages,
        has_actions: may_write,
        ..Table::default()
    };
    let mut blocks = vec![Block::Table(table)];
    let fields = if may_write { L::form(user, id).await? } else { Vec::new() };
    if !fields.is_empty() {
        blocks.push(Block::Form(Form {
            title: Some(user.text(&format!("{name}.{tab}.add"))),
            action: own,
            fields,
            submit: user.text("button.add"),
            error,
            is_guarded: true,
            ..Form::default()
        }));
    }
    Ok(user.render(status, item_page::<L::Of, _>(user, &item, tab, blocks)).await)
}

async fn add<L: Linked>(form: ConsoleForm<L::Write>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let api = user.api();
    let added = match L::body(&api, &fields).await {
        Ok(body) => api.send(Method::POST, &format!("{}/{}", api_path::<L::Of>(&id), L::API), body).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}/{}?done=added", address::<L::Of>(&id), L::TAB))),
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::FORBIDDEN => {
            let message = error.message(super::page::language(&user));
            let user = user.with_right();
            render::<L>(&user, &id, StatusCode::UNPROCESSABLE_ENTITY, Some(message)).await
        }
        Err(error) => Err(error),
    }
}

async fn remove<L: Linked>(form: ConsoleForm<L::Write>) -> Result<Response, ApiError> {
    let (id, linked) = (form.id("id"), form.fields.get("id").to_owned());
    let path = format!("{}/{}/{}", api_path::<L::Of>(&id), L::REMOVED_AT, encoded(&linked));
    form.user.api().delete(&path).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}/{}?done=removed", address::<L::Of>(&id), L::TAB)))
}
