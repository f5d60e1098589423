//! The tables `initial_access_tokens` and `client_registrations`.

use ::api::client_registration::{CreateInitialAccessToken, CreatedInitialAccessToken, InitialAccessToken};
use db::{DbError, FromRow, Json, Read, params, sql};
use kernel::ids::ApplicationId;
use kernel::{Pagination, Timestamp, id};

use crate::errors::ApiError;
use crate::search::{ListQuery, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

/// A week.
const DEFAULT_LIFETIME_SECONDS: i64 = 7 * 24 * 60 * 60;
const DEFAULT_USER_SCOPES: [&str; 2] = ["profile", "email"];
/// So that people and secret scanners know what they have found.
const INITIAL_PREFIX: &str = "iat_";
const REGISTRATION_PREFIX: &str = "rat_";
const LIST_QUERY: ListQuery =
    ListQuery { columns: TokenRow::COLUMNS, from: "initial_access_tokens", order: "created_at desc, id desc" };

#[derive(FromRow)]
struct TokenRow {
    tenant_id: String,
    id: String,
    name: String,
    #[row(json)]
    user_scopes: Vec<String>,
    max_uses: i64,
    uses: i64,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl From<TokenRow> for InitialAccessToken {
    fn from(row: TokenRow) -> Self {
        Self {
            tenant_id: row.tenant_id,
            id: row.id,
            name: row.name,
            user_scopes: row.user_scopes,
            max_uses: row.max_uses,
            uses: row.uses,
            created_at: row.created_at.millis(),
            expires_at: row.expires_at.millis(),
        }
    }
}

pub(super) fn list(view: &View<'_>, page: Option<Pagination>) -> Result<(i64, Vec<InitialAccessToken>), ApiError> {
    let condition = Where::new("tenant_id = {}", [view.tenant_id()]);
    let (total, rows) = LIST_QUERY.rows::<TokenRow>(view, &condition, page)?;
    Ok((total, rows.into_iter().map(InitialAccessToken::from).collect()))
}

pub(super) fn create(work: &Work<'_>, new: CreateInitialAccessToken) -> Result<CreatedInitialAccessToken, ApiError> {
    // Discovery names the endpoint from now on.
    work.touch(Section::Keys)?;
    let value = format!("{INITIAL_PREFIX}{}", id::opaque_token(work.rng()));
    let lifetime = new.expires_in.map_or(DEFAULT_LIFETIME_SECONDS, |seconds| seconds.0);
    let user_scopes = match new.user_scopes {
        Some(scopes) => scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        None => DEFAULT_USER_SCOPES.map(str::to_owned).to_vec(),
    };
    let row = TokenRow {
        tenant_id: work.tenant_id().to_owned(),
        id: id::entity_id(work.rng()),
        name: new.name.0,
        user_scopes,
        max_uses: new.max_uses.map_or(1, |uses| uses.0),
        uses: 0,
        created_at: work.now(),
        expires_at: work.now().plus_seconds(lifetime),
    };
    work.exec_one(
        sql!(
            "insert into initial_access_tokens \
             (tenant_id, id, digest, name, user_scopes, max_uses, uses, created_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6, 0, $7, $8)"
        ),
        params![
            work.tenant_id(),
            &row.id,
            id::token_digest(&value),
            &row.name,
            Json(&row.user_scopes),
            row.max_uses,
            row.created_at,
            row.expires_at
        ],
    )?;
    Ok(CreatedInitialAccessToken { token: row.into(), value })
}

pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    work.touch(Section::Keys)?;
    let delete = sql!("delete from initial_access_tokens where tenant_id = $1 and id = $2");
    work.exec_existing(delete, params![work.tenant_id(), id])
}

/// Until when somebody can register a client; none if nobody can.
///
/// # Errors
/// A failure of the database.
pub fn open_until(read: &Read<'_>, tenant_id: &str, now: Timestamp) -> Result<Option<Timestamp>, DbError> {
    let newest = sql!(
        "select expires_at from initial_access_tokens where tenant_id = $1 and expires_at > $2 and uses < max_uses \
         order by expires_at desc limit 1"
    );
    let row: Option<(Timestamp,)> = read.query_opt(newest, params![tenant_id, now])?;
    Ok(row.map(|(expires_at,)| expires_at))
}

/// Whether a client may be registered with this token.
///
/// # Errors
/// A failure of the database.
pub fn find_usable(view: &View<'_>, token: &str) -> Result<bool, DbError> {
    let find = sql!(
        "select id from initial_access_tokens \
         where tenant_id = $1 and digest = $2 and expires_at > $3 and uses < max_uses"
    );
    let found: Option<(String,)> =
        view.query_opt(find, params![view.tenant_id(), id::token_digest(token), view.now()])?;
    Ok(found.is_some())
}

/// Uses a token once; returns what the client may ask users for. None if it may not be used.
///
/// # Errors
/// A failure of the database.
pub fn redeem(work: &Work<'_>, token: &str) -> Result<Option<Vec<String>>, DbError> {
    work.require_durable();
    let redeem = sql!(
        "update initial_access_tokens set uses = uses + 1 \
         where tenant_id = $1 and digest = $2 and expires_at > $3 and uses < max_uses \
         returning user_scopes, max_uses - uses"
    );
    let used: Option<(Json<Vec<String>>, i64)> =
        work.query_opt(redeem, params![work.tenant_id(), id::token_digest(token), work.now()])?;
    let Some((Json(user_scopes), left)) = used else { return Ok(None) };
    if left == 0 {
        work.touch(Section::Keys)?;
    }
    Ok(Some(user_scopes))
}

/// A client that was registered by itself.
#[derive(Debug, Clone, FromRow)]
pub struct Registration {
    pub application_id: ApplicationId,
    pub created_at: Timestamp,
}

/// Remembers that a client was registered; returns its registration access token.
///
/// # Errors
/// A failure of the database.
pub fn record(work: &Work<'_>, application_id: &ApplicationId) -> Result<String, DbError> {
    let value = format!("{REGISTRATION_PREFIX}{}", id::opaque_token(work.rng()));
    let insert = sql!(
        "insert into client_registrations (tenant_id, application_id, digest, created_at) values ($1, $2, $3, $4)"
    );
    let row = params![work.tenant_id(), application_id, id::token_digest(&value), work.now()];
    work.exec_one(insert, row)?;
    Ok(value)
}

/// The registration of a client, if this is its registration access token.
///
/// # Errors
/// A failure of the database.
pub fn registration(view: &View<'_>, application_id: &str, token: &str) -> Result<Option<Registration>, DbError> {
    let find = sql!(
        "select ",
        Registration::COLUMNS,
        " from client_registrations where tenant_id = $1 and application_id = $2 and digest = $3"
    );
    view.query_opt(find, params![view.tenant_id(), application_id, id::token_digest(token)])
}

/// Ends the registration of a client: from now on administrators alone change it. Whether there was one.
///
/// # Errors
/// A failure of the database.
pub fn end(work: &Work<'_>, application_id: &ApplicationId) -> Result<bool, DbError> {
    let delete = sql!("delete from client_registrations where tenant_id = $1 and application_id = $2");
    Ok(work.exec(delete, params![work.tenant_id(), application_id])? == 1)
}
