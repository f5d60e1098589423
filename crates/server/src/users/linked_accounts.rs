//! `/api/users/{userId}/identities` and `all-identities` (inventory M039, M040, M042, M044).

use ::api::ErrorCode;
use ::api::users::{
    AllIdentities, Identity, NamedIdentity, NamedSsoIdentity, ReplaceUserIdentity, SsoIdentity as WireSsoIdentity,
    UserIdentity,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use kernel::ids::UserId;
use serde_json::{Map, Value};

use super::identities::{self, SsoIdentity};
use super::model::UserInfo;
use super::store;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::http::{QueryParams, RequestBody};
use crate::routes::Routes;
use crate::secrets;

pub(super) fn routes() -> Routes {
    let one = "/api/users/{userId}/identities/{target}";
    Routes::new()
        .get(one, get_identity)
        .put(one, replace_identity)
        .delete(one, delete_identity)
        .get("/api/users/{userId}/all-identities", list_all)
}

async fn get_identity(
    caller: ManagementCaller,
    Path((id, target)): Path<(UserId, String)>,
    query: QueryParams,
) -> Result<Json<UserIdentity>, ApiError> {
    let read = caller.read(move |view| {
        let user = store::get(view, &id)?;
        let identity = identities::of(view, &user)?.remove(&target);
        let unlinked = || ApiError::new(StatusCode::NOT_FOUND, ErrorCode::UserIdentityNotExist);
        let identity = to_wire(identity.ok_or_else(unlinked)?)?;
        let token_secret = match query.is_true("includeTokenSecret") {
            true => secrets::of_identity(view, &id, &target)?,
            false => None,
        };
        Ok::<_, ApiError>(UserIdentity { identity, token_secret })
    });
    read.await.map(Json)
}

/// Links an account. No provider is asked: whoever calls this has done so.
async fn replace_identity(
    caller: ManagementCaller,
    Path((id, target)): Path<(UserId, String)>,
    RequestBody(body): RequestBody<ReplaceUserIdentity>,
) -> Result<(StatusCode, Json<Map<String, Value>>), ApiError> {
    let write = caller.write(move |work| {
        let user = store::get_for_update(work, &id)?;
        let known = identities::of(work, &user)?.contains_key(&target);
        let identity = Identity { user_id: body.user_id.0, details: body.details };
        identities::link(work, &id, &target, &identity)?;
        let status = if known { StatusCode::OK } else { StatusCode::CREATED };
        Ok::<_, ApiError>((status, Json(identities::of_user(work, &id)?)))
    });
    write.await
}

/// Unlinks an account. Its stored tokens go with it.
async fn delete_identity(
    caller: ManagementCaller,
    Path((id, target)): Path<(UserId, String)>,
) -> Result<Json<UserInfo>, ApiError> {
    let write = caller.write(move |work| {
        store::get_for_update(work, &id)?;
        identities::unlink(work, &id, &target)?;
        let user = store::get(work, &id)?;
        let left = identities::of(work, &user)?;
        Ok::<_, ApiError>(UserInfo::new(user, left))
    });
    write.await.map(Json)
}

async fn list_all(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    query: QueryParams,
) -> Result<Json<AllIdentities>, ApiError> {
    let read = caller.read(move |view| {
        let user = store::get(view, &id)?;
        let mut kept = match query.is_true("includeTokenSecret") {
            true => secrets::of_user(view, &id)?,
            false => Vec::new(),
        };
        let mut social_identities = Vec::new();
        for (target, identity) in identities::of(view, &user)? {
            let secret = kept.iter().position(|secret| secret.target == target).map(|found| kept.swap_remove(found));
            let linked = UserIdentity { identity: to_wire(identity)?, token_secret: secret };
            social_identities.push(NamedIdentity { target, linked });
        }
        let sso_identities = identities::sso_of_user(view, &id)?.into_iter().map(to_named).collect();
        Ok::<_, ApiError>(AllIdentities { social_identities, sso_identities })
    });
    read.await.map(Json)
}

fn to_named(identity: SsoIdentity) -> NamedSsoIdentity {
    let sso_connector_id = identity.sso_connector_id.clone().into();
    let sso_identity = WireSsoIdentity {
        tenant_id: identity.tenant_id.into(),
        id: identity.id,
        user_id: identity.user_id,
        issuer: identity.issuer,
        identity_id: identity.identity_id,
        detail: identity.detail,
        created_at: identity.created_at,
        updated_at: identity.updated_at,
        sso_connector_id: identity.sso_connector_id.into(),
    };
    NamedSsoIdentity { sso_identity, sso_connector_id }
}

fn to_wire(identity: Value) -> Result<Identity, ApiError> {
    serde_json::from_value(identity).map_err(|error| ApiError::internal(error.to_string()))
}
