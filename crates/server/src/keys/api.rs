//! `/api/configs/oidc/{keyType}` (inventory M238–M240).

use std::time::Duration;

use ::api::ErrorCode;
use ::api::oidc_keys::{OidcKey, OidcKeyType, RotateOidcKeys};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;

use super::{Rotation, cookie, rotation, signing};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::body::invalid_input_issue;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/configs/oidc/{keyType}", list_keys)
        .delete("/api/configs/oidc/{keyType}/{keyId}", delete_key)
        .post("/api/configs/oidc/{keyType}/rotate", rotate_keys)
}

fn key_type(name: &str) -> Result<OidcKeyType, ApiError> {
    OidcKeyType::from_name(name).ok_or_else(|| {
        invalid_input_issue("invalid_enum_value", vec!["keyType".into()], "write private-keys or cookie-keys")
    })
}

async fn list_keys(caller: ManagementCaller, Path(name): Path<String>) -> Result<Json<Vec<OidcKey>>, ApiError> {
    match key_type(&name)? {
        OidcKeyType::PrivateKeys => super::list_signing_keys(&caller.tenant, caller.actor()).await.map(Json),
        OidcKeyType::CookieKeys => super::list_cookie_keys(&caller.tenant, caller.actor()).await.map(Json),
    }
}

async fn delete_key(
    caller: ManagementCaller,
    Path((name, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let (kind, now) = (key_type(&name)?, caller.app.clock.now());
    let delete = match kind {
        OidcKeyType::PrivateKeys => signing::delete,
        OidcKeyType::CookieKeys => cookie::delete,
    };
    caller.write(move |work| delete(work, &id, now)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn rotate_keys(
    caller: ManagementCaller,
    Path(name): Path<String>,
    RequestBody(body): RequestBody<RotateOidcKeys>,
) -> Result<Json<Vec<OidcKey>>, ApiError> {
    let seconds = body.rotation_grace_period.map_or(0, |seconds| seconds.0);
    let grace_period = Duration::from_secs(seconds.unsigned_abs());
    match key_type(&name)? {
        OidcKeyType::PrivateKeys => {
            let algorithm = body.signing_key_algorithm.unwrap_or_default();
            let rotation = Rotation { algorithm, grace_period, unless_newer_than: None };
            let rotate = rotation::prepare(&caller.tenant, caller.actor(), rotation).await?;
            caller.write(rotate).await.map(Json)
        }
        OidcKeyType::CookieKeys if !grace_period.is_zero() => {
            Err(ApiError::unprocessable(ErrorCode::OidcInvalidRequest))
        }
        OidcKeyType::CookieKeys => caller.write(cookie::rotation(caller.app.clone())).await.map(Json),
    }
}
