//! Pictures of a tenant: uploaded beside the fields for their addresses, and put at the place that was chosen.

use serde_json::{Value, json};
use views::console::{Block, Form};
use views::pages::{Choice, Field};

use super::entity::shown_beside;
use super::fields::{self, FieldKind, FieldSpec, FormErrors};
use crate::callers::console::ConsolePictureForm;
use crate::callers::{ConsoleUser, Right};
use crate::errors::ApiError;

/// Logos and icons of pages.
pub(super) const LOGOS: &[&str] =
    &["branding.logoUrl", "branding.darkLogoUrl", "branding.favicon", "branding.darkFavicon"];
/// Their addresses in a form.
pub(super) const LOGO_ADDRESSES: &[FieldSpec] = &[
    FieldSpec::new("branding.logoUrl", FieldKind::Url),
    FieldSpec::new("branding.darkLogoUrl", FieldKind::Url),
    FieldSpec::new("branding.favicon", FieldKind::Url),
    FieldSpec::new("branding.darkFavicon", FieldKind::Url),
];

/// The field with the member that the picture is for.
const PLACE: &str = "place";

/// The form that uploads a picture for one of these members; none for who may not, and where nothing stores pictures.
///
/// # Errors
/// Those of the API.
pub(super) async fn block<R>(
    user: &ConsoleUser<R>,
    action: String,
    places: &[&str],
    error: Option<String>,
) -> Result<Option<Block>, ApiError> {
    if !user.may(Right::Manage) {
        return Ok(None);
    }
    let status = user.api().get("/api/user-assets/service-status").await?;
    let Some(kinds) = status.get("allowUploadMimeTypes").and_then(Value::as_array) else { return Ok(None) };
    let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
    let member = |place: &&str| place.rsplit('.').next().unwrap_or(place).to_owned();
    let choice =
        |place: &&str| Choice { value: (*place).to_owned(), label: user.text(&format!("pictures.{}", member(place))) };
    let choices: Vec<Choice> = places.iter().map(choice).collect();
    let place = Field {
        name: PLACE.to_owned(),
        label: user.text("pictures.place"),
        kind: "select",
        value: choices.first().map(|choice| choice.value.clone()).unwrap_or_default(),
        required: true,
        autocomplete: "off",
        choices,
        ..Field::default()
    };
    let file = Field {
        name: "file".to_owned(),
        label: user.text("pictures.file"),
        kind: "picture",
        required: true,
        hint: Some(user.text("pictures.file_hint")),
        error,
        limits: vec![("accept", kinds.join(","))],
        ..Field::default()
    };
    Ok(Some(Block::Form(Form {
        title: Some(user.text("pictures.title")),
        lead: Some(user.text("pictures.lead")),
        action,
        fields: vec![place, file],
        submit: user.text("pictures.upload"),
        ..Form::default()
    })))
}

/// A picture that is stored, and the member that it is for.
pub(super) struct Picture<'a> {
    place: &'a str,
    url: String,
}

impl Picture<'_> {
    /// The change of `current` that puts it at its place. Read `current` after the upload, which takes its time: the API
    /// replaces the object around the member as a whole.
    pub fn put_into(self, current: &Value) -> Value {
        let mut body = json!({});
        fields::put(&mut body, Some(current), self.place, self.url.into());
        body
    }
}

/// Uploads what was sent; or what is wrong with it.
///
/// # Errors
/// What the person can't mend.
pub(super) async fn upload<'a, R>(
    sent: &ConsolePictureForm<R>,
    places: &[&'a str],
) -> Result<Result<Picture<'a>, String>, ApiError> {
    let (user, asked) = (&sent.form.user, sent.form.fields.get(PLACE));
    let Some(place) = places.iter().find(|place| **place == asked) else {
        return Err(ApiError::unprocessable("guard.invalid_input"));
    };
    let stored = match &sent.file {
        Ok(None) => return Ok(Err(user.text("pictures.none"))),
        Ok(Some(file)) => user.api().upload(file).await,
        Err(error) => Err(error.clone()),
    };
    match stored {
        Ok(url) => Ok(Ok(Picture { place, url })),
        Err(error) => told(user, error).map(Err),
    }
}

/// What a person can mend.
///
/// # Errors
/// The rest.
pub(super) fn told<R>(user: &ConsoleUser<R>, error: ApiError) -> Result<String, ApiError> {
    let FormErrors { whole, .. } = shown_beside(user, error, &[])?;
    Ok(whole.unwrap_or_default())
}
