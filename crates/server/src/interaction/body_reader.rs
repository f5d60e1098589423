//! Reads request bodies of the Experience API. Errors keep the format that existing clients parse: one issue per
//! member, with its path (inventory M007; traces 20-02 to 20-04).

use std::ops::RangeInclusive;

use flow::{Identifier, IdentifierType, InteractionEvent};
use serde_json::{Map, Value, json};

use crate::ApiError;

/// The longest identifier, id or other text. What is longer is refused before anything is looked up, stored or logged.
pub(super) const MAX_TEXT_CHARS: usize = 256;

/// Reads the members of a body and collects issues.
pub(super) struct BodyReader {
    members: Map<String, Value>,
    issues: Vec<Value>,
}

impl BodyReader {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self { members, issues: Vec::new() }
    }

    /// A required string of at least `min_chars` and at most 256 characters.
    pub(super) fn text(&mut self, name: &str, min_chars: usize) -> String {
        let value = self.members.get(name).cloned();
        self.text_at(&[name], value.as_ref(), min_chars..=MAX_TEXT_CHARS)
    }

    /// A required password of at least `min_chars` characters. Hashing has a limit of its own.
    pub(super) fn password(&mut self, name: &str, min_chars: usize) -> String {
        let value = self.members.get(name).cloned();
        self.text_at(&[name], value.as_ref(), min_chars..=usize::MAX)
    }

    /// An optional string of at most 256 characters.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        let value = self.members.get(name).cloned()?;
        Some(self.text_at(&[name], Some(&value), 0..=MAX_TEXT_CHARS))
    }

    /// The member `captchaToken`, whose length is its provider's business.
    pub(super) fn captcha_token(&mut self) -> Option<String> {
        let value = self.members.get("captchaToken").cloned()?;
        Some(self.text_at(&["captchaToken"], Some(&value), 0..=usize::MAX))
    }

    /// A required object.
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

    /// A string that must be one of `options`.
    pub(super) fn enum_value(&mut self, path: &[&str], value: Option<&Value>, options: &[&str]) -> String {
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

    /// The member `name`, which must be one of `options`.
    pub(super) fn enum_member(&mut self, name: &str, options: &[&str]) -> String {
        let value = self.members.get(name).cloned();
        self.enum_value(&[name], value.as_ref(), options)
    }

    /// The member `interactionEvent`.
    pub(super) fn interaction_event(&mut self) -> InteractionEvent {
        match self.enum_member("interactionEvent", &["SignIn", "Register", "ForgotPassword"]).as_str() {
            "Register" => InteractionEvent::Register,
            "ForgotPassword" => InteractionEvent::ForgotPassword,
            _ => InteractionEvent::SignIn,
        }
    }

    /// The member `identifier: {type, value}`.
    pub(super) fn identifier(&mut self) -> Identifier {
        let Some(members) = self.identifier_members() else {
            return Identifier::new(IdentifierType::Username, "");
        };
        let path = ["identifier", "type"];
        let kind = match self.enum_value(&path, members.get("type"), &["username", "email", "phone"]).as_str() {
            "email" => IdentifierType::Email,
            "phone" => IdentifierType::Phone,
            _ => IdentifierType::Username,
        };
        Identifier::new(kind, self.text_at(&["identifier", "value"], members.get("value"), 0..=MAX_TEXT_CHARS))
    }

    /// The member `identifier`, which must be an e-mail address or a phone number.
    pub(super) fn address(&mut self) -> Identifier {
        let Some(members) = self.identifier_members() else {
            return Identifier::new(IdentifierType::Email, "");
        };
        let kind = match self.enum_value(&["identifier", "type"], members.get("type"), &["email", "phone"]).as_str() {
            "phone" => IdentifierType::Phone,
            _ => IdentifierType::Email,
        };
        let path = ["identifier", "value"];
        let value = self.text_at(&path, members.get("value"), 0..=MAX_TEXT_CHARS);
        let is_one = match kind {
            IdentifierType::Phone => {
                value.bytes().all(|byte| byte.is_ascii_digit()) && flow::phone::normalize(&value).is_some()
            }
            IdentifierType::Email | IdentifierType::Username => flow::identifier::is_email(&value),
        };
        if !is_one && self.issues.is_empty() {
            self.issues.push(json!({
                "validation": "regex", "code": "invalid_string", "message": "Invalid", "path": path
            }));
        }
        Identifier::new(kind, value)
    }

    /// The member `identifier`, which must be an e-mail address.
    pub(super) fn email(&mut self) -> Identifier {
        let address = self.address();
        if address.kind != IdentifierType::Email {
            self.issues.push(json!({
                "received": "phone", "code": "invalid_literal", "expected": "email",
                "path": ["identifier", "type"], "message": "Invalid literal value"
            }));
        }
        address
    }

    /// The member `identifier`, which must be a valid username.
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
        let value = self.text_at(&["identifier", "value"], members.get("value"), 0..=MAX_TEXT_CHARS);
        self.require_username_form(&["identifier", "value"], &value);
        Identifier::new(IdentifierType::Username, value)
    }

    /// Adds an issue unless the value is a valid username.
    pub(super) fn require_username_form(&mut self, path: &[&str], value: &str) {
        if !flow::has_username_form(value) {
            self.issues.push(json!({
                "validation": "regex", "code": "invalid_string", "message": "Invalid", "path": path
            }));
        }
    }

    /// The discriminator `type` of a union.
    pub(super) fn variant(&mut self, options: &[&str]) -> String {
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

    /// Returns the collected issues as one error.
    ///
    /// # Errors
    /// 400 `guard.invalid_input` with every issue.
    pub(super) fn into_result(self) -> Result<(), ApiError> {
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

    fn text_at(&mut self, path: &[&str], value: Option<&Value>, chars: RangeInclusive<usize>) -> String {
        match value {
            Some(Value::String(text)) if chars.contains(&text.chars().count()) => text.clone(),
            Some(Value::String(text)) => {
                let is_short = text.chars().count() < *chars.start();
                let (code, bound, limit) = match is_short {
                    true => ("too_small", "minimum", chars.start()),
                    false => ("too_big", "maximum", chars.end()),
                };
                self.issues.push(json!({
                    "code": code, bound: limit, "type": "string", "inclusive": true, "exact": false,
                    "message": if is_short { "Too short" } else { "Too long" }, "path": path
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
