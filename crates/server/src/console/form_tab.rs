//! A tab of an entity that is a form of further members, and of pictures for some of them.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use views::console::{Block, Cell, Facts, Form};
use views::pages::Field;

use super::entity::{Entity, address, api_path, item_page, shown_beside};
use super::fields::{self, FieldSpec, Filled, FormErrors};
use super::{meanwhile, pictures};
use crate::callers::console::ConsolePictureForm;
use crate::callers::{ConsoleForm, ConsoleRight, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

/// The members of a tab. Their phrases are those of the entity.
pub(super) trait FormTab: Send + Sync + 'static {
    type Of: Entity;
    /// The tab, and the last part of its path.
    const TAB: &'static str;
    const FIELDS: &'static [FieldSpec];
    /// Those members that are addresses of pictures.
    const PICTURES: &'static [&'static str] = &[];

    /// What the form holds, as the API takes it.
    fn to_api(body: Value) -> Value {
        body
    }
}

type Reader<T> = ConsoleUser<<<T as FormTab>::Of as Entity>::Read>;

/// The routes of a tab.
pub(super) fn routes<T: FormTab>() -> Routes {
    let path = format!("/console/{}/{{id}}/{}", T::Of::NAME, T::TAB);
    let routes = Routes::new().get(&path, show::<T>).post(&path, save::<T>);
    match T::PICTURES.is_empty() {
        true => routes,
        false => routes.post(&format!("{path}/pictures"), upload::<T>),
    }
}

fn own_address<T: FormTab>(item: &Value) -> String {
    format!("{}/{}", address::<T::Of>(&T::Of::id(item)), T::TAB)
}

async fn find<T: FormTab, R>(user: &ConsoleUser<R>, id: &str) -> Result<Value, ApiError> {
    user.api().get(&api_path::<T::Of>(id)).await.map(T::Of::to_form)
}

/// What a page shows beside what is stored.
#[derive(Default)]
struct Refused<'a> {
    typed: Filled<'a>,
    errors: FormErrors,
    picture: Option<String>,
}

async fn show<T: FormTab>(user: Reader<T>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let item = find::<T, _>(&user, &id).await?;
    render::<T>(&user, &item, StatusCode::OK, Refused::default()).await
}

async fn render<T: FormTab>(
    user: &Reader<T>,
    item: &Value,
    status: StatusCode,
    refused: Refused<'_>,
) -> Result<Response, ApiError> {
    let Refused { typed, errors, picture } = refused;
    let filled = if matches!(typed, Filled::Nothing) { Filled::Entity(item) } else { typed };
    let shown = fields::shown(user, T::Of::NAME, T::FIELDS, &filled, &errors);
    let mut blocks = Vec::new();
    if user.may(<<T::Of as Entity>::Write as ConsoleRight>::RIGHT) {
        blocks.push(Block::Form(Form {
            action: own_address::<T>(item),
            fields: shown,
            hidden: vec![meanwhile::hidden(user, item, T::FIELDS)],
            submit: user.text("button.save"),
            error: errors.whole,
            is_guarded: true,
            ..Form::default()
        }));
        if !T::PICTURES.is_empty() {
            let action = format!("{}/pictures", own_address::<T>(item));
            blocks.extend(pictures::block(user, action, T::PICTURES, picture).await?);
        }
    } else {
        let row = |field: Field| (field.label.clone(), fact_cell(fields::fact(user, &field)));
        blocks.push(Block::Facts(Facts { title: None, rows: shown.into_iter().map(row).collect() }));
    }
    Ok(user.render(status, item_page::<T::Of, _>(user, item, T::TAB, blocks)).await)
}

fn fact_cell(text: String) -> Cell {
    if text.is_empty() { Cell::Nothing } else { Cell::Text { text } }
}

fn saved<T: FormTab>(item: &Value) -> Response {
    redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", own_address::<T>(item)))
}

async fn save<T: FormTab>(form: ConsoleForm<<T::Of as Entity>::Write>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let item = find::<T, _>(&user, &id).await?;
    let is_same = meanwhile::check(&user, &item, T::FIELDS, &fields);
    let sent = match is_same.and_then(|()| fields::body(&user, T::FIELDS, &fields, Some(&item))) {
        Ok(body) => {
            let sent = user.api().send(T::Of::UPDATE, &api_path::<T::Of>(&id), T::Of::to_api(T::to_api(body))).await;
            sent.map_err(|error| shown_beside(&user, error, T::FIELDS))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match sent {
        Ok(_) => Ok(saved::<T>(&item)),
        Err(errors) => {
            let refused = Refused { typed: Filled::Form(&fields), errors: errors?, picture: None };
            render::<T>(&user.with_right(), &item, StatusCode::UNPROCESSABLE_ENTITY, refused).await
        }
    }
}

async fn upload<T: FormTab>(sent: ConsolePictureForm<<T::Of as Entity>::Write>) -> Result<Response, ApiError> {
    let id = sent.form.id("id");
    let item = find::<T, _>(&sent.form.user, &id).await?;
    let changed = pictures::change(&sent, T::PICTURES, &item).await?;
    let user = sent.form.user;
    let stored = match changed {
        Ok(body) => {
            let stored = user.api().send(T::Of::UPDATE, &api_path::<T::Of>(&id), T::Of::to_api(body)).await;
            stored.map_err(|error| pictures::told(&user, error))
        }
        Err(wrong) => Err(Ok(wrong)),
    };
    match stored {
        Ok(_) => Ok(saved::<T>(&item)),
        Err(wrong) => {
            let refused = Refused { picture: Some(wrong?), ..Refused::default() };
            render::<T>(&user.with_right(), &item, StatusCode::UNPROCESSABLE_ENTITY, refused).await
        }
    }
}
