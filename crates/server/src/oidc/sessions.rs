//! Browser sessions. The cookie holds a random handle; the row holds its digest and a stable uid. The handle changes at
//! sign-in, consent and logout (attack C16).

use db::{DbError, FromRow, Json, params, sql};
use kernel::ids::{ApplicationId, UserId};
use kernel::{Authentication, Timestamp, id};
use oauth::OAuthError;
use oauth::end_session::EndSession;
use oauth::grant::Authorizations;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::authorization_codes::TokenContext;
use super::{ProviderError, backchannel_logout, grants};
use crate::work::{View, Work};

/// A logout that waits for confirmation: the secret of the confirmation form, and the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingLogout {
    pub secret: String,
    #[serde(flatten)]
    pub request: EndSession,
}

/// A row of `sessions`.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Session {
    /// Stable id; tokens and interactions refer to it.
    pub uid: String,
    pub user_id: Option<UserId>,
    pub signed_in_at: Option<Timestamp>,
    /// What that sign-in proved.
    #[row(json)]
    pub authentication: Option<Authentication>,
    #[row(json)]
    pub authorizations: Authorizations,
    #[row(json)]
    pub logout: Option<PendingLogout>,
    pub version: i64,
    pub expires_at: Timestamp,
}

/// The session of a cookie value; `None` when expired.
pub fn find_by_cookie(view: &View<'_>, handle: &str) -> Result<Option<Session>, DbError> {
    view.query_opt(
        sql!(
            "select ",
            Session::COLUMNS,
            " from sessions where tenant_id = $1 and handle_digest = $2 and expires_at > $3"
        ),
        params![view.tenant_id(), id::token_digest(handle), view.now()],
    )
}

/// As [`find_by_cookie`], of a browser that may have no cookie.
pub fn find_by_optional_cookie(view: &View<'_>, handle: Option<&str>) -> Result<Option<Session>, DbError> {
    handle.map_or(Ok(None), |handle| find_by_cookie(view, handle))
}

/// The session with this uid; `None` when expired.
pub fn find(view: &View<'_>, uid: &str) -> Result<Option<Session>, DbError> {
    view.query_opt(
        sql!("select ", Session::COLUMNS, " from sessions where tenant_id = $1 and uid = $2 and expires_at > $3"),
        params![view.tenant_id(), uid, view.now()],
    )
}

/// Locks the session until this unit ends.
pub fn lock(work: &Work<'_>, uid: &str) -> Result<(), DbError> {
    let text = sql!("select uid from sessions where tenant_id = $1 and uid = $2 for update");
    work.query_opt::<String>(text, params![work.tenant_id(), uid]).map(drop)
}

/// Stores a new session without a user and returns it with its cookie value. `ttl` is in seconds.
pub fn create(work: &Work<'_>, ttl: i64) -> Result<(Session, String), DbError> {
    let handle = id::opaque_token(work.rng());
    let session = Session {
        uid: id::opaque_token(work.rng()),
        user_id: None,
        signed_in_at: None,
        authentication: None,
        authorizations: Authorizations::new(),
        logout: None,
        version: 0,
        expires_at: work.now().plus_seconds(ttl),
    };
    work.exec_one(
        sql!(
            "insert into sessions (tenant_id, uid, handle_digest, created_at, expires_at) values ($1, $2, $3, $4, $5)"
        ),
        params![work.tenant_id(), &session.uid, id::token_digest(&handle), work.now(), session.expires_at],
    )?;
    Ok((session, handle))
}

/// Updates the session and its handle, and returns the new handle. A concurrent change is a conflict.
pub fn update_and_rotate(work: &Work<'_>, session: &mut Session, expires_at: Timestamp) -> Result<String, DbError> {
    let handle = id::opaque_token(work.rng());
    work.exec_one(
        sql!(
            "update sessions set handle_digest = $4, user_id = $5, signed_in_at = $6, authorizations = $7, logout = $8, \
             expires_at = $9, authentication = $10, version = version + 1 where tenant_id = $1 and uid = $2 and version = $3"
        ),
        params![
            work.tenant_id(),
            &session.uid,
            session.version,
            id::token_digest(&handle),
            session.user_id.clone(),
            session.signed_in_at,
            Json(&session.authorizations),
            session.logout.as_ref().map(Json),
            expires_at,
            session.authentication.as_ref().map(Json)
        ],
    )?;
    session.version += 1;
    Ok(handle)
}

/// Stores a pending logout; the handle stays the same.
pub fn set_pending_logout(work: &Work<'_>, uid: &str, logout: &PendingLogout) -> Result<(), DbError> {
    work.exec_one(
        sql!("update sessions set logout = $3, version = version + 1 where tenant_id = $1 and uid = $2"),
        params![work.tenant_id(), uid, Json(logout)],
    )
}

/// Stores changed authorizations; the handle stays the same.
pub fn update_authorizations(
    work: &Work<'_>,
    session: &Session,
    authorizations: &Authorizations,
) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "update sessions set authorizations = $4, version = version + 1 \
             where tenant_id = $1 and uid = $2 and version = $3"
        ),
        params![work.tenant_id(), &session.uid, session.version, Json(authorizations)],
    )
}

/// Extends the expiry of a session that is in use.
pub fn extend(work: &Work<'_>, uid: &str, expires_at: Timestamp) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!("update sessions set expires_at = $3 where tenant_id = $1 and uid = $2 and expires_at < $3"),
        params![work.tenant_id(), uid, expires_at],
    )
}

/// The greatest number of sessions that are listed.
const MAX_LISTED: i64 = 1000;

/// A session of a user, with what administrators see beside it.
#[derive(Debug, Clone)]
pub struct SessionDetails {
    /// Without the authorizations whose grants have ended.
    pub session: Session,
    pub created_at: Timestamp,
    /// The application that the user signed in for.
    pub client_id: Option<ApplicationId>,
    /// How the user signed in.
    pub last_submission: Option<Map<String, Value>>,
}

#[derive(FromRow)]
struct DetailsRow {
    uid: String,
    created_at: Timestamp,
    client_id: Option<ApplicationId>,
    #[row(json)]
    last_submission: Option<Map<String, Value>>,
}

/// The sessions of a user that have not expired, newest first.
pub fn list_of_user(view: &View<'_>, user_id: &UserId) -> Result<Vec<SessionDetails>, DbError> {
    let rows: Vec<DetailsRow> = view.query_all(
        sql!(
            "select ",
            DetailsRow::COLUMNS,
            " from sessions where tenant_id = $1 and user_id = $2 and expires_at > $3 order by created_at desc, uid limit $4"
        ),
        params![view.tenant_id(), user_id, view.now(), MAX_LISTED],
    )?;
    let details = rows.into_iter().map(|row| to_details(view, row));
    details.filter_map(Result::transpose).collect()
}

/// The session of a user with this uid; `None` when expired.
pub fn find_of_user(view: &View<'_>, user_id: &UserId, uid: &str) -> Result<Option<SessionDetails>, DbError> {
    let row: Option<DetailsRow> = view.query_opt(
        sql!(
            "select ",
            DetailsRow::COLUMNS,
            " from sessions where tenant_id = $1 and user_id = $2 and uid = $3 and expires_at > $4"
        ),
        params![view.tenant_id(), user_id, uid, view.now()],
    )?;
    row.map_or(Ok(None), |row| to_details(view, row))
}

fn to_details(view: &View<'_>, row: DetailsRow) -> Result<Option<SessionDetails>, DbError> {
    let Some(mut session) = find(view, &row.uid)? else { return Ok(None) };
    for (client_id, authorization) in std::mem::take(&mut session.authorizations) {
        if grants::find(view, &authorization.grant_id)?.is_some() {
            session.authorizations.insert(client_id, authorization);
        }
    }
    let DetailsRow { created_at, client_id, last_submission, .. } = row;
    Ok(Some(SessionDetails { session, created_at, client_id, last_submission }))
}

/// Stores for which application the user signed in, and how.
pub fn describe(
    work: &Work<'_>,
    uid: &str,
    client_id: &ApplicationId,
    last_submission: Option<&Map<String, Value>>,
) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!("update sessions set client_id = $3, last_submission = $4 where tenant_id = $1 and uid = $2"),
        params![work.tenant_id(), uid, client_id, last_submission.map(Json)],
    )
}

/// Stores which application the user consented to last (inventory O118).
pub fn name_client(work: &Work<'_>, uid: &str, client_id: &ApplicationId) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!("update sessions set client_id = $3 where tenant_id = $1 and uid = $2"),
        params![work.tenant_id(), uid, client_id],
    )
}

/// What is left of a session that ended.
#[derive(Debug, FromRow)]
struct EndedSession {
    user_id: Option<UserId>,
    #[row(json)]
    authorizations: Authorizations,
}

/// Ends a session. Its clients are told, if they asked for it.
pub fn end(work: &Work<'_>, uid: &str) -> Result<(), DbError> {
    work.require_durable();
    let text = sql!("delete from sessions where tenant_id = $1 and uid = $2 returning ", EndedSession::COLUMNS);
    tell_clients(work, work.query_opt(text, params![work.tenant_id(), uid])?)
}

/// Ends all sessions of a user, as [`end`] does.
pub fn end_all_of_user(work: &Work<'_>, user_id: &UserId) -> Result<(), DbError> {
    end_others_of_user(work, user_id, "")
}

/// Ends all sessions of a user but the one with this uid, as [`end`] does.
pub fn end_others_of_user(work: &Work<'_>, user_id: &UserId, kept: &str) -> Result<(), DbError> {
    let text = sql!(
        "delete from sessions where tenant_id = $1 and user_id = $2 and uid <> $3 returning ",
        EndedSession::COLUMNS
    );
    tell_clients(work, work.query_all(text, params![work.tenant_id(), user_id, kept])?)
}

fn tell_clients(work: &Work<'_>, ended: impl IntoIterator<Item = EndedSession>) -> Result<(), DbError> {
    for session in ended {
        if let Some(user_id) = &session.user_id {
            backchannel_logout::announce(work, user_id, &session.authorizations)?;
        }
    }
    Ok(())
}

/// Checks that the session of a code or token still exists and has the same user, if the code or token depends on one.
pub fn require_alive_for(view: &View<'_>, context: &TokenContext) -> Result<(), ProviderError> {
    if !context.expires_with_session {
        return Ok(());
    }
    let uid = context.session_uid.as_deref().unwrap_or_default();
    require_alive(view, uid, &context.user_id)
}

/// Checks that a session still exists and has this user.
pub fn require_alive(view: &View<'_>, uid: &str, user_id: &UserId) -> Result<(), ProviderError> {
    let alive = find(view, uid)?.is_some_and(|session| session.user_id.as_ref() == Some(user_id));
    if alive { Ok(()) } else { Err(OAuthError::invalid_grant("session has ended").into()) }
}
