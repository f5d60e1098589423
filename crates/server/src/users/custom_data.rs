//! Custom data, profile and MFA settings of a user (inventory M024–M028).

use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::store::{self, User};
use super::validate::Profile;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::events::EventKind;
use crate::http::Body;

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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateCustomData {
    custom_data: Map<String, Value>,
}

pub(super) async fn update_custom_data(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<UpdateCustomData>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let merge = |user: &mut User| {
        user.custom_data.extend(body.custom_data);
        user.custom_data.clone()
    };
    update_with(&caller, id, merge).await.map(Json)
}

#[derive(Deserialize)]
pub(super) struct UpdateProfile {
    profile: Profile,
}

pub(super) async fn update_profile(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<UpdateProfile>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let merge = |user: &mut User| {
        user.profile.extend(body.profile.0);
        user.profile.clone()
    };
    update_with(&caller, id, merge).await.map(Json)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateLogtoConfigs {
    #[serde(default)]
    mfa: MfaFlags,
    #[serde(default)]
    passkey_sign_in: PasskeyFlags,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MfaFlags {
    enabled: Option<bool>,
    skipped: Option<bool>,
    additional_binding_suggestion_skipped: Option<bool>,
    skip_mfa_on_sign_in: Option<bool>,
}

#[derive(Default, Deserialize)]
struct PasskeyFlags {
    skipped: Option<bool>,
}

/// The visible settings. `mfa.enabled` is absent until it has been set once.
fn configs_response(config: &Map<String, Value>) -> Value {
    let flag = |group: &str, name: &str| config.get(group)?.get(name)?.as_bool();
    let mut mfa = Map::new();
    if let Some(enabled) = flag("mfa", "enabled") {
        mfa.insert("enabled".to_owned(), enabled.into());
    }
    for name in ["skipped", "skipMfaOnSignIn"] {
        mfa.insert(name.to_owned(), flag("mfa", name).unwrap_or_default().into());
    }
    json!({"mfa": mfa, "passkeySignIn": {"skipped": flag("passkeySignIn", "skipped").unwrap_or_default()}})
}

pub(super) async fn get_logto_configs(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(configs_response(&user.logto_config)))
}

pub(super) async fn update_logto_configs(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<UpdateLogtoConfigs>,
) -> Result<Json<Value>, ApiError> {
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
