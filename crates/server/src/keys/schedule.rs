//! What is done about keys again and again: rotation by schedule (setting `SIGNING_KEY_ROTATION_DAYS`), and removing keys that
//! have served. Which key signs does not depend on it.

use std::time::Duration;

use ::api::oidc_keys::SigningKeyAlgorithm;
use db::DbError;

use super::rotation::{self, Rotation};
use super::store::{self, SigningKeyRow};
use super::timeline::Timeline;
use crate::tenants::Section;
use crate::work::{Actor, View, Work};
use crate::{App, Tenant};

/// How long a key that the schedule made is published before it signs: one day. Libraries keep key sets for hours.
pub const GRACE_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes the next signing key of each tenant whose newest one has signed for as long as the setting says, of the same kind, and
/// removes keys that neither sign nor verify. Returns the number of keys made and removed.
///
/// # Errors
/// A failure of the database, or no key could be made.
pub async fn run(app: App) -> Result<u64, DbError> {
    let mut changed = 0;
    app.tenants.refresh(&app).await?;
    for id in app.tenants.ids() {
        let tenant = Tenant::new(id, &app);
        changed += remove_served(&tenant).await?;
        if app.settings.signing_key_rotation_days > 0 {
            changed += rotate_if_due(&tenant).await?;
        }
    }
    Ok(changed)
}

async fn rotate_if_due(tenant: &Tenant) -> Result<u64, DbError> {
    let app = tenant.app();
    let days = i64::from(app.settings.signing_key_rotation_days);
    let limit = app.clock.now().plus_seconds(-days * 24 * 3600);
    let read = |view: &View<'_>| store::signing_keys(view, view.tenant_id());
    let keys = tenant.read_inline(&Actor::Server, read).await?.tenant;
    let Some(newest) = keys.iter().max_by_key(|row| (row.effective_at, row.ordinal)) else { return Ok(0) };
    if newest.effective_at > limit {
        return Ok(0);
    }
    let algorithm = match newest.algorithm.as_str() {
        "RS256" => SigningKeyAlgorithm::Rsa,
        _ => SigningKeyAlgorithm::Ec,
    };
    let rotation = Rotation { algorithm, grace_period: GRACE_PERIOD, unless_newer_than: Some(limit) };
    rotation::rotate(tenant, &Actor::Server, rotation).await.map_err(|error| {
        DbError::Sql(format!("the signing key of tenant {} was not rotated: {}", tenant.id(), error.code()))
    })?;
    tracing::info!(tenant = tenant.id(), "a new signing key is published; it signs in a day");
    Ok(1)
}

async fn remove_served(tenant: &Tenant) -> Result<u64, DbError> {
    let clock = tenant.app().clock.clone();
    let served = move |view: &View<'_>| {
        let (now, tenant) = (clock.now(), view.tenant_id());
        let series = store::signing_keys(view, tenant)?;
        let series = std::iter::once(series.tenant).chain(series.applications.into_values());
        let signing: Vec<SigningKeyRow> = series.flat_map(|rows| Timeline::at(rows, now).gone).collect();
        let cookie = Timeline::at(store::cookie_keys(view, tenant)?, now).gone;
        Ok::<_, DbError>((signing, cookie))
    };
    let (signing, cookie) = tenant.read_inline(&Actor::Server, served.clone()).await?;
    if signing.is_empty() && cookie.is_empty() {
        return Ok(0);
    }
    let remove = move |work: &Work<'_>| {
        work.touch(Section::Keys)?;
        let (signing, cookie) = served(work)?;
        signing.iter().try_for_each(|row| store::delete_signing_key(work, &row.id))?;
        cookie.iter().try_for_each(|row| store::delete_cookie_key(work, &row.id))?;
        Ok((signing.len() + cookie.len()) as u64)
    };
    tenant.write(&Actor::Server, remove).await
}
