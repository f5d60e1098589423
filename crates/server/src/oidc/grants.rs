//! Grants: the scopes that a user granted to a client. Codes and tokens reference their grant and are deleted with it. All grants of
//! a client end by one row; a job deletes them, because many rows at once would keep other writes waiting.

use kernel::ids::{ApplicationId, UserId};
use std::collections::BTreeMap;

use db::{DbError, FromRow, Json, params, sql};
use kernel::Timestamp;
use oauth::grant::GrantedScopes;
use oauth::token::subject_limits::ExchangeHistory;
use oauth::{ScopeSet, ttl};

use super::authorization_codes::scope_set;
use super::clients::RegisteredClient;
use crate::applications;
use crate::work::{View, Work};

/// A row of `grants g`.
#[derive(Debug, Clone, PartialEq, FromRow)]
#[row(alias = "g")]
pub struct Grant {
    pub id: String,
    pub user_id: UserId,
    pub client_id: ApplicationId,
    pub session_uid: Option<String>,
    #[row(flatten = "GrantedScopesRow")]
    pub granted: GrantedScopes,
    /// The client's when the user was asked: see [`end_all_of_client`].
    pub consent_epoch: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Whether the client of a row of `grants g` is still the one that the user was asked about. Built-in clients have no row; one that was
/// deleted has one in `ended_grants` until its grants are gone.
pub(super) const IS_CURRENT: &str = "g.consent_epoch >= coalesce((select a.consent_epoch from applications a \
                                     where a.tenant_id = g.tenant_id and a.id = g.client_id), \
                                     (select e.before_epoch from ended_grants e \
                                     where e.tenant_id = g.tenant_id and e.client_id = g.client_id), 0)";

/// The scopes in a row of `grants g`, under names that no code or token has.
#[derive(FromRow)]
#[row(alias = "g")]
pub(super) struct GrantedScopesRow {
    #[row(expression = "g.scope", with = "scope_set")]
    granted_scope: ScopeSet,
    #[row(expression = "g.resources", json)]
    granted_resources: BTreeMap<String, ScopeSet>,
    #[row(expression = "g.rejected", json)]
    granted_rejected: BTreeMap<String, ScopeSet>,
}

impl From<GrantedScopesRow> for GrantedScopes {
    fn from(row: GrantedScopesRow) -> Self {
        Self { openid: row.granted_scope, resources: row.granted_resources, rejected: row.granted_rejected }
    }
}

/// The grant with this id; `None` when it has expired or ended.
pub fn find(view: &View<'_>, id: &str) -> Result<Option<Grant>, DbError> {
    view.query_opt(
        sql!(
            "select ",
            Grant::QUALIFIED_COLUMNS,
            " from grants g where g.tenant_id = $1 and g.id = $2 and g.expires_at > $3 and ",
            IS_CURRENT
        ),
        params![view.tenant_id(), id, view.now()],
    )
}

/// The greatest number of grants that are listed.
const MAX_LISTED: i64 = 1000;

/// The grants of a user that have neither expired nor ended, newest first: those of sign-ins, then those of token exchanges.
pub fn list_of_user(view: &View<'_>, user_id: &UserId) -> Result<Vec<Grant>, DbError> {
    view.query_all(
        sql!(
            "select ",
            Grant::QUALIFIED_COLUMNS,
            " from grants g where g.tenant_id = $1 and g.user_id = $2 and g.expires_at > $3 and ",
            IS_CURRENT,
            " order by case when g.session_uid is null then 1 else 0 end, g.created_at desc, g.id limit $4"
        ),
        params![view.tenant_id(), user_id, view.now(), MAX_LISTED],
    )
}

/// What a JWT that was given out under a grant to a person counts for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenStanding {
    Good,
    /// The grant has ended.
    Ended,
    /// The access rules of the application leave the person out.
    Closed,
}

/// Asks what a JWT counts for now. `grant_id` is what it names.
pub(crate) fn standing(
    view: &View<'_>,
    grant_id: Option<&str>,
    user_id: &UserId,
    client: &RegisteredClient,
) -> Result<TokenStanding, DbError> {
    let Some(grant_id) = grant_id else { return Ok(TokenStanding::Ended) };
    if find_subject(view, grant_id, user_id, &client.client.id)?.is_none() {
        return Ok(TokenStanding::Ended);
    }
    Ok(if client.is_open_to(view, user_id)? { TokenStanding::Good } else { TokenStanding::Closed })
}

/// The ids of the grants that came from a session, oldest first.
pub fn ids_of_session(view: &View<'_>, session_uid: &str) -> Result<Vec<String>, DbError> {
    let text = sql!("select id from grants where tenant_id = $1 and session_uid = $2 order by created_at, id");
    view.query_all(text, params![view.tenant_id(), session_uid])
}

/// The ids of all grants of a user to an application.
pub fn ids_to(view: &View<'_>, user_id: &UserId, client_id: &str) -> Result<Vec<String>, DbError> {
    let text = sql!("select id from grants where tenant_id = $1 and user_id = $2 and client_id = $3 order by id");
    view.query_all(text, params![view.tenant_id(), user_id, client_id])
}

/// Locks a grant until the end of the transaction: nobody ends it or adds to it meanwhile.
pub fn lock(work: &Work<'_>, id: &str) -> Result<(), DbError> {
    let text = sql!("select id from grants where tenant_id = $1 and id = $2 for update");
    work.query_opt::<String>(text, params![work.tenant_id(), id]).map(drop)
}

const INSERT: &str = "insert into grants (tenant_id, id, user_id, client_id, session_uid, scope, resources, rejected, created_at, \
                      expires_at, consent_epoch) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Stores a new grant with the lifetime it says.
pub fn insert(work: &Work<'_>, grant: &Grant) -> Result<(), DbError> {
    work.exec_pipelined(sql!(INSERT), &to_params(work, grant, grant.expires_at))
}

/// Stores a new or extended grant and restarts its lifetime.
pub fn upsert(work: &Work<'_>, grant: &Grant) -> Result<(), DbError> {
    let text = sql!(
        INSERT,
        " on conflict (tenant_id, id) do update set scope = excluded.scope, resources = excluded.resources, \
         rejected = excluded.rejected, expires_at = excluded.expires_at"
    );
    work.exec_pipelined(text, &to_params(work, grant, work.now().plus_seconds(ttl::GRANT)))
}

/// The tokens that a token exchange presented.
pub struct ExchangeOrigin {
    /// The grant of an access token.
    pub parent_id: Option<String>,
    /// The digest of a personal access token.
    pub personal_access_token: Option<String>,
    pub history: ExchangeHistory,
}

/// Stores the grant of a token exchange. It ends with the token that was exchanged.
pub fn insert_exchanged(work: &Work<'_>, grant: &Grant, origin: ExchangeOrigin) -> Result<(), DbError> {
    insert(work, grant)?;
    work.exec_pipelined(
        sql!(
            "update grants set parent_id = $3, personal_access_token = $4, exchange = $5 where tenant_id = $1 and id = $2"
        ),
        params![
            work.tenant_id(),
            &grant.id,
            origin.parent_id,
            origin.personal_access_token,
            Json(&origin.history)
        ],
    )
}

/// What an exchange asks of the grant of its subject token.
#[derive(FromRow)]
#[row(alias = "g")]
pub struct SubjectGrant {
    pub session_uid: Option<String>,
    #[row(with = "scope_set")]
    pub scope: ScopeSet,
    #[row(json)]
    pub exchange: Option<ExchangeHistory>,
}

/// The grant of an access token that is exchanged; `None` when it was revoked, or has expired or ended.
pub fn find_subject(
    view: &View<'_>,
    grant_id: &str,
    user_id: &str,
    client_id: &str,
) -> Result<Option<SubjectGrant>, DbError> {
    view.query_opt(
        sql!(
            "select ",
            SubjectGrant::QUALIFIED_COLUMNS,
            " from grants g where g.tenant_id = $1 and g.id = $2 and g.expires_at > $3 and g.user_id = $4 \
             and g.client_id = $5 and ",
            IS_CURRENT
        ),
        params![view.tenant_id(), grant_id, view.now(), user_id, client_id],
    )
}

fn to_params(work: &Work<'_>, grant: &Grant, expires_at: Timestamp) -> Vec<db::Value> {
    params![
        work.tenant_id(),
        &grant.id,
        &grant.user_id,
        &grant.client_id,
        grant.session_uid.clone(),
        grant.granted.openid.to_string(),
        Json(&grant.granted.resources),
        Json(&grant.granted.rejected),
        grant.created_at,
        expires_at,
        grant.consent_epoch
    ]
    .to_vec()
}

/// Deletes a grant; its codes and tokens are deleted by cascade.
pub fn revoke(work: &Work<'_>, id: &str) -> Result<(), DbError> {
    work.exec(sql!("delete from grants where tenant_id = $1 and id = $2"), params![work.tenant_id(), id]).map(drop)
}

/// Ends all grants that users gave to an application, with their codes and tokens: people agreed to a client that is another one now,
/// or gone. A consent that is under way at this moment counts for nothing either.
pub fn end_all_of_client(work: &Work<'_>, client_id: &ApplicationId) -> Result<(), DbError> {
    let epoch = applications::begin_consent_epoch(work, client_id)?;
    let text = sql!(
        "insert into ended_grants (tenant_id, client_id, before_epoch) values ($1, $2, $3) \
         on conflict (tenant_id, client_id) do update set before_epoch = excluded.before_epoch"
    );
    work.exec_one(text, params![work.tenant_id(), client_id, epoch])
}
