//! The custom profile fields of a form: their inputs, and their values from what browsers send.

use flow::ProfileField;
use flow::profile_field::{FieldConfig, FieldIssue, FieldKind, FieldPart, is_blank};
use serde_json::{Map, Number, Value};
use views::pages::{Choice, Field};
use views::{Language, translate};

use super::form_fields::FormFields;
use super::page_request::PageRequest;
use crate::ApiError;
use crate::assets::{self, Uploader};

/// The names of inputs begin so, to be told from those of the page.
const PREFIX: &str = "profile.";

/// The field of the picture.
const AVATAR: &str = "avatar";
/// Ticked to have no picture any more.
const REMOVAL: &str = "avatar.remove";

/// What a form sent of the custom profile fields.
pub(super) struct ProfileFieldsForm {
    inputs: Vec<(String, String)>,
    /// Why the chosen file did not become the picture.
    picture_error: Option<ApiError>,
}

/// One input: a field, or a part of one.
#[derive(Clone, Copy)]
struct Input<'a> {
    name: &'a str,
    kind: FieldKind,
    config: &'a FieldConfig,
    required: bool,
}

impl<'a> Input<'a> {
    fn of_field(field: &'a ProfileField) -> Self {
        Self { name: &field.name, kind: field.kind, config: &field.config, required: field.required }
    }

    fn of_part(part: &'a FieldPart) -> Self {
        Self { name: &part.name, kind: part.kind, config: &part.config, required: part.required }
    }
}

impl ProfileFieldsForm {
    /// None unless the form asked for them.
    pub fn read(fields: &FormFields) -> Option<Self> {
        (!fields.get("profile").is_empty()).then(|| Self::of(fields))
    }

    /// What a form sent of them, whichever it has.
    pub fn of(fields: &FormFields) -> Self {
        let mut inputs = fields.with_prefix(PREFIX);
        if inputs.iter().any(|(name, _)| name == REMOVAL) {
            inputs.retain(|(name, _)| name != AVATAR && name != REMOVAL);
        }
        Self { inputs, picture_error: None }
    }

    /// Takes the address of a picture that was uploaded with the form, if one was, or why it could not be.
    pub fn set_picture(&mut self, uploaded: Result<Option<String>, ApiError>) {
        match uploaded {
            Ok(Some(url)) => {
                self.inputs.retain(|(name, _)| name != AVATAR);
                self.inputs.push((AVATAR.to_owned(), url));
            }
            Ok(None) => {}
            Err(error) => self.picture_error = Some(error),
        }
    }

    /// The form as somebody fills it who changes nothing. `stored` has the values by the names of the fields, and the parts of a full
    /// name as members of their own.
    pub fn of_stored(fields: &[&ProfileField], stored: &Map<String, Value>) -> Self {
        let mut inputs = Vec::new();
        for field in fields {
            if !is_composite(field) {
                inputs.extend(
                    typed_value(Input::of_field(field), stored.get(&field.name)).map(|v| (field.name.clone(), v)),
                );
                continue;
            }
            let members = match (field.kind, stored.get(&field.name)) {
                (FieldKind::Fullname, _) => Some(stored),
                (_, Some(Value::Object(members))) => Some(members),
                _ => None,
            };
            inputs.extend(field.config.enabled_parts().filter_map(|part| {
                let value = typed_value(Input::of_part(part), members?.get(&part.name))?;
                Some((format!("{}.{}", field.name, part.name), value))
            }));
        }
        Self { inputs, picture_error: None }
    }

    /// Whether anything that was typed does not fit.
    pub fn has_faults(&self, fields: &[&ProfileField]) -> bool {
        fields.iter().any(|field| {
            (field.name == AVATAR && self.picture_error.is_some())
                || self.fault(field).is_some()
                || field.config.enabled_parts().any(|part| self.part_fault(field, part).is_some())
        })
    }

    /// The values that were given, by field.
    pub fn values(&self, fields: &[&ProfileField]) -> Map<String, Value> {
        let value = |field: &&ProfileField| self.value(field).map(|value| (field.name.clone(), value));
        fields.iter().filter_map(value).collect()
    }

    fn typed(&self, path: &str) -> &str {
        self.inputs.iter().find(|(name, _)| name == path).map(|(_, value)| value.trim()).unwrap_or_default()
    }

    fn value(&self, field: &ProfileField) -> Option<Value> {
        if !is_composite(field) {
            return self.input_value(&field.name, Input::of_field(field));
        }
        let parts = field.config.enabled_parts().filter_map(|part| {
            let value = self.input_value(&format!("{}.{}", field.name, part.name), Input::of_part(part))?;
            Some((part.name.clone(), value))
        });
        let parts: Map<String, Value> = parts.collect();
        (!parts.is_empty()).then_some(Value::Object(parts))
    }

    /// The value as it is stored: numbers and checkboxes by their type, dates as the administrator wants them written.
    fn input_value(&self, path: &str, input: Input<'_>) -> Option<Value> {
        let typed = self.typed(path);
        if input.kind == FieldKind::Checkbox {
            return Some(Value::Bool(typed == "true"));
        }
        if typed.is_empty() {
            return None;
        }
        let text = || Value::String(typed.to_owned());
        Some(match input.kind {
            FieldKind::Number => typed.parse::<Number>().map_or_else(|_| text(), Value::Number),
            FieldKind::Date => {
                let written = input.config.date_pattern().and_then(|(pattern, _)| pattern.of_iso(typed));
                written.map_or_else(text, Value::String)
            }
            _ => text(),
        })
    }

    /// What is wrong with a field itself.
    fn fault(&self, field: &ProfileField) -> Option<FieldIssue> {
        match self.value(field).filter(|value| !is_blank(value)) {
            None => field.required.then_some(FieldIssue::Required),
            Some(_) if is_composite(field) => None,
            Some(value) => field.check(&value).err(),
        }
    }

    /// What is wrong with a part. A required one is needed only where the whole is needed or begun.
    fn part_fault(&self, field: &ProfileField, part: &FieldPart) -> Option<FieldIssue> {
        let path = format!("{}.{}", field.name, part.name);
        match self.input_value(&path, Input::of_part(part)) {
            Some(value) => part.check(&value).err(),
            None if part.required && (field.required || self.value(field).is_some()) => Some(FieldIssue::Required),
            None => None,
        }
    }
}

fn is_composite(field: &ProfileField) -> bool {
    matches!(field.kind, FieldKind::Address | FieldKind::Fullname)
}

/// A stored value as browsers send it.
fn typed_value(input: Input<'_>, value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if input.kind == FieldKind::Date => {
            let (pattern, _) = input.config.date_pattern()?;
            pattern.to_iso(text)
        }
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_set) => Some(is_set.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What people read of a field: the administrator's text, or what it is usually called.
pub(super) fn field_label(language: Language<'_>, field: &ProfileField) -> String {
    if field.label.is_empty() { usual_name(language, &field.name) } else { field.label.clone() }
}

/// Whether the form takes a file for the picture. The field of an operator who lets people choose between pictures, or who says what
/// addresses look like, stays what it is.
pub(super) fn asks_picture(request: &PageRequest, fields: &[&ProfileField]) -> bool {
    request.app.assets.files().is_ok() && fields.iter().any(|field| takes_picture(field))
}

fn takes_picture(field: &ProfileField) -> bool {
    field.name == AVATAR && matches!(field.kind, FieldKind::Text | FieldKind::Url)
}

/// The input of a file; `address` is that of the picture's address, whose value stays where no file is chosen.
fn picture_input(request: &PageRequest, address: Field, form: Option<&ProfileFieldsForm>) -> Field {
    let language = request.language();
    let status = assets::service_status(&request.app, Uploader::Person);
    let megabytes = (status.max_upload_file_size.unwrap_or_default() >> 20).to_string();
    let refused = form.and_then(|form| form.picture_error.as_ref());
    let refusal = refused.map(|error| match error.code() {
        "guard.mime_type_not_allowed" => translate(language, "pages.picture.other_kind", &[]),
        "guard.file_size_exceeded" => translate(language, "pages.picture.too_large", &[("size", &megabytes)]),
        "guard.invalid_input" => translate(language, "pages.picture.damaged", &[]),
        _ => error.message(language),
    });
    let name = translate(language, "pages.picture.label", &[]);
    Field {
        kind: "picture",
        label: if address.label == usual_name(language, AVATAR) { name } else { address.label },
        hint: address.hint.or_else(|| Some(translate(language, "pages.picture.hint", &[("size", &megabytes)]))),
        error: refusal.or(address.error),
        limits: vec![("accept", status.allow_upload_mime_types.unwrap_or_default().join(","))],
        ..address
    }
}

/// The inputs for these fields, with what was typed and, if it `is_judged`, what is wrong.
pub(super) fn fields(
    request: &PageRequest,
    fields: &[&ProfileField],
    form: Option<&ProfileFieldsForm>,
    is_judged: bool,
) -> Vec<Field> {
    let language = request.language();
    let uploads = asks_picture(request, fields);
    let judged = form.filter(|_| is_judged);
    let field = |field: &&ProfileField| {
        let fault = judged.and_then(|form| form.fault(field)).map(|issue| sentence(language, &issue));
        let label = field_label(language, field);
        let hint = field.description.clone().filter(|text| !text.is_empty());
        if !is_composite(field) {
            let own = input(language, &field.name, Input::of_field(field), form);
            let own = Field { label, hint, error: fault, ..own };
            return if uploads && takes_picture(field) { picture_input(request, own, judged) } else { own };
        }
        let part = |part: &FieldPart| {
            let fault = judged.and_then(|form| form.part_fault(field, part)).map(|issue| sentence(language, &issue));
            let own = input(language, &format!("{}.{}", field.name, part.name), Input::of_part(part), form);
            let label = part.title().map_or_else(|| usual_name(language, &part.name), str::to_owned);
            let hint = part.description.clone().filter(|text| !text.is_empty());
            Field { label, hint, error: fault, required: own.required && field.required, ..own }
        };
        let parts = field.config.enabled_parts().map(part).collect();
        let name = format!("{PREFIX}{}", field.name);
        Field { name, label, kind: "group", hint, error: fault, parts, required: field.required, ..Field::default() }
    };
    fields.iter().map(field).collect()
}

/// The input without what people read of it.
fn input(language: Language<'_>, path: &str, input: Input<'_>, form: Option<&ProfileFieldsForm>) -> Field {
    let config = input.config;
    let typed = form.map(|form| form.typed(path).to_owned());
    let kind = match input.kind {
        FieldKind::Number => "number",
        FieldKind::Date => "date",
        FieldKind::Checkbox => "checkbox",
        FieldKind::Select => "select",
        FieldKind::Url => "url",
        FieldKind::Text | FieldKind::Regex | FieldKind::Address | FieldKind::Fullname => "text",
    };
    let limit = |name: &'static str, value: Option<String>| value.map(|value| (name, value));
    let number = |value: Option<f64>| value.map(|value| value.to_string());
    let limits = [
        limit("minlength", config.min_length.map(|min| min.to_string())),
        limit("maxlength", config.max_length.map(|max| max.to_string())),
        limit("min", number(config.min_value)),
        limit("max", number(config.max_value)),
        limit("step", (kind == "number").then(|| "any".to_owned())),
    ];
    let choice = |option: &flow::profile_field::FieldOption| Choice {
        value: option.value.clone(),
        label: option.label.clone().filter(|label| !label.is_empty()).unwrap_or_else(|| option.value.clone()),
    };
    let placeholder = match config.placeholder.clone().filter(|text| !text.is_empty()) {
        None if kind == "select" => translate(language, "pages.profile_field.choose", &[]),
        placeholder => placeholder.unwrap_or_default(),
    };
    Field {
        name: format!("{PREFIX}{path}"),
        kind,
        value: typed.or_else(|| config.default_value.clone()).unwrap_or_default(),
        autocomplete: autocomplete(input.name),
        required: input.required,
        placeholder,
        limits: limits.into_iter().flatten().collect(),
        choices: config.options.iter().map(choice).collect(),
        ..Field::default()
    }
}

/// HTML, section 4.10.18.7.1.
fn autocomplete(name: &str) -> &'static str {
    match name {
        "name" => "name",
        "givenName" => "given-name",
        "middleName" => "additional-name",
        "familyName" => "family-name",
        "nickname" => "nickname",
        "birthdate" => "bday",
        "website" | "profile" => "url",
        "streetAddress" => "street-address",
        "locality" => "address-level2",
        "region" => "address-level1",
        "postalCode" => "postal-code",
        "country" => "country-name",
        _ => "",
    }
}

/// What people call a built-in member; otherwise its name.
fn usual_name(language: Language<'_>, name: &str) -> String {
    let key = format!("pages.profile_name.{name}");
    if views::key_exists(&key) { translate(language, &key, &[]) } else { name.to_owned() }
}

fn sentence(language: Language<'_>, issue: &FieldIssue) -> String {
    let (key, argument) = match issue {
        FieldIssue::Required => ("required", None),
        FieldIssue::TooShort { min } => ("too_short", Some(("min", min.to_string()))),
        FieldIssue::TooLong { max } => ("too_long", Some(("max", max.to_string()))),
        FieldIssue::NotANumber => ("not_a_number", None),
        FieldIssue::TooSmall { min } => ("too_small", Some(("min", min.to_string()))),
        FieldIssue::TooLarge { max } => ("too_large", Some(("max", max.to_string()))),
        FieldIssue::NotADate { pattern } => ("not_a_date", Some(("pattern", pattern.clone()))),
        FieldIssue::NotAnOption => ("not_an_option", None),
        FieldIssue::NotAUrl => ("not_a_url", None),
        FieldIssue::NotTheFormat => ("not_the_format", None),
        FieldIssue::WrongType => ("wrong_type", None),
    };
    let argument = argument.as_ref().map(|(name, value)| (*name, value.as_str()));
    translate(language, &format!("pages.profile_field.{key}"), argument.as_slice())
}
