//! The form of an entity, by its members in the Management API: what stands in each field, and what becomes of it.

use serde_json::{Map, Value};
use views::Color;
use views::console::ShownSecret;
use views::pages::{Choice, Field};

pub(super) use super::form_errors::{FormErrors, told};
use super::several;
use crate::callers::ConsoleUser;
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
    /// A program.
    Code,
    /// Any JSON object.
    Object,
    /// One of these values, each with the phrase `console.{entity}.{name}_{value}`.
    Choice(&'static [&'static str]),
    /// A list of any of these values, which are shown as they are; each group has the phrase `console.{entity}.{name}_{group}`.
    Several(&'static [(&'static str, &'static [&'static str])]),
    /// HTTP headers, `name: value`, one a line. What is stored is never shown: [`several::HIDDEN`] stands for it.
    Headers,
    /// One of the values that are [`Loaded`].
    LoadedChoice,
    /// Text of several lines; an empty one is `null`.
    Area,
    /// A colour, `#rrggbb`.
    Color,
    /// A list of some of these values, with phrases as those of a choice.
    Set(&'static [&'static str]),
    /// As a set, with a place for each value.
    Ordered(&'static [&'static str]),
    /// As that, of the values that are [`Loaded`].
    LoadedOrder,
}

/// Choices that are read before a form is shown, by the path of their field.
pub(super) type Loaded = Vec<(&'static str, Vec<Choice>)>;

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

    /// The values that can be chosen.
    fn choices<R>(&self, user: &ConsoleUser<R>, entity: &str, loaded: &Loaded) -> Vec<Choice> {
        let key = format!("{entity}.{}", self.key());
        let choice = |value: &&str| Choice {
            value: (*value).to_owned(),
            // Several fields may have the same values.
            label: user
                .text_if_any(&format!("{key}_{value}"))
                .unwrap_or_else(|| user.text(&format!("{entity}.any_{value}"))),
        };
        match self.kind {
            FieldKind::Choice(values) | FieldKind::Set(values) | FieldKind::Ordered(values) => {
                values.iter().map(choice).collect()
            }
            FieldKind::LoadedChoice | FieldKind::LoadedOrder => {
                let found = loaded.iter().find(|(path, _)| *path == self.path);
                found.map(|(_, choices)| choices.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
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
            // The only form that browsers take.
            (FieldKind::Color, Value::String(text)) => {
                Color::parse(text).map(|color| color.to_string()).unwrap_or_default()
            }
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
            // Browsers send lines with CR LF.
            FieldKind::Code => Some(typed.replace("\r\n", "\n").into()),
            FieldKind::Number if is_empty => None,
            FieldKind::Number => Some(typed.parse::<i64>().map_err(|_| "form.number")?.into()),
            FieldKind::Object if is_empty => Some(Value::Object(Map::new())),
            FieldKind::Object => match serde_json::from_str(typed) {
                Ok(Value::Object(members)) => Some(Value::Object(members)),
                _ => return Err("form.object"),
            },
            FieldKind::Url if is_empty => (!is_new).then(|| typed.into()),
            FieldKind::Optional | FieldKind::Email | FieldKind::Area if is_empty => (!is_new).then_some(Value::Null),
            FieldKind::Choice(_) | FieldKind::TextIfAny | FieldKind::LoadedChoice | FieldKind::Color if is_empty => {
                None
            }
            FieldKind::Several(groups) => Some(self.chosen(fields, groups)?),
            FieldKind::Headers if is_empty => None,
            FieldKind::Headers => Some(several::headers(typed).ok_or("form.headers")?.into()),
            FieldKind::Set(values) => {
                let is_ticked = |value: &&&str| fields.get(&format!("{}.{value}", self.path)) == "true";
                Some(values.iter().filter(is_ticked).copied().collect())
            }
            FieldKind::Ordered(_) | FieldKind::LoadedOrder => Some(self.in_order(fields)),
            // Browsers send lines with both characters.
            FieldKind::Area => Some(typed.replace("\r\n", "\n").into()),
            _ => Some(typed.into()),
        })
    }
}

/// What the fields are filled with.
#[derive(Default)]
pub(super) enum Filled<'a> {
    /// A new entity.
    #[default]
    Nothing,
    Entity(&'a Value),
    /// What was typed.
    Form(&'a FormFields),
}

/// A form whose answer is a secret that is shown once, above it.
#[derive(Default)]
pub(super) struct SecretForm<'a> {
    pub secret: Option<ShownSecret>,
    pub filled: Filled<'a>,
    pub errors: FormErrors,
}

/// The fields of a form.
pub(super) fn shown<R>(
    user: &ConsoleUser<R>,
    entity: &str,
    specs: &[FieldSpec],
    filled: &Filled<'_>,
    errors: &FormErrors,
) -> Vec<Field> {
    shown_with(user, entity, specs, filled, errors, &Loaded::new())
}

/// The fields of a form, some of whose choices are loaded.
pub(super) fn shown_with<R>(
    user: &ConsoleUser<R>,
    entity: &str,
    specs: &[FieldSpec],
    filled: &Filled<'_>,
    errors: &FormErrors,
    loaded: &Loaded,
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
        let choices = spec.choices(user, entity, loaded);
        let is_group = matches!(spec.kind, FieldKind::Set(_) | FieldKind::Ordered(_) | FieldKind::LoadedOrder);
        let (choices, parts) = if is_group { (Vec::new(), spec.parts(choices, filled)) } else { (choices, Vec::new()) };
        let value = match filled {
            _ if is_group => String::new(),
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
                FieldKind::Code => "code",
                FieldKind::Color => "color",
                FieldKind::Lines | FieldKind::Object | FieldKind::Area | FieldKind::Headers => "textarea",
                FieldKind::Choice(_) | FieldKind::LoadedChoice => "select",
                FieldKind::Several(_) | FieldKind::Set(_) | FieldKind::Ordered(_) | FieldKind::LoadedOrder => "group",
            },
            value,
            autocomplete: if spec.kind == FieldKind::Password { "new-password" } else { "off" },
            required: spec.is_required,
            hint: user.text_if_any(&format!("{key}_hint")),
            error: errors.of_field(spec.path),
            choices,
            parts,
            ..Field::default()
        }]
    };
    specs.iter().flat_map(field).collect()
}

/// What stands in a field, as people say it.
pub(super) fn fact<R>(user: &ConsoleUser<R>, field: &Field) -> String {
    let label = |value: &str| {
        let chosen = field.choices.iter().find(|choice| choice.value == value);
        chosen.map_or_else(|| value.to_owned(), |choice| choice.label.clone())
    };
    match field.kind {
        "checkbox" => user.text(if field.value == "true" { "form.yes" } else { "form.no" }),
        "select" => label(&field.value),
        "group" => {
            let mut chosen: Vec<&Field> =
                field.parts.iter().filter(|part| !matches!(part.value.as_str(), "" | "false")).collect();
            chosen.sort_by_key(|part| part.value.parse::<u32>().unwrap_or_default());
            chosen.iter().map(|part| part.label.as_str()).collect::<Vec<_>>().join(", ")
        }
        _ => field.value.replace("\r\n", "\n"),
    }
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
            Err(key) => errors.put(spec.path.to_owned(), user.text(key)),
        }
    }
    if errors.is_empty() { Ok(body) } else { Err(errors) }
}

/// Puts a value at a path; members beside it stay as they are in `current`.
pub(super) fn put(body: &mut Value, current: Option<&Value>, path: &str, value: Value) {
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
