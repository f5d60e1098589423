//! Data kept with a user: custom data, profile, settings of factors (inventory M024–M028).

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::checks::Profile;
use super::store::{self, User};
use crate::http::Body;
use crate::{ApiError, App, Tenant};

/// Changes a user and returns what `work` makes of it.
async fn change<T: Send + 'static>(
    (app, tenant, id): (App, Tenant, String),
    work: impl FnOnce(&mut User) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let (name, now) = (tenant.id(), app.clock.now());
    app.db
        .write(move |tx| {
            let mut user = store::lock(tx, name, &id)?;
            let answer = work(&mut user);
            store::update(tx, name, &user, now)?;
            Ok(answer)
        })
        .await
}

pub(super) async fn custom_data(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let name = tenant.id();
    let user = app.db.read_inline(move |r| store::find(r, name, &id)).await?;
    Ok(Json(user.custom_data))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomData {
    custom_data: Map<String, Value>,
}

pub(super) async fn merge_custom_data(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<CustomData>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let merge = |user: &mut User| {
        user.custom_data.extend(body.custom_data);
        user.custom_data.clone()
    };
    change((app, tenant, id), merge).await.map(Json)
}

#[derive(Deserialize)]
pub(super) struct ProfileBody {
    profile: Profile,
}

pub(super) async fn merge_profile(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<ProfileBody>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let merge = |user: &mut User| {
        user.profile.extend(body.profile.0);
        user.profile.clone()
    };
    change((app, tenant, id), merge).await.map(Json)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configs {
    #[serde(default)]
    mfa: Mfa,
    #[serde(default)]
    passkey_sign_in: PasskeySignIn,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mfa {
    enabled: Option<bool>,
    skipped: Option<bool>,
    additional_binding_suggestion_skipped: Option<bool>,
    skip_mfa_on_sign_in: Option<bool>,
}

#[derive(Default, Deserialize)]
struct PasskeySignIn {
    skipped: Option<bool>,
}

/// The settings that are shown; whether MFA is enabled only when that was ever said.
fn shown(config: &Map<String, Value>) -> Value {
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

pub(super) async fn configs(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let name = tenant.id();
    let user = app.db.read_inline(move |r| store::find(r, name, &id)).await?;
    Ok(Json(shown(&user.logto_config)))
}

pub(super) async fn merge_configs(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<Configs>,
) -> Result<Json<Value>, ApiError> {
    let flags = [
        ("mfa", "enabled", body.mfa.enabled),
        ("mfa", "skipped", body.mfa.skipped),
        ("mfa", "additionalBindingSuggestionSkipped", body.mfa.additional_binding_suggestion_skipped),
        ("mfa", "skipMfaOnSignIn", body.mfa.skip_mfa_on_sign_in),
        ("passkeySignIn", "skipped", body.passkey_sign_in.skipped),
    ];
    let merge = move |user: &mut User| {
        for (group, name, flag) in flags {
            let Some(flag) = flag else { continue };
            let group = user.logto_config.entry(group).or_insert_with(|| json!({}));
            if let Some(members) = group.as_object_mut() {
                members.insert(name.to_owned(), flag.into());
            }
        }
        shown(&user.logto_config)
    };
    change((app, tenant, id), merge).await.map(Json)
}
