//! Sessions and grants of a user, for administrators (inventory M054–M058, O110, O111) and for the user ([`crate::account`]).

use ::api::ErrorCode;
use ::api::users::{
    ApplicationParty, DeleteSessionQuery, GrantApplication, GrantKind, GrantPayload, GrantedScope, ListGrantsQuery,
    RevokeGrantsTarget, SessionAuthorization, SessionKind, SessionPayload, UserGrant, UserGrants, UserSession,
    UserSessions,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::DbError;
use kernel::ids::{ApplicationId, UserId};
use oauth::Params;
use oauth::grant::Authorization;

use super::store;
use crate::ApiError;
use crate::callers::{ManagementCaller, RequestContext};
use crate::client_documents;
use crate::http::Query;
use crate::oidc::audit;
use crate::oidc::grants::{self, Grant};
use crate::oidc::sessions::{self, SessionDetails};
use crate::routes::Routes;
use crate::work::{View, Work};

pub(super) fn routes() -> Routes {
    let session = "/api/users/{userId}/sessions/{sessionId}";
    Routes::new()
        .get("/api/users/{userId}/sessions", list_sessions)
        .get(session, get_session)
        .delete(session, delete_session)
        .get("/api/users/{userId}/grants", list_grants)
        .delete("/api/users/{userId}/grants/{grantId}", delete_grant)
}

/// The session as the API shows it. `jti` is no secret, as it is elsewhere: the handle in the cookie is not known here.
pub(crate) fn session_to_wire(details: SessionDetails, user_id: &UserId) -> UserSession {
    let SessionDetails { session, created_at, client_id, last_submission } = details;
    let entry = |(id, known): (ApplicationId, Authorization)| {
        let Authorization { sid, grant_id, persists_logout } = known;
        (id.to_string(), SessionAuthorization { sid, grant_id, persists_logout })
    };
    UserSession {
        payload: SessionPayload {
            exp: session.expires_at.seconds(),
            iat: created_at.seconds(),
            jti: session.uid.clone(),
            uid: session.uid,
            kind: SessionKind::Session,
            login_ts: session.signed_in_at.unwrap_or(created_at).seconds(),
            account_id: user_id.to_string(),
            authorizations: session.authorizations.into_iter().map(entry).collect(),
        },
        last_submission,
        client_id: client_id.map(|id| id.to_string()),
        account_id: user_id.to_string(),
        expires_at: session.expires_at.millis(),
    }
}

async fn list_sessions(caller: ManagementCaller, Path(id): Path<UserId>) -> Result<Json<UserSessions>, ApiError> {
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        let found = sessions::list_of_user(view, &id)?;
        let sessions = found.into_iter().map(|details| session_to_wire(details, &id)).collect();
        Ok::<_, ApiError>(Json(UserSessions { sessions }))
    };
    caller.read(read).await
}

fn session_not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, ErrorCode::OidcSessionNotFound)
}

async fn get_session(
    caller: ManagementCaller,
    Path((id, uid)): Path<(UserId, String)>,
) -> Result<Json<UserSession>, ApiError> {
    let read = move |view: &View<'_>| {
        let found = sessions::find_of_user(view, &id, &uid)?.ok_or_else(session_not_found)?;
        Ok::<_, ApiError>(Json(session_to_wire(found, &id)))
    };
    caller.read(read).await
}

async fn delete_session(
    caller: ManagementCaller,
    Path((id, uid)): Path<(UserId, String)>,
    Query(query): Query<DeleteSessionQuery>,
) -> Result<StatusCode, ApiError> {
    let req = RequestContext::clone(&caller);
    let write = move |work: &Work<'_>| match end_session(work, &req, &id, &uid, query.revoke_grants_target)? {
        true => Ok::<_, ApiError>(StatusCode::NO_CONTENT),
        false => Err(session_not_found()),
    };
    caller.write(write).await
}

/// Ends a session of a user with the grants that end with it. `false` means that there is no such session.
///
/// # Errors
/// A failure of the database.
pub(crate) fn end_session(
    work: &Work<'_>,
    req: &RequestContext,
    user_id: &UserId,
    uid: &str,
    target: Option<RevokeGrantsTarget>,
) -> Result<bool, DbError> {
    let Some(SessionDetails { session, .. }) = sessions::find_of_user(work, user_id, uid)? else { return Ok(false) };
    // Whoever is signed out is so also where a sign-in is under way. The user first, then the session: all units lock in this order.
    super::void_sign_ins(work, user_id)?;
    sessions::end(work, &session.uid)?;
    for (client_id, authorization) in &session.authorizations {
        if ends(work, req, client_id, authorization, target)? {
            revoke_grant(work, req, &authorization.grant_id, Some(&session.uid))?;
        }
    }
    Ok(true)
}

/// Whether a grant ends with its session: one without `offline_access` does (inventory O113), others if they are asked for.
fn ends(
    view: &View<'_>,
    req: &RequestContext,
    client_id: &ApplicationId,
    authorization: &Authorization,
    target: Option<RevokeGrantsTarget>,
) -> Result<bool, DbError> {
    Ok(match target {
        _ if !authorization.persists_logout => true,
        None => false,
        Some(RevokeGrantsTarget::All) => true,
        Some(RevokeGrantsTarget::FirstParty) => {
            req.client_in(view, client_id)?.is_none_or(|known| !known.client.is_third_party)
        }
    })
}

/// Ends a grant with its codes and tokens.
fn revoke_grant(
    work: &Work<'_>,
    req: &RequestContext,
    grant_id: &str,
    session_uid: Option<&str>,
) -> Result<(), DbError> {
    grants::revoke(work, grant_id)?;
    work.audit(&audit::revocation(req, grant_id, session_uid, &Params::default()))
}

fn grant_to_wire(grant: Grant, name: &str) -> UserGrant {
    let openid = Some(grant.granted.openid.to_string()).filter(|scope| !scope.is_empty());
    UserGrant {
        id: grant.id.clone(),
        payload: GrantPayload {
            exp: grant.expires_at.seconds(),
            iat: grant.created_at.seconds(),
            jti: grant.id,
            kind: GrantKind::Grant,
            client_id: grant.client_id.to_string(),
            account_id: grant.user_id.to_string(),
            openid: openid.map(|scope| GrantedScope { scope }),
            resources: grant.granted.resources.iter().map(|(name, scope)| (name.clone(), scope.to_string())).collect(),
        },
        expires_at: grant.expires_at.millis(),
        application: GrantApplication { id: grant.client_id.to_string(), name: name.to_owned() },
    }
}

async fn list_grants(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    Query(query): Query<ListGrantsQuery>,
) -> Result<Json<UserGrants>, ApiError> {
    let req = RequestContext::clone(&caller);
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        Ok::<_, ApiError>(Json(grants_of(view, &req, &id, query.app_type)?))
    };
    caller.read(read).await
}

/// What a user has granted to applications of one party, or of both.
///
/// # Errors
/// A failure of the database.
pub(crate) fn grants_of(
    view: &View<'_>,
    req: &RequestContext,
    user_id: &UserId,
    party: Option<ApplicationParty>,
) -> Result<UserGrants, DbError> {
    let mut listed = Vec::new();
    for grant in grants::list_of_user(view, user_id)? {
        let Some(known) = req.client_in(view, &grant.client_id)? else { continue };
        let is_third_party = known.client.is_third_party;
        if party.is_none_or(|party| (party == ApplicationParty::ThirdParty) == is_third_party) {
            let name = match known.client.has_metadata_document() {
                true => client_documents::grants::kept_name(view, &grant.id)?,
                false => None,
            };
            listed.push(grant_to_wire(grant, name.as_deref().unwrap_or(&known.client.name)));
        }
    }
    Ok(UserGrants { grants: listed })
}

async fn delete_grant(
    caller: ManagementCaller,
    Path((id, grant_id)): Path<(UserId, String)>,
) -> Result<StatusCode, ApiError> {
    let req = RequestContext::clone(&caller);
    let write = move |work: &Work<'_>| end_grant(work, &req, &id, &grant_id);
    caller.write(write).await.map(|()| StatusCode::NO_CONTENT)
}

/// Ends a grant of a user with its codes and tokens.
///
/// # Errors
/// 404 `oidc.invalid_grant`; a failure of the database.
pub(crate) fn end_grant(
    work: &Work<'_>,
    req: &RequestContext,
    user_id: &UserId,
    grant_id: &str,
) -> Result<(), ApiError> {
    let found = grants::find(work, grant_id)?.filter(|grant| grant.user_id == *user_id);
    let found = found.ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, ErrorCode::OidcInvalidGrant))?;
    Ok(revoke_grant(work, req, &found.id, None)?)
}

/// Ends every grant of a user to an application, with their codes and tokens.
///
/// # Errors
/// A failure of the database.
pub(crate) fn end_grants_to(
    work: &Work<'_>,
    req: &RequestContext,
    user_id: &UserId,
    client_id: &str,
) -> Result<(), DbError> {
    crate::oidc::subject::lock(work, user_id)?;
    grants::ids_to(work, user_id, client_id)?.iter().try_for_each(|id| revoke_grant(work, req, id, None))
}
