//! `/api/users/{userId}/identities` `sso-identities` and `all-identities` (inventory M039–M044).

use ::api::ErrorCode;
use ::api::users::{
    AllIdentities, CreateUserIdentity, Identity, NamedIdentity, NamedSsoIdentity, ReplaceUserIdentity,
    SsoIdentity as WireSsoIdentity, UserIdentity, UserSsoIdentity,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use federation::AuthorizationRequest;
use flow::ProviderAccount;
use kernel::ids::UserId;
use serde_json::{Map, Value};

use super::identities::{self, SsoIdentity};
use super::model::UserInfo;
use super::store;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::connectors::social;
use crate::credential_changes::{self, CredentialChange};
use crate::http::{QueryParams, RequestBody};
use crate::interaction::provider_connector::federation_error;
use crate::interaction::provider_exchange::user_info;
use crate::routes::Routes;
use crate::secrets::{self, NewTokenSet, TokenSecrets};
use crate::work::View;

pub(super) fn routes() -> Routes {
    let one = "/api/users/{userId}/identities/{target}";
    Routes::new()
        .get(one, get_identity)
        .put(one, replace_identity)
        .delete(one, delete_identity)
        .post("/api/users/{userId}/identities", create_identity)
        .get("/api/users/{userId}/sso-identities/{ssoConnectorId}", get_sso_identity)
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
        let identity = to_wire(identity.ok_or_else(unlinked)?)?;
        let token_secret = asked_secrets(view, &id, &query)?.take_social(&target);
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
        credential_changes::tell(work, &user, &[CredentialChange::SocialLinked(target)])?;
        let status = if known { StatusCode::OK } else { StatusCode::CREATED };
        Ok::<_, ApiError>((status, Json(identities::of_user(work, &id)?)))
    });
    write.await
}

/// Links the account that a provider proved to an administrator's own page (M041, M196). The provider is asked first, then
/// everything is written at once.
async fn create_identity(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<CreateUserIdentity>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let CreateUserIdentity { connector_id, connector_data } = body;
    let connector_id = connector_id.0;
    let text = |name: &str| connector_data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (state, redirect_uri) = (text("state"), text("redirectUri"));
    if state.is_empty() || redirect_uri.is_empty() {
        return Err(ApiError::bad_request("connector.insufficient_request_parameters"));
    }
    let (user_id, connector) = (id.clone(), connector_id.clone());
    let find = caller.read(move |view| {
        store::get(view, &user_id)?;
        let found = social::get(view, &connector)?;
        let request = AuthorizationRequest { state: &state, redirect_uri: &redirect_uri, scope: None };
        Ok::<_, ApiError>((social::session(view, &connector, request), found))
    });
    let (session, asked) = find.await?;
    let completed = caller.app.federation.complete(&asked.provider, &session, &connector_data).await;
    let (details, tokens) = user_info(completed.map_err(|error| federation_error(&error))?)?;
    let received_at = caller.app.clock.now();
    let write = caller.write(move |work| {
        let user = store::get_for_update(work, &id)?;
        let connector = social::find_for_share(work, &connector_id)?.ok_or_else(ApiError::not_found)?;
        if connector.provider != asked.provider {
            return Err(ApiError::bad_request("session.verification_failed"));
        }
        let identity_id = details.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let identity = Identity { user_id: identity_id.clone(), details: Some(details) };
        identities::link(work, &id, &connector.target, &identity)?;
        credential_changes::tell(work, &user, &[CredentialChange::SocialLinked(connector.target.clone())])?;
        if let Some(tokens) = tokens.filter(|_| connector.keeps_tokens) {
            let account = ProviderAccount::Social { connector_id, target: connector.target, id: identity_id };
            secrets::store(work, &id, &NewTokenSet { account, tokens, received_at })?;
        }
        Ok::<_, ApiError>(Json(identities::of_user(work, &id)?))
    });
    write.await
}

/// Unlinks an account. Its stored tokens go with it.
async fn delete_identity(
    caller: ManagementCaller,
    Path((id, target)): Path<(UserId, String)>,
) -> Result<Json<UserInfo>, ApiError> {
    let write = caller.write(move |work| {
        let before = store::get_for_update(work, &id)?;
        identities::unlink(work, &id, &target)?;
        super::void_sign_ins(work, &id)?;
        credential_changes::tell(work, &before, &[CredentialChange::SocialRemoved(target)])?;
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
        let mut kept = asked_secrets(view, &id, &query)?;
        let mut social_identities = Vec::new();
        for (target, identity) in identities::of(view, &user)? {
            let linked = UserIdentity { identity: to_wire(identity)?, token_secret: kept.take_social(&target) };
            social_identities.push(NamedIdentity { target, linked });
        }
        let mut sso_identities = Vec::new();
        for identity in identities::sso_of_user(view, &id)? {
            let sso_connector_id = identity.sso_connector_id.clone().into();
            sso_identities.push(NamedSsoIdentity { sso_connector_id, linked: sso_to_wire(identity, &mut kept) });
        }
        Ok::<_, ApiError>(AllIdentities { social_identities, sso_identities })
    });
    read.await.map(Json)
}

async fn get_sso_identity(
    caller: ManagementCaller,
    Path((id, connector_id)): Path<(UserId, String)>,
    query: QueryParams,
) -> Result<Json<UserSsoIdentity>, ApiError> {
    let read = caller.read(move |view| {
        store::get(view, &id)?;
        let mut linked = identities::sso_of_user(view, &id)?.into_iter();
        let identity = linked.find(|identity| identity.sso_connector_id == connector_id);
        Ok::<_, ApiError>(sso_to_wire(identity.ok_or_else(unlinked)?, &mut asked_secrets(view, &id, &query)?))
    });
    read.await.map(Json)
}

fn unlinked() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, ErrorCode::UserIdentityNotExist)
}

/// What may be shown of the user's tokens, if the request asks for it.
fn asked_secrets(view: &View<'_>, id: &UserId, query: &QueryParams) -> Result<TokenSecrets, ApiError> {
    match query.is_true("includeTokenSecret") {
        true => Ok(secrets::of_user(view, id)?),
        false => Ok(TokenSecrets::default()),
    }
}

/// An account at an enterprise, with what `kept` has of it.
fn sso_to_wire(identity: SsoIdentity, kept: &mut TokenSecrets) -> UserSsoIdentity {
    let token_secret = kept.take_enterprise(&identity);
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
    UserSsoIdentity { sso_identity, token_secret }
}

fn to_wire(identity: Value) -> Result<Identity, ApiError> {
    serde_json::from_value(identity).map_err(|error| ApiError::internal(error.to_string()))
}
