//! A message to a person.

use api::email_templates::EmailTemplateDetails;
use serde_json::{Map, Value};

use super::channel::Channel;
use super::notice::Notice;

/// What a message is for (inventory H038): there is a template for each.
pub use api::email_templates::EmailTemplateType as UsageType;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    Email(String),
    /// Digits, beginning with the country code.
    Phone(String),
}

/// A message and its way.
pub struct PreparedMessage {
    pub channel: Channel,
    pub message: Message,
}

/// A message before a template makes text of it.
#[derive(Clone)]
pub struct Message {
    pub to: Recipient,
    pub usage: UsageType,
    /// What templates may show: `code`, `link`, `locale`, `application`, … (inventory H039).
    pub payload: Map<String, Value>,
    /// Whose request caused it.
    pub ip: Option<String>,
    /// The tenant's own text, if it has one. Only services that take a text use it (inventory H041).
    pub template: Option<EmailTemplateDetails>,
    /// The tenant's language, where the payload names none; absent until the template is chosen.
    pub fallback_language: Option<String>,
    /// A text of the server's own, in which nothing is filled in: then `usage` means nothing, and no template replaces it.
    pub notice: Option<Notice>,
}

impl Recipient {
    /// The address or number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(text) | Self::Phone(text) => text,
        }
    }
}

impl Message {
    /// A notice to this address.
    pub fn notice(to: String, notice: Notice, payload: Map<String, Value>) -> Self {
        Self {
            to: Recipient::Email(to),
            usage: UsageType::Generic,
            payload,
            ip: None,
            template: None,
            fallback_language: None,
            notice: Some(notice),
        }
    }

    /// What services that make their own texts call its kind.
    pub fn kind(&self) -> &'static str {
        self.notice.as_ref().map_or_else(|| self.usage.as_str(), |notice| notice.kind)
    }

    /// A verification code. `locale` is a language tag.
    pub fn code(to: Recipient, usage: UsageType, code: &str, locale: Option<&str>) -> Self {
        let mut payload = Map::from_iter([("code".to_owned(), Value::from(code))]);
        if let Some(locale) = locale {
            payload.insert("locale".to_owned(), locale.into());
        }
        Self { to, usage, payload, ip: None, template: None, fallback_language: None, notice: None }
    }
}
