//! Stored tokens: access tokens that name no resource, and refresh tokens. Values are not stored: their digests are, and the `jti` of
//! those that are JWTs.

use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{DbError, FromRow, Json, params, sql};
use kernel::ids::{ApplicationId, UserId};
use kernel::{Timestamp, id};
use oauth::acr::AuthenticationClaims;
use oauth::token::refresh_token::RefreshToken;
use oauth::{ScopeSet, ttl};
use serde_json::Value;

use super::authorization_codes::{TokenContext, scope_set};
use super::grants;
use super::locked::{LockedToken, select_for_update};
use super::stored_name::StoredName;
use super::subject::Subject;
use crate::users::UserResponse;
use crate::work::{View, Work};

/// A row of `refresh_tokens t`.
#[derive(Debug, Clone, FromRow)]
#[row(alias = "t")]
pub struct RefreshTokenRow {
    /// The values that the checks need.
    #[row(flatten = "CheckedColumns")]
    pub token: RefreshToken,
    #[row(flatten)]
    pub context: TokenContext,
    pub gty: String,
    pub rotations: i64,
    pub successor_salt: Option<String>,
    /// The thumbprint of the key that it is bound to.
    pub jkt: Option<String>,
}

#[derive(FromRow)]
#[row(alias = "t")]
struct CheckedColumns {
    client_id: ApplicationId,
    first_issued_at: Timestamp,
    issued_at: Timestamp,
    expires_at: Timestamp,
    consumed_at: Option<Timestamp>,
}

impl From<CheckedColumns> for RefreshToken {
    fn from(row: CheckedColumns) -> Self {
        let CheckedColumns { client_id, first_issued_at, issued_at, expires_at, consumed_at } = row;
        Self { client_id, first_issued_at, issued_at, expires_at, consumed_at }
    }
}

/// Finds a refresh token by its value.
pub fn find_refresh_token(view: &View<'_>, value: &str) -> Result<Option<RefreshTokenRow>, DbError> {
    view.query_opt(
        sql!(
            "select ",
            RefreshTokenRow::QUALIFIED_COLUMNS,
            " from refresh_tokens t where t.tenant_id = $1 and t.digest = $2"
        ),
        params![view.tenant_id(), id::token_digest(value)],
    )
}

/// Finds a refresh token by its value and locks it until the transaction ends.
pub fn lock_refresh_token(work: &Work<'_>, value: &str) -> Result<Option<LockedToken<RefreshTokenRow>>, DbError> {
    let text = select_for_update!("refresh_tokens", RefreshTokenRow);
    work.query_opt(text, params![work.tenant_id(), id::token_digest(value)])
}

/// Stores `row` under `value`. Transactions that derive the same successor store it once.
pub fn insert_refresh_token(work: &Work<'_>, value: &str, row: &RefreshTokenRow) -> Result<(), DbError> {
    let (token, context) = (&row.token, &row.context);
    work.exec_pipelined(
        sql!(
            "insert into refresh_tokens (digest, tenant_id, grant_id, client_id, user_id, session_uid, scope, resources, \
             nonce, sid, auth_time, gty, rotations, expires_with_session, first_issued_at, issued_at, expires_at, jkt, \
             authentication, claims) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
             on conflict (digest) do nothing"
        ),
        params![
            id::token_digest(value),
            work.tenant_id(),
            &context.grant_id,
            &token.client_id,
            &context.user_id,
            context.session_uid.clone(),
            context.scope.to_string(),
            Json(&context.resources),
            context.nonce.clone(),
            context.sid.clone(),
            context.auth_time,
            &row.gty,
            row.rotations,
            context.expires_with_session,
            token.first_issued_at,
            token.issued_at,
            token.expires_at,
            row.jkt.clone(),
            context.authentication.as_ref().map(Json),
            context.claims.as_ref().map(Json)
        ],
    )
}

/// Marks a locked refresh token as used and stores the salt of its successor.
pub fn mark_refresh_token_used(work: &Work<'_>, value: &str, salt: &str) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "update refresh_tokens set consumed_at = $3, successor_salt = $4 \
             where tenant_id = $1 and digest = $2 and consumed_at is null"
        ),
        params![work.tenant_id(), id::token_digest(value), work.now(), salt],
    )
}

/// The successor of a refresh token. Deriving it needs the token itself, so a retry within the grace period returns the same
/// successor although only digests are stored (docs/adr/0005-refresh-grace.md).
pub fn derive_successor(value: &str, salt: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, value.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, salt.as_bytes()))
}

/// A row of `access_tokens t`, with its user.
#[derive(Debug, Clone, FromRow)]
#[row(alias = "t")]
pub struct AccessTokenRow {
    pub client_id: ApplicationId,
    pub grant_id: String,
    pub user_id: UserId,
    pub session_uid: Option<String>,
    pub expires_with_session: bool,
    #[row(with = "scope_set")]
    pub scope: ScopeSet,
    pub gty: String,
    /// What is known of the sign-in, as in [`TokenContext`].
    #[row(json)]
    pub authentication: Option<AuthenticationClaims>,
    pub auth_time: Option<Timestamp>,
    /// Names of single claims that were asked for.
    #[row(json)]
    pub claims: Option<BTreeSet<String>>,
    /// Who acts for the user.
    #[row(json)]
    pub act: Option<Value>,
    /// The thumbprint of the key that it is bound to.
    pub jkt: Option<String>,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    /// May be suspended.
    #[row(flatten)]
    pub subject: Subject,
}

/// The values of a new opaque access token.
pub struct NewAccessToken<'a> {
    pub name: &'a StoredName,
    pub client_id: &'a str,
    pub context: &'a TokenContext,
    pub gty: &'a str,
    pub scope: &'a ScopeSet,
    /// Names of single claims that userinfo has for it.
    pub claims: &'a BTreeSet<String>,
}

/// Stores a new access token.
pub fn insert_access_token(work: &Work<'_>, new: &NewAccessToken<'_>) -> Result<(), DbError> {
    let context = new.context;
    work.exec_pipelined(
        sql!(
            "insert into access_tokens (digest, tenant_id, grant_id, client_id, user_id, session_uid, scope, gty, \
             expires_with_session, issued_at, expires_at, claims, authentication, auth_time) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        ),
        params![
            new.name.as_str(),
            work.tenant_id(),
            &context.grant_id,
            new.client_id,
            &context.user_id,
            context.session_uid.clone(),
            new.scope.to_string(),
            new.gty,
            context.expires_with_session,
            work.now(),
            work.now().plus_seconds(ttl::ACCESS_TOKEN),
            (!new.claims.is_empty()).then_some(Json(new.claims)),
            context.authentication.as_ref().map(Json),
            context.auth_time
        ],
    )
}

/// Stores who acts for the user of a new access token, and when it expires.
pub fn amend_exchanged(
    work: &Work<'_>,
    name: &StoredName,
    act: Option<&Value>,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let text = sql!("update access_tokens set act = $3, expires_at = $4 where tenant_id = $1 and digest = $2");
    work.exec_one(text, params![work.tenant_id(), name.as_str(), act.map(Json), expires_at])
}

/// Binds a new access token to the key with this thumbprint.
pub fn bind_access_token(work: &Work<'_>, name: &StoredName, jkt: &str) -> Result<(), DbError> {
    let text = sql!("update access_tokens set jkt = $3 where tenant_id = $1 and digest = $2");
    work.exec_one(text, params![work.tenant_id(), name.as_str(), jkt])
}

/// Binds a refresh token to the key with this thumbprint.
pub fn bind_refresh_token(work: &Work<'_>, value: &str, jkt: &str) -> Result<(), DbError> {
    let text = sql!("update refresh_tokens set jkt = $3 where tenant_id = $1 and digest = $2 and jkt is null");
    work.exec_one(text, params![work.tenant_id(), id::token_digest(value), jkt])
}

/// The thumbprint of the key that a refresh token is bound to; none also where there is no such token.
pub fn find_key_of_refresh_token(view: &View<'_>, value: &str) -> Result<Option<String>, DbError> {
    let text = sql!("select jkt from refresh_tokens where tenant_id = $1 and digest = $2 and jkt is not null");
    view.query_opt(text, params![view.tenant_id(), id::token_digest(value)])
}

/// Selects `$row`, whose columns are those of `access_tokens t` and of its user `users u`, by tenant, name and time. The token, its
/// grant and the session it depends on must not have expired or ended.
macro_rules! select_access_token {
    ($row:ty) => {
        sql!(
            "select ",
            <$row>::QUALIFIED_COLUMNS,
            " from access_tokens t \
             join grants g on g.tenant_id = t.tenant_id and g.id = t.grant_id and g.expires_at > $3 and ",
            grants::IS_CURRENT,
            " join users u on u.tenant_id = t.tenant_id and u.id = t.user_id \
             where t.digest = $2 and (t.tenant_id = $1) is true and t.expires_at > $3 and (t.expires_with_session = false or exists \
             (select 1 from sessions s where s.tenant_id = t.tenant_id and s.uid = t.session_uid \
             and s.user_id = t.user_id and s.expires_at > $3))"
        )
    };
}

/// Finds an access token by its name. It, its grant and the session it depends on must not have expired.
pub fn find_access_token(view: &View<'_>, name: &StoredName) -> Result<Option<AccessTokenRow>, DbError> {
    view.query_opt(select_access_token!(AccessTokenRow), params![view.tenant_id(), name.as_str(), view.now()])
}

/// A row of `access_tokens t` as the account API reads it: with the whole user.
#[derive(Debug, Clone, FromRow)]
#[row(alias = "t")]
pub struct AccountTokenRow {
    pub client_id: ApplicationId,
    pub grant_id: String,
    pub session_uid: Option<String>,
    #[row(with = "scope_set")]
    pub scope: ScopeSet,
    pub gty: String,
    pub jkt: Option<String>,
    /// May be suspended.
    #[row(flatten)]
    pub user: UserResponse,
}

/// As [`find_access_token`], with the whole user.
pub fn find_account_token(view: &View<'_>, name: &StoredName) -> Result<Option<AccountTokenRow>, DbError> {
    view.query_opt(select_access_token!(AccountTokenRow), params![view.tenant_id(), name.as_str(), view.now()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_reads_no_column_twice() {
        let mut columns: Vec<&str> = RefreshTokenRow::QUALIFIED_COLUMNS.split(',').map(str::trim).collect();
        let all = columns.len();
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), all, "{}", RefreshTokenRow::QUALIFIED_COLUMNS);
    }

    #[test]
    fn a_successor_needs_both_the_token_and_its_salt() {
        assert_eq!(derive_successor("token", "salt"), derive_successor("token", "salt"));
        assert_ne!(derive_successor("token", "salt"), derive_successor("token", "pepper"));
        assert_ne!(derive_successor("other", "salt"), derive_successor("token", "salt"));
        assert_eq!(derive_successor("token", "salt").len(), 43);
    }
}
