//! Subject tokens: the Management API lets an application act for a user by exchanging one (inventory M297, O089). Invariants: a
//! token is exchanged once, within its lifetime; only its digest is stored.

use ::api::ErrorCode;
use ::api::subject_tokens::{CreateSubjectToken, SubjectToken};
use axum::Json;
use axum::http::StatusCode;
use db::{DbError, FromRow, params, sql};
use kernel::ids::UserId;
use kernel::{Timestamp, id};

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::validate::invalid_member;
use crate::routes::Routes;
use crate::work::{View, Work};

/// Seconds.
const LIFETIME: i64 = 600;
/// Bytes of JSON.
const MAX_CONTEXT: usize = 4096;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().post("/api/subject-tokens", create_subject_token)
}

async fn create_subject_token(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<CreateSubjectToken>,
) -> Result<(StatusCode, Json<SubjectToken>), ApiError> {
    let context = serde_json::Value::Object(body.context.unwrap_or_default()).to_string();
    if context.len() > MAX_CONTEXT {
        return Err(invalid_member(&["context"], "The context may have at most 4096 bytes."));
    }
    let user_id = UserId::from(body.user_id.0);
    let subject_token = caller.write(move |work| create(work, &user_id, &context)).await?;
    Ok((StatusCode::CREATED, Json(SubjectToken { subject_token, expires_in: LIFETIME })))
}

fn create(work: &Work<'_>, user_id: &UserId, context: &str) -> Result<String, ApiError> {
    let value = format!("{}{}", oauth::token::token_exchange::IMPERSONATION_PREFIX, id::client_secret(work.rng()));
    let insert = sql!(
        "insert into subject_tokens (digest, tenant_id, user_id, context, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6)"
    );
    let expires_at = work.now().plus_seconds(LIFETIME);
    let row = params![id::token_digest(&value), work.tenant_id(), user_id, context, work.now(), expires_at];
    work.exec_one(insert, row).map_err(|error| match error {
        DbError::ForeignKey => ApiError::new(StatusCode::NOT_FOUND, ErrorCode::EntityRelationForeignKeyNotFound),
        other => other.into(),
    })?;
    Ok(value)
}

/// A subject token, used or not.
#[derive(Debug, Clone, FromRow)]
pub struct StoredSubjectToken {
    pub user_id: UserId,
    pub expires_at: Timestamp,
    pub consumed_at: Option<Timestamp>,
    /// What its application said of it.
    #[row(json)]
    pub context: serde_json::Map<String, serde_json::Value>,
}

/// Finds a subject token by its value.
///
/// # Errors
/// A failure of the database.
pub fn find(view: &View<'_>, value: &str) -> Result<Option<StoredSubjectToken>, DbError> {
    view.query_opt(
        sql!("select ", StoredSubjectToken::COLUMNS, " from subject_tokens where tenant_id = $1 and digest = $2"),
        params![view.tenant_id(), id::token_digest(value)],
    )
}

/// Uses a subject token up, durably. Of several units at the same time one gets true.
///
/// # Errors
/// A failure of the database.
pub fn consume(work: &Work<'_>, value: &str) -> Result<bool, DbError> {
    work.require_durable();
    let text = sql!(
        "update subject_tokens set consumed_at = $3 \
         where tenant_id = $1 and digest = $2 and consumed_at is null and expires_at > $3"
    );
    Ok(work.exec(text, params![work.tenant_id(), id::token_digest(value), work.now()])? == 1)
}
