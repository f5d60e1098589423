//! The way that messages of a tenant take: its connector, else the development inbox.

use api::ErrorCode;
use api::connectors::ConnectorType;
use axum::http::StatusCode;
use db::{DbError, params, sql};
use serde_json::{Value, json};

use super::factories::{self, Service};
use super::message::{Message, Recipient};
use super::model::ConnectorRow;
use super::settings::{ServiceSettings, type_name};
use crate::email_templates;
use crate::errors::ApiError;
use crate::work::{Actor, View};
use crate::{App, Tenant};

/// Where a message goes.
#[derive(Clone)]
pub enum Channel {
    Service(ServiceSettings),
    Inbox,
}

/// Which kinds of messages a tenant can send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AvailableConnectors {
    pub email: bool,
    pub sms: bool,
}

impl AvailableConnectors {
    /// What the tenant's connectors can send; the development inbox takes everything.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn of(view: &View<'_>, has_inbox: bool) -> Result<Self, DbError> {
        let text = sql!("select type from connectors where tenant_id = $1");
        let types: Vec<String> = view.query_all(text, params![view.tenant_id()])?;
        let has = |kind| has_inbox || types.iter().any(|known| known == type_name(kind));
        Ok(Self { email: has(ConnectorType::Email), sms: has(ConnectorType::Sms) })
    }
}

/// What takes the e-mails of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailService {
    /// It is given texts to send.
    TakesTexts,
    /// It makes the texts itself, by the kind of message.
    MakesTexts,
}

/// What takes the e-mails of the tenant, if anything does.
///
/// # Errors
/// A failure of the database.
pub(crate) fn mail_service(view: &View<'_>, has_inbox: bool) -> Result<Option<MailService>, DbError> {
    let text = sql!("select factory_id from connectors where tenant_id = $1 and type = $2");
    let factory: Option<String> = view.query_opt(text, params![view.tenant_id(), type_name(ConnectorType::Email)])?;
    Ok(match factory.as_deref().and_then(factories::find) {
        Some(factory) if factory.service == Service::HttpEmail => Some(MailService::MakesTexts),
        Some(_) => Some(MailService::TakesTexts),
        None => has_inbox.then_some(MailService::TakesTexts),
    })
}

/// The way for messages of this kind.
///
/// # Errors
/// 501 `connector.not_found`.
pub fn channel(view: &View<'_>, app: &App, kind: ConnectorType) -> Result<Channel, ApiError> {
    let text = sql!("select ", ConnectorRow::COLUMNS, " from connectors where tenant_id = $1 and type = $2");
    let row: Option<ConnectorRow> = view.query_opt(text, params![view.tenant_id(), type_name(kind)])?;
    if let Some(connector) = row.map(|row| row.open(view)).transpose()?.flatten() {
        return ServiceSettings::read(connector.factory, &connector.config).map(Channel::Service);
    }
    match app.inbox.is_open() {
        true => Ok(Channel::Inbox),
        false => Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, ErrorCode::ConnectorNotFound)
            .data(json!({"type": type_name(kind)}))),
    }
}

/// The message with the tenant's template for it. A template that can't be read now is no reason to send another text.
pub(super) async fn with_template(app: &App, tenant_id: &'static str, message: &Message) -> Result<Message, ApiError> {
    let message = message.clone();
    if message.notice.is_some() || message.fallback_language.is_some() || matches!(message.to, Recipient::Phone(_)) {
        return Ok(message);
    }
    let tenant = Tenant::new(tenant_id, app);
    let fallback = tenant.config().await?.policy.experience.language_info.fallback_language.clone();
    let choose = move |view: &View<'_>| choose_template(view, message, &fallback);
    Ok(tenant.read_inline(&Actor::Server, choose).await?)
}

/// The message with the tenant's template for it, chosen where the message is made. `fallback` is the tenant's language.
///
/// # Errors
/// A failure of the database.
pub fn choose_template(view: &View<'_>, mut message: Message, fallback: &str) -> Result<Message, DbError> {
    let language = message.payload.get("locale").and_then(Value::as_str).unwrap_or(fallback).to_owned();
    message.template = email_templates::choose(view, message.usage.as_str(), &language, fallback)?;
    message.fallback_language = Some(fallback.to_owned());
    Ok(message)
}
