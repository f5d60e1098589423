//! Signing keys as the Management API shows them, and removing them.

use ::api::ErrorCode;
use ::api::oidc_keys::{OidcKey, OidcKeyStatus, SigningKeyAlgorithm};
use kernel::Timestamp;

use super::store::{self, SigningKeyRow};
use super::timeline::Timeline;
use super::{PROPAGATION, key_not_found};
use crate::errors::ApiError;
use crate::tenants::Section;
use crate::work::{View, Work};

/// What the keys do once every node knows them: a key that waits for nothing else counts as current.
pub(super) fn timeline(rows: Vec<SigningKeyRow>, now: Timestamp) -> Timeline<SigningKeyRow> {
    Timeline::at(rows, now.plus(PROPAGATION))
}

/// The keys in the order Next, Current, Previous.
pub(super) fn list(view: &View<'_>, now: Timestamp) -> Result<Vec<OidcKey>, ApiError> {
    let Timeline { next, current, previous, .. } = timeline(store::signing_keys(view, view.tenant_id())?.tenant, now);
    let next = next.iter().map(|row| describe(row, OidcKeyStatus::Next));
    let current = current.iter().map(|row| describe(row, OidcKeyStatus::Current));
    let previous = previous.iter().map(|row| describe(row, OidcKeyStatus::Previous));
    Ok(next.chain(current).chain(previous).collect())
}

fn describe(row: &SigningKeyRow, status: OidcKeyStatus) -> OidcKey {
    let algorithm = match row.algorithm.as_str() {
        "RS256" | "PS256" => SigningKeyAlgorithm::Rsa,
        _ => SigningKeyAlgorithm::Ec,
    };
    OidcKey {
        id: row.id.clone(),
        created_at: row.created_at.seconds(),
        signing_key_algorithm: Some(algorithm),
        status: Some(status),
        effective_at: (status == OidcKeyStatus::Next).then(|| row.effective_at.millis()),
    }
}

/// Removes a previous key: what it signed is no longer accepted.
///
/// # Errors
/// 404 `oidc.key_not_found`, 422 `oidc.key_required` or `oidc.only_previous_key_can_be_deleted`.
pub(super) fn delete(work: &Work<'_>, id: &str, now: Timestamp) -> Result<(), ApiError> {
    work.touch(Section::Keys)?;
    let series = store::signing_keys(work, work.tenant_id())?;
    let Timeline { next, current, previous, mut gone } = timeline(series.tenant, now);
    if next.is_empty() && previous.is_none() {
        return Err(ApiError::unprocessable(ErrorCode::OidcKeyRequired));
    }
    if previous.is_some_and(|row| row.id == id) {
        store::delete_signing_key(work, id)?;
        // Or the one before would count again. The keys of single applications were exchanged with it.
        for rows in series.applications.into_values() {
            let timeline = timeline(rows, now);
            gone.extend(timeline.gone.into_iter().chain(timeline.previous));
        }
        return gone.iter().try_for_each(|row| store::delete_signing_key(work, &row.id)).map_err(ApiError::from);
    }
    match next.iter().chain(&current).any(|row| row.id == id) {
        true => Err(ApiError::unprocessable(ErrorCode::OidcOnlyPreviousKeyCanBeDeleted)),
        false => Err(key_not_found()),
    }
}
