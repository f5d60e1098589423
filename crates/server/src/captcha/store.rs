//! The tables `captcha_providers` and `captcha_answers`.

use ::api::captcha_provider::{CaptchaProvider as WireProvider, CaptchaProviderConfig};
use db::{DbError, FromRow, Read, params, sql};
use kernel::{Timestamp, id};

use super::provider::CaptchaProvider;
use crate::errors::ApiError;
use crate::sealing::{SealedColumn, Sealer};
use crate::sign_in_experience;
use crate::tenants::Section;
use crate::work::{View, Work};

#[derive(FromRow)]
struct ProviderRow {
    id: String,
    config: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

fn row(read: &Read<'_>, tenant: &str) -> Result<Option<ProviderRow>, DbError> {
    let text = sql!("select id, config, created_at, updated_at from captcha_providers where tenant_id = $1");
    read.query_opt(text, params![tenant])
}

fn open(sealer: &Sealer, tenant: &str, row: &ProviderRow) -> Result<CaptchaProviderConfig, DbError> {
    let text = sealer.open(SealedColumn::CaptchaProvider.of(tenant, &row.id), &row.config)?;
    serde_json::from_str(&text)
        .map_err(|error| DbError::Sql(format!("the captcha provider of tenant {tenant}: {error}")))
}

/// The provider of a tenant, for its snapshot.
///
/// # Errors
/// A failure of the database; settings that don't open.
pub(crate) fn load(read: &Read<'_>, sealer: &Sealer, tenant: &str) -> Result<Option<CaptchaProvider>, DbError> {
    let config = row(read, tenant)?.map(|row| open(sealer, tenant, &row)).transpose()?;
    Ok(config.map(|config| CaptchaProvider { config }))
}

/// The provider as the API shows it.
///
/// # Errors
/// 404 `entity.not_found`.
pub(super) fn get(view: &View<'_>) -> Result<WireProvider, ApiError> {
    let tenant_id = view.tenant_id();
    let row = row(view, tenant_id)?.ok_or_else(ApiError::not_found)?;
    Ok(WireProvider {
        tenant_id: tenant_id.to_owned(),
        config: open(view.sealer(), tenant_id, &row)?,
        id: row.id,
        created_at: row.created_at.millis(),
        updated_at: row.updated_at.millis(),
    })
}

/// Puts the provider in the place of the one before, under the same id.
///
/// # Errors
/// A failure of the database.
pub(super) fn put(work: &Work<'_>, config: CaptchaProviderConfig) -> Result<WireProvider, ApiError> {
    work.touch(Section::Experience)?;
    let tenant = work.tenant_id();
    let id = row(work, tenant)?.map_or_else(|| id::entity_id(work.rng()), |row| row.id);
    let text = serde_json::to_string(&config).map_err(|error| ApiError::internal(error.to_string()))?;
    let sealed = work.sealer().seal(SealedColumn::CaptchaProvider.of(tenant, &id), &text)?;
    let upsert = sql!(
        "insert into captcha_providers (tenant_id, id, config, created_at, updated_at) values ($1, $2, $3, $4, $4) \
         on conflict (tenant_id) do update set config = excluded.config, updated_at = excluded.updated_at"
    );
    work.exec(upsert, params![tenant, &id, sealed, work.now()])?;
    get(work)
}

/// Deletes the provider. Nobody could pass a captcha then, so it is not asked for any more.
///
/// # Errors
/// 404 `entity.not_found`.
pub(super) fn delete(work: &Work<'_>) -> Result<(), ApiError> {
    work.touch(Section::Experience)?;
    let text = sql!("delete from captcha_providers where tenant_id = $1");
    work.exec_existing(text, params![work.tenant_id()])?;
    sign_in_experience::stop_captcha(work)
}

/// Whether the tenant has a provider.
///
/// # Errors
/// A failure of the database.
pub(crate) fn exists(view: &View<'_>) -> Result<bool, DbError> {
    Ok(row(view, view.tenant_id())?.is_some())
}

/// Whether a proof was used up.
///
/// # Errors
/// A failure of the database.
pub(super) fn is_used_up(view: &View<'_>, challenge: &str) -> Result<bool, DbError> {
    let text = sql!("select 1 from captcha_answers where tenant_id = $1 and challenge_digest = $2");
    Ok(view.query_opt::<(i64,)>(text, params![view.tenant_id(), id::token_digest(challenge)])?.is_some())
}

/// Uses a proof up. Of several requests at the same time one gets true.
///
/// # Errors
/// A failure of the database.
pub(super) fn use_up(work: &Work<'_>, challenge: &str, expires_at: Timestamp) -> Result<bool, DbError> {
    let text = sql!(
        "insert into captcha_answers (tenant_id, challenge_digest, expires_at) values ($1, $2, $3) \
         on conflict (tenant_id, challenge_digest) do nothing"
    );
    Ok(work.exec(text, params![work.tenant_id(), id::token_digest(challenge), expires_at])? == 1)
}
