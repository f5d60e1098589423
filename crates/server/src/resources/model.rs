//! The API resource and its request types (inventory D054).

use ::api::ErrorCode;
use db::FromRow;
use kernel::ids::ResourceId;
use serde::Serialize;

use crate::errors::ApiError;

/// An API resource.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    pub tenant_id: String,
    pub id: ResourceId,
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
            true => Err(ApiError::bad_request(ErrorCode::ResourceCannotModifyManagementApi)),
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
