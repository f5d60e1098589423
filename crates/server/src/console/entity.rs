//! The pages of an entity: its list, the form of a new one, its settings, and its deletion. An entity says what is its own.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use views::console::{Action, Block, Cell, ConsolePage, Dialog, Dialogs, Empty, Filter, Form, Row, Tab, Table};
use views::pages::Choice;

use super::api::encoded;
use super::bulk::{self, BulkAction};
pub(super) use super::cells::{cell, linked, text, time};
use super::export;
use super::fields::{self, FieldSpec, Filled, FormErrors};
pub(super) use super::list::{PAGE_SIZE, given, list_query, page_number, pages, search_form, search_query};
use super::meanwhile;
use crate::callers::{ConsoleForm, ConsoleRight, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

/// A collection of the Management API with pages of its own.
pub(super) trait Entity: Send + Sync + 'static {
    /// Its path below `/console`, and the name of its phrases.
    const NAME: &'static str;
    /// Its path in the API.
    const API: &'static str;
    /// Who may see it.
    type Read: ConsoleRight;
    /// Who may change it.
    type Write: ConsoleRight;
    /// The query of the API for what was typed into the search; `{}` is that, encoded. None for a list without a search.
    const SEARCH: Option<&'static str>;
    /// What else the query of the list says: `&name=value`.
    const LISTED_WITH: &'static str = "";
    /// Filters of the list: names in the query of the API, each with its values beside "all". Their phrases are
    /// `{NAME}.filter.{filter}` and those with `_{value}`.
    const FILTERS: &'static [(&'static str, &'static [&'static str])] = &[];
    /// The columns of the list: each is the phrase `{NAME}.column.{column}`.
    const COLUMNS: &'static [&'static str];
    /// The members of a new one.
    const NEW: &'static [FieldSpec];
    /// The members that can be changed.
    const SETTINGS: &'static [FieldSpec];
    /// Further tabs: each is the phrase `{NAME}.tab.{tab}`.
    const TABS: &'static [&'static str] = &[];
    /// Who may open a tab.
    fn right_of_tab(_: &str) -> Right {
        <Self::Read as ConsoleRight>::RIGHT
    }

    /// Whether an item has a tab.
    fn has_tab(_item: &Value, _tab: &str) -> bool {
        true
    }

    /// What can be done with several at once.
    const BULK: &'static [BulkAction] = &[];
    /// The members that a file of the list has, as paths; none for a list that is no file.
    const EXPORT: &'static [&'static str] = &[];

    /// The cells of a row; the first leads to its page ([`link`]).
    fn cells(user: &ConsoleUser<Self::Read>, item: &Value) -> Vec<Cell>;

    /// What people call it.
    fn title(item: &Value) -> String {
        text(item, "name")
    }

    /// What names it in the API.
    fn id(item: &Value) -> String {
        text(item, "id")
    }

    /// The method that changes it.
    const UPDATE: Method = Method::PATCH;

    /// It as its form shows it.
    fn to_form(item: Value) -> Value {
        item
    }

    /// What a form holds, as the API takes it.
    fn to_api(body: Value) -> Value {
        body
    }

    /// What stands above the form of its settings.
    fn above(_: &ConsoleUser<Self::Read>, _: &Value) -> Vec<Block> {
        Vec::new()
    }

    /// What can be done with it besides its deletion.
    fn dialogs(_: &ConsoleUser<Self::Read>, _: &Value) -> Vec<Dialog> {
        Vec::new()
    }

    /// Completes what a form sends; `current` is what is stored.
    fn finish<R>(_: &ConsoleUser<R>, _: &mut Value, _: Option<&Value>) -> Result<(), FormErrors> {
        Ok(())
    }
}

/// The routes of an entity.
pub(super) fn routes<E: Entity>() -> Routes {
    let path = |rest: &str| format!("/console/{}{rest}", E::NAME);
    Routes::new()
        .get(&path(""), list::<E>)
        .get(&path("/new"), show_new::<E>)
        .post(&path("/new"), create::<E>)
        .get(&path("/{id}"), show::<E>)
        .post(&path("/{id}"), save::<E>)
        .post(&path("/{id}/delete"), delete::<E>)
        .merge(bulk::routes::<E>())
        .merge(export::routes::<E>())
}

/// The name of an item, which leads to its page.
pub(super) fn link<E: Entity>(item: &Value, note: Option<String>) -> Cell {
    let (id, title) = (E::id(item), E::title(item));
    Cell::Link { text: title, href: address::<E>(&id), note }
}

/// The page of an item.
pub(super) fn address<E: Entity>(id: &str) -> String {
    format!("/console/{}/{}", E::NAME, encoded(id))
}

/// The path of an item in the API.
pub(super) fn api_path<E: Entity>(id: &str) -> String {
    format!("{}/{}", E::API, encoded(id))
}

/// The list.
pub(super) async fn list<E: Entity>(user: ConsoleUser<E::Read>) -> Result<Response, ApiError> {
    let name = E::NAME;
    let query = format!("{}{}{}", list_query(&user, E::SEARCH), E::LISTED_WITH, chosen_filters::<E, _>(&user));
    let listed = user.api().list(&format!("{}?{query}", E::API)).await?;
    let may_create = user.may(<E::Write as ConsoleRight>::RIGHT) && !E::NEW.is_empty();
    let new =
        may_create.then(|| Action { title: user.text(&format!("{name}.new")), href: format!("/console/{name}/new") });
    let is_search = user.query("q").is_some() || !chosen_filters::<E, _>(&user).is_empty();
    let empty = match is_search {
        true => {
            Empty { title: user.text("list.nothing_found"), text: Some(user.text("list.search_again")), action: None }
        }
        false => Empty {
            title: user.text(&format!("{name}.empty")),
            text: user.text_if_any(&format!("{name}.empty_text")),
            action: new.clone(),
        },
    };
    let table = Table {
        search: E::SEARCH.map(|_| search_form(&user, Some(user.text(&format!("{name}.search"))), filters::<E>(&user))),
        columns: E::COLUMNS.iter().map(|column| user.text(&format!("{name}.column.{column}"))).collect(),
        rows: listed.items.iter().map(|item| Row { cells: E::cells(&user, item), actions: Vec::new() }).collect(),
        empty,
        pages: pages(&user, &listed),
        bulk: bulk::of_table::<E>(&user, &listed.items),
        exports: if E::EXPORT.is_empty() { Vec::new() } else { export::links(&user, name) },
        ..Table::default()
    };
    let page = ConsolePage {
        title: user.text(&format!("navigation.{name}")),
        lead: user.text_if_any(&format!("{name}.lead")),
        actions: new.into_iter().collect(),
        blocks: vec![Block::Table(table)],
        ..ConsolePage::default()
    };
    Ok(user.render(StatusCode::OK, page).await)
}

fn filters<E: Entity>(user: &ConsoleUser<E::Read>) -> Vec<Filter> {
    let filter = |(name, values): &(&'static str, &'static [&'static str])| {
        let choice = |value: &str| Choice {
            value: value.to_owned(),
            label: match value {
                "" => user.text("list.all"),
                value => user.text(&format!("{}.filter.{name}_{value}", E::NAME)),
            },
        };
        Filter {
            name: (*name).to_owned(),
            label: user.text(&format!("{}.filter.{name}", E::NAME)),
            value: user.query(name).unwrap_or_default().to_owned(),
            choices: [""].iter().chain(*values).map(|value| choice(value)).collect(),
            ..Filter::default()
        }
    };
    E::FILTERS.iter().map(filter).collect()
}

/// The filters that were chosen, as a part of the query of the API; empty or beginning with `&`.
pub(super) fn chosen_filters<E: Entity, R>(user: &ConsoleUser<R>) -> String {
    let names: Vec<&str> = E::FILTERS.iter().map(|(name, _)| *name).collect();
    given(user, &names)
}

/// A page that belongs to the list of its entity.
pub(super) fn page_below<E: Entity, R>(user: &ConsoleUser<R>, title: String, blocks: Vec<Block>) -> ConsolePage {
    let back = Action { title: user.text(&format!("navigation.{}", E::NAME)), href: format!("/console/{}", E::NAME) };
    ConsolePage { title, back: Some(back), blocks, ..ConsolePage::default() }
}

/// A page of one item, with the tabs of its entity; `current` is empty for its settings.
pub(super) fn item_page<E: Entity, R>(
    user: &ConsoleUser<R>,
    item: &Value,
    current: &str,
    blocks: Vec<Block>,
) -> ConsolePage {
    let address = address::<E>(&E::id(item));
    let tab = |name: &str| Tab {
        title: match name {
            "" => user.text_if_any(&format!("{}.tab.settings", E::NAME)).unwrap_or_else(|| user.text("tab.settings")),
            name => user.text(&format!("{}.tab.{name}", E::NAME)),
        },
        href: if name.is_empty() { address.clone() } else { format!("{address}/{name}") },
        is_current: name == current,
    };
    let tabs = match E::TABS.is_empty() {
        true => Vec::new(),
        false => {
            let shown = E::TABS.iter().filter(|name| user.may(E::right_of_tab(name)) && E::has_tab(item, name));
            [""].iter().chain(shown).map(|name| tab(name)).collect()
        }
    };
    ConsolePage { tabs, ..page_below::<E, R>(user, E::title(item), blocks) }
}

fn new_page<E: Entity>(user: &ConsoleUser<E::Write>, filled: &Filled<'_>, errors: FormErrors) -> ConsolePage {
    let form = Form {
        action: format!("/console/{}/new", E::NAME),
        fields: fields::shown(user, E::NAME, E::NEW, filled, &errors),
        submit: user.text("button.create"),
        error: errors.whole,
        is_guarded: true,
        ..Form::default()
    };
    page_below::<E, _>(user, user.text(&format!("{}.new", E::NAME)), vec![Block::Form(form)])
}

async fn show_new<E: Entity>(user: ConsoleUser<E::Write>) -> Response {
    let page = new_page::<E>(&user, &Filled::Nothing, FormErrors::default());
    user.render(StatusCode::OK, page).await
}

fn body<E: Entity, R>(
    user: &ConsoleUser<R>,
    specs: &[FieldSpec],
    fields: &FormFields,
    current: Option<&Value>,
) -> Result<Value, FormErrors> {
    let mut body = fields::body(user, specs, fields, current)?;
    E::finish(user, &mut body, current)?;
    Ok(body)
}

async fn create<E: Entity>(ConsoleForm { user, fields, .. }: ConsoleForm<E::Write>) -> Result<Response, ApiError> {
    let made = match body::<E, _>(&user, E::NEW, &fields, None) {
        Ok(body) => {
            let sent = user.api().send(Method::POST, E::API, E::to_api(body)).await;
            sent.map_err(|error| shown_beside(&user, error, E::NEW))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(made) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=created", address::<E>(&E::id(&made))))),
        Err(errors) => {
            let page = new_page::<E>(&user, &Filled::Form(&fields), errors?);
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

/// What a person can mend is shown in the form; the rest is a page of its own.
pub(super) fn shown_beside<R>(
    user: &ConsoleUser<R>,
    error: ApiError,
    specs: &[FieldSpec],
) -> Result<FormErrors, ApiError> {
    match error.status() {
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            Ok(FormErrors::of(user, &error, specs))
        }
        _ => Err(error),
    }
}

/// The page of an item with the form of its settings.
pub(super) fn settings_page<E: Entity>(
    user: &ConsoleUser<E::Read>,
    item: &Value,
    filled: &Filled<'_>,
    errors: FormErrors,
) -> ConsolePage {
    let address = address::<E>(&E::id(item));
    let may_write = user.may(<E::Write as ConsoleRight>::RIGHT);
    let mut blocks = E::above(user, item);
    if may_write && !E::SETTINGS.is_empty() {
        blocks.push(Block::Form(Form {
            title: Some(user.text("tab.settings")),
            action: address.clone(),
            fields: fields::shown(user, E::NAME, E::SETTINGS, filled, &errors),
            hidden: vec![meanwhile::hidden(user, item, E::SETTINGS)],
            submit: user.text("button.save"),
            error: errors.whole,
            is_guarded: true,
            ..Form::default()
        }));
    }
    if may_write {
        let mut items = E::dialogs(user, item);
        items.push(deletion::<E, _>(user, item));
        blocks.push(Block::Dialogs(Dialogs { title: user.text("dialog.danger"), items }));
    }
    item_page::<E, _>(user, item, "", blocks)
}

/// The question before an item is deleted.
pub(super) fn deletion<E: Entity, R>(user: &ConsoleUser<R>, item: &Value) -> Dialog {
    let title = E::title(item);
    Dialog {
        id: "delete".to_owned(),
        button: user.text("button.delete"),
        title: user.text_with("dialog.delete", &[("name", &title)]),
        text: user.text(&format!("{}.delete", E::NAME)),
        action: format!("{}/delete", address::<E>(&E::id(item))),
        confirm: Some(title),
        is_danger: true,
        ..Dialog::default()
    }
}

async fn show<E: Entity>(user: ConsoleUser<E::Read>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let item = E::to_form(user.api().get(&api_path::<E>(&id)).await?);
    let page = settings_page::<E>(&user, &item, &Filled::Entity(&item), FormErrors::default());
    Ok(user.render(StatusCode::OK, page).await)
}

async fn save<E: Entity>(form: ConsoleForm<E::Write>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let path = api_path::<E>(&id);
    let current = E::to_form(user.api().get(&path).await?);
    let is_same = meanwhile::check(&user, &current, E::SETTINGS, &fields);
    let saved = match is_same.and_then(|()| body::<E, _>(&user, E::SETTINGS, &fields, Some(&current))) {
        Ok(body) => {
            let sent = user.api().send(E::UPDATE, &path, E::to_api(body)).await;
            sent.map_err(|error| shown_beside(&user, error, E::SETTINGS))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", address::<E>(&id)))),
        Err(errors) => {
            let errors = errors?;
            let user = user.with_right::<E::Read>();
            let page = settings_page::<E>(&user, &current, &Filled::Form(&fields), errors);
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

async fn delete<E: Entity>(form: ConsoleForm<E::Write>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let path = api_path::<E>(&id);
    let item = E::to_form(user.api().get(&path).await?);
    if fields.get("confirm").trim() != E::title(&item).trim() {
        let user = user.with_right::<E::Read>();
        let errors = FormErrors::of_whole(user.text("dialog.mismatch"));
        let page = settings_page::<E>(&user, &item, &Filled::Entity(&item), errors);
        return Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await);
    }
    user.api().delete(&path).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("/console/{}?done=deleted", E::NAME)))
}
