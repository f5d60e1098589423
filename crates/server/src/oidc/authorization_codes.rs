//! Authorization codes: one use, 60 seconds, stored as digests.

use db::{DbError, FromRow, Json, params, sql};
use kernel::ids::{ApplicationId, UserId};
use kernel::{Timestamp, id};
use oauth::acr::AuthenticationClaims;
use oauth::claims_request::ClaimsRequest;
use oauth::token::authorization_code::AuthorizationCode;
use oauth::{Client, ScopeSet, ttl};

use super::locked::{LockedToken, select_for_update};
use crate::work::Work;

/// A row of `authorization_codes t`.
#[derive(Debug, Clone, FromRow)]
#[row(alias = "t")]
pub struct AuthorizationCodeRow {
    /// The values that the checks need.
    #[row(flatten = "CheckedColumns")]
    pub code: AuthorizationCode,
    #[row(flatten)]
    pub context: TokenContext,
    /// The thumbprint of the key that it is bound to.
    pub dpop_jkt: Option<String>,
}

#[derive(FromRow)]
#[row(alias = "t")]
struct CheckedColumns {
    client_id: ApplicationId,
    redirect_uri: String,
    code_challenge: Option<String>,
    expires_at: Timestamp,
    consumed_at: Option<Timestamp>,
}

impl From<CheckedColumns> for AuthorizationCode {
    fn from(row: CheckedColumns) -> Self {
        Self {
            client_id: row.client_id,
            redirect_uri: row.redirect_uri,
            code_challenge: row.code_challenge,
            expires_at: row.expires_at,
            consumed: row.consumed_at.is_some(),
        }
    }
}

/// The values that a code or refresh token passes on to the tokens issued for it.
#[derive(Debug, Clone, FromRow)]
#[row(alias = "t")]
pub struct TokenContext {
    pub grant_id: String,
    pub user_id: UserId,
    pub session_uid: Option<String>,
    /// Whether the tokens expire with the session (inventory O066).
    pub expires_with_session: bool,
    #[row(with = "scope_set")]
    pub scope: ScopeSet,
    #[row(json)]
    pub resources: Vec<String>,
    pub nonce: Option<String>,
    /// Only for clients that require `sid` in the ID token.
    pub sid: Option<String>,
    /// Only when the request had `max_age`, or the client asks for `acr`.
    pub auth_time: Option<Timestamp>,
    /// Only for clients that ask for `acr`.
    #[row(json)]
    pub authentication: Option<AuthenticationClaims>,
    /// Single claims that were asked for and granted.
    #[row(json)]
    pub claims: Option<ClaimsRequest>,
}

impl TokenContext {
    /// What the client is told of the sign-in, as long as it asks for it.
    pub fn authentication_for(&self, client: &Client) -> Option<&AuthenticationClaims> {
        self.authentication.as_ref().filter(|_| client.uses_acr_values() || client.uses_claims_parameter())
    }

    /// The single claims that the client gets now: `permitted` are the scopes that it may have, and the user granted.
    pub fn claims_for(&self, client: &Client, permitted: &ScopeSet) -> ClaimsRequest {
        let claims = self.claims.as_ref().filter(|_| client.uses_claims_parameter());
        claims.map(|claims| claims.within(permitted)).unwrap_or_default()
    }
}

/// Scopes as a column holds them.
///
/// # Errors
/// None.
pub(super) fn scope_set(stored: String) -> Result<ScopeSet, DbError> {
    Ok(ScopeSet::parse(&stored))
}

/// The values of a new code.
pub struct NewAuthorizationCode<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub code_challenge: Option<String>,
    pub dpop_jkt: Option<String>,
    pub context: &'a TokenContext,
}

/// Stores a new code and returns it.
pub fn create(work: &Work<'_>, new: &NewAuthorizationCode<'_>) -> Result<String, DbError> {
    let code = id::opaque_token(work.rng());
    let context = new.context;
    work.exec_pipelined(
        sql!(
            "insert into authorization_codes (digest, tenant_id, grant_id, client_id, user_id, session_uid, redirect_uri, \
             code_challenge, nonce, scope, resources, expires_with_session, sid, auth_time, created_at, expires_at, \
             dpop_jkt, authentication, claims) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
             $19)"
        ),
        params![
            id::token_digest(&code),
            work.tenant_id(),
            &context.grant_id,
            new.client_id,
            &context.user_id,
            context.session_uid.clone(),
            new.redirect_uri,
            new.code_challenge.clone(),
            context.nonce.clone(),
            context.scope.to_string(),
            Json(&context.resources),
            context.expires_with_session,
            context.sid.clone(),
            context.auth_time,
            work.now(),
            work.now().plus_seconds(ttl::AUTHORIZATION_CODE),
            new.dpop_jkt.clone(),
            context.authentication.as_ref().map(Json),
            context.claims.as_ref().map(Json)
        ],
    )?;
    Ok(code)
}

/// Finds a code and locks it until the transaction ends.
pub fn lock(work: &Work<'_>, code: &str) -> Result<Option<LockedToken<AuthorizationCodeRow>>, DbError> {
    let text = select_for_update!("authorization_codes", AuthorizationCodeRow);
    work.query_opt(text, params![work.tenant_id(), id::token_digest(code)])
}

/// Marks a code as used; false when it was used already.
pub fn mark_used(work: &Work<'_>, code: &str) -> Result<bool, DbError> {
    let changed = work.exec(
        sql!(
            "update authorization_codes set consumed_at = $3 \
             where tenant_id = $1 and digest = $2 and consumed_at is null"
        ),
        params![work.tenant_id(), id::token_digest(code), work.now()],
    )?;
    Ok(changed == 1)
}
