//! A stored connector.

use api::connectors::{Connector as WireConnector, ConnectorMetadata, LocalizedText};
use api::{JsonObject, Patch};
use db::{DbError, FromRow};

use super::factories::{self, Factory};
use crate::errors::ApiError;
use crate::sealing::SealedColumn;
use crate::work::View;

/// A row of `connectors`, whose settings are sealed.
#[derive(FromRow)]
pub(super) struct ConnectorRow {
    pub id: String,
    pub factory_id: String,
    target: String,
    config: String,
    #[row(json)]
    metadata: ConnectorMetadata,
    sync_profile: bool,
    enable_token_storage: bool,
}

/// A connector with its settings.
pub(super) struct Connector {
    pub id: String,
    pub factory: &'static Factory,
    /// Names the service.
    pub target: String,
    pub config: JsonObject,
    /// Of a standard connector.
    pub metadata: ConnectorMetadata,
    pub sync_profile: bool,
    /// Whether the tokens of the provider are kept.
    pub enable_token_storage: bool,
}

impl ConnectorRow {
    /// The connector of the row; none if this server has no such factory.
    pub fn open(self, view: &View<'_>) -> Result<Option<Connector>, ApiError> {
        let Some(factory) = factories::find(&self.factory_id) else { return Ok(None) };
        let place = SealedColumn::Connector.of(view.tenant_id(), &self.id);
        let text = view.sealer().open(place, &self.config)?;
        let config = serde_json::from_str(&text)
            .map_err(|error| DbError::Sql(format!("the settings of the connector {}: {error}", self.id)))?;
        let Self { id, target, metadata, sync_profile, enable_token_storage, .. } = self;
        Ok(Some(Connector { id, factory, target, config, metadata, sync_profile, enable_token_storage }))
    }
}

impl Connector {
    /// As the API shows it: what a standard connector says of itself takes the place of what its factory says.
    pub fn to_wire(&self) -> WireConnector {
        let mut description = self.factory.data.description.clone();
        description.target.clone_from(&self.target);
        let names = self.metadata.name.iter().flatten();
        let names: LocalizedText =
            names.filter_map(|(language, name)| Some((language.clone(), name.as_str()?.to_owned()))).collect();
        if !names.is_empty() {
            description.name = names;
        }
        if let Some(logo) = &self.metadata.logo {
            description.logo.clone_from(logo);
            description.logo_dark = None;
        }
        if let Patch::Value(logo) = &self.metadata.logo_dark {
            description.logo_dark = Some(logo.clone());
        }
        WireConnector {
            id: self.id.clone(),
            sync_profile: self.sync_profile,
            enable_token_storage: self.enable_token_storage,
            config: self.config.clone(),
            metadata: self.metadata.clone(),
            connector_id: self.factory.data.id.clone(),
            extra_info: Some(JsonObject::new()),
            description,
        }
    }
}
