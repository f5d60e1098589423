//! API resources and their permissions (inventory C015).

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Action, Block, Cell, ConsolePage, Dialog, Facts, Form, Tone};
use views::pages::Field;

use super::api::{Api, encoded};
use super::bulk::BulkAction;
use super::entity::{self, Entity, address, api_path, cell, link, page_below, shown_beside, text, time};
use super::fields::{self, FieldKind, FieldSpec, Filled, FormErrors};
use super::linked::{self, Linked};
use super::meanwhile;
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

const SCOPE: &str = "/console/resources/{id}/scopes/{scope}";

pub(super) fn routes() -> Routes {
    entity::routes::<Resources>()
        .merge(linked::routes::<ResourceScopes>())
        .post("/console/resources/{id}/default", change_default)
        .get(SCOPE, show_scope)
        .post(SCOPE, save_scope)
}

pub(super) struct Resources;

impl Entity for Resources {
    const NAME: &'static str = "resources";
    const API: &'static str = "/api/resources";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = None;
    const COLUMNS: &'static [&'static str] = &["name", "indicator", "ttl"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("indicator", FieldKind::Url),
        FieldSpec::new("accessTokenTtl", FieldKind::Number),
    ];
    const SETTINGS: &'static [FieldSpec] =
        &[FieldSpec::required("name", FieldKind::Text), FieldSpec::required("accessTokenTtl", FieldKind::Number)];
    const TABS: &'static [&'static str] = &["scopes"];
    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];
    const EXPORT: &'static [&'static str] = &["id", "name", "indicator", "accessTokenTtl"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let ttl = item.get("accessTokenTtl").map(Value::to_string).unwrap_or_default();
        vec![link::<Self>(item, None), Cell::Copy { text: text(item, "indicator") }, Cell::Text { text: ttl }]
    }

    fn above(user: &ConsoleUser<Read>, item: &Value) -> Vec<Block> {
        let default = match is_default(item) {
            true => Cell::Badge { text: user.text("form.yes"), tone: Tone::Good },
            false => Cell::Text { text: user.text("form.no") },
        };
        let rows = vec![
            (user.text("resources.column.indicator"), Cell::Copy { text: text(item, "indicator") }),
            (user.text("resources.default"), default),
        ];
        vec![Block::Facts(Facts { title: None, rows })]
    }

    fn dialogs(user: &ConsoleUser<Read>, item: &Value) -> Vec<Dialog> {
        let (verb, becomes) = if is_default(item) { ("reset_default", "false") } else { ("set_default", "true") };
        vec![Dialog {
            id: "default".to_owned(),
            button: user.text(&format!("resources.{verb}")),
            title: user.text_with(&format!("resources.{verb}_title"), &[("name", &Self::title(item))]),
            text: user.text(&format!("resources.{verb}_text")),
            action: format!("{}/default", address::<Self>(&text(item, "id"))),
            hidden: vec![("isDefault".to_owned(), becomes.to_owned())],
            ..Dialog::default()
        }]
    }
}

fn is_default(item: &Value) -> bool {
    item.get("isDefault").and_then(Value::as_bool).unwrap_or(false)
}

/// Which API a request means that names none.
async fn change_default(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (id, becomes) = (form.id("id"), form.fields.get("isDefault") == "true");
    let path = format!("{}/is-default", api_path::<Resources>(&id));
    form.user.api().send(Method::PATCH, &path, json!({"isDefault": becomes})).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", address::<Resources>(&id))))
}

/// The permissions of a resource.
struct ResourceScopes;

impl Linked for ResourceScopes {
    type Of = Resources;
    const TAB: &'static str = "scopes";
    const API: &'static str = "scopes";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "description", "created"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let href = scope_address(&text(item, "resourceId"), &text(item, "id"));
        let name = Cell::Link { text: text(item, "name"), href, note: None };
        vec![name, cell(item, "description"), time(item, "createdAt")]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        let field = |name: &str, required| Field {
            name: name.to_owned(),
            label: user.text(&format!("resources.scopes.column_{name}")),
            kind: "text",
            autocomplete: "off",
            required,
            ..Field::default()
        };
        Ok(vec![field("name", true), field("description", false)])
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"name": fields.get("name").trim(), "description": fields.get("description").trim()}))
    }
}

const SCOPE_SETTINGS: &[FieldSpec] =
    &[FieldSpec::required("name", FieldKind::Text), FieldSpec::new("description", FieldKind::Text)];

fn scope_address(resource: &str, scope: &str) -> String {
    format!("{}/scopes/{}", address::<Resources>(resource), encoded(scope))
}

fn scopes_path(resource: &str) -> String {
    format!("{}/scopes", api_path::<Resources>(resource))
}

/// A resource, and one of its permissions.
async fn scope<R>(user: &ConsoleUser<R>, resource: &str, scope: &str) -> Result<(Value, Value), ApiError> {
    let api = user.api();
    let resource_found = api.get(&api_path::<Resources>(resource)).await?;
    let query = format!("page=1&page_size=1&search.id={}&mode.id=exact&isCaseSensitive=true", encoded(scope));
    let found = api.list(&format!("{}?{query}", scopes_path(resource))).await?.items;
    Ok((resource_found, found.into_iter().next().ok_or_else(ApiError::not_found)?))
}

async fn show_scope(
    user: ConsoleUser<Read>,
    Path((id, scope_id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let (resource, scope) = scope(&user, &id, &scope_id).await?;
    let page = scope_page(&user, &resource, &scope, &Filled::Entity(&scope), FormErrors::default());
    Ok(user.render(StatusCode::OK, page).await)
}

fn scope_page(
    user: &ConsoleUser<Read>,
    resource: &Value,
    scope: &Value,
    filled: &Filled<'_>,
    errors: FormErrors,
) -> ConsolePage {
    let id = text(resource, "id");
    let block = match user.may(Right::Manage) {
        true => Block::Form(Form {
            action: scope_address(&id, &text(scope, "id")),
            fields: fields::shown(user, "resources.scopes", SCOPE_SETTINGS, filled, &errors),
            hidden: vec![meanwhile::hidden(user, scope, SCOPE_SETTINGS)],
            submit: user.text("button.save"),
            error: errors.whole,
            is_guarded: true,
            ..Form::default()
        }),
        false => {
            let row = |name: &str| (user.text(&format!("resources.scopes.{name}")), cell(scope, name));
            Block::Facts(Facts { title: None, rows: ["name", "description"].map(row).to_vec() })
        }
    };
    let back = Action { title: Resources::title(resource), href: format!("{}/scopes", address::<Resources>(&id)) };
    ConsolePage { back: Some(back), ..page_below::<Resources, _>(user, text(scope, "name"), vec![block]) }
}

async fn save_scope(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (id, scope_id) = (form.id("id"), form.id("scope"));
    let (user, fields) = (form.user.with_right::<Read>(), form.fields);
    let (resource, scope) = scope(&user, &id, &scope_id).await?;
    let is_same = meanwhile::check(&user, &scope, SCOPE_SETTINGS, &fields);
    let saved = match is_same.and_then(|()| fields::body(&user, SCOPE_SETTINGS, &fields, Some(&scope))) {
        Ok(body) => {
            let path = format!("{}/{}", scopes_path(&id), encoded(&scope_id));
            let sent = user.api().send(Method::PATCH, &path, body).await;
            sent.map_err(|error| shown_beside(&user, error, SCOPE_SETTINGS))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}/scopes?done=saved", address::<Resources>(&id)))),
        Err(errors) => {
            let page = scope_page(&user, &resource, &scope, &Filled::Form(&fields), errors?);
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}
