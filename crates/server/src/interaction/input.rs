//! Bodies of the Experience API. Faults are told as existing clients know them: one issue per member, with its path
//! (inventory M007; traces 20-02 to 20-04).

use flow::{Identifier, IdentifierType, InteractionEvent};
use serde_json::{Map, Value, json};

use crate::ApiError;

/// A body being read; collects what is wrong with it.
pub(super) struct Input {
    members: Map<String, Value>,
    issues: Vec<Value>,
}

impl Input {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self { members, issues: Vec::new() }
    }

    /// A mandatory text of at least `least` characters.
    pub(super) fn text(&mut self, name: &str, least: usize) -> String {
        let value = self.members.get(name).cloned();
        self.text_at(&[name], value.as_ref(), least)
    }

    /// A text that may be absent.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        let value = self.members.get(name).cloned()?;
        Some(self.text_at(&[name], Some(&value), 0))
    }

    /// An object.
    pub(super) fn object(&mut self, name: &str) -> Map<String, Value> {
        match self.members.get(name) {
            Some(Value::Object(members)) => members.clone(),
            other => {
                let issue = wrong_type(&[name], "object", other);
                self.issues.push(issue);
                Map::new()
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        match self.members.get(name) {
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            other => {
                let issue = wrong_type(&[name], "array", other);
                self.issues.push(issue);
                Vec::new()
            }
        }
    }

    /// One of a few words.
    pub(super) fn word(&mut self, path: &[&str], value: Option<&Value>, options: &[&str]) -> String {
        match value {
            Some(Value::String(text)) if options.contains(&text.as_str()) => text.clone(),
            Some(Value::String(text)) => {
                self.issues.push(json!({
                    "received": text, "code": "invalid_enum_value", "options": options, "path": path,
                    "message": "Invalid value"
                }));
                String::new()
            }
            other => {
                let quoted: Vec<String> = options.iter().map(|option| format!("'{option}'")).collect();
                self.issues.push(wrong_type(path, &quoted.join(" | "), other));
                String::new()
            }
        }
    }

    /// The member `name` as one of a few words.
    pub(super) fn word_of(&mut self, name: &str, options: &[&str]) -> String {
        let value = self.members.get(name).cloned();
        self.word(&[name], value.as_ref(), options)
    }

    /// `interactionEvent`.
    pub(super) fn interaction_event(&mut self) -> InteractionEvent {
        match self.word_of("interactionEvent", &["SignIn", "Register", "ForgotPassword"]).as_str() {
            "Register" => InteractionEvent::Register,
            "ForgotPassword" => InteractionEvent::ForgotPassword,
            _ => InteractionEvent::SignIn,
        }
    }

    /// `identifier: {type, value}`.
    pub(super) fn identifier(&mut self) -> Identifier {
        let Some(members) = self.identifier_members() else {
            return Identifier::new(IdentifierType::Username, "");
        };
        let path = ["identifier", "type"];
        let kind = match self.word(&path, members.get("type"), &["username", "email", "phone"]).as_str() {
            "email" => IdentifierType::Email,
            "phone" => IdentifierType::Phone,
            _ => IdentifierType::Username,
        };
        Identifier::new(kind, self.text_at(&["identifier", "value"], members.get("value"), 0))
    }

    /// `identifier` that may only be a username, of the form that every username has.
    pub(super) fn new_username(&mut self) -> Identifier {
        let Some(members) = self.identifier_members() else {
            return Identifier::new(IdentifierType::Username, "");
        };
        if members.get("type").and_then(Value::as_str) != Some("username") {
            self.issues.push(json!({
                "received": members.get("type"), "code": "invalid_literal", "expected": "username",
                "path": ["identifier", "type"], "message": "Invalid literal value"
            }));
        }
        let value = self.text_at(&["identifier", "value"], members.get("value"), 0);
        self.username_form(&["identifier", "value"], &value);
        Identifier::new(IdentifierType::Username, value)
    }

    /// Refuses a text that can never be a username.
    pub(super) fn username_form(&mut self, path: &[&str], value: &str) {
        if !flow::has_username_form(value) {
            self.issues.push(json!({
                "validation": "regex", "code": "invalid_string", "message": "Invalid", "path": path
            }));
        }
    }

    /// A union of shapes, told apart by `type`.
    pub(super) fn shape(&mut self, options: &[&str]) -> String {
        match self.members.get("type").and_then(Value::as_str) {
            Some(name) if options.contains(&name) => name.to_owned(),
            _ => {
                self.issues.push(json!({
                    "code": "invalid_union_discriminator", "options": options, "path": ["type"],
                    "message": "Invalid discriminator value"
                }));
                String::new()
            }
        }
    }

    /// Ends reading.
    ///
    /// # Errors
    /// 400 `guard.invalid_input` with every issue.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        if self.issues.is_empty() {
            return Ok(());
        }
        Err(ApiError::bad_request("guard.invalid_input")
            .with_oauth_member("details", "The request body does not have the expected shape.")
            .data(json!({"issues": self.issues, "name": "ZodError"})))
    }

    fn identifier_members(&mut self) -> Option<Map<String, Value>> {
        match self.members.get("identifier") {
            Some(Value::Object(members)) => Some(members.clone()),
            other => {
                let issue = wrong_type(&["identifier"], "object", other);
                self.issues.push(issue);
                None
            }
        }
    }

    fn text_at(&mut self, path: &[&str], value: Option<&Value>, least: usize) -> String {
        match value {
            Some(Value::String(text)) if text.chars().count() >= least => text.clone(),
            Some(Value::String(_)) => {
                self.issues.push(json!({
                    "code": "too_small", "minimum": least, "type": "string", "inclusive": true, "exact": false,
                    "message": "Too short", "path": path
                }));
                String::new()
            }
            other => {
                self.issues.push(wrong_type(path, "string", other));
                String::new()
            }
        }
    }
}

fn wrong_type(path: &[&str], expected: &str, value: Option<&Value>) -> Value {
    let received = match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    json!({"code": "invalid_type", "expected": expected, "received": received, "path": path, "message": "Invalid type"})
}
