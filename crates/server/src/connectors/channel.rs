//! The way that messages of a tenant take: its connector, else the development inbox.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use api::ErrorCode;
use api::connectors::ConnectorType;
use axum::http::StatusCode;
use db::{DbError, params, sql};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::message::{Message, Recipient};
use super::model::ConnectorRow;
use super::send::{self, DEADLINE, SendError};
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
async fn with_template(app: &App, tenant_id: &'static str, message: &Message) -> Result<Message, ApiError> {
    let mut message = message.clone();
    if matches!(message.to, Recipient::Phone(_)) {
        return Ok(message);
    }
    let tenant = Tenant::new(tenant_id, app);
    let fallback = tenant.config().await?.policy.experience.language_info.fallback_language.clone();
    let language = message.payload.get("locale").and_then(Value::as_str).unwrap_or(&fallback).to_owned();
    let kind = message.usage.as_str();
    let choose = move |view: &View<'_>| email_templates::choose(view, kind, &language, &fallback);
    message.template = tenant.read_inline(&Actor::Server, choose).await?;
    Ok(message)
}

/// Messages of one tenant and kind that are handed over at the same time. Connections outwards are shared by all tenants: one
/// whose service never answers must not take them all.
const MAX_AT_ONCE: usize = 24;
/// How long a message takes before one was sent.
const FIRST_MILLIS: u64 = 200;

/// The messages that are being handed over, by tenant and kind.
#[derive(Debug, Default)]
pub struct Deliveries(Mutex<HashMap<Way, Delivery>>);

/// The connectors that a message can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Way {
    tenant_id: &'static str,
    is_sms: bool,
}

#[derive(Debug, Clone, Copy)]
struct Delivery {
    at_once: usize,
    /// How long the last one took, whether or not it was taken.
    last_millis: u64,
}

/// A message on its way. Its place is free again when this is dropped.
struct OnItsWay<'a> {
    deliveries: &'a Deliveries,
    way: Way,
    usual: Duration,
}

impl Deliveries {
    fn begin(&self, tenant_id: &'static str, recipient: &Recipient) -> Option<OnItsWay<'_>> {
        let way = Way { tenant_id, is_sms: matches!(recipient, Recipient::Phone(_)) };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let delivery = all.entry(way).or_insert(Delivery { at_once: 0, last_millis: FIRST_MILLIS });
        if delivery.at_once >= MAX_AT_ONCE {
            return None;
        }
        delivery.at_once += 1;
        Some(OnItsWay { deliveries: self, way, usual: Duration::from_millis(delivery.last_millis) })
    }

    fn change(&self, way: Way, change: impl FnOnce(&mut Delivery)) {
        if let Some(delivery) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&way) {
            change(delivery);
        }
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.deliveries.change(self.way, |delivery| delivery.at_once -= 1);
    }
}

/// Sends a message. Without a channel nobody gets it, after the time that the tenant's last one took: who waits must not learn
/// from the time whether there is an account (attack C11).
///
/// # Errors
/// The code of the connector, without details; 429 `connector.rate_limit_exceeded` while too many of the tenant's messages are
/// on their way.
pub async fn deliver(
    app: &App,
    tenant_id: &'static str,
    channel: Option<Channel>,
    message: &Message,
) -> Result<(), ApiError> {
    // Whether or not anybody gets it, so that the time tells nothing.
    let message = &with_template(app, tenant_id, message).await?;
    if let Some(Channel::Inbox) = channel {
        app.inbox.keep(tenant_id, message, app.clock.now());
        return Ok(());
    }
    let Some(on_its_way) = app.deliveries.begin(tenant_id, &message.to) else {
        return Err(ApiError::from(&SendError::RateLimited("too many messages are on their way".to_owned())));
    };
    let Some(Channel::Service(settings)) = channel else {
        tokio::time::sleep(on_its_way.usual.min(DEADLINE)).await;
        return Ok(());
    };
    let begun = Instant::now();
    let sent = send::send(app, &settings, message).await;
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    app.deliveries.change(on_its_way.way, |delivery| delivery.last_millis = millis);
    sent.map_err(|error| ApiError::from(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_whose_service_never_answers_takes_no_more_than_its_share() {
        let deliveries = Deliveries::default();
        let to = Recipient::Email("a@b.example".to_owned());
        let mut held: Vec<_> = (0..MAX_AT_ONCE).map(|_| deliveries.begin("one", &to).unwrap()).collect();
        assert!(deliveries.begin("one", &to).is_none());
        assert!(deliveries.begin("other", &to).is_some());
        assert!(deliveries.begin("one", &Recipient::Phone("4915123".to_owned())).is_some());
        held.pop();
        assert!(deliveries.begin("one", &to).is_some());
    }

    #[test]
    fn c11_the_time_of_a_message_is_that_of_its_own_tenant_and_kind() {
        let deliveries = Deliveries::default();
        let (mail, phone) = (Recipient::Email("a@b.example".to_owned()), Recipient::Phone("4915123".to_owned()));
        let slow = deliveries.begin("one", &phone).unwrap();
        deliveries.change(slow.way, |delivery| delivery.last_millis = 2_000);
        assert_eq!(deliveries.begin("one", &phone).unwrap().usual, Duration::from_secs(2));
        assert_eq!(deliveries.begin("one", &mail).unwrap().usual, Duration::from_millis(FIRST_MILLIS));
        assert_eq!(deliveries.begin("other", &phone).unwrap().usual, Duration::from_millis(FIRST_MILLIS));
    }
}
