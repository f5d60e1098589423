//! The table `connectors`.

use api::connectors::{ConnectorMetadata, CreateConnector, UpdateConnector};
use api::{ErrorCode, JsonObject};
use db::{DbError, params, sql};
use kernel::id;
use serde_json::Value;

use super::channel::AvailableConnectors;
use super::factories;
use super::model::{Connector, ConnectorRow};
use super::settings::{ServiceSettings, type_name};
use crate::errors::ApiError;
use crate::sealing::SealedColumn;
use crate::sign_in_experience;
use crate::tenants::Section;
use crate::work::{View, Work};

/// The connectors of a tenant, oldest first.
pub(super) fn list(view: &View<'_>, target: Option<&str>) -> Result<Vec<Connector>, ApiError> {
    let text = sql!("select id, factory_id, config from connectors where tenant_id = $1 order by created_at, id");
    let rows: Vec<ConnectorRow> = view.query_all(text, params![view.tenant_id()])?;
    let mut found = Vec::new();
    for row in rows {
        found.extend(row.open(view)?);
    }
    found.retain(|connector| target.is_none_or(|target| connector.factory.data.description.target == target));
    Ok(found)
}

/// The connector with this id.
///
/// # Errors
/// 404 `entity.not_found`.
pub(super) fn get(view: &View<'_>, id: &str) -> Result<Connector, ApiError> {
    let text = sql!("select id, factory_id, config from connectors where tenant_id = $1 and id = $2");
    let row: Option<ConnectorRow> = view.query_opt(text, params![view.tenant_id(), id])?;
    row.map(|row| row.open(view)).transpose()?.flatten().ok_or_else(ApiError::not_found)
}

/// Creates a connector in the place of the one of its type.
///
/// # Errors
/// 422 `connector.not_found_with_connector_id`; what [`check_members`] refuses; 400 `connector.invalid_config`; 422 for an id
/// that is taken.
pub(super) fn create(work: &Work<'_>, new: CreateConnector) -> Result<Connector, ApiError> {
    work.touch(Section::Connectors)?;
    let factory = factories::find(&new.connector_id)
        .ok_or_else(|| ApiError::unprocessable(ErrorCode::ConnectorNotFoundWithConnectorId))?;
    check_members(new.metadata.as_ref(), new.sync_profile, new.enable_token_storage)?;
    let config = new.config.unwrap_or_default();
    ServiceSettings::read(factory, &config)?;
    let kind = type_name(factory.connector_type());
    let replaced = sql!("delete from connectors where tenant_id = $1 and type = $2");
    work.exec(replaced, params![work.tenant_id(), kind])?;
    let id = new.id.map_or_else(|| id::short_entity_id(work.rng()), |id| id.0);
    let text = sql!(
        "insert into connectors (tenant_id, id, factory_id, type, config, created_at) values ($1, $2, $3, $4, $5, $6)"
    );
    let sealed = seal(work, &id, &config)?;
    let values = params![work.tenant_id(), &id, &factory.data.id, kind, sealed, work.now()];
    work.exec(text, values).map_err(|error| match error {
        DbError::Unique(_) => ApiError::unprocessable(ErrorCode::EntityUniqueIntegrityViolation),
        other => other.into(),
    })?;
    Ok(Connector { id, factory, config })
}

/// Replaces the settings of a connector.
///
/// # Errors
/// 404; what [`check_members`] refuses; 400 `connector.invalid_config`.
pub(super) fn update(work: &Work<'_>, id: &str, patch: UpdateConnector) -> Result<Connector, ApiError> {
    work.touch(Section::Connectors)?;
    let mut connector = get(work, id)?;
    check_members(patch.metadata.as_ref(), patch.sync_profile, patch.enable_token_storage)?;
    if let Some(config) = patch.config {
        ServiceSettings::read(connector.factory, &config)?;
        let text = sql!("update connectors set config = $3 where tenant_id = $1 and id = $2");
        work.exec_one(text, params![work.tenant_id(), id, seal(work, id, &config)?])?;
        connector.config = config;
    }
    Ok(connector)
}

/// Deletes a connector.
///
/// # Errors
/// 404 `entity.not_found`; 422 when passwords expire that nobody could reset then.
pub(super) fn delete(work: &Work<'_>, id: &str, has_inbox: bool) -> Result<(), ApiError> {
    work.touch(Section::Connectors)?;
    let before = AvailableConnectors::of(work, has_inbox)?;
    let text = sql!("delete from connectors where tenant_id = $1 and id = $2");
    work.exec_existing(text, params![work.tenant_id(), id])?;
    sign_in_experience::require_reset_channel(work, before, AvailableConnectors::of(work, has_inbox)?)
}

fn seal(work: &Work<'_>, id: &str, config: &JsonObject) -> Result<String, ApiError> {
    let place = SealedColumn::Connector.of(work.tenant_id(), id);
    Ok(work.sealer().seal(place, &Value::Object(config.clone()).to_string())?)
}

/// Refuses what only social connectors have.
///
/// # Errors
/// 400 `connector.cannot_overwrite_metadata_for_non_standard_connector`; 422 `connector.invalid_type_for_syncing_profile`;
/// 422 `connector.token_storage_not_supported`.
fn check_members(
    metadata: Option<&ConnectorMetadata>,
    sync_profile: Option<bool>,
    token_storage: Option<bool>,
) -> Result<(), ApiError> {
    if metadata.is_some_and(|metadata| *metadata != ConnectorMetadata::default()) {
        return Err(ApiError::bad_request(ErrorCode::ConnectorCannotOverwriteMetadataForNonStandardConnector));
    }
    if sync_profile == Some(true) {
        return Err(ApiError::unprocessable(ErrorCode::ConnectorInvalidTypeForSyncingProfile));
    }
    match token_storage {
        Some(true) => Err(ApiError::unprocessable(ErrorCode::ConnectorTokenStorageNotSupported)),
        _ => Ok(()),
    }
}
