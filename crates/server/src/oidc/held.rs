//! Codes and refresh tokens at the moment of their use: with their grant and their user, by one statement.

use db::{DbError, FromRow, Json, Row};
use kernel::Timestamp;
use oauth::grant::GrantedScopes;
use oauth::{OAuthError, ScopeSet};

use super::Failure;
use super::account::Account;

/// A code or refresh token and its grant, both held until the transaction ends, and its user.
///
/// The grant is held first, as ending it does, so that PostgreSQL never sees the two in opposite order (attacks B5, B6). The
/// user is not held; what was read of them may have been overtaken while this statement waited. But whoever suspends them
/// ends their codes and tokens in the same transaction ([`super::account::end_all`]), and what was ended is not found here:
/// holding looks at the newest state of a row (attack B11).
pub struct Held<T> {
    /// The code or token.
    pub stored: T,
    pub grant: HeldGrant,
    /// Maybe suspended: see [`Account::require_active`].
    pub account: Account,
}

/// What a user granted, and until when.
pub struct HeldGrant {
    scopes: GrantedScopes,
    expires_at: Timestamp,
}

/// The statement for the table `$table t` and its columns: a digest of `$2` in the tenant `$1`. That is compared in a way that
/// PostgreSQL does not carry over to the other tables: it would look through all grants of the tenant instead of going by
/// the key, as long as it has no statistics.
macro_rules! held {
    ($table:literal, $columns:literal) => {
        db::sql!(concat!(
            "select ",
            $columns,
            ", g.scope as granted_scope, g.resources as granted_resources, g.rejected as granted_rejected, \
             g.expires_at as grant_expires_at, ",
            $crate::oidc::account::account_columns!(),
            " from ",
            $table,
            " t join grants g on g.tenant_id = t.tenant_id and g.id = t.grant_id \
             join users u on u.tenant_id = t.tenant_id and u.id = t.user_id \
             where t.digest = $2 and (t.tenant_id = $1) is true for update of g, t"
        ))
    };
}
pub(super) use held;

impl<T: FromRow> FromRow for Held<T> {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let stored = T::from_row(row)?;
        let openid = ScopeSet::parse(&row.get::<String>("granted_scope")?);
        let (Json(resources), Json(rejected)) = (row.get("granted_resources")?, row.get("granted_rejected")?);
        let scopes = GrantedScopes { openid, resources, rejected };
        let grant = HeldGrant { scopes, expires_at: row.get("grant_expires_at")? };
        Ok(Self { stored, grant, account: Account::from_row(row)? })
    }
}

impl HeldGrant {
    /// What the user granted, while that lasts.
    pub fn scopes(self, now: Timestamp) -> Result<GrantedScopes, Failure> {
        let lasts = self.expires_at > now;
        Ok(lasts.then_some(self.scopes).ok_or_else(|| OAuthError::invalid_grant("grant not found"))?)
    }
}
