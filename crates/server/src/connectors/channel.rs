//! The way that messages of a tenant take: its connector, else the development inbox.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api::ErrorCode;
use api::connectors::ConnectorType;
use axum::http::StatusCode;
use db::{DbError, params, sql};
use serde_json::json;
use tokio::time::Instant;

use super::message::Message;
use super::model::ConnectorRow;
use super::send::{self, DEADLINE};
use super::settings::{ServiceSettings, type_name};
use crate::App;
use crate::errors::ApiError;
use crate::work::View;

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
    let text = sql!("select id, factory_id, config from connectors where tenant_id = $1 and type = $2");
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

/// How long the last message took, in milliseconds, whether or not it was taken.
#[derive(Debug, Default)]
pub struct DeliveryTime(AtomicU64);

/// Sends a message. Without a channel nobody gets it, after the time that the last one took: who waits must not learn from
/// the time whether there is an account (attack C11).
///
/// # Errors
/// The code of the connector, without details.
pub async fn deliver(
    app: &App,
    tenant_id: &'static str,
    channel: Option<Channel>,
    message: &Message,
) -> Result<(), ApiError> {
    match channel {
        Some(Channel::Service(settings)) => {
            let begun = Instant::now();
            let sent = send::send(app, &settings, message).await;
            let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            app.delivery_time.0.store(millis, Ordering::Relaxed);
            sent.map_err(|error| ApiError::from(&error))
        }
        Some(Channel::Inbox) => {
            app.inbox.keep(tenant_id, message, app.clock.now());
            Ok(())
        }
        None => {
            let last = Duration::from_millis(app.delivery_time.0.load(Ordering::Relaxed));
            tokio::time::sleep(last.min(DEADLINE)).await;
            Ok(())
        }
    }
}
