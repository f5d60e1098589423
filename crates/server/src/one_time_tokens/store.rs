//! The table `one_time_tokens`.

use ::api::one_time_tokens::{
    CreateOneTimeToken, ListOneTimeTokensQuery, OneTimeToken, OneTimeTokenContext, OneTimeTokenStatus,
};
use db::{DbError, FromRow, params, sql};
use flow::error::OneTimeTokenFault;
use flow::{Identifier, IdentifierType};
use kernel::{Pagination, Timestamp, id};

use crate::errors::ApiError;
use crate::sealing::SealedColumn;
use crate::search::{ListQuery, Where};
use crate::work::{View, Work};

const DEFAULT_LIFETIME_SECONDS: i64 = 600;
const LIST_QUERY: ListQuery =
    ListQuery { columns: StoredToken::COLUMNS, from: "one_time_tokens", order: "created_at desc, id desc" };

#[derive(Debug, Clone, FromRow)]
pub(crate) struct StoredToken {
    pub id: String,
    pub email: String,
    /// Sealed.
    token: String,
    #[row(json)]
    pub context: OneTimeTokenContext,
    status: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl StoredToken {
    fn status(&self) -> OneTimeTokenStatus {
        // What this server does not know is not active.
        OneTimeTokenStatus::from_name(&self.status).unwrap_or(OneTimeTokenStatus::Revoked)
    }

    /// Whether the token was for this address and is used up.
    pub(crate) fn is_consumed_by(&self, email: &str) -> bool {
        self.status() == OneTimeTokenStatus::Consumed && canonical(&self.email) == canonical(email)
    }

    fn to_wire(&self, view: &View<'_>) -> Result<OneTimeToken, ApiError> {
        let tenant_id = view.tenant_id();
        Ok(OneTimeToken {
            tenant_id: tenant_id.to_owned(),
            token: view.sealer().open(SealedColumn::OneTimeToken.of(tenant_id, &self.id), &self.token)?,
            id: self.id.clone(),
            email: self.email.clone(),
            context: self.context.clone(),
            status: self.status(),
            created_at: self.created_at.millis(),
            expires_at: self.expires_at.millis(),
        })
    }
}

fn canonical(email: &str) -> String {
    Identifier::new(IdentifierType::Email, email).canonical()
}

/// Why a token does not hold for an address now (M295: in this order).
pub(crate) fn fault(token: Option<&StoredToken>, email: &str, now: Timestamp) -> Option<OneTimeTokenFault> {
    let Some(token) = token else { return Some(OneTimeTokenFault::NotFound) };
    if canonical(&token.email) != canonical(email) {
        return Some(OneTimeTokenFault::EmailMismatch);
    }
    match token.status() {
        OneTimeTokenStatus::Expired => Some(OneTimeTokenFault::Expired),
        _ if token.expires_at <= now => Some(OneTimeTokenFault::Expired),
        OneTimeTokenStatus::Consumed => Some(OneTimeTokenFault::Consumed),
        OneTimeTokenStatus::Revoked => Some(OneTimeTokenFault::Revoked),
        OneTimeTokenStatus::Active => None,
    }
}

/// The token with this value.
///
/// # Errors
/// A failure of the database.
pub(crate) fn find(view: &View<'_>, token: &str) -> Result<Option<StoredToken>, DbError> {
    let text = sql!(
        "select id, email, token, context, status, created_at, expires_at from one_time_tokens \
         where tenant_id = $1 and token_digest = $2"
    );
    view.query_opt(text, params![view.tenant_id(), id::token_digest(token)])
}

/// Uses a token up. Of several requests at the same time one gets true.
///
/// # Errors
/// A failure of the database.
pub(crate) fn consume(work: &Work<'_>, id: &str) -> Result<bool, DbError> {
    // A token that comes back after a crash would count twice.
    work.require_durable();
    let text = sql!(
        "update one_time_tokens set status = 'consumed' \
         where tenant_id = $1 and id = $2 and status = 'active' and expires_at > $3"
    );
    Ok(work.exec(text, params![work.tenant_id(), id, work.now()])? == 1)
}

fn row(view: &View<'_>, id: &str) -> Result<StoredToken, ApiError> {
    let text = sql!(
        "select id, email, token, context, status, created_at, expires_at from one_time_tokens \
         where tenant_id = $1 and id = $2"
    );
    let row = view.query_opt(text, params![view.tenant_id(), id])?;
    row.ok_or_else(|| ApiError::not_found_by_id("one_time_tokens", id))
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn get(view: &View<'_>, id: &str) -> Result<OneTimeToken, ApiError> {
    row(view, id)?.to_wire(view)
}

/// A page of tokens, newest first, and the number of all tokens whatever the filter (M291).
///
/// # Errors
/// A failure of the database.
pub(super) fn list(
    view: &View<'_>,
    query: &ListOneTimeTokensQuery,
    page: Pagination,
) -> Result<(i64, Vec<OneTimeToken>), ApiError> {
    let all = Where::new("tenant_id = {}", [view.tenant_id()]);
    let total = LIST_QUERY.count(view, &all)?;
    let mut condition = all;
    if let Some(email) = &query.email {
        condition = condition.and("email = {}", [email.as_str()]);
    }
    if let Some(status) = query.status {
        condition = condition.and("status = {}", [status.as_str()]);
    }
    let rows: Vec<StoredToken> = LIST_QUERY.page(view, &condition, page)?;
    let tokens = rows.iter().map(|row| row.to_wire(view)).collect::<Result<_, _>>()?;
    Ok((total, tokens))
}

/// Makes a token.
///
/// # Errors
/// A failure of the database.
pub(super) fn create(work: &Work<'_>, new: CreateOneTimeToken) -> Result<OneTimeToken, ApiError> {
    let (tenant, id) = (work.tenant_id(), id::entity_id(work.rng()));
    let token = id::client_secret(work.rng());
    let sealed = work.sealer().seal(SealedColumn::OneTimeToken.of(tenant, &id), &token)?;
    let lifetime = new.expires_in.map_or(DEFAULT_LIFETIME_SECONDS, |seconds| seconds.0);
    let context = serde_json::to_string(&new.context.unwrap_or_default())
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let text = sql!(
        "insert into one_time_tokens (tenant_id, id, email, token, token_digest, context, status, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, 'active', $7, $8)"
    );
    let expires_at = work.now().plus_seconds(lifetime);
    let digest = id::token_digest(&token);
    work.exec_one(text, params![tenant, &id, &new.email.0, sealed, digest, context, work.now(), expires_at])?;
    get(work, &id)
}

/// Gives a token another status. One that was used up stays so, or is revoked.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn set_status(work: &Work<'_>, id: &str, status: OneTimeTokenStatus) -> Result<OneTimeToken, ApiError> {
    row(work, id)?;
    let text = sql!("update one_time_tokens set status = $3 where tenant_id = $1 and id = $2");
    work.exec_one(text, params![work.tenant_id(), id, status.as_str()])?;
    get(work, id)
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    row(work, id)?;
    let text = sql!("delete from one_time_tokens where tenant_id = $1 and id = $2");
    Ok(work.exec_one(text, params![work.tenant_id(), id])?)
}
