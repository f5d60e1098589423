//! New signing keys.

use std::time::Duration;

use ::api::ErrorCode;
use ::api::oidc_keys::{OidcKey, SigningKeyAlgorithm};
use jose::{Algorithm, SigningKey};
use kernel::Timestamp;

use super::store::{self, SigningKeyRow};
use super::timeline::{Timeline, following};
use super::{propagation, signing};
use crate::errors::ApiError;
use crate::sealing::SealedColumn;
use crate::tenants::Section;
use crate::work::{Actor, Work};
use crate::{App, Tenant};

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
pub(super) struct NewKey {
    pem: String,
    key: SigningKey,
}

/// Makes a key and puts it in place. Returns all keys as they are then.
///
/// # Errors
/// 422 `oidc.invalid_request` if the next key is waiting and the new one is not to wait; a failure of the database.
pub async fn rotate(tenant: &Tenant, actor: &Actor, rotation: Rotation) -> Result<Vec<OidcKey>, ApiError> {
    let new = generate(rotation.algorithm.into_jose()).await?;
    let app = tenant.app().clone();
    let rotate = move |work: &Work<'_>| {
        work.touch(Section::Keys)?;
        // The time after the wait for other changes: from now on the nodes need theirs.
        let now = app.clock.now();
        let rows = store::signing_keys(work, work.tenant_id())?;
        if rotation.unless_newer_than.is_some_and(|limit| rows.iter().any(|row| row.effective_at > limit)) {
            return signing::list(work, now);
        }
        let waiting = signing::timeline(rows, now).next;
        if !waiting.is_empty() && rotation.grace_period.is_zero() {
            return Err(ApiError::unprocessable(ErrorCode::OidcInvalidRequest));
        }
        for row in waiting {
            store::delete_signing_key(work, &row.id)?;
        }
        place(work, &app, &new, rotation.grace_period)?;
        signing::list(work, now)
    };
    tenant.write(actor, rotate).await
}

/// Makes a key on a thread of its own: an RSA key takes seconds.
pub(super) async fn generate(algorithm: Algorithm) -> Result<NewKey, ApiError> {
    let generate = move || match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => SigningKey::generate_rsa4096(algorithm),
        _ => SigningKey::generate(algorithm),
    };
    let made = tokio::task::spawn_blocking(generate).await.map_err(|error| ApiError::internal(error.to_string()))?;
    let (pem, key) = made.map_err(|error| ApiError::internal(format!("no signing key: {error}")))?;
    Ok(NewKey { pem, key })
}

/// Stores a key that signs after `grace_period`, and removes those that have served. The section must be touched.
pub(super) fn place(work: &Work<'_>, app: &App, new: &NewKey, grace_period: Duration) -> Result<(), ApiError> {
    let (now, tenant) = (app.clock.now(), work.tenant_id());
    let rows = store::signing_keys(work, tenant)?;
    let earliest = now.plus(grace_period.max(propagation(app)));
    let (effective_at, ordinal) = following(&rows, earliest);
    let place = SealedColumn::SigningKey.of(tenant, new.key.kid());
    store::insert_signing_key(
        work,
        &SigningKeyRow {
            id: new.key.kid().to_owned(),
            algorithm: new.key.algorithm().as_str().to_owned(),
            private_key: work.sealer().seal(place, &new.pem)?,
            effective_at,
            ordinal,
            created_at: now,
        },
    )?;
    for row in Timeline::at(store::signing_keys(work, tenant)?, now).gone {
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
