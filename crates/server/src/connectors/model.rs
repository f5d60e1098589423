//! A stored connector.

use api::JsonObject;
use api::connectors::{Connector as WireConnector, ConnectorMetadata};
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
    config: String,
}

/// A connector with its settings.
pub(super) struct Connector {
    pub id: String,
    pub factory: &'static Factory,
    pub config: JsonObject,
}

impl ConnectorRow {
    /// The connector of the row; none if this server has no such factory.
    pub fn open(self, view: &View<'_>) -> Result<Option<Connector>, ApiError> {
        let Some(factory) = factories::find(&self.factory_id) else { return Ok(None) };
        let place = SealedColumn::Connector.of(view.tenant_id(), &self.id);
        let text = view.sealer().open(place, &self.config)?;
        let config = serde_json::from_str(&text)
            .map_err(|error| DbError::Sql(format!("the settings of the connector {}: {error}", self.id)))?;
        Ok(Some(Connector { id: self.id, factory, config }))
    }
}

impl Connector {
    /// As the API shows it.
    pub fn to_wire(&self) -> WireConnector {
        WireConnector {
            id: self.id.clone(),
            sync_profile: false,
            enable_token_storage: false,
            config: self.config.clone(),
            metadata: ConnectorMetadata::default(),
            connector_id: self.factory.data.id.clone(),
            extra_info: Some(JsonObject::new()),
            description: self.factory.data.description.clone(),
        }
    }
}
