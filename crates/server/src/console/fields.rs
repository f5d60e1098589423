//! The form of an entity, by its members in the Management API: what stands in each field, and what becomes of it.

use serde_json::{Map, Value};
use views::pages::{Choice, Field};

use super::several;
use crate::callers::ConsoleUser;
use crate::errors::ApiError;
use crate::pages::FormFields;

/// A member of an entity as a field. Its label is the phrase `console.{entity}.{name}`, its hint that with `_hint`; `name` is the
/// path with underscores.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldSpec {
    /// Where the value stands: `oidcClientMetadata.redirectUris`.
    pub path: &'static str,
    pub kind: FieldKind,
    pub is_required: bool,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// Text; an empty one is sent as such.
    Text,
    /// Text; an empty one is `null`, and left out of what is new.
    Optional,
    /// Text; an empty one is left out.
    TextIfAny,
    Email,
    Url,
    /// A secret that is never shown; empty means that it stays.
    Password,
    /// A whole number; empty is left out.
    Number,
    Check,
    /// A list, one item a line.
    Lines,
    /// Any JSON object.
    Object,
    /// One of these values, each with the phrase `console.{entity}.{name}_{value}`.
    Choice(&'static [&'static str]),
    /// A list of any of these values, which are shown as they are; each group has the phrase `console.{entity}.{name}_{group}`.
    Several(&'static [(&'static str, &'static [&'static str])]),
    /// HTTP headers, `name: value`, one a line. What is stored is never shown: [`several::HIDDEN`] stands for it.
    Headers,
}

impl FieldSpec {
    /// A field that may stay empty.
    pub const fn new(path: &'static str, kind: FieldKind) -> Self {
        Self { path, kind, is_required: false }
    }

    /// A field that may not.
    pub const fn required(path: &'static str, kind: FieldKind) -> Self {
        Self { path, kind, is_required: true }
    }

    fn key(&self) -> String {
        self.path.replace('.', "_")
    }

    /// The member of an entity.
    pub(super) fn stored_in<'a>(&self, entity: &'a Value) -> &'a Value {
        self.path.split('.').try_fold(entity, |value, member| value.get(member)).unwrap_or(&Value::Null)
    }

    /// What stands in the field for an entity.
    fn shown(&self, entity: &Value) -> String {
        match (self.kind, self.stored_in(entity)) {
            (FieldKind::Headers, Value::Object(headers)) => several::hidden_headers(headers),
            (FieldKind::Password, _) | (_, Value::Null) => String::new(),
            (FieldKind::Lines, Value::Array(items)) => {
                items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
            }
            (FieldKind::Object, value) => serde_json::to_string_pretty(value).unwrap_or_default(),
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        }
    }

    /// The value that was typed; none where nothing is to be sent.
    fn value(&self, fields: &FormFields, is_new: bool) -> Result<Option<Value>, &'static str> {
        let typed = fields.get(self.path).trim();
        let is_empty = typed.is_empty();
        Ok(match self.kind {
            FieldKind::Check => Some((typed == "true").into()),
            FieldKind::Lines => {
                let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
                Some(lines.map(Value::from).collect())
            }
            // Spaces belong to a password.
            FieldKind::Password => Some(fields.get(self.path)).filter(|text| !text.is_empty()).map(Value::from),
            FieldKind::Number if is_empty => None,
            FieldKind::Number => Some(typed.parse::<i64>().map_err(|_| "form.number")?.into()),
            FieldKind::Object if is_empty => Some(Value::Object(Map::new())),
            FieldKind::Object => match serde_json::from_str(typed) {
                Ok(Value::Object(members)) => Some(Value::Object(members)),
                _ => return Err("form.object"),
            },
            FieldKind::Url if is_empty => (!is_new).then(|| typed.into()),
            FieldKind::Optional | FieldKind::Email if is_empty => (!is_new).then_some(Value::Null),
            FieldKind::Choice(_) | FieldKind::TextIfAny if is_empty => None,
            FieldKind::Several(groups) => Some(self.chosen(fields, groups)?),
            FieldKind::Headers if is_empty => None,
            FieldKind::Headers => Some(several::headers(typed).ok_or("form.headers")?.into()),
            _ => Some(typed.into()),
        })
    }
}

/// What is wrong with a form: with its fields by their paths, and with the whole.
#[derive(Debug, Default)]
pub(super) struct FormErrors {
    fields: Vec<(String, String)>,
    pub whole: Option<String>,
}

impl FormErrors {
    /// Something is wrong with the whole.
    pub fn of_whole(text: String) -> Self {
        Self { fields: Vec::new(), whole: Some(text) }
    }

    /// Something is wrong with one field.
    pub fn put(&mut self, path: String, text: String) {
        self.fields.push((path, text));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.whole.is_none()
    }

    /// With what is wrong with other fields of the form.
    pub fn and(mut self, other: Self) -> Self {
        self.fields.extend(other.fields);
        Self { whole: self.whole.or(other.whole), ..self }
    }

    /// Puts a refusal of the API beside the fields that it names.
    pub fn of<R>(user: &ConsoleUser<R>, error: &ApiError, specs: &[FieldSpec]) -> Self {
        let paths: Vec<String> = specs.iter().map(|spec| spec.path.to_owned()).collect();
        Self::beside(user, error, &paths)
    }

    /// As [`Self::of`], with the paths of the fields. The API names settings of connectors without `config`.
    pub fn beside<R>(user: &ConsoleUser<R>, error: &ApiError, paths: &[String]) -> Self {
        let message = told(error, super::page::language(user));
        let issues = error.data_ref().and_then(|data| data.get("issues")).and_then(Value::as_array);
        let mut errors = Self::default();
        for issue in issues.into_iter().flatten() {
            let path = issue.get("path").and_then(Value::as_array).into_iter().flatten();
            let path: Vec<&str> = path.filter_map(Value::as_str).collect();
            let path = path.join(".");
            let below = |path: &str| {
                let rest =
                    |known: &str| path.strip_prefix(known).filter(|rest| rest.is_empty() || rest.starts_with('.'));
                paths.iter().find_map(|known| Some((known.clone(), rest(known)?.trim_start_matches('.').to_owned())))
            };
            let found = below(&path).or_else(|| below(&format!("config.{path}")));
            if let (Some((known, rest)), Some(message)) = (found, issue.get("message").and_then(Value::as_str)) {
                let message = if rest.is_empty() { message.to_owned() } else { format!("{rest}: {message}") };
                errors.fields.push((known, message));
            }
        }
        // An address or name that somebody else has: the code names the member.
        let in_use = [
            ("user.username_already_in_use", "username"),
            ("user.email_already_in_use", "primaryEmail"),
            ("user.phone_already_in_use", "primaryPhone"),
            ("role.name_in_use", "name"),
            ("resource.resource_identifier_in_use", "indicator"),
            ("connector.multiple_target_with_same_platform", "metadata.target"),
            ("single_sign_on.duplicate_connector_name", "connectorName"),
            ("single_sign_on.duplicated_domains", "domains"),
            ("single_sign_on.forbidden_domains", "domains"),
            ("single_sign_on.invalid_domain_format", "domains"),
        ];
        let is_named = |(code, path): &(&str, &str)| *code == error.code() && paths.iter().any(|known| known == path);
        if let Some((_, path)) = in_use.into_iter().find(is_named) {
            errors.fields.push((path.to_owned(), message.clone()));
        }
        if errors.fields.is_empty() {
            errors.whole = Some(message);
        }
        errors
    }

    /// What is wrong with a field.
    pub fn of_field(&self, path: &str) -> Option<String> {
        self.fields.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone())
    }
}

/// The message of a refusal, with what the API adds to it: why a service refused, or which values are meant.
pub(super) fn told(error: &ApiError, language: views::Language<'_>) -> String {
    let data = error.data_ref();
    let reason = data.and_then(|data| data.get("message")).and_then(Value::as_str).map(str::to_owned);
    let values = data.and_then(|data| data.get("data")).and_then(Value::as_array);
    let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
    let values = (!values.is_empty()).then(|| values.join(", "));
    let parts: Vec<String> = [Some(error.message(language)), reason, values].into_iter().flatten().collect();
    parts.join(" ")
}

/// What the fields are filled with.
pub(super) enum Filled<'a> {
    /// A new entity.
    Nothing,
    Entity(&'a Value),
    /// What was typed.
    Form(&'a FormFields),
}

/// The fields of a form.
pub(super) fn shown<R>(
    user: &ConsoleUser<R>,
    entity: &str,
    specs: &[FieldSpec],
    filled: &Filled<'_>,
    errors: &FormErrors,
) -> Vec<Field> {
    let field = |spec: &FieldSpec| {
        let key = format!("{entity}.{}", spec.key());
        if let FieldKind::Several(groups) = spec.kind {
            let mut groups = spec.groups(&key, groups, filled, |key| user.text(key));
            if let Some(first) = groups.first_mut() {
                first.error = errors.of_field(spec.path);
            }
            return groups;
        }
        let choices = match spec.kind {
            FieldKind::Choice(values) => values
                .iter()
                .map(|value| Choice { value: (*value).to_owned(), label: user.text(&format!("{key}_{value}")) })
                .collect(),
            _ => Vec::new(),
        };
        let value = match filled {
            Filled::Nothing => String::new(),
            Filled::Entity(entity) => spec.shown(entity),
            Filled::Form(_) if spec.kind == FieldKind::Password => String::new(),
            Filled::Form(fields) => fields.get(spec.path).to_owned(),
        };
        vec![Field {
            name: spec.path.to_owned(),
            label: user.text(&key),
            kind: match spec.kind {
                FieldKind::Text | FieldKind::Optional | FieldKind::TextIfAny => "text",
                FieldKind::Email => "email",
                FieldKind::Url => "url",
                FieldKind::Password => "password",
                FieldKind::Number => "number",
                FieldKind::Check => "checkbox",
                FieldKind::Lines | FieldKind::Object | FieldKind::Headers => "textarea",
                FieldKind::Choice(_) => "select",
                FieldKind::Several(_) => "group",
            },
            value,
            autocomplete: if spec.kind == FieldKind::Password { "new-password" } else { "off" },
            required: spec.is_required,
            hint: user.text_if_any(&format!("{key}_hint")),
            error: errors.of_field(spec.path),
            choices,
            ..Field::default()
        }]
    };
    specs.iter().flat_map(field).collect()
}

/// The body of a request to the API: of a new entity, or of a change of `current`. Members beside those of the form stay, because the API
/// replaces objects as a whole.
///
/// # Errors
/// What is wrong with single fields.
pub(super) fn body<R>(
    user: &ConsoleUser<R>,
    specs: &[FieldSpec],
    fields: &FormFields,
    current: Option<&Value>,
) -> Result<Value, FormErrors> {
    let (mut body, mut errors) = (Value::Object(Map::new()), FormErrors::default());
    for spec in specs {
        match spec.value(fields, current.is_none()) {
            Ok(Some(value)) => put(&mut body, current, spec.path, value),
            Ok(None) => leave_out(&mut body, current, spec.path),
            Err(key) => errors.fields.push((spec.path.to_owned(), user.text(key))),
        }
    }
    if errors.fields.is_empty() { Ok(body) } else { Err(errors) }
}

fn put(body: &mut Value, current: Option<&Value>, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Value::Object(members) = body else { return };
    let Some(rest) = rest else {
        members.insert(first.to_owned(), value);
        return;
    };
    let known = current.and_then(|current| current.get(first));
    let inner = members
        .entry(first.to_owned())
        .or_insert_with(|| known.filter(|known| known.is_object()).cloned().unwrap_or_else(|| Map::new().into()));
    put(inner, known, rest, value);
}

/// A member deep inside goes, though its neighbours are sent as they are.
fn leave_out(body: &mut Value, current: Option<&Value>, path: &str) {
    let Some((parents, last)) = path.rsplit_once('.').filter(|_| current.is_some()) else { return };
    put(body, current, path, Value::Null);
    let parent = parents.split('.').try_fold(body, |value, member| value.get_mut(member));
    if let Some(Value::Object(members)) = parent {
        members.shift_remove(last);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_deep_inside_leaves_its_neighbours() {
        let current = json!({"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": 4});
        let mut body = json!({});
        put(&mut body, Some(&current), "a.c.d", json!(5));
        put(&mut body, Some(&current), "a.b", json!(null));
        put(&mut body, Some(&current), "g.h", json!(6));
        assert_eq!(body, json!({"a": {"b": null, "c": {"d": 5, "e": 3}}, "g": {"h": 6}}));
        leave_out(&mut body, Some(&current), "a.c.e");
        leave_out(&mut body, Some(&current), "f");
        assert_eq!(body, json!({"a": {"b": null, "c": {"d": 5}}, "g": {"h": 6}}));
    }
}
