//! Entities that are made from one of several kinds, and whose settings are described by the kind: connectors and enterprise
//! connectors. One gallery, one form of a new one, one page of one that there is.

mod form;

use std::future::Future;

use ::api::connectors::FormItem;
use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use kernel::id;
use serde_json::Value;
use views::console::{
    Action, Block, Card, Cards, Cell, CodeText, ConsolePage, Dialogs, Facts, Form, Notice, Picture, Tone,
};

use super::entity::{Entity, address, api_path, deletion, item_page, page_below, text};
use super::fields::{self, FieldKind, FieldSpec, Filled, FormErrors};
use super::meanwhile;
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;
use form::SettingsForm;

/// What an entity is made from.
#[derive(Default)]
pub(super) struct Kind {
    pub id: String,
    /// The section of the gallery: the phrase `{NAME}.group.{group}`.
    pub group: &'static str,
    pub picture: Picture,
    pub title: String,
    pub text: String,
    /// Whether one can be made here.
    pub is_built: bool,
    /// The settings: the member `config`.
    pub items: Vec<FormItem>,
    /// Whether a new one needs them, or gets them afterwards.
    pub needs_settings: bool,
    /// The members beside `config` of a new one, and of one that there is.
    pub new: Vec<FieldSpec>,
    pub settings: Vec<FieldSpec>,
    /// How to set it up, in Markdown.
    pub guide: String,
}

impl Kind {
    /// The members that the form of one that there is sends.
    fn sent(&self) -> Vec<FieldSpec> {
        let config = FieldSpec::new("config", FieldKind::Object);
        self.settings.iter().copied().chain([config]).collect()
    }
}

/// An entity with kinds.
pub(super) trait Configured: Entity<Read = Manage, Write = Manage> {
    /// The member that names the kind.
    const KIND: &'static str;
    /// Whether who makes one may choose its id: then it is known before, as the redirect URI is.
    const HAS_CHOSEN_ID: bool;
    /// The sections of the gallery.
    const GROUPS: &'static [&'static str];

    /// All kinds.
    fn kinds(user: &ConsoleUser<Manage>) -> impl Future<Output = Result<Vec<Kind>, ApiError>> + Send;

    /// What stands above the form of a new one.
    fn above_new(
        user: &ConsoleUser<Manage>,
        kind: &Kind,
        id: &str,
    ) -> impl Future<Output = Result<Vec<Block>, ApiError>> + Send;

    /// What stands below the form of one that there is.
    fn below(_: &ConsoleUser<Manage>, _: &Value) -> Vec<Block> {
        Vec::new()
    }
}

/// The routes of all but the list.
pub(super) fn routes<C: Configured>() -> Routes {
    let path = |rest: &str| format!("/console/{}{rest}", C::NAME);
    Routes::new()
        .get(&path("/new"), show_gallery::<C>)
        .get(&path("/new/{id}"), show_new::<C>)
        .post(&path("/new/{id}"), create::<C>)
        .get(&path("/{id}"), show::<C>)
        .post(&path("/{id}"), save::<C>)
        .post(&path("/{id}/delete"), delete::<C>)
}

/// The redirect URI at which the tenant's people come back from a provider, to copy.
pub(super) fn redirect_uri<R>(user: &ConsoleUser<R>, connector_id: &str) -> (String, Cell) {
    let endpoint = user.app.tenants.endpoint("default");
    (user.text("configured.redirect_uri"), Cell::Copy { text: format!("{endpoint}/callback/{connector_id}") })
}

/// Facts under a title of the phrases of all configured entities.
pub(super) fn facts<R>(user: &ConsoleUser<R>, title: &str, rows: Vec<(String, Cell)>) -> Block {
    Block::Facts(Facts { title: Some(user.text(&format!("configured.{title}"))), rows })
}

async fn show_gallery<C: Configured>(user: ConsoleUser<Manage>) -> Result<Response, ApiError> {
    let kinds = C::kinds(&user).await?;
    let card = |kind: &Kind| Card {
        picture: kind.picture.clone(),
        title: kind.title.clone(),
        text: kind.text.clone(),
        href: kind.is_built.then(|| format!("/console/{}/new/{}", C::NAME, super::api::encoded(&kind.id))),
    };
    let group = |group: &&'static str| {
        let items = kinds.iter().filter(|kind| kind.group == *group).map(card).collect();
        Block::Cards(Cards { title: Some(user.text(&format!("{}.group.{group}", C::NAME))), items })
    };
    let blocks = C::GROUPS.iter().map(group).collect();
    let page = page_below::<C, _>(&user, user.text(&format!("{}.new", C::NAME)), blocks);
    Ok(user.render(StatusCode::OK, page).await)
}

/// The kind with this id, if one can be made of it.
async fn find<C: Configured>(user: &ConsoleUser<Manage>, id: &str) -> Result<Kind, ApiError> {
    let kinds = C::kinds(user).await?;
    kinds.into_iter().find(|kind| kind.id == id && kind.is_built).ok_or_else(ApiError::not_found)
}

fn settings_form<'a>(
    user: &'a ConsoleUser<Manage>,
    kind: &'a Kind,
    stored: Option<&'a Value>,
) -> SettingsForm<'a, Manage> {
    let config = stored.and_then(|stored| stored.get("config")).and_then(Value::as_object);
    let items = if stored.is_some() || kind.needs_settings { kind.items.as_slice() } else { &[] };
    SettingsForm { user, items, stored: config.filter(|config| !config.is_empty()) }
}

/// All fields: those of the members, then the settings.
fn form_of<C: Configured>(
    user: &ConsoleUser<Manage>,
    kind: &Kind,
    stored: Option<&Value>,
    typed: Option<&FormFields>,
    errors: FormErrors,
) -> Form {
    let specs = if stored.is_some() { &kind.settings } else { &kind.new };
    let filled = match (typed, stored) {
        (Some(typed), _) => Filled::Form(typed),
        (None, Some(stored)) => Filled::Entity(stored),
        (None, None) => Filled::Nothing,
    };
    let mut fields = fields::shown(user, C::NAME, specs, &filled, &errors);
    fields.extend(settings_form(user, kind, stored).fields(typed, &errors));
    Form { fields, error: errors.whole, is_guarded: true, ..Form::default() }
}

/// What is sent to the API.
fn body(
    user: &ConsoleUser<Manage>,
    kind: &Kind,
    stored: Option<&Value>,
    typed: &FormFields,
) -> Result<Value, FormErrors> {
    let specs = if stored.is_some() { &kind.settings } else { &kind.new };
    let form = settings_form(user, kind, stored);
    let has_settings = !form.items.is_empty();
    match (fields::body(user, specs, typed, stored), form.read(typed)) {
        (Ok(mut body), Ok(config)) => {
            if has_settings {
                body["config"] = config.into();
            }
            Ok(body)
        }
        (Err(members), Err(settings)) => Err(members.and(settings)),
        (Err(errors), _) | (_, Err(errors)) => Err(errors),
    }
}

/// Puts what the API refuses beside its fields.
fn refused(
    user: &ConsoleUser<Manage>,
    kind: &Kind,
    specs: &[FieldSpec],
    error: ApiError,
) -> Result<FormErrors, ApiError> {
    let members = specs.iter().map(|spec| spec.path.to_owned());
    let paths: Vec<String> = members.chain(kind.items.iter().map(|item| form::name(&item.key))).collect();
    match error.status() {
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            Ok(FormErrors::beside(user, &error, &paths))
        }
        _ => Err(error),
    }
}

async fn new_page<C: Configured>(
    user: &ConsoleUser<Manage>,
    kind: &Kind,
    typed: Option<&FormFields>,
    errors: FormErrors,
) -> Result<ConsolePage, ApiError> {
    let id = typed.map_or_else(|| user.query("id").unwrap_or_default().to_owned(), |typed| typed.get("id").to_owned());
    let mut blocks = C::above_new(user, kind, &id).await?;
    blocks.push(Block::Form(Form {
        action: format!("/console/{}/new/{}", C::NAME, super::api::encoded(&kind.id)),
        hidden: if C::HAS_CHOSEN_ID { vec![("id".to_owned(), id)] } else { Vec::new() },
        submit: user.text("button.create"),
        ..form_of::<C>(user, kind, None, typed, errors)
    }));
    blocks.extend(guide(user, kind));
    let back = Action { title: user.text(&format!("{}.new", C::NAME)), href: format!("/console/{}/new", C::NAME) };
    Ok(ConsolePage {
        back: Some(back),
        lead: Some(kind.text.clone()),
        ..page_below::<C, _>(user, kind.title.clone(), blocks)
    })
}

fn guide<R>(user: &ConsoleUser<R>, kind: &Kind) -> Option<Block> {
    let title = Some(user.text("configured.guide"));
    (!kind.guide.is_empty()).then(|| Block::Code(CodeText { title, text: kind.guide.clone() }))
}

async fn show_new<C: Configured>(user: ConsoleUser<Manage>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let kind = find::<C>(&user, &id).await?;
    // Its redirect URI is registered before it is made, so its id stays when the page is loaded again.
    if C::HAS_CHOSEN_ID && user.query("id").is_none() {
        let address = format!("{}?id={}", user.uri.path(), id::short_entity_id(&user.app.rng));
        return Ok(redirect(StatusCode::SEE_OTHER, &address));
    }
    let page = new_page::<C>(&user, &kind, None, FormErrors::default()).await?;
    Ok(user.render(StatusCode::OK, page).await)
}

async fn create<C: Configured>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (user, typed) = (&form.user, &form.fields);
    let kind = find::<C>(user, &form.id("id")).await?;
    let made = match body(user, &kind, None, typed) {
        Ok(mut body) => {
            body[C::KIND] = kind.id.as_str().into();
            if C::HAS_CHOSEN_ID && !typed.get("id").is_empty() {
                body["id"] = typed.get("id").into();
            }
            let sent = user.api().send(Method::POST, C::API, body).await;
            sent.map_err(|error| refused(user, &kind, &kind.new, error))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(made) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=created", address::<C>(&text(&made, "id"))))),
        Err(errors) => {
            let page = new_page::<C>(user, &kind, Some(typed), errors?).await?;
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

/// What the page of an item shows beside what is stored.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub above: Option<Block>,
    pub typed: Option<&'a FormFields>,
    pub errors: FormErrors,
}

/// The page of an item.
pub(super) async fn render<C: Configured>(
    user: &ConsoleUser<Manage>,
    item: &Value,
    status: StatusCode,
    shown: Shown<'_>,
) -> Result<Response, ApiError> {
    let id = text(item, "id");
    let kind = find::<C>(user, &text(item, C::KIND)).await?;
    let mut blocks: Vec<Block> = shown.above.into_iter().collect();
    blocks.extend(C::above(user, item));
    blocks.push(Block::Form(Form {
        title: Some(user.text("tab.settings")),
        action: address::<C>(&id),
        hidden: vec![meanwhile::hidden(user, item, &kind.sent())],
        submit: user.text("button.save"),
        ..form_of::<C>(user, &kind, Some(item), shown.typed, shown.errors)
    }));
    blocks.extend(C::below(user, item));
    blocks.extend(guide(user, &kind));
    let mut items = C::dialogs(user, item);
    items.push(deletion::<C, _>(user, item));
    blocks.push(Block::Dialogs(Dialogs { title: user.text("dialog.danger"), items }));
    let page = ConsolePage { lead: Some(kind.title), ..item_page::<C, _>(user, item, "", blocks) };
    Ok(user.render(status, page).await)
}

async fn show<C: Configured>(user: ConsoleUser<Manage>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let item = user.api().get(&api_path::<C>(&id)).await?;
    render::<C>(&user, &item, StatusCode::OK, Shown::default()).await
}

async fn save<C: Configured>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (user, typed, id) = (&form.user, &form.fields, form.id("id"));
    let item = user.api().get(&api_path::<C>(&id)).await?;
    let kind = find::<C>(user, &text(&item, C::KIND)).await?;
    let is_same = meanwhile::check(user, &item, &kind.sent(), typed);
    let saved = match is_same.and_then(|()| body(user, &kind, Some(&item), typed)) {
        Ok(body) => {
            let sent = user.api().send(Method::PATCH, &api_path::<C>(&id), body).await;
            sent.map_err(|error| refused(user, &kind, &kind.settings, error))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", address::<C>(&id)))),
        Err(errors) => {
            let shown = Shown { above: None, typed: Some(typed), errors: errors? };
            render::<C>(user, &item, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

async fn delete<C: Configured>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (user, id) = (&form.user, form.id("id"));
    let item = user.api().get(&api_path::<C>(&id)).await?;
    let refusal = match form.fields.get("confirm").trim() == C::title(&item).trim() {
        false => user.text("dialog.mismatch"),
        true => match user.api().delete(&api_path::<C>(&id)).await {
            Ok(()) => return Ok(redirect(StatusCode::SEE_OTHER, &format!("/console/{}?done=deleted", C::NAME))),
            Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                error.message(super::page::language(user))
            }
            Err(error) => return Err(error),
        },
    };
    let above = Some(Block::Notice(Notice { text: refusal, tone: Tone::Bad }));
    render::<C>(user, &item, StatusCode::UNPROCESSABLE_ENTITY, Shown { above, ..Shown::default() }).await
}
