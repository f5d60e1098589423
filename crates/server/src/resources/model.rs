//! The API resource and its request types (inventory D054).

use db::FromRow;
use serde::{Deserialize, Serialize};

use crate::errors::ApiError;
use crate::http::validate;

/// The maximum lifetime of an access token in seconds: ten years.
const MAX_TTL_SECONDS: i64 = 315_360_000;

/// An API resource.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    /// The value of the parameter `resource` and of the claim `aud`.
    pub indicator: String,
    pub is_default: bool,
    /// Seconds.
    pub access_token_ttl: i64,
}

impl Resource {
    /// Whether this is the Management API of a tenant.
    pub fn is_management_api(&self) -> bool {
        is_management_api(&self.tenant_id, &self.indicator)
    }

    /// Returns the resource unless it is the Management API.
    ///
    /// # Errors
    /// 400 `resource.cannot_modify_management_api`.
    pub(super) fn require_mutable(self) -> Result<Self, ApiError> {
        match self.is_management_api() {
            true => Err(ApiError::bad_request("resource.cannot_modify_management_api")),
            false => Ok(self),
        }
    }
}

/// Whether `indicator` is a Management API in `tenant`: that of the tenant itself, or in the tenant `admin` that of any
/// tenant.
pub fn is_management_api(tenant: &str, indicator: &str) -> bool {
    let named = indicator.strip_prefix("https://").and_then(|rest| rest.strip_suffix(".logto.app/api"));
    named.is_some_and(|named| named == tenant || tenant == "admin" && !named.contains('/'))
}

/// The body of `POST /api/resources`. Any text is a valid indicator (SURPRISES 41).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateResource {
    pub name: String,
    pub indicator: String,
    /// Seconds; default one hour.
    pub access_token_ttl: Option<i64>,
}

impl CreateResource {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        validate::require_length(&["name"], &self.name, 1..=1024)?;
        validate::require_length(&["indicator"], &self.indicator, 1..=validate::MAX_URL_BYTES)?;
        self.access_token_ttl.map_or(Ok(()), check_ttl)
    }
}

/// The body of `PATCH /api/resources/{id}`; absent members do not change.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateResource {
    pub name: Option<String>,
    pub access_token_ttl: Option<i64>,
}

impl UpdateResource {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if self.name.is_none() && self.access_token_ttl.is_none() {
            return Err(ApiError::unprocessable("entity.invalid_input"));
        }
        if let Some(name) = &self.name {
            validate::require_length(&["name"], name, 1..=1024)?;
        }
        self.access_token_ttl.map_or(Ok(()), check_ttl)
    }
}

fn check_ttl(seconds: i64) -> Result<(), ApiError> {
    validate::require_range(&["accessTokenTtl"], seconds, 1..=MAX_TTL_SECONDS)
}
