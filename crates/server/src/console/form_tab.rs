//! A tab of an entity that is a form of further members: of the entity itself, or of an object that belongs to it; and of pictures for
//! some of them.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value};
use views::console::{Block, Form, FormSection};

use super::entity::{Entity, address, api_path, item_page, shown_beside};
use super::fields::{self, FieldSpec, Filled, FormErrors, Loaded};
use super::settings::{Section, fact, facts, leave_out_if_empty, shown_section};
use super::{meanwhile, pictures};
use crate::callers::console::ConsolePictureForm;
use crate::callers::{ConsoleForm, ConsoleRight, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

/// A tab with a form. Who may change the entity may change it.
pub(super) trait FormTab: Send + Sync + 'static {
    type Of: Entity;
    /// The tab, and the last part of its path.
    const TAB: &'static str;
    /// The last part of the path of its object in the API; none for the entity itself. An object that is not there is empty.
    const API: Option<&'static str> = None;
    /// The method that changes it.
    const METHOD: Method = <Self::Of as Entity>::UPDATE;
    /// Members before all sections; their phrases are those of the entity.
    const FIELDS: &'static [FieldSpec] = &[];
    /// Members in groups; their phrases are those of `{entity}.{tab}`.
    const SECTIONS: &'static [Section] = &[];
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

fn specs<T: FormTab>() -> Vec<FieldSpec> {
    let of_sections = T::SECTIONS.iter().flat_map(|section| section.fields);
    T::FIELDS.iter().chain(of_sections).copied().collect()
}

/// The entity, and what the tab is about.
struct Stored {
    item: Value,
    object: Value,
}

impl Stored {
    async fn read<T: FormTab, R>(user: &ConsoleUser<R>, id: &str) -> Result<Self, ApiError> {
        let item = user.api().get(&api_path::<T::Of>(id)).await?;
        let object = match T::API {
            None => item.clone(),
            Some(_) => user.api().find(&object_path::<T>(id)).await?.unwrap_or_else(|| Value::Object(Map::new())),
        };
        Ok(Self { item, object })
    }

    fn address<T: FormTab>(&self) -> String {
        format!("{}/{}", address::<T::Of>(&T::Of::id(&self.item)), T::TAB)
    }

    fn saved<T: FormTab>(&self) -> Response {
        redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", self.address::<T>()))
    }
}

fn object_path<T: FormTab>(id: &str) -> String {
    let entity = api_path::<T::Of>(id);
    T::API.map_or_else(|| entity.clone(), |rest| format!("{entity}/{rest}"))
}

async fn send<T: FormTab, R>(user: &ConsoleUser<R>, id: &str, body: Value) -> Result<Value, ApiError> {
    user.api().send(T::METHOD, &object_path::<T>(id), body).await
}

/// What a page shows beside what is stored.
#[derive(Default)]
struct Refused<'a> {
    typed: Filled<'a>,
    errors: FormErrors,
    picture: Option<String>,
}

async fn show<T: FormTab>(user: Reader<T>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let stored = Stored::read::<T, _>(&user, &id).await?;
    render::<T>(&user, &stored, StatusCode::OK, Refused::default()).await
}

async fn render<T: FormTab>(
    user: &Reader<T>,
    stored: &Stored,
    status: StatusCode,
    refused: Refused<'_>,
) -> Result<Response, ApiError> {
    let Refused { typed, errors, picture } = refused;
    let filled = if matches!(typed, Filled::Nothing) { Filled::Entity(&stored.object) } else { typed };
    let shown = fields::shown(user, T::Of::NAME, T::FIELDS, &filled, &errors);
    let (name, loaded) = (format!("{}.{}", T::Of::NAME, T::TAB), Loaded::new());
    let section = |section| shown_section(user, &name, section, &filled, &errors, &loaded);
    let sections: Vec<FormSection> = T::SECTIONS.iter().map(section).collect();
    let mut blocks = Vec::new();
    if user.may(<<T::Of as Entity>::Write as ConsoleRight>::RIGHT) {
        blocks.push(Block::Form(Form {
            action: stored.address::<T>(),
            fields: shown,
            sections,
            hidden: vec![meanwhile::hidden(user, &stored.object, &specs::<T>())],
            submit: user.text("button.save"),
            error: errors.whole,
            is_guarded: true,
            ..Form::default()
        }));
        if !T::PICTURES.is_empty() {
            let action = format!("{}/pictures", stored.address::<T>());
            blocks.extend(pictures::block(user, action, T::PICTURES, picture).await?);
        }
    } else {
        blocks.extend((!shown.is_empty()).then(|| fact(user, None, &shown)));
        blocks.extend(facts(user, sections));
    }
    Ok(user.render(status, item_page::<T::Of, _>(user, &stored.item, T::TAB, blocks)).await)
}

async fn save<T: FormTab>(form: ConsoleForm<<T::Of as Entity>::Write>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let stored = Stored::read::<T, _>(&user, &id).await?;
    let specs = specs::<T>();
    let is_same = meanwhile::check(&user, &stored.object, &specs, &fields);
    let sent = match is_same.and_then(|()| fields::body(&user, &specs, &fields, Some(&stored.object))) {
        Ok(mut body) => {
            specs.iter().for_each(|spec| leave_out_if_empty(&mut body, spec.path));
            let sent = send::<T, _>(&user, &id, T::to_api(body)).await;
            sent.map_err(|error| shown_beside(&user, error, &specs))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match sent {
        Ok(_) => Ok(stored.saved::<T>()),
        Err(errors) => {
            let refused = Refused { typed: Filled::Form(&fields), errors: errors?, picture: None };
            // The API asks for the right again.
            render::<T>(&user.with_right(), &stored, StatusCode::UNPROCESSABLE_ENTITY, refused).await
        }
    }
}

async fn upload<T: FormTab>(sent: ConsolePictureForm<<T::Of as Entity>::Write>) -> Result<Response, ApiError> {
    let id = sent.form.id("id");
    let uploaded = pictures::upload(&sent, T::PICTURES).await?;
    let user = sent.form.user;
    let stored = Stored::read::<T, _>(&user, &id).await?;
    let put = match uploaded {
        Ok(picture) => {
            let put = send::<T, _>(&user, &id, picture.put_into(&stored.object)).await;
            put.map_err(|error| pictures::told(&user, error))
        }
        Err(wrong) => Err(Ok(wrong)),
    };
    match put {
        Ok(_) => Ok(stored.saved::<T>()),
        Err(wrong) => {
            let refused = Refused { picture: Some(wrong?), ..Refused::default() };
            render::<T>(&user.with_right(), &stored, StatusCode::UNPROCESSABLE_ENTITY, refused).await
        }
    }
}
