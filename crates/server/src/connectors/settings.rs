//! The settings of a connector, read and checked.

use api::connectors::ConnectorType;
use api::{ErrorCode, Issue, JsonObject};
use federation::Provider;
use serde::Deserialize;
use serde_json::{Value, json};

use super::factories::{Factory, Service};
use super::http_sender::HttpSettings;
use super::smtp::SmtpSettings;
use crate::errors::ApiError;

/// The checked settings of a service.
#[derive(Clone)]
pub enum ServiceSettings {
    Smtp(Box<SmtpSettings>),
    /// For e-mail or SMS: the request says which.
    Http(HttpSettings),
    Social(Box<Provider>),
}

impl ServiceSettings {
    /// Reads the member `config` of a connector.
    ///
    /// # Errors
    /// 400 `connector.invalid_config` with each place.
    pub(super) fn read(factory: &Factory, config: &JsonObject) -> Result<Self, ApiError> {
        let config = without_empty(config);
        let read = match factory.service {
            Service::Social => provider(factory, &config).map(|provider| Self::Social(Box::new(provider))),
            Service::Smtp => SmtpSettings::read(config.into()).map(|settings| Self::Smtp(Box::new(settings))),
            Service::HttpEmail | Service::HttpSms => HttpSettings::read(config.into()).map(Self::Http),
        };
        read.map_err(|issues| {
            ApiError::bad_request(ErrorCode::ConnectorInvalidConfig).data(api::issue::error_data(&issues))
        })
    }
}

impl ServiceSettings {
    /// The provider at which people sign in.
    pub(super) fn into_provider(self) -> Option<Provider> {
        match self {
            Self::Social(provider) => Some(*provider),
            Self::Smtp(_) | Self::Http(_) => None,
        }
    }
}

/// Reads the settings of a social provider. Each of its addresses is asked only through the outbound client, which refuses the
/// server's own network (attack E1).
fn provider(factory: &Factory, config: &JsonObject) -> Result<Provider, Vec<Issue>> {
    Provider::from_config(&factory.data.id, config)
        .map_err(|error| issue(&error.path.split('.').collect::<Vec<_>>(), &error.reason))
}

/// Forms send an empty text for what was left out.
fn without_empty(config: &JsonObject) -> JsonObject {
    config.iter().filter(|(_, value)| **value != json!("")).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A wrong setting that its type does not show.
pub(super) fn issue(path: &[&str], message: &str) -> Vec<Issue> {
    vec![Issue::custom(path.iter().map(|step| Value::from(*step)).collect(), message)]
}

/// A template of the settings.
#[derive(Debug, Clone, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailTemplate {
    /// A usage type: `SignIn`, `Register`, …
    pub usage_type: super::UsageType,
    #[serde(default, alias = "type")]
    pub content_type: ContentType,
    pub subject: api::BoundedText<1, 998>,
    pub content: api::BoundedText<1, 65_536>,
}

/// The form of a template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
pub enum ContentType {
    #[serde(rename = "text/html")]
    Html,
    #[default]
    #[serde(rename = "text/plain")]
    Plain,
}

/// As the column `type` has it.
pub(super) fn type_name(connector_type: ConnectorType) -> &'static str {
    match connector_type {
        ConnectorType::Email => "Email",
        ConnectorType::Sms => "Sms",
        ConnectorType::Social => "Social",
    }
}
