//! What is wrong with a body, in the form that existing clients know: `{name: "ZodError", issues: […]}` (inventory M007).

use kernel::text::sentence;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// One thing that is wrong with one member.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    /// The kind: `invalid_type`, `too_small`, `too_big`, `invalid_enum_value`, `invalid_string` or `custom`.
    pub code: &'static str,
    /// Where: names of members and indexes of items from 0.
    pub path: Vec<Value>,
    /// One sentence for people.
    pub message: String,
    /// What else belongs to the kind, such as `minimum` or `options`.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

impl Issue {
    /// An issue of this kind at `path`.
    pub fn new(code: &'static str, path: Vec<Value>, message: impl Into<String>) -> Self {
        Self { code, path, message: sentence(&message.into()), details: Map::new() }
    }

    /// A rule that no schema can say.
    pub fn custom(path: Vec<Value>, message: impl Into<String>) -> Self {
        Self::new("custom", path, message)
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// A value of another type than `expected`; none is an absent member.
    pub fn wrong_type(path: Vec<Value>, expected: &str, value: Option<&Value>) -> Self {
        let received = type_name(value);
        let message = match value {
            None => "This member is required.".to_owned(),
            Some(_) => format!("Expected {expected}, received {received}."),
        };
        Self::new("invalid_type", path, message).with("expected", expected).with("received", received)
    }
}

/// The `data` of an error with these issues.
pub fn error_data(issues: &[Issue]) -> Value {
    json!({"name": "ZodError", "issues": issues})
}

/// The name of a value's type; none is `undefined`.
fn type_name(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}
