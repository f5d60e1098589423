//! JSON schemas of types, as OpenAPI 3.0 writes them.

use schemars::JsonSchema;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value};

use crate::members::NULL_ALLOWED;

/// The schema of a request type: an `Option` may be absent but not null, a [`crate::Patch`] both.
pub fn of_request<T: JsonSchema>() -> Value {
    let mut schema = generate::<T>(Contract::Deserialize);
    tidy(&mut schema);
    forbid_null(&mut schema);
    schema
}

/// The schema of a response type.
pub fn of_response<T: JsonSchema>() -> Value {
    let mut schema = generate::<T>(Contract::Serialize);
    tidy(&mut schema);
    schema
}

fn generate<T: JsonSchema>(contract: Contract) -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
        settings.contract = contract;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(members) = schema.as_object_mut() {
        members.remove("title");
    }
    schema
}

/// Calls `change` with every schema inside `schema`, the innermost first.
fn walk(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Some(members) = schema.as_object_mut() else { return };
    if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(|property| walk(property, change));
    }
    for name in ["items", "additionalProperties"] {
        if let Some(inner) = members.get_mut(name) {
            walk(inner, change);
        }
    }
    for name in ["oneOf", "anyOf", "allOf"] {
        if let Some(options) = members.get_mut(name).and_then(Value::as_array_mut) {
            options.iter_mut().for_each(|option| walk(option, change));
        }
    }
    change(members);
}

/// Writes unions with null and enumerations in their short forms, and drops what says nothing about JSON.
fn tidy(schema: &mut Value) {
    walk(schema, &mut |members| {
        // Names of Rust's number types, and defaults that only exist in Rust.
        if members.get("type").is_some_and(|kind| kind == "integer" || kind == "number") {
            members.remove("format");
        }
        members.remove("default");
        merge_null(members);
        merge_enumeration(members);
    });
}

/// `anyOf: [X, null]` is X with `nullable`.
fn merge_null(members: &mut Map<String, Value>) {
    let Some(options) = members.get_mut("anyOf").and_then(Value::as_array_mut) else { return };
    let before = options.len();
    options.retain(|option| !is_null(option));
    if options.len() == before {
        return;
    }
    if let [only] = options.as_mut_slice() {
        let only = only.take();
        members.remove("anyOf");
        members.extend(only.as_object().cloned().unwrap_or_default());
    }
    members.insert("nullable".to_owned(), true.into());
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
        || schema["enum"].as_array().is_some_and(|values| values.iter().all(Value::is_null))
        || schema.as_object().is_some_and(|members| members.len() == 1 && members.contains_key("nullable"))
}

/// `oneOf` of enumerations is one enumeration.
fn merge_enumeration(members: &mut Map<String, Value>) {
    let Some(options) = members.get("oneOf").and_then(Value::as_array) else { return };
    let values: Option<Vec<&Vec<Value>>> = options.iter().map(|option| option["enum"].as_array()).collect();
    let Some(values) = values else { return };
    let values: Vec<Value> = values.into_iter().flatten().cloned().collect();
    members.remove("oneOf");
    members.insert("type".to_owned(), "string".into());
    members.insert("enum".to_owned(), values.into());
}

/// Takes null away from members that may be absent, unless they are a `Patch`.
fn forbid_null(schema: &mut Value) {
    walk(schema, &mut |members| {
        let required = members.get("required").cloned().unwrap_or_default();
        let is_required = |name: &str| required.as_array().is_some_and(|names| names.iter().any(|n| n == name));
        let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) else { return };
        for (name, property) in properties.iter_mut() {
            let Some(property) = property.as_object_mut() else { continue };
            let may_be_null = property.remove(NULL_ALLOWED).is_some() || is_required(name);
            if may_be_null || property.remove("nullable").is_none() {
                continue;
            }
            if let Some(values) = property.get_mut("enum").and_then(Value::as_array_mut) {
                values.retain(|value| !value.is_null());
            }
        }
    });
}
