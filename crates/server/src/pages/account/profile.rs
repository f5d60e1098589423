//! `/account/profile`: the fields that the operator chose for it (A063), as inputs where people may change them.

use ::api::Patch;
use ::api::format::{WebUrlOrEmpty, is_web_url};
use axum::http::StatusCode;
use axum::response::Response;
use flow::profile_field::{FieldKind, is_blank};
use flow::{ProfileField, is_standard_claim};
use serde_json::{Map, Value};
use views::account_pages::{ProfilePage, Row};

use super::super::interaction_page::see_other;
use super::super::profile_fields::{self, ProfileFieldsForm, field_label};
use super::PROFILE;
use super::form::{AccountForm, AccountPictureForm};
use super::visit::AccountPage;
use crate::account::profile::{EditProfile, ProfileEdit, ReadAccount, edit, store_picture};
use crate::callers::{AccountOperation, Field};
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get(PROFILE, show).post(PROFILE, submit)
}

/// The part of the account that holds a field.
fn part_of(field: &ProfileField) -> Field {
    match field.name.as_str() {
        "name" => Field::Name,
        "avatar" => Field::Avatar,
        name if is_standard_claim(name) || field.kind == FieldKind::Fullname => Field::Profile,
        _ => Field::CustomData,
    }
}

impl<O: AccountOperation> AccountPage<O> {
    /// The fields of the page: those that the settings list, in their order; else name and picture, and the whole catalogue.
    fn listed(&self) -> Vec<ProfileField> {
        let catalogue = &self.request.config.policy.profile_fields;
        let find = |name: &str| catalogue.iter().find(|field| field.name == name).cloned();
        let always = ["name", "avatar"].map(|name| find(name).unwrap_or_else(|| ProfileField::text(name, false)));
        let listed = match &self.user.settings.profile_fields {
            Some(names) => names.iter().filter_map(|field| find(&field.name)).collect(),
            None => {
                let others = catalogue.iter().filter(|field| !["name", "avatar"].contains(&field.name.as_str()));
                always.into_iter().chain(others.cloned()).collect::<Vec<_>>()
            }
        };
        listed.into_iter().filter(|field| self.user.sees(part_of(field))).collect()
    }

    /// Everything that the fields may show, by the names of the fields.
    fn stored(&self) -> Map<String, Value> {
        let info = &self.user.user().info;
        let object = |text: &db::RawJson| -> Map<String, Value> {
            serde_json::to_value(text).ok().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
        };
        let mut members = object(&info.custom_data);
        members.extend(object(&info.profile));
        for (name, value) in [("name", &info.name), ("avatar", &info.avatar)] {
            members.remove(name);
            members.extend(value.as_ref().map(|text| (name.to_owned(), text.as_str().into())));
        }
        members
    }

    fn render_profile(&self, form: Option<&ProfileFieldsForm>, error: Option<&ApiError>) -> Response {
        let (editable, fixed): (Vec<_>, Vec<_>) =
            self.listed().into_iter().partition(|field| self.user.edits(part_of(field)));
        let editable: Vec<&ProfileField> = editable.iter().collect();
        let stored = self.stored();
        let of_account = ProfileFieldsForm::of_stored(&editable, &stored);
        let shown = form.unwrap_or(&of_account);
        let has_faults = form.is_some_and(|form| form.has_faults(&editable));
        let row = |field: &ProfileField| Row {
            value: written(field, &stored).unwrap_or_else(|| self.text("account.not_set")),
            ..Row::of(field_label(self.request.language(), field))
        };
        let page = ProfilePage {
            frame: self.frame(),
            title: self.text("account_profile.title"),
            lead: self.text("account_profile.lead"),
            notice: self.request.query("done").filter(|_| form.is_none()).map(|_| self.text("account_profile.done")),
            error: error.map(|error| error.message(self.request.language())),
            xsrf: self.xsrf.clone(),
            action: self.href(PROFILE),
            fields: profile_fields::fields(&self.request, &editable, Some(shown), form.is_some()),
            rows: fixed.iter().map(row).collect(),
        };
        let status = if has_faults { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        self.request.render(error.map_or(status, ApiError::status), &page)
    }
}

/// A value as text.
fn written(field: &ProfileField, stored: &Map<String, Value>) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_set) => Some(if *is_set { "✓" } else { "–" }.to_owned()),
        _ => None,
    };
    let parts = |members: &Map<String, Value>| {
        let parts = field.config.enabled_parts().filter_map(|part| text(members.get(&part.name)?));
        Some(parts.collect::<Vec<_>>().join(", ")).filter(|joined| !joined.is_empty())
    };
    match (field.kind, stored.get(&field.name)) {
        (FieldKind::Fullname, _) => parts(stored),
        (FieldKind::Address, Some(Value::Object(members))) => parts(members),
        (_, value) => value.filter(|value| !is_blank(value)).and_then(text),
    }
}

async fn show(page: AccountPage<ReadAccount>) -> Response {
    page.render_profile(None, None)
}

async fn submit(AccountPictureForm { form, picture }: AccountPictureForm<EditProfile>) -> Response {
    let AccountForm { page, fields } = form;
    let mut form = ProfileFieldsForm::of(&fields);
    let listed: Vec<ProfileField> = page.listed().into_iter().filter(|field| page.user.edits(part_of(field))).collect();
    let editable: Vec<&ProfileField> = listed.iter().collect();
    if profile_fields::asks_picture(&page.request, &editable) {
        let stored = match picture {
            Ok(Some(picture)) => store_picture(page.user.clone(), &picture).await.map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        match stored.map_err(|error| page.about_form(error)) {
            Ok(url) => form.set_picture(Ok(url)),
            Err(Ok(error)) => form.set_picture(Err(error)),
            Err(Err(response)) => return response,
        }
    }
    if form.has_faults(&editable) {
        return page.render_profile(Some(&form), None);
    }
    let saved = match edit_of(&editable, &form.values(&editable), &page.stored()) {
        Ok(changed) => edit(page.user.clone(), changed).await,
        Err(error) => Err(error),
    };
    match saved.map_err(|error| page.about_form(error)) {
        Ok(()) => {
            let to = page.href(PROFILE);
            let join = if to.contains('?') { '&' } else { '?' };
            see_other(&format!("{to}{join}done=1"))
        }
        Err(Ok(error)) => page.render_profile(Some(&form), Some(&error)),
        Err(Err(response)) => response,
    }
}

/// What the form changes. An empty field clears its member.
fn edit_of(
    fields: &[&ProfileField],
    values: &Map<String, Value>,
    stored: &Map<String, Value>,
) -> Result<ProfileEdit, ApiError> {
    let mut changed = ProfileEdit::default();
    for field in fields {
        let value = values.get(&field.name).filter(|value| !is_blank(value)).cloned();
        match field.name.as_str() {
            "name" => changed.name = text_of(value).map_or(Patch::Null, Patch::Value),
            "avatar" => {
                let url = text_of(value).map(require_web_url).transpose()?;
                changed.avatar = url.map_or(Patch::Null, |url| Patch::Value(WebUrlOrEmpty(url)));
            }
            _ if field.kind == FieldKind::Fullname => changed.profile.extend(parts_of(field, value.as_ref())),
            "address" => {
                let mut members = stored.get("address").and_then(Value::as_object).cloned().unwrap_or_default();
                members.extend(parts_of(field, value.as_ref()));
                members.retain(|_, value| !value.is_null());
                changed.address = Some(if members.is_empty() { Value::Null } else { Value::Object(members) });
            }
            name if is_standard_claim(name) => {
                let text = match name {
                    "profile" | "website" => text_of(value).map(require_web_url).transpose()?,
                    _ => text_of(value),
                };
                changed.profile.insert(name.to_owned(), text.map_or(Value::Null, Value::String));
            }
            name => drop(changed.custom_data.insert(name.to_owned(), value.unwrap_or(Value::Null))),
        }
    }
    Ok(changed)
}

/// The parts that are asked for, with null for those that are empty.
fn parts_of<'a>(field: &'a ProfileField, value: Option<&'a Value>) -> impl Iterator<Item = (String, Value)> {
    field.config.enabled_parts().map(move |part| {
        let given = value.and_then(|value| value.get(&part.name)).filter(|value| !is_blank(value));
        (part.name.clone(), given.cloned().unwrap_or(Value::Null))
    })
}

/// A standard claim is a text, whatever its field looks like.
fn text_of(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_set) => Some(is_set.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn require_web_url(text: String) -> Result<String, ApiError> {
    match is_web_url(&text) {
        true => Ok(text),
        false => Err(ApiError::unprocessable("guard.invalid_input").with_phrase("general.not_a_web_address")),
    }
}
