//! Where the parts of a profile stand in what a provider sent.

use serde_json::{Map, Value};

use crate::config::ConfigReader;
use crate::{FederationError, InvalidConfig, UserInfo};

/// The names of members; a name with dots leads into objects when no member has it whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProfileMap {
    pub id: String,
    pub email: String,
    pub phone: String,
    pub name: String,
    pub avatar: String,
}

impl ProfileMap {
    /// The setting `profileMap` of the generic OAuth 2.0 connector (H060).
    pub fn read(config: &mut ConfigReader<'_>) -> Result<Self, InvalidConfig> {
        config.object("profileMap", |map| {
            let mut name = |key: &'static str| Ok(map.text(key)?.unwrap_or_else(|| key.to_owned()));
            Ok(Self {
                id: name("id")?,
                email: name("email")?,
                phone: name("phone")?,
                name: name("name")?,
                avatar: name("avatar")?,
            })
        })
    }

    /// The standard claims (OpenID Connect Core 1.0 section 5.1).
    pub fn claims() -> Self {
        let [id, email, phone, name, avatar] = ["sub", "email", "phone_number", "name", "picture"].map(str::to_owned);
        Self { id, email, phone, name, avatar }
    }

    /// # Errors
    /// An id that is missing, null, empty or zero (attack D4).
    pub fn apply(&self, members: &Map<String, Value>) -> Result<UserInfo, FederationError> {
        let text = |path: &str| find(members, path).and_then(as_text).filter(|text| !text.is_empty());
        let id = text(&self.id).filter(|id| id != "0").ok_or_else(|| FederationError::InvalidResponse {
            endpoint: "provider",
            reason: format!("no id: {} is missing, empty or zero", self.id),
        })?;
        Ok(UserInfo {
            id,
            email: text(&self.email),
            phone: text(&self.phone),
            name: text(&self.name),
            avatar: text(&self.avatar),
            raw_data: Value::Object(members.clone()),
        })
    }
}

fn find<'a>(members: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = members.get(path) {
        return Some(value);
    }
    let mut names = path.split('.');
    let first = members.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

/// Text, or a whole number as text: GitHub's ids are numbers.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// A truth value; texts count only where the administrator says so (`acceptStringTypedBooleanClaims`).
pub(crate) fn is_true(members: &Map<String, Value>, name: &str, accept_text: bool) -> bool {
    match members.get(name) {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(text)) => accept_text && text == "true",
        _ => false,
    }
}
