//! New signing keys.

use std::time::Duration;

use ::api::ErrorCode;
use ::api::oidc_keys::{OidcKey, SigningKeyAlgorithm};
use db::DbError;
use jose::{Algorithm, JoseError, SigningKey};
use kernel::Timestamp;
use tokio::sync::Semaphore;

use super::store::{self, Purpose, SigningKeyRow};
use super::timeline::{Timeline, following};
use super::{propagation, signing};
use crate::Tenant;
use crate::errors::ApiError;
use crate::sealing::SealedColumn;
use crate::tenants::Section;
use crate::work::{Actor, View, Work};

/// How a new signing key takes the place of the current one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation {
    pub algorithm: SigningKeyAlgorithm,
    /// How long the new key is published before it signs.
    pub grace_period: Duration,
    /// Nothing is done if a key signs, or is to sign, since a later time: another node was faster.
    pub unless_newer_than: Option<Timestamp>,
}

/// A private key that is in no database yet, with its PKCS#8 PEM.
pub(crate) struct NewKey {
    pem: String,
    key: SigningKey,
}

/// Makes a key and puts it in place; the keys of single applications are exchanged with it. Returns the tenant's keys as they
/// are then.
///
/// # Errors
/// 422 `oidc.invalid_request` if the next key is waiting and the new one is not to wait; a failure of the database.
pub async fn rotate(tenant: &Tenant, actor: &Actor, rotation: Rotation) -> Result<Vec<OidcKey>, ApiError> {
    let rotate = prepare(tenant, actor, rotation).await?;
    tenant.write(actor, rotate).await
}

/// Makes the keys of a rotation. What is returned puts them into their places.
///
/// # Errors
/// As [`rotate`].
pub(super) async fn prepare(
    tenant: &Tenant,
    actor: &Actor,
    rotation: Rotation,
) -> Result<impl FnOnce(&Work<'_>) -> Result<Vec<OidcKey>, ApiError> + Send + 'static, ApiError> {
    let in_use = |view: &View<'_>| Ok::<_, DbError>(store::signing_keys(view, view.tenant_id())?.applications);
    let mut new = vec![(Purpose::Tenant, generate(rotation.algorithm.into_jose()).await?)];
    for name in tenant.read_inline(actor, in_use).await?.into_keys() {
        let algorithm = name.parse().map_err(|error: JoseError| ApiError::internal(error.to_string()))?;
        new.push((Purpose::Application, generate(algorithm).await?));
    }
    let app = tenant.app().clone();
    let rotate = move |work: &Work<'_>| {
        work.touch(Section::Keys)?;
        // The time after the wait for other changes: from now on the nodes need theirs.
        let now = app.clock.now();
        let rows = store::signing_keys(work, work.tenant_id())?.tenant;
        if rotation.unless_newer_than.is_some_and(|limit| rows.iter().any(|row| row.effective_at > limit)) {
            return signing::list(work, now);
        }
        if rotation.grace_period.is_zero() && !signing::timeline(rows, now).next.is_empty() {
            return Err(ApiError::unprocessable(ErrorCode::OidcInvalidRequest));
        }
        let earliest = now.plus(rotation.grace_period.max(propagation(&app)));
        for (purpose, key) in &new {
            place(work, *purpose, key, KeyTimes { now, earliest })?;
        }
        signing::list(work, now)
    };
    Ok(rotate)
}

/// Makes a key on a thread of its own, one at a time: an RSA key takes seconds.
pub(super) async fn generate(algorithm: Algorithm) -> Result<NewKey, ApiError> {
    static TURN: Semaphore = Semaphore::const_new(1);
    let turn = TURN.acquire().await.map_err(|error| ApiError::internal(error.to_string()))?;
    let generate = move || {
        // The turn ends with the work, also if nobody waits for it any more.
        let _turn = turn;
        match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => SigningKey::generate_rsa4096(algorithm),
            _ => SigningKey::generate(algorithm),
        }
    };
    let made = tokio::task::spawn_blocking(generate).await.map_err(|error| ApiError::internal(error.to_string()))?;
    let (pem, key) = made.map_err(|error| ApiError::internal(format!("no signing key: {error}")))?;
    Ok(NewKey { pem, key })
}

/// When a key is stored, and when it may sign at the soonest.
#[derive(Clone, Copy)]
pub(super) struct KeyTimes {
    pub now: Timestamp,
    pub earliest: Timestamp,
}

/// Stores a key in place of one that waits, and removes those that have served. The section must be touched.
pub(super) fn place(work: &Work<'_>, purpose: Purpose, new: &NewKey, times: KeyTimes) -> Result<(), ApiError> {
    let tenant = work.tenant_id();
    let algorithm = new.key.algorithm().as_str();
    let mut series = store::signing_keys(work, tenant)?;
    let mut rows = match purpose {
        Purpose::Tenant => series.tenant,
        Purpose::Application => series.applications.remove(algorithm).unwrap_or_default(),
    };
    for waiting in signing::timeline(rows.clone(), times.now).next {
        store::delete_signing_key(work, &waiting.id)?;
        rows.retain(|row| row.id != waiting.id);
    }
    let (effective_at, ordinal) = following(&rows, times.earliest);
    let place = SealedColumn::SigningKey.of(tenant, new.key.kid());
    let row = SigningKeyRow {
        id: new.key.kid().to_owned(),
        algorithm: algorithm.to_owned(),
        purpose,
        private_key: work.sealer().seal(place, &new.pem)?,
        effective_at,
        ordinal,
        created_at: times.now,
    };
    store::insert_signing_key(work, &row)?;
    rows.push(row);
    for row in Timeline::at(rows, times.now).gone {
        store::delete_signing_key(work, &row.id)?;
    }
    Ok(())
}

/// The algorithm of a kind of keys.
trait IntoJose {
    fn into_jose(self) -> Algorithm;
}

impl IntoJose for SigningKeyAlgorithm {
    fn into_jose(self) -> Algorithm {
        match self {
            Self::Rsa => Algorithm::RS256,
            Self::Ec => Algorithm::ES384,
        }
    }
}
