//! Codes and refresh tokens locked for use: read with their grant and user by one statement.

use db::FromRow;
use kernel::Timestamp;
use oauth::OAuthError;
use oauth::grant::GrantedScopes;

use super::ProviderError;
use super::grants::GrantedScopesRow;
use super::subject::Subject;

/// A code or refresh token and its grant, both locked until the transaction ends, and its user.
///
/// The grant is locked first, as in revocation, so that PostgreSQL cannot deadlock (attacks B5, B6). The user is not locked,
/// so the columns of the user may be stale when this statement waited for a lock. That is safe: a suspension deletes the
/// codes and tokens in the same transaction ([`super::subject::revoke_all_of_user`]), and a lock reads the newest version of
/// a row, so a deleted one is not found (attack B11).
#[derive(FromRow)]
pub struct LockedToken<T: FromRow> {
    /// The code or token.
    #[row(flatten)]
    pub stored: T,
    #[row(flatten)]
    pub grant: LockedGrant,
    /// May be suspended: see [`Subject::require_active`].
    #[row(flatten)]
    pub subject: Subject,
}

/// The scopes that a user granted, and when the grant expires.
#[derive(FromRow)]
#[row(alias = "g")]
pub struct LockedGrant {
    #[row(flatten = "GrantedScopesRow")]
    scopes: GrantedScopes,
    #[row(rename = "grant_expires_at", expression = "g.expires_at")]
    expires_at: Timestamp,
}

/// The statement for a `$row` of the table `$table t` whose grant has not ended, with tenant `$1` and digest `$2`. `(… = $1) is true` keeps
/// PostgreSQL from applying the tenant to the joined tables: without statistics it would then scan all grants of the tenant
/// instead of using the key.
macro_rules! select_for_update {
    ($table:literal, $row:ty) => {
        db::sql!(
            "select ",
            <$row>::QUALIFIED_COLUMNS,
            ", ",
            $crate::oidc::locked::LockedGrant::QUALIFIED_COLUMNS,
            ", ",
            $crate::oidc::subject::Subject::QUALIFIED_COLUMNS,
            " from ",
            $table,
            " t join grants g on g.tenant_id = t.tenant_id and g.id = t.grant_id \
             join users u on u.tenant_id = t.tenant_id and u.id = t.user_id \
             where t.digest = $2 and (t.tenant_id = $1) is true and ",
            $crate::oidc::grants::IS_CURRENT,
            " for update of g, t"
        )
    };
}
pub(super) use select_for_update;

impl LockedGrant {
    /// The granted scopes, or `invalid_grant` when the grant has expired.
    pub fn scopes(self, now: Timestamp) -> Result<GrantedScopes, ProviderError> {
        let is_alive = self.expires_at > now;
        Ok(is_alive.then_some(self.scopes).ok_or_else(|| OAuthError::invalid_grant("grant not found"))?)
    }
}
