//! The look of the hosted pages for one application (inventory M081, M082, D009); third-party applications show it on
//! the consent page.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use db::{DbError, Json as Stored, Read, Tx, params, sql};
use serde::{Deserialize, Serialize};

use super::model::filled;
use super::store::by_id;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::body::nullable;
use crate::http::checks::{Branding, PartialColor, length, web_url};
use crate::routing::{Access, Routes};
use crate::{App, Tenant};

/// The settings as stored.
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
struct Shown {
    tenant_id: String,
    application_id: String,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Patch {
    color: Option<PartialColor>,
    branding: Option<Branding>,
    #[serde(deserialize_with = "nullable")]
    custom_css: Option<Option<String>>,
    #[serde(deserialize_with = "nullable")]
    terms_of_use_url: Option<Option<String>>,
    #[serde(deserialize_with = "nullable")]
    privacy_policy_url: Option<Option<String>>,
    #[serde(deserialize_with = "nullable")]
    display_name: Option<Option<String>>,
}

impl Patch {
    fn check(&self) -> Result<(), ApiError> {
        self.color.as_ref().map_or(Ok(()), PartialColor::check)?;
        self.branding.as_ref().map_or(Ok(()), Branding::check)?;
        for (name, url) in [("termsOfUseUrl", &self.terms_of_use_url), ("privacyPolicyUrl", &self.privacy_policy_url)] {
            if let Some(url) = url.iter().flatten().find(|url| !url.is_empty()) {
                web_url(&[name], url)?;
            }
        }
        let name = self.display_name.iter().flatten().next();
        name.map_or(Ok(()), |name| length(&["displayName"], name, 0..=256))
    }

    fn apply(self, settings: Settings) -> Settings {
        let text = |new: Option<Option<String>>, old: Option<String>| new.map_or(old, filled);
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
    Routes::new().get(path, Access::Management, show).put(path, Access::Management, set)
}

async fn show(State(app): State<App>, tenant: Tenant, Path(id): Path<String>) -> Result<Json<Shown>, ApiError> {
    let tenant_id = tenant.id();
    let read = move |r: &Read<'_>| {
        by_id(r, tenant_id, &id)?;
        let settings = stored(r, tenant_id, &id)?.ok_or_else(|| no_settings(&id))?;
        Ok::<_, ApiError>(Shown { tenant_id: tenant_id.to_owned(), application_id: id, settings })
    };
    Ok(Json(app.db.read(read).await?))
}

/// 201 for the first settings of an application, 200 for a change.
async fn set(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<Patch>,
) -> Result<(StatusCode, Json<Shown>), ApiError> {
    patch.check()?;
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        by_id(tx, tenant_id, &id)?;
        let known = stored(tx, tenant_id, &id)?;
        let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        let settings = patch.apply(known.unwrap_or_default());
        tx.exec_one(
            sql!(
                "insert into application_sign_in_experiences (tenant_id, application_id, settings) values ($1, $2, $3) \
                 on conflict (tenant_id, application_id) do update set settings = excluded.settings"
            ),
            params![tenant_id, &id, Stored(&settings)],
        )?;
        Ok::<_, ApiError>((status, Json(Shown { tenant_id: tenant_id.to_owned(), application_id: id, settings })))
    };
    tenant.write_config(write).await
}

fn stored(r: &Read<'_>, tenant: &str, id: &str) -> Result<Option<Settings>, DbError> {
    let text =
        sql!("select settings from application_sign_in_experiences where tenant_id = $1 and application_id = $2");
    Ok(r.query_opt::<(Stored<Settings>,)>(text, params![tenant, id])?.map(|row| row.0.0))
}

fn no_settings(id: &str) -> ApiError {
    ApiError::no_such("application_sign_in_experiences", id)
}
