//! Stored tokens: opaque access tokens and refresh tokens, as digests of what the client holds.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{DbError, FromRow, Json, Read, Row, Tx, params, sql};
use kernel::{Rng, Timestamp, id};
use oauth::token::refresh_token::RefreshToken;
use oauth::{ScopeSet, ttl};

use super::account::{Account, account_columns};
use super::codes::About;
use super::held::{Held, held};

/// A row of `refresh_tokens`.
#[derive(Debug, Clone)]
pub struct StoredRefreshToken {
    /// What the rules look at.
    pub token: RefreshToken,
    pub about: About,
    pub gty: String,
    pub rotations: i64,
    pub successor_salt: Option<String>,
}

impl FromRow for StoredRefreshToken {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            token: RefreshToken {
                client_id: row.get("client_id")?,
                scope: ScopeSet::parse(&row.get::<String>("scope")?),
                first_issued_at: row.get("first_issued_at")?,
                issued_at: row.get("issued_at")?,
                expires_at: row.get("expires_at")?,
                consumed_at: row.get("consumed_at")?,
            },
            about: About::from_row(row)?,
            gty: row.get("gty")?,
            rotations: row.get("rotations")?,
            successor_salt: row.get("successor_salt")?,
        })
    }
}

/// The refresh token with this value.
pub fn refresh_by_value(r: &Read<'_>, tenant: &str, value: &str) -> Result<Option<StoredRefreshToken>, DbError> {
    r.query_opt(
        sql!(
            "select client_id, grant_id, user_id, session_uid, scope, resources, nonce, sid, auth_time, gty, rotations, \
             expires_with_session, first_issued_at, issued_at, expires_at, consumed_at, successor_salt \
             from refresh_tokens where tenant_id = $1 and digest = $2"
        ),
        params![tenant, id::digest(value)],
    )
}

/// As [`refresh_by_value`], held until the transaction ends.
pub fn hold_refresh(tx: &Tx<'_>, tenant: &str, value: &str) -> Result<Option<Held<StoredRefreshToken>>, DbError> {
    let text = held!(
        "refresh_tokens",
        "t.client_id, t.scope, t.first_issued_at, t.issued_at, t.expires_at, t.consumed_at, t.resources, t.grant_id, \
         t.user_id, t.session_uid, t.expires_with_session, t.nonce, t.sid, t.auth_time, t.gty, t.rotations, \
         t.successor_salt"
    );
    tx.query_opt(text, params![tenant, id::digest(value)])
}

/// Stores `row` under `value`. Two units that derive the same successor store it once.
pub fn insert_refresh(tx: &Tx<'_>, tenant: &str, value: &str, row: &StoredRefreshToken) -> Result<(), DbError> {
    let (token, about) = (&row.token, &row.about);
    tx.exec_pipelined(
        sql!(
            "insert into refresh_tokens (digest, tenant_id, grant_id, client_id, user_id, session_uid, scope, resources, \
             nonce, sid, auth_time, gty, rotations, expires_with_session, first_issued_at, issued_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
             on conflict (digest) do nothing"
        ),
        params![
            id::digest(value),
            tenant,
            &about.grant_id,
            &token.client_id,
            &about.user_id,
            about.session_uid.clone(),
            token.scope.to_string(),
            Json(&about.resources),
            about.nonce.clone(),
            about.sid.clone(),
            about.auth_time,
            &row.gty,
            row.rotations,
            about.expires_with_session,
            token.first_issued_at,
            token.issued_at,
            token.expires_at
        ],
    )
}

/// Uses a held refresh token up and fixes the salt of its successor.
pub fn consume_refresh(tx: &Tx<'_>, tenant: &str, value: &str, salt: &str, now: Timestamp) -> Result<(), DbError> {
    tx.exec_one(
        sql!(
            "update refresh_tokens set consumed_at = $3, successor_salt = $4 \
             where tenant_id = $1 and digest = $2 and consumed_at is null"
        ),
        params![tenant, id::digest(value), now, salt],
    )
}

/// The successor of a refresh token: only who holds the token itself can derive it, so that a retry within the grace
/// returns the same one without a copy at rest (docs/adr/0005-refresh-grace.md).
pub fn successor(value: &str, salt: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, value.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, salt.as_bytes()))
}

/// A row of `access_tokens`, and its user.
#[derive(Debug, Clone)]
pub struct StoredAccessToken {
    pub client_id: String,
    pub grant_id: String,
    pub user_id: String,
    pub session_uid: Option<String>,
    pub expires_with_session: bool,
    pub scope: ScopeSet,
    pub gty: String,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    /// Maybe suspended.
    pub account: Account,
}

impl FromRow for StoredAccessToken {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            client_id: row.get("client_id")?,
            grant_id: row.get("grant_id")?,
            user_id: row.get("user_id")?,
            session_uid: row.get("session_uid")?,
            expires_with_session: row.get("expires_with_session")?,
            scope: ScopeSet::parse(&row.get::<String>("scope")?),
            gty: row.get("gty")?,
            issued_at: row.get("issued_at")?,
            expires_at: row.get("expires_at")?,
            account: Account::from_row(row)?,
        })
    }
}

/// Issues an opaque access token.
pub fn create_access(
    tx: &Tx<'_>,
    tenant: &str,
    (client_id, about, gty): (&str, &About, &str),
    scope: &ScopeSet,
    (rng, now): (&Rng, Timestamp),
) -> Result<String, DbError> {
    let value = id::opaque(rng);
    tx.exec_pipelined(
        sql!(
            "insert into access_tokens (digest, tenant_id, grant_id, client_id, user_id, session_uid, scope, gty, \
             expires_with_session, issued_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        params![
            id::digest(&value),
            tenant,
            &about.grant_id,
            client_id,
            &about.user_id,
            about.session_uid.clone(),
            scope.to_string(),
            gty,
            about.expires_with_session,
            now,
            now.plus_seconds(ttl::ACCESS_TOKEN)
        ],
    )?;
    Ok(value)
}

/// The usable access token with this value: not expired, its grant alive, its session too if it depends on one.
pub fn access_by_value(
    r: &Read<'_>,
    tenant: &str,
    value: &str,
    now: Timestamp,
) -> Result<Option<StoredAccessToken>, DbError> {
    r.query_opt(
        sql!(concat!(
            "select t.client_id, t.grant_id, t.user_id, t.session_uid, t.expires_with_session, t.scope, t.gty, \
             t.issued_at, t.expires_at, ",
            account_columns!(),
            " from access_tokens t \
             join grants g on g.tenant_id = t.tenant_id and g.id = t.grant_id and g.expires_at > $3 \
             join users u on u.tenant_id = t.tenant_id and u.id = t.user_id \
             where t.digest = $2 and (t.tenant_id = $1) is true and t.expires_at > $3 and (t.expires_with_session = false or exists \
             (select 1 from sessions s where s.tenant_id = t.tenant_id and s.uid = t.session_uid \
             and s.user_id = t.user_id and s.expires_at > $3))"
        )),
        params![tenant, id::digest(value), now],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_needs_both_the_token_and_its_salt() {
        assert_eq!(successor("token", "salt"), successor("token", "salt"));
        assert_ne!(successor("token", "salt"), successor("token", "pepper"));
        assert_ne!(successor("other", "salt"), successor("token", "salt"));
        assert_eq!(successor("token", "salt").len(), 43);
    }
}
