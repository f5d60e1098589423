//! Custom data, profile and MFA settings of a user (inventory M024–M028).

use ::api::users::{
    MfaConfig, PasskeySignInConfig, UpdateUserCustomData, UpdateUserLogtoConfigs, UpdateUserProfile, UserLogtoConfigs,
};
use axum::Json;
use axum::extract::Path;
use serde_json::{Map, Value, json};

use super::store::{self, User};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::events::EventKind;
use crate::http::RequestBody;

/// Locks the user, applies `update`, writes the row and returns the result of `update`.
async fn update_with<T: Send + 'static>(
    caller: &ManagementCaller,
    id: String,
    update: impl FnOnce(&mut User) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let write = caller.write(move |work| {
        let mut user = store::get_for_update(work, &id)?;
        let result = update(&mut user);
        super::update(work, &user, EventKind::UserDataUpdated)?;
        Ok(result)
    });
    write.await
}

pub(super) async fn get_custom_data(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(user.custom_data))
}

pub(super) async fn update_custom_data(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<UpdateUserCustomData>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let merge = |user: &mut User| {
        user.custom_data.extend(body.custom_data);
        user.custom_data.clone()
    };
    update_with(&caller, id, merge).await.map(Json)
}

pub(super) async fn update_profile(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<UpdateUserProfile>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let merge = |user: &mut User| {
        user.profile.extend(body.profile.into_members());
        user.profile.clone()
    };
    update_with(&caller, id, merge).await.map(Json)
}

/// The visible settings.
fn configs_response(config: &Map<String, Value>) -> UserLogtoConfigs {
    let flag = |group: &str, name: &str| config.get(group)?.get(name)?.as_bool();
    UserLogtoConfigs {
        mfa: MfaConfig {
            enabled: flag("mfa", "enabled"),
            skipped: flag("mfa", "skipped").unwrap_or_default(),
            skip_mfa_on_sign_in: flag("mfa", "skipMfaOnSignIn").unwrap_or_default(),
        },
        passkey_sign_in: PasskeySignInConfig { skipped: flag("passkeySignIn", "skipped").unwrap_or_default() },
    }
}

pub(super) async fn get_logto_configs(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<UserLogtoConfigs>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(configs_response(&user.logto_config)))
}

pub(super) async fn update_logto_configs(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<UpdateUserLogtoConfigs>,
) -> Result<Json<UserLogtoConfigs>, ApiError> {
    let flags = [
        ("mfa", "enabled", body.mfa.enabled),
        ("mfa", "skipped", body.mfa.skipped),
        ("mfa", "additionalBindingSuggestionSkipped", body.mfa.additional_binding_suggestion_skipped),
        ("mfa", "skipMfaOnSignIn", body.mfa.skip_mfa_on_sign_in),
        ("passkeySignIn", "skipped", body.passkey_sign_in.skipped),
    ];
    let write = caller.write(move |work| {
        let mut user = store::get_for_update(work, &id)?;
        for (group, name, flag) in flags {
            let Some(flag) = flag else { continue };
            let group = user.logto_config.entry(group).or_insert_with(|| json!({}));
            if let Some(members) = group.as_object_mut() {
                members.insert(name.to_owned(), flag.into());
            }
        }
        store::update(work, &user)?;
        Ok::<_, ApiError>(configs_response(&user.logto_config))
    });
    write.await.map(Json)
}
