//! How a person wants to sign in, and their second factors: `mfa-settings`, `logto-configs` and `GET mfa-verifications` below
//! `/api/my-account` (inventory A015 to A018, A029).

use ::api::account::MfaSettings;
use ::api::users::{UpdateMfaConfig, UpdateUserLogtoConfigs, UserLogtoConfigs, UserMfaVerification};
use axum::Json;

use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, Part, account_operations};
use crate::credential_changes::{self, skipped_factor};
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::users::custom_data::{configs_response, merge_logto_configs};
use crate::users::{self, mfa_factors, store};

const IDENTITIES: &str = "identities";
/// Who may not change `mfa-settings` does not do it here.
const CONFIG_MEMBERS: &[Part] = &[Part::of("mfa").field(Field::Mfa)];

account_operations! {
    ReadMfaSettings = AccountNeeds::to_read().scope(IDENTITIES).field(Field::Mfa);
    ChangeMfaSettings = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Mfa).proof();
    ReadConfigs = AccountNeeds::to_read().scope(IDENTITIES).field(Field::Passkey);
    ChangeConfigs = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Passkey).proof().members(CONFIG_MEMBERS);
    ReadFactors = AccountNeeds::to_read().scope(IDENTITIES).field(Field::Mfa);
}

pub(super) fn routes() -> Routes {
    let (settings, configs) = ("/api/my-account/mfa-settings", "/api/my-account/logto-configs");
    Routes::new()
        .get(settings, get_mfa_settings)
        .patch(settings, update_mfa_settings)
        .get(configs, get_configs)
        .patch(configs, update_configs)
        .get("/api/my-account/mfa-verifications", list_factors)
}

async fn read<O: AccountOperation>(caller: &AccountUser<O>) -> Result<UserLogtoConfigs, ApiError> {
    let id = caller.id().clone();
    caller.read(move |view| Ok(configs_response(&store::get(view, &id)?.logto_config))).await
}

async fn change<O: AccountOperation>(
    caller: &AccountUser<O>,
    patch: UpdateUserLogtoConfigs,
) -> Result<UserLogtoConfigs, ApiError> {
    let update = caller.write(move |work, mut user| {
        let before = user.clone();
        merge_logto_configs(&mut user.logto_config, &patch);
        let user = users::update(work, &user, EventKind::UserDataUpdated)?;
        let configs = configs_response(&user.logto_config);
        credential_changes::tell(work, &before, &skipped_factor(&before, &user))?;
        Ok(configs)
    });
    update.await
}

fn to_mfa_settings(configs: &UserLogtoConfigs) -> MfaSettings {
    MfaSettings { skip_mfa_on_sign_in: configs.mfa.skip_mfa_on_sign_in }
}

async fn get_mfa_settings(caller: AccountUser<ReadMfaSettings>) -> Result<Json<MfaSettings>, ApiError> {
    Ok(Json(to_mfa_settings(&read(&caller).await?)))
}

async fn update_mfa_settings(
    caller: AccountUser<ChangeMfaSettings>,
    RequestBody(body): RequestBody<MfaSettings>,
) -> Result<Json<MfaSettings>, ApiError> {
    let mfa = UpdateMfaConfig { skip_mfa_on_sign_in: Some(body.skip_mfa_on_sign_in), ..UpdateMfaConfig::default() };
    let patch = UpdateUserLogtoConfigs { mfa, ..UpdateUserLogtoConfigs::default() };
    Ok(Json(to_mfa_settings(&change(&caller, patch).await?)))
}

async fn get_configs(caller: AccountUser<ReadConfigs>) -> Result<Json<UserLogtoConfigs>, ApiError> {
    read(&caller).await.map(Json)
}

async fn update_configs(
    caller: AccountUser<ChangeConfigs>,
    RequestBody(patch): RequestBody<UpdateUserLogtoConfigs>,
) -> Result<Json<UserLogtoConfigs>, ApiError> {
    let caller = caller.for_members(&patch)?;
    change(&caller, patch).await.map(Json)
}

async fn list_factors(caller: AccountUser<ReadFactors>) -> Result<Json<Vec<UserMfaVerification>>, ApiError> {
    let id = caller.id().clone();
    caller.read(move |view| mfa_factors::list(view, &id)).await.map(Json)
}
