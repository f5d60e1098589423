//! Fields of forms that take several values: groups of checkboxes, sets, orders, and HTTP headers.

use serde_json::{Map, Value};
use views::pages::{Choice, Field};

use super::fields::{FieldKind, FieldSpec, Filled};
use crate::pages::FormFields;

/// Stands in a form for a secret that is stored.
pub(super) const HIDDEN: &str = "••••••••";

/// Values in groups, each with its name.
type Groups = [(&'static str, &'static [&'static str])];

impl FieldSpec {
    /// Whether a value of [`FieldKind::Several`] was chosen.
    fn is_chosen(&self, fields: &FormFields, value: &str) -> bool {
        fields.get(&format!("{}.{value}", self.path)) == "true"
    }

    /// The values that were chosen.
    ///
    /// # Errors
    /// The phrase that says that one is needed.
    pub(super) fn chosen(&self, fields: &FormFields, groups: &Groups) -> Result<Value, &'static str> {
        let values = groups.iter().flat_map(|(_, values)| *values);
        let chosen: Vec<&str> = values.copied().filter(|value| self.is_chosen(fields, value)).collect();
        match chosen.is_empty() && self.is_required {
            true => Err("form.choose"),
            false => Ok(chosen.into()),
        }
    }

    /// The checkboxes of each group; `label` has the name of a group by the key of its phrase.
    pub(super) fn groups(
        &self,
        key: &str,
        groups: &Groups,
        filled: &Filled<'_>,
        label: impl Fn(&str) -> String,
    ) -> Vec<Field> {
        let is_chosen = |value: &str| match filled {
            Filled::Nothing => false,
            Filled::Entity(entity) => {
                self.stored_in(entity).as_array().is_some_and(|all| all.iter().any(|one| one == value))
            }
            Filled::Form(fields) => self.is_chosen(fields, value),
        };
        let part = |value: &&str| checkbox(format!("{}.{value}", self.path), (*value).to_owned(), is_chosen(value));
        let group = |(name, values): &(&'static str, &'static [&'static str])| Field {
            name: format!("{}.{name}", self.path),
            label: label(&format!("{key}_{name}")),
            kind: "group",
            parts: values.iter().map(part).collect(),
            ..Field::default()
        };
        groups.iter().map(group).collect()
    }

    /// A field for each value of a set, or of an order.
    pub(super) fn parts(&self, choices: Vec<Choice>, filled: &Filled<'_>) -> Vec<Field> {
        let is_set = matches!(self.kind, FieldKind::Set(_));
        let listed: Vec<&str> = match filled {
            Filled::Entity(entity) => {
                self.stored_in(entity).as_array().into_iter().flatten().filter_map(Value::as_str).collect()
            }
            _ => Vec::new(),
        };
        let places = (1..=choices.len()).map(|place| place.to_string());
        let places: Vec<Choice> = places.map(|place| Choice { value: place.clone(), label: place }).collect();
        let part = |choice: Choice| {
            let name = format!("{}.{}", self.path, choice.value);
            let place = listed.iter().position(|value| *value == choice.value);
            let value = match filled {
                Filled::Form(fields) => fields.get(&name).to_owned(),
                _ if is_set => place.is_some().to_string(),
                _ => place.map(|place| (place + 1).to_string()).unwrap_or_default(),
            };
            Field {
                name,
                label: choice.label,
                kind: if is_set { "checkbox" } else { "select" },
                value,
                autocomplete: "off",
                placeholder: if is_set { String::new() } else { "–".to_owned() },
                choices: if is_set { Vec::new() } else { places.clone() },
                ..Field::default()
            }
        };
        choices.into_iter().map(part).collect()
    }

    /// The values that have a place, by their places.
    pub(super) fn in_order(&self, fields: &FormFields) -> Value {
        let place = |(value, place): (String, String)| Some((place.parse::<u32>().ok()?, value));
        let mut placed: Vec<(u32, String)> =
            fields.with_prefix(&format!("{}.", self.path)).into_iter().filter_map(place).collect();
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, value)| value).collect()
    }
}

/// A checkbox.
pub(super) fn checkbox(name: String, label: String, is_checked: bool) -> Field {
    Field { name, label, kind: "checkbox", value: is_checked.to_string(), ..Field::default() }
}

/// Headers as they are typed, `name: value`, one a line; none if a line is something else or a name comes twice.
pub(super) fn headers(typed: &str) -> Option<Map<String, Value>> {
    let lines: Vec<&str> = typed.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let header = |line: &&str| line.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().into()));
    let headers: Map<String, Value> = lines.iter().map(header).collect::<Option<_>>()?;
    (headers.len() == lines.len()).then_some(headers)
}

/// Stored headers without their values.
pub(super) fn hidden_headers(headers: &Map<String, Value>) -> String {
    headers.keys().map(|name| format!("{name}: {HIDDEN}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn headers_are_lines() {
        let read = headers("x-key: a: b\r\n\r\n authorization :Bearer t ").unwrap();
        assert_eq!(Value::Object(read.clone()), json!({"x-key": "a: b", "authorization": "Bearer t"}));
        assert_eq!(headers(&hidden_headers(&read)).unwrap()["x-key"], HIDDEN);
        assert_eq!(headers("no colon"), None);
        assert_eq!(headers("a: 1\na: 2"), None);
    }
}
