//! Cookie keys: the newest signs, the one before verifies (inventory O108).

use ::api::ErrorCode;
use ::api::oidc_keys::OidcKey;
use kernel::{Timestamp, id};

use super::store::{self, CookieKeyRow};
use super::timeline::{Timeline, following};
use super::{PROPAGATION, key_not_found, propagation};
use crate::errors::ApiError;
use crate::sealing::SealedColumn;
use crate::tenants::Section;
use crate::work::{Actor, View, Work};
use crate::{App, Tenant};

/// What the keys do once every node knows them.
fn timeline(view: &View<'_>, now: Timestamp) -> Result<Timeline<CookieKeyRow>, ApiError> {
    Ok(Timeline::at(store::cookie_keys(view, view.tenant_id())?, now.plus(PROPAGATION)))
}

/// The keys, newest first.
pub(super) fn list(view: &View<'_>, now: Timestamp) -> Result<Vec<OidcKey>, ApiError> {
    let describe = |row: &CookieKeyRow| OidcKey {
        id: row.id.clone(),
        created_at: row.created_at.seconds(),
        signing_key_algorithm: None,
        status: None,
        effective_at: None,
    };
    Ok(timeline(view, now)?.into_accepted().map(|row| describe(&row)).collect())
}

/// Puts a new key in place and returns the two that are left. Cookies of an older key don't count any more.
///
/// # Errors
/// A failure of the database.
pub async fn rotate(tenant: &Tenant, actor: &Actor) -> Result<Vec<OidcKey>, ApiError> {
    tenant.write(actor, rotation(tenant.app().clone())).await
}

/// The unit of work of [`rotate`].
pub(super) fn rotation(app: App) -> impl FnOnce(&Work<'_>) -> Result<Vec<OidcKey>, ApiError> + Send + 'static {
    move |work: &Work<'_>| {
        work.touch(Section::Keys)?;
        let (now, tenant, id) = (app.clock.now(), work.tenant_id(), id::entity_id(work.rng()));
        let rows = store::cookie_keys(work, tenant)?;
        let (effective_at, ordinal) = following(&rows, now.plus(propagation(&app)));
        let value = work.sealer().seal(SealedColumn::CookieKey.of(tenant, &id), &id::client_secret(work.rng()))?;
        store::insert_cookie_key(work, &CookieKeyRow { id, value, effective_at, ordinal, created_at: now })?;
        for row in Timeline::at(store::cookie_keys(work, tenant)?, now).gone {
            store::delete_cookie_key(work, &row.id)?;
        }
        list(work, now)
    }
}

/// Removes a key. Cookies that it signed don't count any more.
///
/// # Errors
/// 404 `oidc.key_not_found`; 422 `oidc.key_required` for the last key.
pub(super) fn delete(work: &Work<'_>, id: &str, now: Timestamp) -> Result<(), ApiError> {
    work.touch(Section::Keys)?;
    let mut timeline = timeline(work, now)?;
    let served = std::mem::take(&mut timeline.gone);
    let rows: Vec<CookieKeyRow> = timeline.into_accepted().collect();
    if rows.len() < 2 {
        return Err(ApiError::unprocessable(ErrorCode::OidcKeyRequired));
    }
    if rows.iter().all(|row| row.id != id) {
        return Err(key_not_found());
    }
    store::delete_cookie_key(work, id)?;
    // Or the one before would count again.
    served.iter().try_for_each(|row| store::delete_cookie_key(work, &row.id)).map_err(ApiError::from)
}
