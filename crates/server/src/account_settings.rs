//! The settings of our own about people's accounts: `/api/configs/account`. They are no part of `/api/account-center`, whose members
//! are those of the contract.

use ::api::configs::{AccountConfig, UpdateAccountConfig};
use axum::Json;
use db::DbError;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::tenant_settings;
use crate::tenants::TenantSnapshot;
use crate::work::{View, Work};

/// The key in the table of settings.
const KEY: &str = "account";

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/configs/account", get_settings).patch("/api/configs/account", update_settings)
}

/// The settings in this configuration.
pub(crate) fn settings(config: &TenantSnapshot) -> AccountConfig {
    let stored = config.configs.get(KEY).cloned();
    stored.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
}

/// The settings as they are stored now.
///
/// # Errors
/// A failure of the database.
pub(crate) fn read(view: &View<'_>) -> Result<AccountConfig, DbError> {
    Ok(tenant_settings::read(view, KEY)?.unwrap_or_default())
}

async fn get_settings(caller: ManagementCaller) -> Json<AccountConfig> {
    Json(settings(&caller.config))
}

async fn update_settings(
    caller: ManagementCaller,
    RequestBody(patch): RequestBody<UpdateAccountConfig>,
) -> Result<Json<AccountConfig>, ApiError> {
    let update = move |work: &Work<'_>| {
        let mut settings: AccountConfig = tenant_settings::read_for_update(work, KEY)?.unwrap_or_default();
        if let Some(switch) = patch.mail_about_changes.into_change() {
            settings.mail_about_changes = switch;
        }
        if let Some(enabled) = patch.deletion_enabled {
            settings.deletion_enabled = enabled;
        }
        if let Some(days) = patch.deletion_grace_days {
            settings.deletion_grace_days = days;
        }
        if let Some(enabled) = patch.data_download_enabled {
            settings.data_download_enabled = enabled;
        }
        tenant_settings::write(work, KEY, settings).map(Json)
    };
    caller.write(update).await
}
