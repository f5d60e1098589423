//! Branding of the hosted pages for one application (inventory M081, M082, D009). For third-party applications it
//! applies to the consent page.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use db::{DbError, Json as Stored, Read, Tx, params, sql};
use serde::{Deserialize, Serialize};

use super::model::empty_to_none;
use super::store;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::body::double_option;
use crate::http::validate::{Branding, PartialColor, require_length, require_web_url};
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

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
    Routes::new().old_get(path, Access::Management, get_sign_in_experience).old_put(
        path,
        Access::Management,
        update_sign_in_experience,
    )
}

async fn get_sign_in_experience(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<SignInExperienceResponse>, ApiError> {
    let tenant_id = tenant.id();
    let read = move |r: &Read<'_>| {
        store::get(r, tenant_id, &id)?;
        let settings = find_settings(r, tenant_id, &id)?.ok_or_else(|| settings_not_found(&id))?;
        Ok::<_, ApiError>(SignInExperienceResponse { tenant_id: tenant_id.to_owned(), application_id: id, settings })
    };
    Ok(Json(app.db.read(read).await?))
}

/// 201 when the application had no settings before, otherwise 200.
async fn update_sign_in_experience(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<UpdateSignInExperience>,
) -> Result<(StatusCode, Json<SignInExperienceResponse>), ApiError> {
    patch.check()?;
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        store::get(tx, tenant_id, &id)?;
        let known = find_settings(tx, tenant_id, &id)?;
        let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        let settings = patch.apply(known.unwrap_or_default());
        tx.exec_one(
            sql!(
                "insert into application_sign_in_experiences (tenant_id, application_id, settings) values ($1, $2, $3) \
                 on conflict (tenant_id, application_id) do update set settings = excluded.settings"
            ),
            params![tenant_id, &id, Stored(&settings)],
        )?;
        Ok::<_, ApiError>((
            status,
            Json(SignInExperienceResponse { tenant_id: tenant_id.to_owned(), application_id: id, settings }),
        ))
    };
    tenant.write_config(write).await
}

fn find_settings(r: &Read<'_>, tenant: &str, id: &str) -> Result<Option<Settings>, DbError> {
    let text =
        sql!("select settings from application_sign_in_experiences where tenant_id = $1 and application_id = $2");
    Ok(r.query_opt::<(Stored<Settings>,)>(text, params![tenant, id])?.map(|row| row.0.0))
}

fn settings_not_found(id: &str) -> ApiError {
    ApiError::not_found_by_id("application_sign_in_experiences", id)
}
