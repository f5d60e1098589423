//! Social connectors, as signing in needs them.

use api::connectors::{ConnectorType, LocalizedText};
use db::{DbError, params, sql};
use federation::{AuthorizationRequest, OneTap, Provider, ProviderSession};
use serde_json::{Value, json};

use super::model::{Connector, ConnectorRow};
use super::settings::ServiceSettings;
use super::store;
use crate::errors::ApiError;
use crate::work::{View, Work};

/// A social provider that a tenant has set up.
#[derive(Debug, Clone, PartialEq)]
pub struct SocialConnector {
    pub id: String,
    /// Accounts are linked to users under it.
    pub target: String,
    pub sync_profile: bool,
    /// Whether the provider's tokens are kept.
    pub keeps_tokens: bool,
    pub provider: Provider,
}

/// What everybody may see of a social connector.
pub struct PublicConnector {
    pub id: String,
    pub target: String,
    pub name: LocalizedText,
    /// URLs of images.
    pub logo: String,
    pub logo_dark: Option<String>,
    is_standard: bool,
    /// Where it is switched on.
    pub one_tap: Option<OneTap>,
}

impl PublicConnector {
    fn of(connector: &Connector) -> Self {
        // Most have no such setting: theirs need not be read.
        let one_tap = connector.config.contains_key("oneTap").then(|| {
            let provider = ServiceSettings::read(connector.factory, &connector.config).ok()?.into_provider()?;
            provider.one_tap().cloned()
        });
        let wire = connector.to_wire();
        let description = wire.description;
        Self {
            id: wire.id,
            target: description.target,
            name: description.name,
            logo: description.logo,
            logo_dark: description.logo_dark,
            is_standard: connector.factory.is_standard(),
            one_tap: one_tap.flatten(),
        }
    }

    /// The name in a language, else in English.
    pub fn name_in(&self, language: &str) -> &str {
        let name = |language: &str| self.name.get(language).map(String::as_str).filter(|name| !name.is_empty());
        name(language).or_else(|| name("en")).unwrap_or(&self.target)
    }

    /// `googleOneTap` (inventory A053), if the connector has One Tap switched on.
    pub fn google_one_tap(&self) -> Option<Value> {
        let mut shown = json!(self.one_tap.as_ref()?);
        shown["connectorId"] = json!(self.id);
        Some(shown)
    }

    /// A member of `socialConnectors` (inventory A053).
    pub fn to_json(&self) -> Value {
        let mut shown = json!({
            "id": self.id, "target": self.target, "platform": "Universal", "name": self.name,
            "logo": self.logo, "logoDark": self.logo_dark,
        });
        if self.is_standard {
            shown["isStandard"] = true.into();
        }
        shown
    }
}

/// The connector with this id, if it is one that the tenant offers: its target is in `enabled` (attack D10).
///
/// # Errors
/// 404 `entity.not_found` for an unknown id; 400 `connector.unexpected_type`; 400 `connector.not_enabled`.
pub fn get_enabled(view: &View<'_>, id: &str, enabled: &[String]) -> Result<SocialConnector, ApiError> {
    let connector = get(view, id)?;
    match enabled.contains(&connector.target) {
        true => Ok(connector),
        false => Err(ApiError::bad_request("connector.not_enabled")),
    }
}

fn read(view: &View<'_>, connector: Connector) -> Result<SocialConnector, ApiError> {
    let provider = ServiceSettings::read(connector.factory, &connector.config)?.into_provider();
    Ok(SocialConnector {
        provider: provider.ok_or_else(|| ApiError::bad_request("connector.unexpected_type"))?,
        id: connector.id,
        target: connector.target,
        sync_profile: connector.sync_profile,
        keeps_tokens: connector.enable_token_storage && view.vault().is_open(),
    })
}

/// The connectors that the pages offer, in the order of `targets`.
///
/// # Errors
/// A failure of the database.
pub fn offered(view: &View<'_>, targets: &[String]) -> Result<Vec<PublicConnector>, ApiError> {
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let text = sql!("select ", ConnectorRow::COLUMNS, " from connectors where tenant_id = $1 and type = 'Social'");
    let rows: Vec<ConnectorRow> = view.query_all(text, params![view.tenant_id()])?;
    let mut known = Vec::new();
    for row in rows {
        known.extend(row.open(view)?);
    }
    let find = |target: &String| known.iter().find(|connector| connector.target == *target);
    Ok(targets.iter().filter_map(find).map(PublicConnector::of).collect())
}

/// A social connector, whether or not the pages offer it: what administrators use.
///
/// # Errors
/// 404 `entity.not_found` for an unknown id; 400 `connector.unexpected_type`.
pub fn get(view: &View<'_>, id: &str) -> Result<SocialConnector, ApiError> {
    read(view, store::get(view, id)?)
}

/// The session of a request that an administrator's own page makes. It is not kept but made again: only this installation can.
pub fn session(view: &View<'_>, connector_id: &str, request: AuthorizationRequest<'_>) -> ProviderSession {
    ProviderSession::derived(request, |name| {
        let place = ["connector session", view.tenant_id(), connector_id, name];
        view.sealer().derive(&[&place[..], &[request.state, request.redirect_uri]].concat())
    })
}

/// As [`get`]; nobody changes the connector before the unit ends. None if it is gone.
///
/// # Errors
/// 400 `connector.unexpected_type`; a failure of the database.
pub fn find_for_share(work: &Work<'_>, id: &str) -> Result<Option<SocialConnector>, ApiError> {
    store::find_for_share(work, id)?.map(|connector| read(work, connector)).transpose()
}

/// The targets of all social connectors.
///
/// # Errors
/// A failure of the database.
pub fn targets(view: &View<'_>) -> Result<Vec<String>, DbError> {
    let text = sql!("select target from connectors where tenant_id = $1 and type = $2");
    view.query_all(text, params![view.tenant_id(), super::settings::type_name(ConnectorType::Social)])
}
