//! The catalogue of custom profile fields: what a person is asked for at registration, and which values fit (H122 to H125).

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::date_pattern::DatePattern;

/// A field of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileField {
    /// The member of the profile or of the custom data that holds its value.
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// The administrator's own text; empty for the name.
    #[serde(default)]
    pub label: String,
    #[serde(default)]
    pub description: Option<String>,
    pub required: bool,
    #[serde(default)]
    pub config: FieldConfig,
}

/// What its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    Text,
    Number,
    Date,
    Checkbox,
    Select,
    Url,
    Regex,
    /// An object of parts.
    Address,
    /// Parts that are members of the profile themselves.
    Fullname,
}

/// What limits its values; each kind looks at its own members.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FieldConfig {
    pub placeholder: Option<String>,
    /// Characters.
    pub min_length: Option<i64>,
    /// Characters.
    pub max_length: Option<i64>,
    pub min_value: Option<f64>,
    pub max_value: Option<f64>,
    /// Of a date or a regular expression.
    pub format: Option<String>,
    /// The pattern of a date whose format is none of the usual ones.
    pub custom_format: Option<String>,
    pub options: Vec<FieldOption>,
    pub default_value: Option<String>,
    pub parts: Vec<FieldPart>,
}

/// A value to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOption {
    pub value: String,
    #[serde(default)]
    pub label: Option<String>,
}

/// A part of an address or of a full name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldPart {
    pub enabled: bool,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FieldKind,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    pub required: bool,
    #[serde(default)]
    pub config: FieldConfig,
}

/// Why a value does not fit.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldIssue {
    Required,
    TooShort { min: i64 },
    TooLong { max: i64 },
    NotANumber,
    TooSmall { min: f64 },
    TooLarge { max: f64 },
    NotADate { pattern: String },
    NotAnOption,
    NotAUrl,
    NotTheFormat,
    WrongType,
}

/// The longest text where the administrator sets no limit, in characters.
const LONGEST_TEXT: i64 = 4096;
/// The widest that the name of a user is stored, in characters.
pub(crate) const LONGEST_NAME: usize = 128;
/// The most memory of a compiled expression, in bytes.
const LARGEST_EXPRESSION: usize = 1 << 18;

/// The expression of an administrator; none where it is no expression. It never takes longer than the text is long: looking
/// around and referring back are not part of it.
pub fn expression(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(LARGEST_EXPRESSION).build().ok()
}

impl FieldConfig {
    /// How dates are written; none where the pattern is none.
    pub fn date_pattern(&self) -> Option<(DatePattern, &str)> {
        let format = self.format.as_deref().unwrap_or(DatePattern::ISO);
        let text = match DatePattern::parse(format) {
            Some(_) => format,
            None => self.custom_format.as_deref()?,
        };
        Some((DatePattern::parse(text)?, text))
    }

    /// The parts that are asked for.
    pub fn enabled_parts(&self) -> impl Iterator<Item = &FieldPart> {
        self.parts.iter().filter(|part| part.enabled)
    }
}

impl ProfileField {
    /// A field for any text.
    pub fn text(name: &str, required: bool) -> Self {
        let (name, config) = (name.to_owned(), FieldConfig::default());
        Self { name, kind: FieldKind::Text, label: String::new(), description: None, required, config }
    }

    /// What the page calls it.
    pub fn title(&self) -> &str {
        if self.label.is_empty() { &self.name } else { &self.label }
    }

    /// Whether the parts of its value are members of the profile themselves.
    pub fn is_spread(&self) -> bool {
        self.kind == FieldKind::Fullname && self.name == "fullname"
    }

    /// Checks a value that is there.
    ///
    /// # Errors
    /// The first reason why it does not fit.
    pub fn check(&self, value: &Value) -> Result<(), FieldIssue> {
        match (self.name.as_str(), value) {
            ("name", Value::String(text)) if text.chars().count() > LONGEST_NAME => {
                return Err(FieldIssue::TooLong { max: 128 });
            }
            ("name", Value::String(text)) if kernel::text::has_bidi_control(text) => return Err(FieldIssue::WrongType),
            ("avatar", Value::String(text)) if !is_web_url(text) => return Err(FieldIssue::NotAUrl),
            ("name" | "avatar", Value::String(_)) => {}
            ("name" | "avatar", _) => return Err(FieldIssue::WrongType),
            _ => {}
        }
        match self.kind {
            FieldKind::Address | FieldKind::Fullname => {
                let parts = value.as_object().ok_or(FieldIssue::WrongType)?;
                self.check_parts(parts)
            }
            kind => check_value(kind, &self.config, value),
        }
    }

    /// Checks the parts of an address or a full name.
    ///
    /// # Errors
    /// The first reason why one does not fit, or that a required one is missing.
    pub fn check_parts(&self, parts: &Map<String, Value>) -> Result<(), FieldIssue> {
        for part in self.config.enabled_parts() {
            match parts.get(&part.name).filter(|value| !is_blank(value)) {
                Some(value) => check_value(part.kind, &part.config, value)?,
                None if part.required => return Err(FieldIssue::Required),
                None => {}
            }
        }
        let is_known = |name: &String| self.config.enabled_parts().any(|part| part.name == *name);
        if parts.keys().all(is_known) { Ok(()) } else { Err(FieldIssue::WrongType) }
    }
}

impl FieldPart {
    /// What the page calls it; none for the usual name.
    pub fn title(&self) -> Option<&str> {
        self.label.as_deref().filter(|label| !label.is_empty())
    }

    /// Checks a value that is there.
    ///
    /// # Errors
    /// The first reason why it does not fit.
    pub fn check(&self, value: &Value) -> Result<(), FieldIssue> {
        check_value(self.kind, &self.config, value)
    }
}

/// Null and the empty text are no value.
pub fn is_blank(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn check_value(kind: FieldKind, config: &FieldConfig, value: &Value) -> Result<(), FieldIssue> {
    if kind == FieldKind::Checkbox {
        let is_boolean = value.is_boolean() || matches!(value.as_str(), Some("true" | "false"));
        return if is_boolean { Ok(()) } else { Err(FieldIssue::WrongType) };
    }
    // A client may send a number for a text and the other way round.
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(FieldIssue::WrongType),
    };
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let max_length = config.max_length.unwrap_or(LONGEST_TEXT);
    if length > max_length.min(LONGEST_TEXT) {
        return Err(FieldIssue::TooLong { max: max_length.min(LONGEST_TEXT) });
    }
    match kind {
        FieldKind::Text => match config.min_length {
            Some(min) if length < min => Err(FieldIssue::TooShort { min }),
            _ => Ok(()),
        },
        FieldKind::Number => check_number(config, &text),
        FieldKind::Date => match config.date_pattern() {
            Some((pattern, _)) if pattern.fits(&text) => Ok(()),
            Some((_, pattern)) => Err(FieldIssue::NotADate { pattern: pattern.to_owned() }),
            None => Err(FieldIssue::WrongType),
        },
        FieldKind::Select => {
            config.options.iter().any(|option| option.value == text).then_some(()).ok_or(FieldIssue::NotAnOption)
        }
        FieldKind::Url => is_web_url(&text).then_some(()).ok_or(FieldIssue::NotAUrl),
        FieldKind::Regex => {
            let fits = config.format.as_deref().and_then(expression).is_some_and(|regex| regex.is_match(&text));
            fits.then_some(()).ok_or(FieldIssue::NotTheFormat)
        }
        FieldKind::Checkbox | FieldKind::Address | FieldKind::Fullname => Err(FieldIssue::WrongType),
    }
}

fn check_number(config: &FieldConfig, text: &str) -> Result<(), FieldIssue> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).ok_or(FieldIssue::NotANumber)?;
    match (config.min_value, config.max_value) {
        (Some(min), _) if number < min => Err(FieldIssue::TooSmall { min }),
        (_, Some(max)) if number > max => Err(FieldIssue::TooLarge { max }),
        _ => Ok(()),
    }
}

/// Another scheme could run code on a page that shows the address (attack A7).
pub(crate) fn is_web_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(value: Value) -> ProfileField {
        let mut members = json!({"name": "x", "required": false});
        members.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(members).unwrap()
    }

    #[test]
    fn each_kind_takes_its_values_and_no_others() {
        let text = field(json!({"type": "Text", "config": {"minLength": 2, "maxLength": 4}}));
        assert_eq!(text.check(&json!("x")), Err(FieldIssue::TooShort { min: 2 }));
        assert_eq!(text.check(&json!("xxxxx")), Err(FieldIssue::TooLong { max: 4 }));
        assert_eq!(text.check(&json!(["xx"])), Err(FieldIssue::WrongType));
        assert!(text.check(&json!("xx")).is_ok() && text.check(&json!(4242)).is_ok());
        let number = field(json!({"type": "Number", "config": {"minValue": 0.5, "maxValue": 9}}));
        assert!(number.check(&json!(1)).is_ok() && number.check(&json!("9")).is_ok());
        assert_eq!(number.check(&json!(0)), Err(FieldIssue::TooSmall { min: 0.5 }));
        assert_eq!(number.check(&json!("9.5")), Err(FieldIssue::TooLarge { max: 9.0 }));
        assert_eq!(number.check(&json!("NaN")), Err(FieldIssue::NotANumber));
        let date = field(json!({"type": "Date", "config": {"format": "dd/MM/yyyy"}}));
        assert!(date.check(&json!("31/01/2000")).is_ok());
        assert_eq!(date.check(&json!("2000-01-31")), Err(FieldIssue::NotADate { pattern: "dd/MM/yyyy".into() }));
        let custom = field(json!({"type": "Date", "config": {"format": "custom", "customFormat": "d.M.yyyy"}}));
        assert!(custom.check(&json!("1.2.2000")).is_ok());
        let checkbox = field(json!({"type": "Checkbox"}));
        assert!(checkbox.check(&json!(true)).is_ok() && checkbox.check(&json!("false")).is_ok());
        assert_eq!(checkbox.check(&json!("on")), Err(FieldIssue::WrongType));
        let select = field(json!({"type": "Select", "config": {"options": [{"value": "a"}]}}));
        assert_eq!(select.check(&json!("b")), Err(FieldIssue::NotAnOption));
        assert!(select.check(&json!("a")).is_ok());
        let url = field(json!({"type": "Url"}));
        assert!(url.check(&json!("https://example.com/a")).is_ok());
        for wrong in ["javascript:alert(1)", "https://", "https:///x", "https://a b", "example.com"] {
            assert_eq!(url.check(&json!(wrong)), Err(FieldIssue::NotAUrl), "{wrong}");
        }
        let regex = field(json!({"type": "Regex", "config": {"format": "^[A-Z]{2}\\d+$"}}));
        assert!(regex.check(&json!("DE42")).is_ok());
        assert_eq!(regex.check(&json!("42")), Err(FieldIssue::NotTheFormat));
    }

    #[test]
    fn parts_are_checked_and_unknown_or_disabled_ones_refused() {
        let part = |name: &str, enabled: bool, required: bool| json!({"name": name, "type": "Text", "enabled": enabled, "required": required, "config": {"maxLength": 5}});
        let parts = [part("locality", true, true), part("region", true, false), part("country", false, true)];
        let address = field(json!({"type": "Address", "config": {"parts": parts}}));
        assert!(address.check(&json!({"locality": "Bonn"})).is_ok());
        assert_eq!(address.check(&json!({"locality": ""})), Err(FieldIssue::Required));
        assert_eq!(address.check(&json!({"locality": "Bonn", "country": "DE"})), Err(FieldIssue::WrongType));
        assert_eq!(
            address.check(&json!({"locality": "Bonn", "region": "xxxxxx"})),
            Err(FieldIssue::TooLong { max: 5 })
        );
        assert_eq!(address.check(&json!("Bonn")), Err(FieldIssue::WrongType));
    }

    #[test]
    fn an_expression_that_could_take_long_is_none() {
        for refused in ["(", r"(a)\1", "(?=x)", "(?:x{1000}){1000}"] {
            assert!(expression(refused).is_none(), "{refused}");
        }
        assert!(expression("^(a+)+$").is_some());
    }
}
