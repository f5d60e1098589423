//! Fields of forms that take several values: groups of checkboxes, and HTTP headers.

use serde_json::{Map, Value};
use views::pages::Field;

use super::fields::{FieldSpec, Filled};
use crate::pages::FormFields;

/// Stands in a form for a secret that is stored.
pub(super) const HIDDEN: &str = "••••••••";

/// Values in groups, each with its name.
type Groups = [(&'static str, &'static [&'static str])];

impl FieldSpec {
    /// Whether a value of [`super::fields::FieldKind::Several`] was chosen.
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
}

/// A checkbox.
pub(super) fn checkbox(name: String, label: String, is_checked: bool) -> Field {
    Field { name, label, kind: "checkbox", value: is_checked.to_string(), ..Field::default() }
}

/// Headers as they are typed, `name: value`, one a line; none if a line is something else.
pub(super) fn headers(typed: &str) -> Option<Map<String, Value>> {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().into()))).collect()
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
    }
}
