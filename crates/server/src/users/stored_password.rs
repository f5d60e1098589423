//! The password in the row of a user.

use db::{DbError, params, sql};
use flow::PasswordDigest;
use kernel::ids::UserId;

use crate::tenants::password_epoch;
use crate::work::Work;

/// Replaces the digest `old` by a new digest of the same password. Does nothing if the stored digest is no longer
/// `old`.
///
/// # Errors
/// A failure of the database.
pub fn replace_hash_if_unchanged(work: &Work<'_>, id: &UserId, old: &str, new: &PasswordDigest) -> Result<(), DbError> {
    work.exec(
        sql!(
            "update users set password_digest = $4, password_algorithm = $5 \
             where tenant_id = $1 and id = $2 and password_digest = $3"
        ),
        params![work.tenant_id(), id, old, &new.password_encrypted, &new.password_encryption_method],
    )?;
    Ok(())
}

/// Sets a new password and clears `is_password_expired`.
///
/// # Errors
/// [`DbError::Conflict`] for an unknown user; a failure of the database.
pub fn set_password(work: &Work<'_>, id: &UserId, digest: &PasswordDigest) -> Result<(), DbError> {
    let epoch = password_epoch::next(work)?;
    work.exec_one(
        sql!(
            "update users set password_digest = $3, password_algorithm = $4, password_updated_at = $5, \
             is_password_expired = false, updated_at = $5, password_epoch = $6 where tenant_id = $1 and id = $2"
        ),
        params![
            work.tenant_id(),
            id,
            &digest.password_encrypted,
            &digest.password_encryption_method,
            work.now(),
            epoch
        ],
    )
}
