//! `/api/configs/cimd` and `/api/cimd/user-consent-scopes` (inventory M255–M259).

use ::api::ErrorCode;
use ::api::applications::{AddUserConsentScopes, UserConsentScopes};
use ::api::configs::{CimdConfig, UpdateCimdConfig};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::json;

use super::KEY;
use crate::applications::consent_scopes;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::link_table::{LinkTable, link_table};
use crate::routes::Routes;
use crate::tenant_settings;
use crate::tenants::Section;
use crate::work::{View, Work};

const CONSENT_SCOPES: LinkTable = link_table!("cimd_consent_scopes", "kind" => "value");

/// The routes of this slice.
pub fn routes() -> Routes {
    let path = "/api/cimd/user-consent-scopes";
    Routes::new()
        .get("/api/configs/cimd", get_settings)
        .patch("/api/configs/cimd", update_settings)
        .get(path, get_consent_scopes)
        .post(path, add_consent_scopes)
        .delete(&format!("{path}/{{scopeType}}/{{scopeId}}"), remove_consent_scope)
}

async fn get_settings(caller: ManagementCaller) -> Result<Json<CimdConfig>, ApiError> {
    Ok(Json(CimdConfig { enabled: caller.config.document_clients.is_enabled }))
}

async fn update_settings(
    caller: ManagementCaller,
    RequestBody(patch): RequestBody<UpdateCimdConfig>,
) -> Result<Json<CimdConfig>, ApiError> {
    if patch.enabled == Some(true) && !caller.app.client_documents.is_guarded() {
        let details = "OUTBOUND_ALLOW lets requests reach every private address, so strangers could name them";
        return Err(ApiError::unprocessable(ErrorCode::RequestInvalidInput).data(json!({"details": details})));
    }
    let update = move |work: &Work<'_>| {
        let old: CimdConfig = tenant_settings::read_for_update(work, KEY)?.unwrap_or_default();
        // The discovery document says it.
        work.touch(Section::Keys)?;
        tenant_settings::write(work, KEY, CimdConfig { enabled: patch.enabled.unwrap_or(old.enabled) })
    };
    caller.write(update).await.map(Json)
}

async fn get_consent_scopes(caller: ManagementCaller) -> Result<Json<UserConsentScopes>, ApiError> {
    let read = |view: &View<'_>| consent_scopes::describe(view, |kind| CONSENT_SCOPES.values(view, &[kind]));
    caller.read(read).await.map(Json)
}

async fn add_consent_scopes(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<AddUserConsentScopes>,
) -> Result<StatusCode, ApiError> {
    let add = move |work: &Work<'_>| {
        work.touch(Section::Settings)?;
        consent_scopes::require_assignable(work, &body)?;
        for (kind, values) in consent_scopes::by_kind(body) {
            CONSENT_SCOPES.add(work, &[kind], &values)?;
        }
        Ok::<_, ApiError>(())
    };
    caller.write(add).await.map(|()| StatusCode::CREATED)
}

async fn remove_consent_scope(
    caller: ManagementCaller,
    Path((kind, scope)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    consent_scopes::require_kind(&kind)?;
    let remove = move |work: &Work<'_>| {
        work.touch(Section::Settings)?;
        CONSENT_SCOPES.remove(work, &[&kind], &scope)
    };
    caller.write(remove).await.map(|()| StatusCode::NO_CONTENT)
}
