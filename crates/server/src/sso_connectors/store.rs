//! The table `sso_connectors`.

use std::collections::BTreeSet;

use ::api::ErrorCode;
use ::api::sso_connectors::SsoBranding;
use axum::http::StatusCode;
use db::{DbError, Json, Read, params, sql};
use federation::{EnterpriseConfig, EnterpriseProvider};
use kernel::{Pagination, id};
use serde_json::Value;

use super::domains;
use super::model::{SsoConnector, SsoConnectorRow};
use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::sealing::{SealedColumn, Sealer};
use crate::secrets;
use crate::tenants::Section;
use crate::work::{View, Work};

/// What a request says of a connector beside its name and settings, checked.
pub(super) struct Changes {
    domains: Option<Vec<String>>,
    branding: Option<SsoBranding>,
    sync_profile: Option<bool>,
    enable_token_storage: Option<bool>,
}

impl Changes {
    /// # Errors
    /// What [`domains::read`] refuses; 400 for a logo that is no URL.
    pub fn read(
        domains: Option<Vec<String>>,
        branding: Option<SsoBranding>,
        sync_profile: Option<bool>,
        enable_token_storage: Option<bool>,
    ) -> Result<Self, ApiError> {
        let logos = branding.iter().flat_map(|branding| [("logo", &branding.logo), ("darkLogo", &branding.dark_logo)]);
        for (member, logo) in logos {
            // Browsers load the logos; the server never does.
            if logo.as_ref().is_some_and(|logo| !logo.is_empty() && views::Link::parse(logo).is_none()) {
                return Err(invalid_member(&["branding", member], "expected an http or https URL"));
            }
        }
        let domains = domains.map(|domains| domains::read(&domains)).transpose()?;
        Ok(Self { domains, branding, sync_profile, enable_token_storage })
    }
}

/// A connector that is to be created.
pub(super) struct NewSsoConnector {
    pub kind: EnterpriseProvider,
    pub connector_name: String,
    pub config: Option<EnterpriseConfig>,
    pub changes: Changes,
}

/// The connectors that can sign people in, for the rules of a tenant.
///
/// # Errors
/// A failure of the database.
pub(crate) fn load(read: &Read<'_>, sealer: &Sealer, tenant: &str) -> Result<Vec<flow::SsoConnector>, DbError> {
    let mut readable = Vec::new();
    for row in rows(read, tenant)? {
        let id = row.id.clone();
        // What a newer version wrote, or another key sealed, must not stop everything else of the tenant.
        match row.open(sealer, tenant) {
            Ok(connector) => readable.push(connector),
            Err(error) => tracing::error!(tenant, id, %error, "an enterprise connector cannot be read and is left out"),
        }
    }
    Ok(readable.iter().filter(|connector| connector.is_available()).map(SsoConnector::to_policy).collect())
}

/// Oldest first.
fn rows(read: &Read<'_>, tenant: &str) -> Result<Vec<SsoConnectorRow>, DbError> {
    let text =
        sql!("select ", SsoConnectorRow::COLUMNS, " from sso_connectors where tenant_id = $1 order by created_at, id");
    read.query_all(text, params![tenant])
}

/// The number of all connectors, and those of a page.
///
/// # Errors
/// A failure of the database.
pub(super) fn list(view: &View<'_>, page: Option<Pagination>) -> Result<(i64, Vec<SsoConnector>), ApiError> {
    let all = rows(view, view.tenant_id())?.into_iter().map(|row| row.open(view.sealer(), view.tenant_id()));
    let all: Vec<SsoConnector> = all.collect::<Result<_, _>>()?;
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let Some(page) = page else { return Ok((total, all)) };
    let size = usize::try_from(page.size).unwrap_or_default();
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    Ok((total, all.into_iter().skip(skipped).take(size).collect()))
}

/// The connector with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn get(view: &View<'_>, id: &str) -> Result<SsoConnector, ApiError> {
    let text = sql!("select ", SsoConnectorRow::COLUMNS, " from sso_connectors where tenant_id = $1 and id = $2");
    let row: Option<SsoConnectorRow> = view.query_opt(text, params![view.tenant_id(), id])?;
    let row = row.ok_or_else(|| ApiError::not_found_by_id("sso_connectors", id))?;
    Ok(row.open(view.sealer(), view.tenant_id())?)
}

/// Those of these ids that exist.
///
/// # Errors
/// A failure of the database.
pub fn existing(view: &View<'_>, ids: &[String]) -> Result<BTreeSet<String>, DbError> {
    Ok(view.query_by_ids("select id from sso_connectors where tenant_id = $1 and id", ids)?.into_iter().collect())
}

/// The connector with this id, if there is one. Nobody changes it before the unit ends.
///
/// # Errors
/// A failure of the database.
pub fn find_for_share(work: &Work<'_>, id: &str) -> Result<Option<SsoConnector>, ApiError> {
    let text = sql!(
        "select ",
        SsoConnectorRow::COLUMNS,
        " from sso_connectors where tenant_id = $1 and id = $2",
        " for share"
    );
    let row: Option<SsoConnectorRow> = work.query_opt(text, params![work.tenant_id(), id])?;
    Ok(row.map(|row| row.open(work.sealer(), work.tenant_id())).transpose()?)
}

/// The connector with this id, and its settings, if it can sign people in (attack D10).
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 400 `connector.not_enabled`.
pub fn get_available(view: &View<'_>, id: &str) -> Result<SsoConnector, ApiError> {
    let connector = get(view, id)?;
    match connector.is_available() {
        true => Ok(connector),
        false => Err(ApiError::bad_request(ErrorCode::ConnectorNotEnabled)),
    }
}

/// Creates a connector.
///
/// # Errors
/// 409 `single_sign_on.duplicate_connector_name`; 422 `request.feature_not_supported` for tokens without a key to seal them under.
pub(super) fn create(work: &Work<'_>, new: NewSsoConnector) -> Result<SsoConnector, ApiError> {
    work.touch(Section::Experience)?;
    secrets::require_vault(work, new.changes.enable_token_storage)?;
    let connector = SsoConnector {
        id: id::short_entity_id(work.rng()),
        kind: new.kind,
        connector_name: new.connector_name,
        config: new.config,
        domains: new.changes.domains.unwrap_or_default(),
        branding: new.changes.branding.unwrap_or_default(),
        sync_profile: new.changes.sync_profile.unwrap_or_default(),
        enable_token_storage: new.changes.enable_token_storage.unwrap_or_default(),
        created_at: work.now(),
    };
    let text = sql!(
        "insert into sso_connectors (tenant_id, id, connector_name, config, domains, branding, sync_profile, \
         enable_token_storage, provider_name, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let sealed = seal(work, &connector)?;
    let values = params![
        work.tenant_id(),
        &connector.id,
        &connector.connector_name,
        sealed,
        Json(&connector.domains),
        Json(&connector.branding),
        connector.sync_profile,
        connector.enable_token_storage,
        connector.kind.name(),
        connector.created_at
    ];
    work.exec(text, values).map_err(name_is_taken)?;
    Ok(connector)
}

/// Changes a connector. The settings are replaced as a whole: with another issuer, whoever sends it must know the secret, and the
/// tokens of the former one go (attack D12).
///
/// # Errors
/// 404; as [`create`].
pub(super) fn update(
    work: &Work<'_>,
    id: &str,
    name: Option<String>,
    config: Option<Option<EnterpriseConfig>>,
    changes: Changes,
) -> Result<SsoConnector, ApiError> {
    work.touch(Section::Experience)?;
    secrets::require_vault(work, changes.enable_token_storage)?;
    let mut connector = get(work, id)?;
    let registration = connector.registration();
    connector.connector_name = name.unwrap_or(connector.connector_name);
    connector.config = config.unwrap_or(connector.config);
    connector.domains = changes.domains.unwrap_or(connector.domains);
    connector.branding = changes.branding.unwrap_or(connector.branding);
    connector.sync_profile = changes.sync_profile.unwrap_or(connector.sync_profile);
    connector.enable_token_storage = changes.enable_token_storage.unwrap_or(connector.enable_token_storage);
    let text = sql!(
        "update sso_connectors set connector_name = $3, config = $4, domains = $5, branding = $6, sync_profile = $7, \
         enable_token_storage = $8 where tenant_id = $1 and id = $2"
    );
    let sealed = seal(work, &connector)?;
    let values = params![
        work.tenant_id(),
        id,
        &connector.connector_name,
        sealed,
        Json(&connector.domains),
        Json(&connector.branding),
        connector.sync_profile,
        connector.enable_token_storage
    ];
    work.exec_one(text, values).map_err(name_is_taken)?;
    // After the row is locked: sign-ins that store tokens now share it ([`find_for_share`]).
    if !connector.enable_token_storage || connector.registration() != registration {
        secrets::delete_of_sso_connector(work, id)?;
    }
    Ok(connector)
}

/// Deletes a connector, with the accounts of its people there and the memberships that it would give.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    work.touch(Section::Experience)?;
    let text = sql!("delete from sso_connectors where tenant_id = $1 and id = $2");
    match work.exec(text, params![work.tenant_id(), id])? {
        0 => Err(ApiError::not_found_by_id("sso_connectors", id)),
        _ => Ok(()),
    }
}

fn seal(work: &Work<'_>, connector: &SsoConnector) -> Result<String, ApiError> {
    let config = connector.config.as_ref().map(EnterpriseConfig::to_json).unwrap_or_default();
    let place = SealedColumn::SsoConnector.of(work.tenant_id(), &connector.id);
    Ok(work.sealer().seal(place, &Value::Object(config).to_string())?)
}

fn name_is_taken(error: DbError) -> ApiError {
    match error.unique_on("sso_connectors", &["tenant_id", "connector_name"]) {
        true => ApiError::new(StatusCode::CONFLICT, ErrorCode::SingleSignOnDuplicateConnectorName),
        false => error.into(),
    }
}
