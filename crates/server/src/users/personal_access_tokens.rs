//! Personal access tokens of users (inventory M048–M053, D044): what a user's scripts exchange for access tokens. Only a digest is
//! stored, so a token is shown once.

use ::api::ErrorCode;
use ::api::users::{
    CreatePersonalAccessToken, PersonalAccessToken, PersonalAccessTokenName, RenamePersonalAccessToken,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{DbError, FromRow, params, sql};
use kernel::ids::UserId;
use kernel::{Timestamp, id};

use super::store;
use serde_json::{Value, json};

use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::http::RequestBody;
use crate::http::validate::invalid_member;
use crate::routes::Routes;
use crate::work::{View, Work};

const PREFIX: &str = "pat_";
/// What later answers show of a token.
const MASK: &str = "pat_********";
/// The greatest number of tokens of one user.
const MAX_TOKENS: i64 = 100;

pub(super) fn routes() -> Routes {
    let (all, one) =
        ("/api/users/{userId}/personal-access-tokens", "/api/users/{userId}/personal-access-tokens/{name}");
    Routes::new()
        .get(all, list_tokens)
        .post(all, create_token)
        .patch(all, rename_token)
        .patch(one, rename_token_of_path)
        .delete(one, delete_token)
        .post("/api/users/{userId}/personal-access-tokens/delete", delete_token_of_body)
}

/// A row.
#[derive(Debug, Clone, FromRow)]
pub struct StoredToken {
    user_id: UserId,
    name: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl StoredToken {
    /// The token as the API shows it; `value` once, and the mask later.
    fn to_wire(&self, view: &View<'_>, value: &str) -> PersonalAccessToken {
        PersonalAccessToken {
            tenant_id: view.tenant_id().to_owned(),
            user_id: self.user_id.to_string(),
            name: self.name.clone(),
            value: value.to_owned(),
            created_at: self.created_at.millis(),
            expires_at: self.expires_at.map(Timestamp::millis),
        }
    }
}

/// The owner of a personal access token.
#[derive(FromRow)]
pub struct TokenOwner {
    pub user_id: UserId,
    pub digest: String,
    pub expires_at: Option<Timestamp>,
}

/// The user of a token, and when it expires.
///
/// # Errors
/// A failure of the database.
pub fn find_owner(view: &View<'_>, value: &str) -> Result<Option<TokenOwner>, DbError> {
    view.query_opt(
        sql!(
            "select ",
            TokenOwner::COLUMNS,
            " from personal_access_tokens where digest = $2 and (tenant_id = $1) is true"
        ),
        params![view.tenant_id(), id::token_digest(value)],
    )
}

fn list(view: &View<'_>, user_id: &UserId) -> Result<Vec<PersonalAccessToken>, ApiError> {
    let rows: Vec<StoredToken> = view.query_all(
        sql!(
            "select ",
            StoredToken::COLUMNS,
            " from personal_access_tokens where tenant_id = $1 and user_id = $2 order by created_at, name"
        ),
        params![view.tenant_id(), user_id],
    )?;
    Ok(rows.iter().map(|row| row.to_wire(view, MASK)).collect())
}

/// What the tokens of a user are called, with their times.
///
/// # Errors
/// A failure of the database.
pub(crate) fn names(view: &View<'_>, user_id: &UserId) -> Result<Vec<Value>, ApiError> {
    let tokens = list(view, user_id)?.into_iter();
    let shown =
        tokens.map(|token| json!({"name": token.name, "createdAt": token.created_at, "expiresAt": token.expires_at}));
    Ok(shown.collect())
}

fn get(view: &View<'_>, user_id: &UserId, name: &str) -> Result<StoredToken, ApiError> {
    let text = sql!(
        "select ",
        StoredToken::COLUMNS,
        " from personal_access_tokens where tenant_id = $1 and user_id = $2 and name = $3"
    );
    view.query_opt(text, params![view.tenant_id(), user_id, name])?.ok_or_else(ApiError::not_found)
}

fn map_name_conflict(error: DbError) -> ApiError {
    match error.unique_on("personal_access_tokens", &["tenant_id", "user_id", "name"]) {
        true => ApiError::unprocessable(ErrorCode::UserPersonalAccessTokenNameExists),
        false => error.into(),
    }
}

fn create(
    work: &Work<'_>,
    user_id: &UserId,
    name: &str,
    expires_at: Option<Timestamp>,
) -> Result<PersonalAccessToken, ApiError> {
    // With the user locked, nobody else adds a token between the count and the insert.
    store::get_for_update(work, user_id)?;
    let known: Option<i64> = work.query_opt(
        sql!("select count(*) from personal_access_tokens where tenant_id = $1 and user_id = $2"),
        params![work.tenant_id(), user_id],
    )?;
    if known.unwrap_or_default() >= MAX_TOKENS {
        return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::SystemLimitLimitExceeded));
    }
    let value = format!("{PREFIX}{}", id::client_secret(work.rng()));
    let row = StoredToken { user_id: user_id.clone(), name: name.to_owned(), created_at: work.now(), expires_at };
    work.exec_one(
        sql!(
            "insert into personal_access_tokens (tenant_id, user_id, name, digest, created_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6)"
        ),
        params![work.tenant_id(), user_id, name, id::token_digest(&value), row.created_at, expires_at],
    )
    .map_err(map_name_conflict)?;
    Ok(row.to_wire(work, &value))
}

fn rename(work: &Work<'_>, user_id: &UserId, current: &str, name: &str) -> Result<PersonalAccessToken, ApiError> {
    let text = sql!("update personal_access_tokens set name = $4 where tenant_id = $1 and user_id = $2 and name = $3");
    let changed = work.exec(text, params![work.tenant_id(), user_id, current, name]).map_err(map_name_conflict)?;
    if changed == 0 {
        return Err(ApiError::not_found());
    }
    Ok(get(work, user_id, name)?.to_wire(work, MASK))
}

fn delete(work: &Work<'_>, user_id: &UserId, name: &str) -> Result<(), ApiError> {
    let text = sql!("delete from personal_access_tokens where tenant_id = $1 and user_id = $2 and name = $3");
    work.exec_existing(text, params![work.tenant_id(), user_id, name])
}

async fn list_tokens(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
) -> Result<Json<Vec<PersonalAccessToken>>, ApiError> {
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        list(view, &id)
    };
    caller.read_inline(read).await.map(Json)
}

async fn create_token(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<CreatePersonalAccessToken>,
) -> Result<(StatusCode, Json<PersonalAccessToken>), ApiError> {
    let expires_at = body.expires_at.into_value().map(Timestamp);
    if expires_at.is_some_and(|at| at <= caller.now) {
        return Err(ApiError::bad_request(ErrorCode::RequestInvalidInput));
    }
    let created = caller.write(move |work| create(work, &id, &body.name, expires_at)).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

async fn rename_token(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<RenamePersonalAccessToken>,
) -> Result<Json<PersonalAccessToken>, ApiError> {
    let missing = || invalid_member(&["currentName"], "The name of the token is needed.");
    let current = body.current_name.ok_or_else(missing)?;
    caller.write(move |work| rename(work, &id, &current, &body.name)).await.map(Json)
}

async fn rename_token_of_path(
    caller: ManagementCaller,
    Path((id, current)): Path<(UserId, String)>,
    RequestBody(body): RequestBody<PersonalAccessTokenName>,
) -> Result<Json<PersonalAccessToken>, ApiError> {
    caller.write(move |work| rename(work, &id, &current, &body.name)).await.map(Json)
}

async fn delete_token(
    caller: ManagementCaller,
    Path((id, name)): Path<(UserId, String)>,
) -> Result<StatusCode, ApiError> {
    caller.write(move |work| delete(work, &id, &name)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn delete_token_of_body(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<PersonalAccessTokenName>,
) -> Result<StatusCode, ApiError> {
    caller.write(move |work| delete(work, &id, &body.name)).await.map(|()| StatusCode::NO_CONTENT)
}
