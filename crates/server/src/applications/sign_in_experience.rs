//! Branding of the hosted pages for one application (inventory M081, M082, D009). For third-party applications it
//! applies to the consent page.

use ::api::Patch;
use ::api::applications::{ApplicationSignInExperience, ReplaceApplicationSignInExperience};
use ::api::look::{Branding, PartialColor};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{DbError, Json as Stored, params, sql};
use kernel::ids::ApplicationId;
use serde::{Deserialize, Serialize};

use super::model::empty_to_none;
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::work::{View, Work};

/// The stored settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    color: PartialColor,
    branding: Branding,
    custom_css: Option<String>,
    terms_of_use_url: Option<String>,
    privacy_policy_url: Option<String>,
    display_name: Option<String>,
}

impl Settings {
    fn with(self, patch: ReplaceApplicationSignInExperience) -> Self {
        let text = |new: Patch<String>, old: Option<String>| new.into_change().map_or(old, empty_to_none);
        Self {
            color: patch.color.unwrap_or(self.color),
            branding: patch.branding.unwrap_or(self.branding),
            custom_css: text(patch.custom_css, self.custom_css),
            terms_of_use_url: text(patch.terms_of_use_url.map(String::from), self.terms_of_use_url),
            privacy_policy_url: text(patch.privacy_policy_url.map(String::from), self.privacy_policy_url),
            display_name: text(patch.display_name.map(|name| name.0), self.display_name),
        }
    }

    fn into_response(self, tenant_id: &str, application_id: ApplicationId) -> ApplicationSignInExperience {
        let Self { color, branding, custom_css, terms_of_use_url, privacy_policy_url, display_name } = self;
        let tenant_id = tenant_id.to_owned();
        ApplicationSignInExperience {
            tenant_id,
            application_id: application_id.into(),
            color,
            branding,
            custom_css,
            terms_of_use_url,
            privacy_policy_url,
            display_name,
        }
    }
}

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/sign-in-experience";
    Routes::new().get(path, get_sign_in_experience).put(path, update_sign_in_experience)
}

async fn get_sign_in_experience(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationSignInExperience>, ApiError> {
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        let settings = find_settings(view, &id)?.ok_or_else(|| settings_not_found(&id))?;
        Ok::<_, ApiError>(settings.into_response(view.tenant_id(), id))
    };
    caller.read(read).await.map(Json)
}

/// 201 when the application had no settings before, otherwise 200.
async fn update_sign_in_experience(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
    RequestBody(patch): RequestBody<ReplaceApplicationSignInExperience>,
) -> Result<(StatusCode, Json<ApplicationSignInExperience>), ApiError> {
    let update = move |work: &Work<'_>| {
        store::get_for_update(work, &id)?;
        let known = find_settings(work, &id)?;
        let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        let settings = known.unwrap_or_default().with(patch);
        work.exec_one(
            sql!(
                "insert into application_sign_in_experiences (tenant_id, application_id, settings) values ($1, $2, $3) \
                 on conflict (tenant_id, application_id) do update set settings = excluded.settings"
            ),
            params![work.tenant_id(), &id, Stored(&settings)],
        )?;
        Ok::<_, ApiError>((status, Json(settings.into_response(work.tenant_id(), id))))
    };
    caller.write(update).await
}

fn find_settings(view: &View<'_>, id: &ApplicationId) -> Result<Option<Settings>, DbError> {
    let text =
        sql!("select settings from application_sign_in_experiences where tenant_id = $1 and application_id = $2");
    Ok(view.query_opt::<(Stored<Settings>,)>(text, params![view.tenant_id(), id])?.map(|row| row.0.0))
}

fn settings_not_found(id: &str) -> ApiError {
    ApiError::not_found_by_id("application_sign_in_experiences", id)
}
