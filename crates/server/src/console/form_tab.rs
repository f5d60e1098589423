//! A tab of an entity with a form in sections: over the entity itself, or over an object that belongs to it.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value};
use views::console::{Block, Form, FormSection};

use super::entity::{Entity, address, api_path, item_page, shown_beside};
use super::fields::{self, FieldSpec, Filled, FormErrors, Loaded};
use super::meanwhile;
use super::settings::{Section, facts, leave_out_if_empty, shown_section};
use crate::callers::{ConsoleForm, ConsoleRight, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

/// A tab with a form. Its phrases are those of `{entity}.{tab}`. Who may change the entity may change it.
pub(super) trait FormTab: Send + Sync + 'static {
    type Of: Entity;
    /// The tab, and the last part of its path.
    const TAB: &'static str;
    /// The last part of the path of its object in the API; none for the entity itself. An object that is not there is empty.
    const API: Option<&'static str>;
    /// The method that changes it.
    const METHOD: Method;
    const SECTIONS: &'static [Section];

    /// What is stored, as the form shows it.
    fn to_form(stored: Value) -> Value {
        stored
    }

    /// What the form holds, as the API takes it.
    fn to_api(body: Value) -> Value {
        body
    }
}

/// The routes of a tab.
pub(super) fn routes<T: FormTab>() -> Routes {
    let path = format!("/console/{}/{{id}}/{}", T::Of::NAME, T::TAB);
    Routes::new().get(&path, show::<T>).post(&path, save::<T>)
}

type Reader<T> = ConsoleUser<<<T as FormTab>::Of as Entity>::Read>;

fn specs<T: FormTab>() -> Vec<FieldSpec> {
    T::SECTIONS.iter().flat_map(|section| section.fields).copied().collect()
}

fn path<T: FormTab>(id: &str) -> String {
    let entity = api_path::<T::Of>(id);
    T::API.map_or_else(|| entity.clone(), |rest| format!("{entity}/{rest}"))
}

/// The entity, and what is stored as the form shows it.
async fn read<T: FormTab>(user: &Reader<T>, id: &str) -> Result<(Value, Value), ApiError> {
    let item = user.api().get(&api_path::<T::Of>(id)).await?;
    let stored = match T::API {
        None => item.clone(),
        Some(_) => match user.api().get(&path::<T>(id)).await {
            Err(error) if error.status() == StatusCode::NOT_FOUND => Value::Object(Map::new()),
            answer => answer?,
        },
    };
    Ok((item, T::to_form(stored)))
}

async fn show<T: FormTab>(user: Reader<T>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let (item, current) = read::<T>(&user, &id).await?;
    let blocks = form::<T>(&user, &id, &current, &Filled::Entity(&current), FormErrors::default());
    Ok(user.render(StatusCode::OK, item_page::<T::Of, _>(&user, &item, T::TAB, blocks)).await)
}

fn form<T: FormTab>(
    user: &Reader<T>,
    id: &str,
    current: &Value,
    filled: &Filled<'_>,
    errors: FormErrors,
) -> Vec<Block> {
    let (name, loaded) = (format!("{}.{}", T::Of::NAME, T::TAB), Loaded::new());
    let shown = |section| shown_section(user, &name, section, filled, &errors, &loaded);
    let sections: Vec<FormSection> = T::SECTIONS.iter().map(shown).collect();
    if !user.may(<<T::Of as Entity>::Write as ConsoleRight>::RIGHT) {
        return facts(user, sections);
    }
    vec![Block::Form(Form {
        action: format!("{}/{}", address::<T::Of>(id), T::TAB),
        sections,
        hidden: vec![meanwhile::hidden(user, current, &specs::<T>())],
        submit: user.text("button.save"),
        error: errors.whole,
        is_guarded: true,
        ..Form::default()
    })]
}

async fn save<T: FormTab>(form: ConsoleForm<<T::Of as Entity>::Write>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    // The API asks for the right again.
    let user = user.with_right::<<T::Of as Entity>::Read>();
    let (item, current) = read::<T>(&user, &id).await?;
    let specs = specs::<T>();
    let is_same = meanwhile::check(&user, &current, &specs, &fields);
    let saved = match is_same.and_then(|()| fields::body(&user, &specs, &fields, Some(&current))) {
        Ok(mut body) => {
            specs.iter().for_each(|spec| leave_out_if_empty(&mut body, spec.path));
            let sent = user.api().send(T::METHOD, &path::<T>(&id), T::to_api(body)).await;
            sent.map_err(|error| shown_beside(&user, error, &specs))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => {
            let address = format!("{}/{}?done=saved", address::<T::Of>(&id), T::TAB);
            Ok(redirect(StatusCode::SEE_OTHER, &address))
        }
        Err(errors) => {
            let blocks = self::form::<T>(&user, &id, &current, &Filled::Form(&fields), errors?);
            let page = item_page::<T::Of, _>(&user, &item, T::TAB, blocks);
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}
