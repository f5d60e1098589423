//! The catalogue of profile fields (inventory C018): what people can be asked for beside their identifiers.

use axum::http::Method;
use serde_json::{Map, Value, json};
use views::console::{Cell, Tone};
use views::pages::Choice;

use super::entity::{self, Entity, cell, link, text};
use super::fields::{FieldKind, FieldSpec};
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    entity::routes::<ProfileFields>()
}

struct ProfileFields;

const API: &str = "/api/custom-profile-fields";
const TYPES: &[&str] = &["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"];
const NAME_PARTS: [&str; 3] = ["givenName", "middleName", "familyName"];
const ADDRESS_PARTS: [&str; 6] = ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];
const PARTS: &[&str] = &[
    "givenName",
    "middleName",
    "familyName",
    "formatted",
    "streetAddress",
    "locality",
    "region",
    "postalCode",
    "country",
];

/// The members; the first names a field and stays.
const FIELDS: &[FieldSpec] = &[
    FieldSpec::required("name", FieldKind::Text),
    FieldSpec::required("type", FieldKind::Choice(TYPES)),
    FieldSpec::new("label", FieldKind::Optional),
    FieldSpec::new("description", FieldKind::Optional),
    FieldSpec::new("required", FieldKind::Check),
    FieldSpec::new("config.placeholder", FieldKind::Optional),
    FieldSpec::new("config.options", FieldKind::Lines),
    FieldSpec::new("config.parts", FieldKind::Set(PARTS)),
    FieldSpec::new("config.format", FieldKind::Optional),
    FieldSpec::new("config.minLength", FieldKind::Number),
    FieldSpec::new("config.maxLength", FieldKind::Number),
    FieldSpec::new("config.minValue", FieldKind::Number),
    FieldSpec::new("config.maxValue", FieldKind::Number),
];

impl Entity for ProfileFields {
    const NAME: &'static str = "profile-fields";
    const API: &'static str = API;
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = None;
    const COLUMNS: &'static [&'static str] = &["label", "name", "type", "required"];
    const NEW: &'static [FieldSpec] = FIELDS;
    const SETTINGS: &'static [FieldSpec] = FIELDS.split_at(1).1;
    const UPDATE: Method = Method::PUT;

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let required = || Cell::Badge { text: user.text("profile-fields.is_required"), tone: Tone::Neutral };
        vec![
            link::<Self>(item, None),
            cell(item, "name"),
            Cell::Text { text: user.text(&format!("profile-fields.type_{}", text(item, "type"))) },
            if item.get("required") == Some(&Value::Bool(true)) { required() } else { Cell::Nothing },
        ]
    }

    fn title(item: &Value) -> String {
        let label = text(item, "label");
        if label.is_empty() { text(item, "name") } else { label }
    }

    fn id(item: &Value) -> String {
        text(item, "name")
    }

    fn to_form(mut item: Value) -> Value {
        let Some(Value::Object(config)) = item.get_mut("config") else { return item };
        if let Some(Value::Array(options)) = config.get("options") {
            let lines: Vec<String> = options.iter().map(option_line).collect();
            let options = config.insert("options".to_owned(), json!(lines));
            config.insert("knownOptions".to_owned(), options.into());
        }
        // What a form does not show of parts goes back with it.
        if let Some(parts) = config.shift_remove("parts") {
            let enabled = parts.as_array().into_iter().flatten().filter(|part| part["enabled"] == true);
            let enabled: Vec<String> = enabled.map(|part| text(part, "name")).collect();
            config.insert("parts".to_owned(), json!(enabled));
            config.insert("known".to_owned(), parts);
        }
        item
    }

    fn to_api(mut body: Value) -> Value {
        let (kind, is_required) = (text(&body, "type"), body["required"].clone());
        let Value::Object(members) = &mut body else { return body };
        // Empty texts are left out: the field is replaced as a whole.
        members.retain(|_, value| !value.is_null());
        if let Some(Value::Object(config)) = members.get_mut("config") {
            config_to_api(config, &kind, &is_required);
            if config.is_empty() {
                members.shift_remove("config");
            }
        }
        body
    }
}

/// An option in a line: its value, and its label after ` = `.
fn option_line(option: &Value) -> String {
    let line = match text(option, "label") {
        label if label.is_empty() => text(option, "value"),
        label => format!("{} = {label}", text(option, "value")),
    };
    line.replace(['\r', '\n'], " ").trim().to_owned()
}

/// A line that was not changed is the option that it showed: some can't be read back.
fn option_of_line(line: &str, known: &mut Vec<Value>) -> Value {
    if let Some(at) = known.iter().position(|option| option_line(option) == line) {
        return known.remove(at);
    }
    match line.split_once(" = ").map(|(value, label)| (value.trim(), label.trim())) {
        Some((value, label)) if !label.is_empty() => json!({"value": value, "label": label}),
        _ => json!({"value": line.trim()}),
    }
}

fn config_to_api(config: &mut Map<String, Value>, kind: &str, is_required: &Value) {
    let known = config.shift_remove("known").unwrap_or_default();
    let ticked = config.shift_remove("parts").unwrap_or_default();
    let ticked: Vec<&str> = ticked.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let parts: &[&str] = match kind {
        "Fullname" => &NAME_PARTS,
        "Address" => &ADDRESS_PARTS,
        _ => &[],
    };
    let part = |name: &&str| {
        let before = known.as_array().into_iter().flatten().find(|part| part["name"] == **name);
        let mut part =
            before.cloned().unwrap_or_else(|| json!({"name": name, "type": "Text", "required": is_required}));
        part["enabled"] = ticked.contains(name).into();
        part
    };
    if !parts.is_empty() {
        config.insert("parts".to_owned(), parts.iter().map(part).collect());
    }
    let mut known = match config.shift_remove("knownOptions") {
        Some(Value::Array(options)) => options,
        _ => Vec::new(),
    };
    let lines = config.shift_remove("options").unwrap_or_default();
    let lines = lines.as_array().into_iter().flatten().filter_map(Value::as_str);
    let options: Vec<Value> = lines.map(|line| option_of_line(line, &mut known)).collect();
    if !options.is_empty() {
        config.insert("options".to_owned(), options.into());
    }
    // No field shows them, so nobody could take them out for another type.
    for (member, of) in [("defaultValue", "Checkbox"), ("customFormat", "Date")] {
        if kind != of {
            config.shift_remove(member);
        }
    }
    config.retain(|_, value| !value.is_null());
}

/// The fields of the catalogue, by name.
///
/// # Errors
/// Those of the API.
pub(super) async fn catalogue<R>(user: &ConsoleUser<R>) -> Result<Vec<Choice>, ApiError> {
    let fields = user.api().list(API).await?.items;
    let choice = |field: &Value| Choice { value: text(field, "name"), label: ProfileFields::title(field) };
    Ok(fields.iter().map(choice).collect())
}

/// A selection of the catalogue as forms show it; null is all of it.
pub(super) fn listed(fields: Option<&Value>) -> Value {
    let names = fields
        .and_then(Value::as_array)
        .map(|fields| fields.iter().filter_map(|field| field.get("name").cloned()).collect::<Vec<_>>());
    json!({"choice": if names.is_some() { "own" } else { "all" }, "order": names})
}

/// What a form holds of that, as the API takes it.
pub(super) fn unlisted(form: &Value) -> Value {
    match form.get("order").and_then(Value::as_array) {
        Some(names) if form["choice"] == "own" => names.iter().map(|name| json!({"name": name})).collect(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_does_not_show_stays() {
        let parts = json!([
            {"name": "givenName", "type": "Text", "required": true, "enabled": true, "label": "First"},
            {"name": "middleName", "type": "Text", "required": false, "enabled": false},
            {"name": "familyName", "type": "Text", "required": true, "enabled": true},
        ]);
        let field = json!({"type": "Fullname", "required": true, "config": {"parts": parts.clone()}});
        assert_eq!(ProfileFields::to_api(ProfileFields::to_form(field.clone())), field);
        let options = json!([
            {"value": "a", "label": "A = a"}, {"value": "b"}, {"value": "c=d"}, {"value": "e = f"}, {"value": "e", "label": "f"},
        ]);
        let field = json!({"type": "Select", "required": false, "config": {"options": options}});
        assert_eq!(ProfileFields::to_api(ProfileFields::to_form(field.clone())), field);
        let field = json!({"type": "Checkbox", "required": false, "config": {"defaultValue": "true"}});
        assert_eq!(ProfileFields::to_api(ProfileFields::to_form(field.clone())), field);
    }

    #[test]
    fn another_type_loses_what_no_field_shows() {
        let field = json!({"type": "Text", "required": false, "config": {
            "defaultValue": "true", "customFormat": "yyyy", "placeholder": "p",
        }});
        let sent = ProfileFields::to_api(ProfileFields::to_form(field));
        assert_eq!(sent["config"], json!({"placeholder": "p"}));
        let typed = json!({"type": "Select", "config": {"options": ["a=b", "c = d"]}});
        let options = json!([{"value": "a=b"}, {"value": "c", "label": "d"}]);
        assert_eq!(ProfileFields::to_api(typed)["config"]["options"], options);
    }

    #[test]
    fn a_new_field_has_the_parts_of_its_kind() {
        let typed = json!({"type": "Fullname", "required": true, "label": null, "config": {
            "parts": ["familyName", "country"], "options": [],
        }});
        let part =
            |name: &str, enabled: bool| json!({"name": name, "type": "Text", "required": true, "enabled": enabled});
        let parts = [part("givenName", false), part("middleName", false), part("familyName", true)];
        assert_eq!(
            ProfileFields::to_api(typed),
            json!({"type": "Fullname", "required": true, "config": {"parts": parts}})
        );
        let plain = json!({"type": "Text", "required": false, "config": {"parts": [], "options": []}});
        assert_eq!(ProfileFields::to_api(plain), json!({"type": "Text", "required": false}));
    }
}
