//! Branding of the hosted pages for one application (inventory M081, M082, D009). For third-party applications it
//! applies to the consent page.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{DbError, Json as Stored, params, sql};
use serde::{Deserialize, Serialize};

use super::model::empty_to_none;
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::body::double_option;
use crate::http::validate::{Branding, PartialColor, require_length, require_web_url};
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInExperienceResponse {
    tenant_id: String,
    application_id: String,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UpdateSignInExperience {
    color: Option<PartialColor>,
    branding: Option<Branding>,
    #[serde(deserialize_with = "double_option")]
    custom_css: Option<Option<String>>,
    #[serde(deserialize_with = "double_option")]
    terms_of_use_url: Option<Option<String>>,
    #[serde(deserialize_with = "double_option")]
    privacy_policy_url: Option<Option<String>>,
    #[serde(deserialize_with = "double_option")]
    display_name: Option<Option<String>>,
}

impl UpdateSignInExperience {
    fn check(&self) -> Result<(), ApiError> {
        self.color.as_ref().map_or(Ok(()), PartialColor::check)?;
        self.branding.as_ref().map_or(Ok(()), Branding::check)?;
        for (name, url) in [("termsOfUseUrl", &self.terms_of_use_url), ("privacyPolicyUrl", &self.privacy_policy_url)] {
            if let Some(url) = url.iter().flatten().find(|url| !url.is_empty()) {
                require_web_url(&[name], url)?;
            }
        }
        let name = self.display_name.iter().flatten().next();
        name.map_or(Ok(()), |name| require_length(&["displayName"], name, 0..=256))
    }

    fn apply(self, settings: Settings) -> Settings {
        let text = |new: Option<Option<String>>, old: Option<String>| new.map_or(old, empty_to_none);
        Settings {
            color: self.color.unwrap_or(settings.color),
            branding: self.branding.unwrap_or(settings.branding),
            custom_css: text(self.custom_css, settings.custom_css),
            terms_of_use_url: text(self.terms_of_use_url, settings.terms_of_use_url),
            privacy_policy_url: text(self.privacy_policy_url, settings.privacy_policy_url),
            display_name: text(self.display_name, settings.display_name),
        }
    }
}

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/sign-in-experience";
    Routes::new().get(path, get_sign_in_experience).put(path, update_sign_in_experience)
}

async fn get_sign_in_experience(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<SignInExperienceResponse>, ApiError> {
    let tenant_id = caller.tenant_id().to_owned();
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        let settings = find_settings(view, &id)?.ok_or_else(|| settings_not_found(&id))?;
        Ok::<_, ApiError>(SignInExperienceResponse { tenant_id, application_id: id, settings })
    };
    caller.read(read).await.map(Json)
}

/// 201 when the application had no settings before, otherwise 200.
async fn update_sign_in_experience(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(patch): Body<UpdateSignInExperience>,
) -> Result<(StatusCode, Json<SignInExperienceResponse>), ApiError> {
    patch.check()?;
    let tenant_id = caller.tenant_id().to_owned();
    let update = move |work: &Work<'_>| {
        store::get_for_update(work, &id)?;
        let known = find_settings(work, &id)?;
        let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        let settings = patch.apply(known.unwrap_or_default());
        work.exec_one(
            sql!(
                "insert into application_sign_in_experiences (tenant_id, application_id, settings) values ($1, $2, $3) \
                 on conflict (tenant_id, application_id) do update set settings = excluded.settings"
            ),
            params![work.tenant_id(), &id, Stored(&settings)],
        )?;
        Ok::<_, ApiError>((status, Json(SignInExperienceResponse { tenant_id, application_id: id, settings })))
    };
    caller.write(update).await
}

fn find_settings(view: &View<'_>, id: &str) -> Result<Option<Settings>, DbError> {
    let text =
        sql!("select settings from application_sign_in_experiences where tenant_id = $1 and application_id = $2");
    Ok(view.query_opt::<(Stored<Settings>,)>(text, params![view.tenant_id(), id])?.map(|row| row.0.0))
}

fn settings_not_found(id: &str) -> ApiError {
    ApiError::not_found_by_id("application_sign_in_experiences", id)
}
