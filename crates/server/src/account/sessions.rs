//! Sessions, grants and trusted devices below `/api/my-account` (inventory A037 to A042).

use ::api::ErrorCode;
use ::api::account::{MySession, MySessions};
use ::api::users::{DeleteSessionQuery, ListGrantsQuery, RevokeGrantsTarget, UserGrants};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, account_operations};
use crate::credential_changes::{self, CredentialChange};
use crate::http::Paging;
use crate::oidc::{sessions, subject};
use crate::routes::Routes;
use crate::users::sessions::{end_grant, end_grants_to, end_session, grants_of, session_to_wire};
use crate::users::trusted_devices;

pub(super) const SESSIONS: &str = "urn:logto:scope:sessions";
pub(super) const TRUSTED_DEVICES: &str = "urn:logto:scope:trusted_devices";

account_operations! {
    ReadSessions = AccountNeeds::to_read().scope(SESSIONS).field(Field::Session).proof();
    EndSession = AccountNeeds::to_change().scope(SESSIONS).field(Field::Session).proof();
    ReadGrants = AccountNeeds::to_read().scope(SESSIONS).field(Field::Session).proof();
    EndOtherSessions = AccountNeeds::to_change().scope(SESSIONS).field(Field::Session).proof();
    EndGrant = AccountNeeds::to_change().scope(SESSIONS).field(Field::Session).proof();
    ReadTrustedDevices = AccountNeeds::to_read().scope(TRUSTED_DEVICES).field(Field::TrustedDevice).proof();
    ForgetTrustedDevice = AccountNeeds::to_change().scope(TRUSTED_DEVICES).field(Field::TrustedDevice).proof();
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/my-account/sessions", list_sessions)
        .delete("/api/my-account/sessions/{sessionId}", delete_session)
        .get("/api/my-account/grants", list_grants)
        .delete("/api/my-account/grants/{grantId}", delete_grant)
        .get("/api/my-account/trusted-devices", list_trusted_devices)
        .delete("/api/my-account/trusted-devices/{trustedDeviceId}", delete_trusted_device)
}

async fn list_sessions(caller: AccountUser<ReadSessions>) -> Result<Json<MySessions>, ApiError> {
    let (id, current) = (caller.id().clone(), caller.session_uid().map(str::to_owned));
    let read = caller.read_many(move |view| {
        let shown = sessions::list_of_user(view, &id)?.into_iter().map(|details| {
            let session = session_to_wire(details, &id);
            MySession { is_current: current.as_ref() == Some(&session.payload.uid), session }
        });
        Ok(Json(MySessions { sessions: shown.collect() }))
    });
    read.await
}

async fn delete_session(
    caller: AccountUser<EndSession>,
    Path(uid): Path<String>,
    Query(query): Query<DeleteSessionQuery>,
) -> Result<StatusCode, ApiError> {
    end(&caller, uid, query.revoke_grants_target).await.map(|()| StatusCode::NO_CONTENT)
}

/// Ends a session of the person, with the grants that end with it.
///
/// # Errors
/// 400 `oidc.session_not_found`; as [`AccountUser::write`].
pub(crate) async fn end<O: AccountOperation>(
    caller: &AccountUser<O>,
    uid: String,
    target: Option<RevokeGrantsTarget>,
) -> Result<(), ApiError> {
    let req = caller.request().clone();
    let write = caller.write(move |work, user| match end_session(work, &req, &user.id, &uid, target)? {
        true => Ok(()),
        // As recorded (trace 50-05).
        false => Err(ApiError::bad_request(ErrorCode::OidcSessionNotFound).data(json!({"status": 404}))),
    });
    write.await
}

/// Ends all sign-ins of the person but this one, with their grants, also of applications that were used without a browser. No device
/// stays trusted.
///
/// # Errors
/// As [`AccountUser::write`].
pub(crate) async fn end_others(caller: &AccountUser<EndOtherSessions>) -> Result<(), ApiError> {
    let kept = caller.sign_in();
    let write = caller.write(move |work, user| {
        subject::revoke_all_of_user_but(work, &user.id, Some(&kept))?;
        Ok(credential_changes::tell(work, &user, &[CredentialChange::SignedOutEverywhere])?)
    });
    write.await
}

async fn list_grants(
    caller: AccountUser<ReadGrants>,
    Query(query): Query<ListGrantsQuery>,
) -> Result<Json<UserGrants>, ApiError> {
    let (req, id) = (caller.request().clone(), caller.id().clone());
    caller.read_many(move |view| Ok(Json(grants_of(view, &req, &id, query.app_type)?))).await
}

async fn delete_grant(caller: AccountUser<EndGrant>, Path(grant_id): Path<String>) -> Result<StatusCode, ApiError> {
    let req = caller.request().clone();
    let write = caller.write(move |work, user| end_grant(work, &req, &user.id, &grant_id));
    write.await.map(|()| StatusCode::NO_CONTENT)
}

/// Takes from an application all that the person granted it, in every sign-in.
///
/// # Errors
/// As [`AccountUser::write`].
pub(crate) async fn remove_application(caller: &AccountUser<EndGrant>, client_id: String) -> Result<(), ApiError> {
    let req = caller.request().clone();
    caller.write(move |work, user| Ok(end_grants_to(work, &req, &user.id, &client_id)?)).await
}

async fn list_trusted_devices(caller: AccountUser<ReadTrustedDevices>, paging: Paging) -> Result<Response, ApiError> {
    let (id, page) = (caller.id().clone(), paging.page());
    let (count, devices) = caller.read(move |view| trusted_devices::page_of(view, &id, page)).await?;
    Ok(paging.response(count, &devices))
}

async fn delete_trusted_device(
    caller: AccountUser<ForgetTrustedDevice>,
    Path(device_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    forget_device(&caller, device_id).await.map(|()| StatusCode::NO_CONTENT)
}

/// Trusts a device of the person no longer.
///
/// # Errors
/// 404 where there is no such device; as [`AccountUser::write`].
pub(crate) async fn forget_device(caller: &AccountUser<ForgetTrustedDevice>, id: String) -> Result<(), ApiError> {
    caller.write(move |work, user| trusted_devices::forget(work, &user.id, &id)).await
}
