//! Authorization codes: one use, 60 seconds, stored as digests.

use db::{DbError, FromRow, Json, Row, Tx, params, sql};
use kernel::{Rng, Timestamp, id};
use oauth::token::authorization_code::Code;
use oauth::{ScopeSet, ttl};

use super::held::{Held, held};

/// A row of `authorization_codes`.
#[derive(Debug, Clone)]
pub struct StoredCode {
    /// What the checks look at.
    pub code: Code,
    pub about: About,
}

/// What codes and refresh tokens carry on to the tokens they yield.
#[derive(Debug, Clone)]
pub struct About {
    pub grant_id: String,
    pub user_id: String,
    pub session_uid: Option<String>,
    /// Whether the tokens die with the session (inventory O066).
    pub expires_with_session: bool,
    pub scope: ScopeSet,
    pub resources: Vec<String>,
    pub nonce: Option<String>,
    /// Only for clients that want it in the ID token.
    pub sid: Option<String>,
    /// Only when the request had `max_age`.
    pub auth_time: Option<Timestamp>,
}

impl FromRow for About {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let Json(resources) = row.get("resources")?;
        Ok(Self {
            grant_id: row.get("grant_id")?,
            user_id: row.get("user_id")?,
            session_uid: row.get("session_uid")?,
            expires_with_session: row.get("expires_with_session")?,
            scope: ScopeSet::parse(&row.get::<String>("scope")?),
            resources,
            nonce: row.get("nonce")?,
            sid: row.get("sid")?,
            auth_time: row.get("auth_time")?,
        })
    }
}

impl FromRow for StoredCode {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let consumed_at: Option<Timestamp> = row.get("consumed_at")?;
        Ok(Self {
            code: Code {
                client_id: row.get("client_id")?,
                redirect_uri: row.get("redirect_uri")?,
                code_challenge: row.get("code_challenge")?,
                expires_at: row.get("expires_at")?,
                consumed: consumed_at.is_some(),
            },
            about: About::from_row(row)?,
        })
    }
}

/// What a new code is bound to.
pub struct NewCode<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub code_challenge: Option<String>,
    pub about: &'a About,
}

/// Stores a new code and returns it.
pub fn create(tx: &Tx<'_>, tenant: &str, new: &NewCode<'_>, rng: &Rng, now: Timestamp) -> Result<String, DbError> {
    let code = id::opaque(rng);
    let about = new.about;
    tx.exec_pipelined(
        sql!(
            "insert into authorization_codes (digest, tenant_id, grant_id, client_id, user_id, session_uid, redirect_uri, \
             code_challenge, nonce, scope, resources, expires_with_session, sid, auth_time, created_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
        ),
        params![
            id::digest(&code),
            tenant,
            &about.grant_id,
            new.client_id,
            &about.user_id,
            about.session_uid.clone(),
            new.redirect_uri,
            new.code_challenge.clone(),
            about.nonce.clone(),
            about.scope.to_string(),
            Json(&about.resources),
            about.expires_with_session,
            about.sid.clone(),
            about.auth_time,
            now,
            now.plus_seconds(ttl::AUTHORIZATION_CODE)
        ],
    )?;
    Ok(code)
}

/// The code with this value, held until the transaction ends.
pub fn hold(tx: &Tx<'_>, tenant: &str, code: &str) -> Result<Option<Held<StoredCode>>, DbError> {
    let text = held!(
        "authorization_codes",
        "t.consumed_at, t.client_id, t.redirect_uri, t.code_challenge, t.expires_at, t.resources, t.grant_id, t.user_id, \
         t.session_uid, t.expires_with_session, t.scope, t.nonce, t.sid, t.auth_time"
    );
    tx.query_opt(text, params![tenant, id::digest(code)])
}

/// Uses a code up; false when somebody else was faster.
pub fn consume(tx: &Tx<'_>, tenant: &str, code: &str, now: Timestamp) -> Result<bool, DbError> {
    let changed = tx.exec(
        sql!(
            "update authorization_codes set consumed_at = $3 \
             where tenant_id = $1 and digest = $2 and consumed_at is null"
        ),
        params![tenant, id::digest(code), now],
    )?;
    Ok(changed == 1)
}
