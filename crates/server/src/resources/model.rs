//! An API resource, and what makes or changes one (inventory D054).

use db::{DbError, FromRow, Row};
use serde::{Deserialize, Serialize};

use crate::errors::ApiError;
use crate::http::checks;

/// The longest lifetime of an access token in seconds: ten years.
const LONGEST: i64 = 315_360_000;

/// An API that access tokens are issued for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    /// The value of `resource` and `aud`.
    pub indicator: String,
    pub is_default: bool,
    /// Seconds.
    pub access_token_ttl: i64,
}

impl FromRow for Resource {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            name: row.get("name")?,
            indicator: row.get("indicator")?,
            is_default: row.get("is_default")?,
            access_token_ttl: row.get("access_token_ttl")?,
        })
    }
}

impl Resource {
    /// Whether this is the Management API of a tenant.
    pub fn is_management_api(&self) -> bool {
        is_management_api(&self.tenant_id, &self.indicator)
    }

    /// The resource itself, unless it is the Management API.
    ///
    /// # Errors
    /// 400 `resource.cannot_modify_management_api`.
    pub(super) fn changeable(self) -> Result<Self, ApiError> {
        match self.is_management_api() {
            true => Err(ApiError::bad_request("resource.cannot_modify_management_api")),
            false => Ok(self),
        }
    }
}

/// Whether `indicator` names a Management API in `tenant`: the tenant's own, or in the tenant `admin` that of any.
pub fn is_management_api(tenant: &str, indicator: &str) -> bool {
    let named = indicator.strip_prefix("https://").and_then(|rest| rest.strip_suffix(".logto.app/api"));
    named.is_some_and(|named| named == tenant || tenant == "admin" && !named.contains('/'))
}

/// What is needed to make a resource. Any text can be an indicator (SURPRISES 41).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewResource {
    pub name: String,
    pub indicator: String,
    /// Seconds; an hour when absent.
    pub access_token_ttl: Option<i64>,
}

impl NewResource {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        checks::length(&["name"], &self.name, 1..=1024)?;
        checks::length(&["indicator"], &self.indicator, 1..=checks::LONGEST_URL)?;
        self.access_token_ttl.map_or(Ok(()), check_ttl)
    }
}

/// A change of a resource; absent members stay.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourcePatch {
    pub name: Option<String>,
    pub access_token_ttl: Option<i64>,
}

impl ResourcePatch {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if self.name.is_none() && self.access_token_ttl.is_none() {
            return Err(ApiError::unprocessable("entity.invalid_input"));
        }
        if let Some(name) = &self.name {
            checks::length(&["name"], name, 1..=1024)?;
        }
        self.access_token_ttl.map_or(Ok(()), check_ttl)
    }
}

fn check_ttl(seconds: i64) -> Result<(), ApiError> {
    checks::within(&["accessTokenTtl"], seconds, 1..=LONGEST)
}
