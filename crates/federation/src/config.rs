//! Reading what an administrator saved for a connector.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use url::Url;

/// The longest text of a setting, in characters.
const MAX_TEXT: usize = 4096;

/// A setting that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct InvalidConfig {
    /// Such as `idTokenVerificationConfig.jwksUri`.
    pub path: String,
    /// A sentence without its subject, such as "must be text".
    pub reason: String,
}

/// Reads the members of one object, and knows which were never asked for.
pub(crate) struct ConfigReader<'a> {
    members: &'a Map<String, Value>,
    prefix: String,
    read: BTreeSet<&'static str>,
}

impl<'a> ConfigReader<'a> {
    pub fn new(members: &'a Map<String, Value>) -> Self {
        Self { members, prefix: String::new(), read: BTreeSet::new() }
    }

    pub fn invalid(&self, key: &str, reason: impl Into<String>) -> InvalidConfig {
        InvalidConfig { path: format!("{}{key}", self.prefix), reason: reason.into() }
    }

    /// The value of a member; null and "" count as absent, because forms send them.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.read.insert(key);
        self.members.get(key).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    pub fn text(&mut self, key: &'static str) -> Result<Option<String>, InvalidConfig> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.invalid(key, "must be text"))?.trim();
        if text.chars().count() > MAX_TEXT || text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            return Err(
                self.invalid(key, format!("must have at most {MAX_TEXT} characters, none of them a control character"))
            );
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    pub fn required(&mut self, key: &'static str) -> Result<String, InvalidConfig> {
        self.text(key)?.ok_or_else(|| self.invalid(key, "is required"))
    }

    /// An absolute http or https URL without fragment (RFC 6749 section 3.1).
    pub fn url(&mut self, key: &'static str) -> Result<Url, InvalidConfig> {
        let text = self.required(key)?;
        endpoint(&text).ok_or_else(|| self.invalid(key, "must be an absolute https or http URL without fragment"))
    }

    /// Scopes, separated by white space of any kind.
    pub fn scope(&mut self, key: &'static str) -> Result<Option<String>, InvalidConfig> {
        Ok(self.text(key)?.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }

    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Result<Option<T>, InvalidConfig> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let chosen = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        chosen.map(Some).ok_or_else(|| self.invalid(key, format!("must be one of {}", names.join(", "))))
    }

    pub fn flag(&mut self, key: &'static str) -> Result<bool, InvalidConfig> {
        let Some(value) = self.value(key) else { return Ok(false) };
        value.as_bool().ok_or_else(|| self.invalid(key, "must be true or false"))
    }

    /// A whole number of seconds of at most a year.
    pub fn seconds(&mut self, key: &'static str) -> Result<Option<i64>, InvalidConfig> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let number = value.as_i64().filter(|number| (0..=31_536_000).contains(number));
        number.map(Some).ok_or_else(|| self.invalid(key, "must be a whole number of seconds, at most 31536000"))
    }

    /// One text, or an array of texts.
    pub fn texts(&mut self, key: &'static str) -> Result<Vec<String>, InvalidConfig> {
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one.clone()]),
            Some(Value::Array(many)) if many.len() <= 64 => {
                let texts = many.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
                texts.ok_or_else(|| self.invalid(key, "must be text, or an array of texts"))
            }
            Some(_) => Err(self.invalid(key, "must be text, or an array of at most 64 texts")),
        }
    }

    /// An object inside; an absent one reads as empty. Objects may also come as JSON text, as forms send them.
    pub fn object<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut ConfigReader<'_>) -> Result<T, InvalidConfig>,
    ) -> Result<T, InvalidConfig> {
        let members = self.members_of(key)?;
        let mut inner =
            ConfigReader { members: &members, prefix: format!("{}{key}.", self.prefix), read: BTreeSet::new() };
        let value = read(&mut inner)?;
        inner.finish()?;
        Ok(value)
    }

    /// Free names with texts, numbers or truth values, such as further parameters of a request.
    pub fn parameters(&mut self, key: &'static str) -> Result<Vec<(String, String)>, InvalidConfig> {
        let members = self.members_of(key)?;
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        };
        let pairs = members.iter().map(|(name, value)| text(value).map(|value| (name.clone(), value)));
        let pairs = pairs.collect::<Option<Vec<_>>>().filter(|pairs| pairs.len() <= 64);
        pairs.ok_or_else(|| self.invalid(key, "must be an object of at most 64 texts, numbers or truth values"))
    }

    fn members_of(&mut self, key: &'static str) -> Result<Map<String, Value>, InvalidConfig> {
        let object = match self.value(key) {
            None => Some(Map::new()),
            Some(Value::Object(object)) => Some(object.clone()),
            Some(Value::String(text)) => serde_json::from_str(text).ok(),
            Some(_) => None,
        };
        object.ok_or_else(|| self.invalid(key, "must be an object"))
    }

    /// Refuses members that nothing has read: a setting without effect would mislead who saved it.
    pub fn finish(self) -> Result<(), InvalidConfig> {
        match self.members.keys().find(|key| !self.read.contains(key.as_str())) {
            Some(unknown) => Err(self.invalid(unknown, "is not a setting of this connector")),
            None => Ok(()),
        }
    }
}

fn endpoint(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(is_endpoint)
}

/// Whether requests can be sent there.
pub(crate) fn is_endpoint(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}
