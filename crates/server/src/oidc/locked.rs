//! Codes and refresh tokens locked for use: read with their grant and user by one statement.

use db::{DbError, FromRow, Json, Row};
use kernel::Timestamp;
use oauth::grant::GrantedScopes;
use oauth::{OAuthError, ScopeSet};

use super::ProviderError;
use super::subject::Subject;

/// A code or refresh token and its grant, both locked until the transaction ends, and its user.
///
/// The grant is locked first, as in revocation, so that PostgreSQL cannot deadlock (attacks B5, B6). The user is not locked,
/// so the columns of the user may be stale when this statement waited for a lock. That is safe: a suspension deletes the
/// codes and tokens in the same transaction ([`super::subject::revoke_all_of_user`]), and a lock reads the newest version of
/// a row, so a deleted one is not found (attack B11).
pub struct LockedToken<T> {
    /// The code or token.
    pub stored: T,
    pub grant: LockedGrant,
    /// May be suspended: see [`Subject::require_active`].
    pub subject: Subject,
}

/// The scopes that a user granted, and when the grant expires.
pub struct LockedGrant {
    scopes: GrantedScopes,
    expires_at: Timestamp,
}

/// The statement for the table `$table t` and its columns, with tenant `$1` and digest `$2`. `(… = $1) is true` keeps
/// PostgreSQL from applying the tenant to the joined tables: without statistics it would then scan all grants of the tenant
/// instead of using the key.
macro_rules! select_for_update {
    ($table:literal, $columns:literal) => {
        db::sql!(concat!(
            "select ",
            $columns,
            ", g.scope as granted_scope, g.resources as granted_resources, g.rejected as granted_rejected, \
             g.expires_at as grant_expires_at, ",
            $crate::oidc::subject::subject_columns!(),
            " from ",
            $table,
            " t join grants g on g.tenant_id = t.tenant_id and g.id = t.grant_id \
             join users u on u.tenant_id = t.tenant_id and u.id = t.user_id \
             where t.digest = $2 and (t.tenant_id = $1) is true for update of g, t"
        ))
    };
}
pub(super) use select_for_update;

impl<T: FromRow> FromRow for LockedToken<T> {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let stored = T::from_row(row)?;
        let openid = ScopeSet::parse(&row.get::<String>("granted_scope")?);
        let (Json(resources), Json(rejected)) = (row.get("granted_resources")?, row.get("granted_rejected")?);
        let scopes = GrantedScopes { openid, resources, rejected };
        let grant = LockedGrant { scopes, expires_at: row.get("grant_expires_at")? };
        Ok(Self { stored, grant, subject: Subject::from_row(row)? })
    }
}

impl LockedGrant {
    /// The granted scopes, or `invalid_grant` when the grant has expired.
    pub fn scopes(self, now: Timestamp) -> Result<GrantedScopes, ProviderError> {
        let is_alive = self.expires_at > now;
        Ok(is_alive.then_some(self.scopes).ok_or_else(|| OAuthError::invalid_grant("grant not found"))?)
    }
}
