//! Management tokens: what makes a caller the master of a tenant (inventory M001–M003).

mod remembered;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jose::JoseError;
use kernel::Timestamp;
use serde_json::{Value, json};

use remembered::Circumstances;
pub use remembered::Remembered;

use crate::Tenant;
use crate::errors::ApiError;
use crate::tenants::TenantSnapshot;

/// Seconds by which clocks may differ (inventory O026).
const LEEWAY: i64 = 15;

/// The caller of a management route. Routes get it by declaring [`crate::routing::Access::Management`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Management {
    /// The token's `sub`.
    pub id: String,
    /// Whether an application calls for itself: `sub` equals `client_id`.
    pub is_app: bool,
}

impl<S: Sync> FromRequestParts<S> for Management {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| ApiError::internal("a route that needs a management token does not declare it"))
    }
}

/// Lets only management tokens of the request's tenant pass.
pub async fn require_management(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match authenticate(&parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    }
}

async fn authenticate(request: &Parts) -> Result<Management, ApiError> {
    let token = bearer(&request.headers)?;
    let tenant = Tenant::of(&request.extensions)?;
    let app = tenant.app();
    let own = tenant.config().await?;
    let admin = app.tenants.get("admin", app).await?;
    let (now, circumstances) =
        (app.clock.now(), Circumstances { tenant_id: tenant.id(), versions: (own.version, admin.version) });
    if let Some(caller) = app.management_tokens.caller(token, &circumstances, now) {
        return Ok(caller);
    }
    let issuers: [(&str, &TenantSnapshot); 2] = [(tenant.issuer(), &own), (app.tenants.issuer("admin"), &admin)];
    let (caller, expires_at) = check(token, &tenant, &issuers, now)?;
    app.management_tokens.keep(token, &circumstances, (&caller, expires_at));
    Ok(caller)
}

/// The bearer token of a request. The scheme is compared exactly, as existing clients see it (SURPRISES 25).
///
/// # Errors
/// 401 `auth.authorization_header_missing` or `auth.authorization_token_type_not_supported`.
pub fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let unauthorized = |code: &str| ApiError::new(StatusCode::UNAUTHORIZED, code);
    let value = headers.get(header::AUTHORIZATION).ok_or_else(|| unauthorized("auth.authorization_header_missing"))?;
    let value = value.to_str().unwrap_or_default();
    match value.strip_prefix("Bearer") {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => Ok(rest.trim_start()),
        _ => {
            Err(unauthorized("auth.authorization_token_type_not_supported").data(json!({"supportedTypes": ["Bearer"]})))
        }
    }
}

fn check(
    token: &str,
    tenant: &Tenant,
    issuers: &[(&str, &TenantSnapshot)],
    now: Timestamp,
) -> Result<(Management, i64), ApiError> {
    let unverified = jose::decode_unverified(token).map_err(|error| not_verified(&error))?;
    let issuer = unverified.text("iss").unwrap_or_default();
    let trusted = issuers.iter().find(|(name, _)| *name == issuer);
    let keys = trusted.or(issuers.first()).map(|(_, config)| &config.keys.verifying);
    let verified =
        keys.ok_or(JoseError::UnknownKey).and_then(|keys| keys.verify(token)).map_err(|error| not_verified(&error))?;
    let claim_failed = |claim: &str| claim_refused(claim, &verified.claims);
    if trusted.is_none() {
        return Err(claim_failed("iss"));
    }
    if !verified.has_audience(&format!("https://{}.logto.app/api", tenant.id())) {
        return Err(claim_failed("aud"));
    }
    // Only access tokens open the API: an ID token for this audience must not (attack B17).
    if verified.header.typ.as_deref() != Some("at+jwt") {
        return Err(claim_failed("typ"));
    }
    jose::check_times(&verified.claims, now, LEEWAY).map_err(|_| claim_failed("exp"))?;
    let sub = verified.text("sub").ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "auth.jwt_sub_missing"))?;
    if !verified.text("scope").unwrap_or_default().split(' ').any(|scope| scope == "all") {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden"));
    }
    let expires_at = verified.claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    Ok((Management { id: sub.to_owned(), is_app: verified.text("client_id") == Some(sub) }, expires_at))
}

fn not_verified(error: &JoseError) -> ApiError {
    match error {
        JoseError::Malformed | JoseError::TooLarge => refused("ERR_JWS_INVALID", "JWSInvalid"),
        JoseError::UnsupportedAlgorithm => refused("ERR_JOSE_NOT_SUPPORTED", "JOSENotSupported"),
        _ => refused("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed"),
    }
}

fn refused(code: &str, name: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "auth.unauthorized").data(json!({"code": code, "name": name}))
}

fn claim_refused(claim: &str, payload: &serde_json::Map<String, Value>) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "auth.unauthorized").data(json!({
        "code": if claim == "exp" { "ERR_JWT_EXPIRED" } else { "ERR_JWT_CLAIM_VALIDATION_FAILED" },
        "name": if claim == "exp" { "JWTExpired" } else { "JWTClaimValidationFailed" },
        "claim": claim,
        "reason": "check_failed",
        "payload": payload,
    }))
}
