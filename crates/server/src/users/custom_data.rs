//! Custom data, profile and MFA settings of a user (inventory M024–M028).

use ::api::users::{
    MfaConfig, PasskeySignInConfig, UpdateMfaConfig, UpdatePasskeySignInConfig, UpdateUserCustomData,
    UpdateUserLogtoConfigs, UpdateUserProfile, UserLogtoConfigs,
};
use axum::Json;
use axum::extract::Path;
use kernel::ids::UserId;
use serde_json::{Map, Value, json};

use super::store::{self, User};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::credential_changes::{self, skipped_factor};
use crate::events::EventKind;
use crate::http::RequestBody;

/// Adds members to a JSON column of the user. Returns the column, which is also what the event says (trace 60-02).
async fn merge(
    caller: &ManagementCaller,
    id: UserId,
    column: fn(&mut User) -> &mut Map<String, Value>,
    members: Map<String, Value>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let write = caller.write(move |work| {
        let mut user = store::get_for_update(work, &id)?;
        column(&mut user).extend(members);
        store::update(work, &user)?;
        let merged = std::mem::take(column(&mut user));
        work.emit(EventKind::UserDataUpdated, || Value::Object(merged.clone()))?;
        Ok::<_, ApiError>(Json(merged))
    });
    write.await
}

pub(super) async fn get_custom_data(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(user.custom_data))
}

pub(super) async fn update_custom_data(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UpdateUserCustomData>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    merge(&caller, id, |user| &mut user.custom_data, body.custom_data).await
}

pub(super) async fn update_profile(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UpdateUserProfile>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    merge(&caller, id, |user| &mut user.profile, body.profile.into_members()).await
}

/// The visible settings.
pub(crate) fn configs_response(config: &Map<String, Value>) -> UserLogtoConfigs {
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
    Path(id): Path<UserId>,
) -> Result<Json<UserLogtoConfigs>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(configs_response(&user.logto_config)))
}

/// Where each flag is stored.
fn flags(body: &UpdateUserLogtoConfigs) -> [(&'static str, &'static str, Option<bool>); 5] {
    [
        ("mfa", "enabled", body.mfa.enabled),
        ("mfa", "skipped", body.mfa.skipped),
        ("mfa", "additionalBindingSuggestionSkipped", body.mfa.additional_binding_suggestion_skipped),
        ("mfa", "skipMfaOnSignIn", body.mfa.skip_mfa_on_sign_in),
        ("passkeySignIn", "skipped", body.passkey_sign_in.skipped),
    ]
}

/// Sets the flags that the body has.
pub(crate) fn merge_logto_configs(config: &mut Map<String, Value>, body: &UpdateUserLogtoConfigs) {
    for (group, name, flag) in flags(body) {
        let Some(flag) = flag else { continue };
        let group = config.entry(group).or_insert_with(|| json!({}));
        if let Some(members) = group.as_object_mut() {
            members.insert(name.to_owned(), flag.into());
        }
    }
}

/// The flags that are set; none if no flag is.
pub(super) fn set_logto_configs(config: &Map<String, Value>) -> Option<UpdateUserLogtoConfigs> {
    let flag = |group: &str, name: &str| config.get(group)?.get(name)?.as_bool();
    let set = UpdateUserLogtoConfigs {
        mfa: UpdateMfaConfig {
            enabled: flag("mfa", "enabled"),
            skipped: flag("mfa", "skipped"),
            additional_binding_suggestion_skipped: flag("mfa", "additionalBindingSuggestionSkipped"),
            skip_mfa_on_sign_in: flag("mfa", "skipMfaOnSignIn"),
        },
        passkey_sign_in: UpdatePasskeySignInConfig { skipped: flag("passkeySignIn", "skipped") },
    };
    (set != UpdateUserLogtoConfigs::default()).then_some(set)
}

pub(super) async fn update_logto_configs(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UpdateUserLogtoConfigs>,
) -> Result<Json<UserLogtoConfigs>, ApiError> {
    let write = caller.write(move |work| {
        let mut user = store::get_for_update(work, &id)?;
        let before = user.clone();
        merge_logto_configs(&mut user.logto_config, &body);
        store::update(work, &user)?;
        credential_changes::tell(work, &before, &skipped_factor(&before, &user))?;
        Ok::<_, ApiError>(configs_response(&user.logto_config))
    });
    write.await.map(Json)
}
