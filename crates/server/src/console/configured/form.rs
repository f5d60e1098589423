//! A form made of data: the form items of a factory. A secret is never shown. One that is stored stays when its field is left
//! empty, but goes nowhere else than before: whoever changes more than [`HARMLESS`] settings types it again (attack D12).

use ::api::JsonObject;
use ::api::connectors::{FormItem, FormItemType};
use serde_json::Value;
use views::pages::{Choice, Field};

use crate::callers::ConsoleUser;
use crate::console::fields::FormErrors;
use crate::console::several::checkbox;
use crate::pages::FormFields;

/// Settings that do not say where a secret is sent, or how well it is kept on the way.
const HARMLESS: [&str; 14] = [
    "acceptStringTypedBooleanClaims",
    "connectionTimeout",
    "fromEmail",
    "greetingTimeout",
    "name",
    "offlineAccess",
    "profileMap",
    "prompts",
    "replyTo",
    "scope",
    "scopes",
    "socketTimeout",
    "templates",
    "trustUnverifiedEmail",
];

/// The form of some items.
pub(super) struct SettingsForm<'a, R> {
    pub user: &'a ConsoleUser<R>,
    pub items: &'a [FormItem],
    /// What is stored; none of what is new.
    pub stored: Option<&'a JsonObject>,
}

/// The name of the field of a setting.
pub(super) fn name(key: &str) -> String {
    format!("config.{key}")
}

/// A setting as it stands in a field; empty for what counts as absent.
fn as_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => String::new(),
        Some(Value::String(text)) => text.replace("\r\n", "\n").trim().to_owned(),
        Some(Value::Array(items)) if items.is_empty() => String::new(),
        Some(Value::Object(members)) if members.is_empty() => String::new(),
        Some(other) => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// JSON that is stored as text is the same as what it says.
fn as_json(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Some(Value::Object(members)) if members.is_empty() => Value::Null,
        other => other.cloned().unwrap_or_default(),
    }
}

fn is_secret(item: &FormItem) -> bool {
    item.is_confidential == Some(true)
}

fn is_required(item: &FormItem) -> bool {
    item.required == Some(true)
}

fn choices(item: &FormItem) -> impl Iterator<Item = (&str, &str)> {
    let all = item.select_items.iter().flatten();
    all.map(|choice| (choice.value.as_str(), choice.title.as_deref().unwrap_or(&choice.value)))
}

impl<R> SettingsForm<'_, R> {
    fn is_stored(&self, item: &FormItem) -> bool {
        !as_text(self.stored.and_then(|stored| stored.get(&item.key))).is_empty()
    }

    /// The phrase of a setting, else what its factory calls it.
    fn label(&self, item: &FormItem) -> String {
        self.user.text_if_any(&format!("setting.{}", item.key)).unwrap_or_else(|| item.label.clone())
    }

    /// When an item counts, what it is, and what becomes of a secret.
    fn hint(&self, item: &FormItem) -> Option<String> {
        let conditions = item.show_conditions.iter().flatten().map(|condition| {
            let target = self.items.iter().find(|item| item.key == condition.target_key);
            let target = target.map_or_else(|| condition.target_key.clone(), |item| self.label(item));
            match &condition.expect_value {
                Some(value) => {
                    self.user.text_with("form.only_if", &[("name", &target), ("value", &as_text(Some(value)))])
                }
                None => self.user.text_with("form.only_with", &[("name", &target)]),
            }
        });
        let mut parts: Vec<String> = conditions.collect();
        parts.extend(self.user.text_if_any(&format!("setting.{}_hint", item.key)).or_else(|| item.description.clone()));
        if is_secret(item) && self.is_stored(item) {
            parts.push(self.user.text("form.secret_stays"));
        }
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// The fields: with what was typed, what is stored, or the defaults.
    pub fn fields(&self, typed: Option<&FormFields>, errors: &FormErrors) -> Vec<Field> {
        self.items.iter().flat_map(|item| self.field(item, typed, errors)).collect()
    }

    /// What counts of an item today: what is stored, else its default.
    fn present<'v>(&'v self, item: &'v FormItem) -> Option<&'v Value> {
        self.stored.and_then(|stored| stored.get(&item.key)).or(item.default_value.as_ref())
    }

    fn field(&self, item: &FormItem, typed: Option<&FormFields>, errors: &FormErrors) -> Vec<Field> {
        let (name, is_secret) = (name(&item.key), is_secret(item));
        let shown = match self.stored {
            Some(_) if is_secret => None,
            _ => self.present(item),
        };
        let is_chosen = |value: &str| match typed {
            Some(typed) => typed.get(&format!("{name}.{value}")) == "true",
            None => shown.and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == value)),
        };
        let field = Field {
            label: self.label(item),
            kind: match item.item_type {
                FormItemType::Text if is_secret => "password",
                FormItemType::Text => "text",
                FormItemType::Number => "number",
                FormItemType::MultilineText | FormItemType::Json => "textarea",
                FormItemType::Switch => "checkbox",
                FormItemType::Select => "select",
                FormItemType::MultiSelect => "group",
            },
            value: match typed {
                // Of what is new that is the default, which is no secret.
                Some(_) if is_secret => as_text(shown),
                Some(typed) => typed.get(&name).to_owned(),
                None => as_text(shown),
            },
            autocomplete: if is_secret { "new-password" } else { "off" },
            required: is_required(item)
                && item.show_conditions.is_none()
                && item.item_type != FormItemType::Switch
                && !(is_secret && self.is_stored(item)),
            hint: self.hint(item),
            error: errors.of_field(&name).or_else(|| {
                let is_lost = is_secret && typed.is_some_and(|typed| !typed.get(&name).trim().is_empty());
                is_lost.then(|| self.user.text("form.secret_not_kept"))
            }),
            placeholder: item.placeholder.clone().unwrap_or_default(),
            choices: choices(item)
                .map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() })
                .collect(),
            parts: match item.item_type {
                FormItemType::MultiSelect => choices(item)
                    .map(|(value, label)| checkbox(format!("{name}.{value}"), label.to_owned(), is_chosen(value)))
                    .collect(),
                _ => Vec::new(),
            },
            name: name.clone(),
            ..Field::default()
        };
        let is_removable = is_secret && !is_required(item) && self.is_stored(item);
        let removal = is_removable.then(|| {
            let label = self.user.text_with("form.secret_removed", &[("name", &field.label)]);
            checkbox(format!("{name}.remove"), label, false)
        });
        [field].into_iter().chain(removal).collect()
    }

    /// The settings that were typed. What is stored beside the items stays.
    ///
    /// # Errors
    /// What is wrong with single fields.
    pub fn read(&self, typed: &FormFields) -> Result<JsonObject, FormErrors> {
        let mut config = self.stored.cloned().unwrap_or_default();
        for item in self.items {
            config.shift_remove(&item.key);
        }
        let mut errors = FormErrors::default();
        let items: Vec<&FormItem> = self.items.iter().filter(|item| is_asked_for(item, typed)).collect();
        for item in &items {
            match value(item, typed) {
                Ok(value) => config.extend(value.map(|value| (item.key.clone(), value))),
                Err(key) => errors.put(name(&item.key), self.user.text(key)),
            }
        }
        let stays = |item: &FormItem| {
            let new = config.get(&item.key);
            let is_new = |present: Option<&Value>| match item.item_type {
                FormItemType::Json => as_json(present) == as_json(new),
                _ => as_text(present) == as_text(new),
            };
            let kept = self.stored.and_then(|stored| stored.get(&item.key));
            let is_same = is_new(kept) || kept.is_none() && is_new(item.default_value.as_ref());
            is_secret(item) || HARMLESS.contains(&item.key.as_str()) || is_same
        };
        let is_moved = !self.items.iter().all(stays);
        for item in items.into_iter().filter(|item| is_secret(item) && self.is_stored(item)) {
            let is_removed = !is_required(item) && typed.get(&format!("{}.remove", name(&item.key))) == "true";
            if is_removed || config.contains_key(&item.key) {
                continue;
            }
            match self.stored.and_then(|stored| stored.get(&item.key)) {
                Some(kept) if !is_moved => config.extend([(item.key.clone(), kept.clone())]),
                _ => {
                    let text = self.user.text_with("form.secret_again", &[("name", &self.label(item))]);
                    errors.put(name(&item.key), text);
                }
            }
        }
        if errors.is_empty() { Ok(config) } else { Err(errors) }
    }
}

/// Whether the conditions of an item hold for what was typed.
fn is_asked_for(item: &FormItem, typed: &FormFields) -> bool {
    item.show_conditions.iter().flatten().all(|condition| {
        let given = typed.get(&name(&condition.target_key));
        match &condition.expect_value {
            Some(Value::Bool(value)) => (given == "true") == *value,
            Some(value) => given == as_text(Some(value)),
            None => !given.is_empty(),
        }
    })
}

/// The value of an item; none where nothing was typed.
fn value(item: &FormItem, typed: &FormFields) -> Result<Option<Value>, &'static str> {
    let raw = typed.get(&name(&item.key));
    let text = raw.trim();
    Ok(match item.item_type {
        FormItemType::Switch => Some((text == "true").into()),
        FormItemType::MultiSelect => {
            let is_chosen = |value: &&str| typed.get(&format!("{}.{value}", name(&item.key))) == "true";
            let chosen: Vec<&str> = choices(item).map(|(value, _)| value).filter(is_chosen).collect();
            (!chosen.is_empty()).then(|| chosen.into())
        }
        _ if text.is_empty() => None,
        FormItemType::Number => Some(text.parse::<i64>().map_err(|_| "form.number")?.into()),
        FormItemType::Json => Some(serde_json::from_str(text).map_err(|_| "form.json")?),
        // Spaces may belong to a secret.
        FormItemType::Text if is_secret(item) => Some(raw.into()),
        FormItemType::Text | FormItemType::Select | FormItemType::MultilineText => {
            Some(text.replace("\r\n", "\n").into())
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(item: Value) -> FormItem {
        serde_json::from_value(item).unwrap()
    }

    #[test]
    fn absent_values_have_one_text() {
        for value in [json!(null), json!(false), json!(""), json!([]), json!({}), json!(" ")] {
            assert_eq!(as_text(Some(&value)), as_text(None), "{value}");
        }
        assert_eq!(as_text(Some(&json!(587))), as_text(Some(&json!("587"))));
    }

    #[tokio::test]
    async fn what_was_typed_becomes_values() {
        let typed = async |body: &'static str| FormFields::of(http::Request::new(body.into())).await;
        let number = item(json!({"type": "Number", "key": "port", "label": "Port"}));
        assert_eq!(value(&number, &typed("config.port=+587").await), Ok(Some(json!(587))));
        assert_eq!(value(&number, &typed("config.port=x").await), Err("form.number"));
        let json = item(json!({"type": "Json", "key": "tls", "label": "TLS"}));
        assert_eq!(value(&json, &typed("config.tls=%7B%22a%22:1%7D").await), Ok(Some(json!({"a": 1}))));
        assert_eq!(value(&json, &typed("config.tls=").await), Ok(None));
        let several = json!([{"value": "none"}, {"value": "login"}]);
        let several = item(json!({"type": "MultiSelect", "key": "p", "label": "P", "selectItems": several}));
        assert_eq!(value(&several, &typed("config.p.login=true&config.p.x=true").await), Ok(Some(json!(["login"]))));
        let conditions = json!([{"targetKey": "m", "expectValue": "jwt"}]);
        let only = item(json!({"type": "Text", "key": "a", "label": "A", "showConditions": conditions}));
        assert!(
            is_asked_for(&only, &typed("config.m=jwt").await) && !is_asked_for(&only, &typed("config.m=basic").await)
        );
    }
}
