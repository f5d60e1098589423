//! The table `connectors`.

use api::connectors::{ConnectorMetadata, ConnectorType, CreateConnector, UpdateConnector};
use api::{ErrorCode, JsonObject};
use db::{DbError, FromRow, Json, params, sql};
use kernel::id;
use serde_json::Value;

use super::channel::AvailableConnectors;
use super::factories::{self, Factory};
use super::metadata::{self, check_members};
use super::model::{Connector, ConnectorRow};
use super::settings::{ServiceSettings, type_name};
use crate::errors::ApiError;
use crate::sealing::SealedColumn;
use crate::secrets;
use crate::sign_in_experience;
use crate::tenants::Section;
use crate::work::{View, Work};

/// The connectors of a tenant, oldest first.
pub(super) fn list(view: &View<'_>, target: Option<&str>) -> Result<Vec<Connector>, ApiError> {
    let text = sql!("select ", ConnectorRow::COLUMNS, " from connectors where tenant_id = $1 order by created_at, id");
    let rows: Vec<ConnectorRow> = view.query_all(text, params![view.tenant_id()])?;
    let mut found = Vec::new();
    for row in rows {
        found.extend(row.open(view)?);
    }
    found.retain(|connector| target.is_none_or(|target| connector.target == target));
    Ok(found)
}

/// The connector with this id.
///
/// # Errors
/// 404 `entity.not_found`.
pub(super) fn get(view: &View<'_>, id: &str) -> Result<Connector, ApiError> {
    let text = sql!("select ", ConnectorRow::COLUMNS, " from connectors where tenant_id = $1 and id = $2");
    let row: Option<ConnectorRow> = view.query_opt(text, params![view.tenant_id(), id])?;
    row.map(|row| row.open(view)).transpose()?.flatten().ok_or_else(ApiError::not_found)
}

/// The connector with this id, if there is one. Nobody changes it before the unit ends.
///
/// # Errors
/// A failure of the database.
pub(super) fn find_for_share(work: &Work<'_>, id: &str) -> Result<Option<Connector>, ApiError> {
    let text =
        sql!("select ", ConnectorRow::COLUMNS, " from connectors where tenant_id = $1 and id = $2", " for share");
    let row: Option<ConnectorRow> = work.query_opt(text, params![work.tenant_id(), id])?;
    Ok(row.map(|row| row.open(work)).transpose()?.flatten())
}

/// Creates a connector; one for messages in the place of the one of its type.
///
/// # Errors
/// 422 `connector.not_found_with_connector_id`; what [`check_members`], [`check_token_storage`] and
/// [`require_free_target`] refuse; 400
/// `connector.should_specify_target` or `connector.invalid_config`; 422 for an id that is taken.
pub(super) fn create(work: &Work<'_>, new: CreateConnector) -> Result<Connector, ApiError> {
    work.touch(Section::Connectors)?;
    let factory = factories::find(&new.connector_id)
        .ok_or_else(|| ApiError::unprocessable(ErrorCode::ConnectorNotFoundWithConnectorId))?;
    check_members(factory, new.metadata.as_ref(), new.sync_profile)?;
    check_token_storage(work, factory, new.enable_token_storage)?;
    let metadata = new.metadata.unwrap_or_default();
    let target = metadata::target(factory, &metadata)?;
    let config = new.config.unwrap_or_default();
    ServiceSettings::read(factory, &config)?;
    let kind = type_name(factory.connector_type());
    if factory.connector_type() == ConnectorType::Social {
        require_free_target(work, factory, &target)?;
    } else {
        let replaced = sql!("delete from connectors where tenant_id = $1 and type = $2");
        work.exec(replaced, params![work.tenant_id(), kind])?;
    }
    let id = new.id.map_or_else(|| id::short_entity_id(work.rng()), |id| id.0);
    let text = sql!(
        "insert into connectors (tenant_id, id, factory_id, type, target, config, metadata, sync_profile, created_at, \
         enable_token_storage) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let sync_profile = new.sync_profile == Some(true);
    let enable_token_storage = new.enable_token_storage == Some(true);
    let (tenant, sealed) = (work.tenant_id(), seal(work, &id, &config)?);
    let factory_id = &factory.data.id;
    let values = params![
        tenant,
        &id,
        factory_id,
        kind,
        &target,
        sealed,
        Json(&metadata),
        sync_profile,
        work.now(),
        enable_token_storage
    ];
    work.exec(text, values).map_err(|error| match error {
        DbError::Unique(_) => ApiError::unprocessable(ErrorCode::EntityUniqueIntegrityViolation),
        other => other.into(),
    })?;
    Ok(Connector { id, factory, target, config, metadata, sync_profile, enable_token_storage })
}

/// Refuses to keep tokens of a provider that gives none, or without a key to seal them under.
///
/// # Errors
/// 422 `connector.token_storage_not_supported` or `request.feature_not_supported`.
fn check_token_storage(view: &View<'_>, factory: &Factory, wanted: Option<bool>) -> Result<(), ApiError> {
    match wanted {
        Some(true) if !factory.gives_tokens() => {
            Err(ApiError::unprocessable(ErrorCode::ConnectorTokenStorageNotSupported))
        }
        _ => secrets::require_vault(view, wanted),
    }
}

/// Two social connectors never have one target: accounts are linked under it (attack D5).
///
/// # Errors
/// 422 `connector.multiple_instances_not_supported` or `connector.multiple_target_with_same_platform`.
fn require_free_target(work: &Work<'_>, factory: &Factory, target: &str) -> Result<(), ApiError> {
    let text = sql!("select id from connectors where tenant_id = $1 and type = 'Social' and target = $2");
    let taken: Option<String> = work.query_opt(text, params![work.tenant_id(), target])?;
    match taken {
        None => Ok(()),
        Some(_) if factory.is_standard() => {
            Err(ApiError::unprocessable(ErrorCode::ConnectorMultipleTargetWithSamePlatform))
        }
        Some(_) => Err(ApiError::unprocessable(ErrorCode::ConnectorMultipleInstancesNotSupported)),
    }
}

/// Changes a connector. The settings are replaced as a whole: with another address, whoever sends it must know the secret, which
/// is never kept from before (attack D12).
///
/// # Errors
/// 404; what [`check_members`] and [`check_token_storage`] refuse; 400 `connector.can_not_modify_target` or `connector.invalid_config`.
pub(super) fn update(work: &Work<'_>, id: &str, patch: UpdateConnector) -> Result<Connector, ApiError> {
    work.touch(Section::Connectors)?;
    let mut connector = get(work, id)?;
    check_members(connector.factory, patch.metadata.as_ref(), patch.sync_profile)?;
    check_token_storage(work, connector.factory, patch.enable_token_storage)?;
    if let Some(metadata) = patch.metadata.filter(|metadata| *metadata != ConnectorMetadata::default()) {
        if metadata.target.as_ref().is_some_and(|target| *target != connector.target) {
            return Err(ApiError::bad_request(ErrorCode::ConnectorCanNotModifyTarget));
        }
        connector.metadata = ConnectorMetadata { target: Some(connector.target.clone()), ..metadata };
    }
    connector.sync_profile = patch.sync_profile.unwrap_or(connector.sync_profile);
    connector.enable_token_storage = patch.enable_token_storage.unwrap_or(connector.enable_token_storage);
    let mut keeps_tokens = connector.enable_token_storage;
    if let Some(config) = patch.config {
        let registration = |settings: ServiceSettings| settings.into_provider().map(|provider| provider.registration());
        let new = registration(ServiceSettings::read(connector.factory, &config)?);
        let old = ServiceSettings::read(connector.factory, &connector.config);
        // Tokens must never be sent to another place than the one they came from (attack D12).
        keeps_tokens &= old.is_ok_and(|old| registration(old) == new);
        connector.config = config;
    }
    let text = sql!(
        "update connectors set config = $3, metadata = $4, sync_profile = $5, enable_token_storage = $6 \
         where tenant_id = $1 and id = $2"
    );
    let sealed = seal(work, id, &connector.config)?;
    let Connector { metadata, sync_profile, enable_token_storage, .. } = &connector;
    let values = params![work.tenant_id(), id, sealed, Json(metadata), *sync_profile, *enable_token_storage];
    work.exec_one(text, values)?;
    // After the row is locked: sign-ins that store tokens now share it ([`find_for_share`]).
    if !keeps_tokens {
        secrets::delete_of_connector(work, id)?;
    }
    Ok(connector)
}

#[derive(FromRow)]
struct Deleted {
    r#type: String,
    target: String,
}

/// Deletes a connector. The pages no longer offer its target.
///
/// # Errors
/// 404 `entity.not_found`; 422 when passwords expire that nobody could reset then.
pub(super) fn delete(work: &Work<'_>, id: &str, has_inbox: bool) -> Result<(), ApiError> {
    work.touch(Section::Connectors)?;
    let before = AvailableConnectors::of(work, has_inbox)?;
    let text = sql!("delete from connectors where tenant_id = $1 and id = $2 returning type, target");
    let deleted: Option<Deleted> = work.query_opt(text, params![work.tenant_id(), id])?;
    let deleted = deleted.ok_or_else(ApiError::not_found)?;
    if deleted.r#type == type_name(ConnectorType::Social) {
        return sign_in_experience::forget_social_target(work, &deleted.target);
    }
    sign_in_experience::require_reset_channel(work, before, AvailableConnectors::of(work, has_inbox)?)
}

fn seal(work: &Work<'_>, id: &str, config: &JsonObject) -> Result<String, ApiError> {
    let place = SealedColumn::Connector.of(work.tenant_id(), id);
    Ok(work.sealer().seal(place, &Value::Object(config.clone()).to_string())?)
}
