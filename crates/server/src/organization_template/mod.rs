//! The organization template: roles and scopes that all organizations of a tenant share (inventory M171–M188). Part of
//! the tenant's configuration, so changes go through [`crate::Tenant::write_config`].

mod role_scopes;
pub mod roles;
mod roles_api;
mod scopes;

use axum::http::StatusCode;
use serde::Deserialize;

pub use scopes::OrganizationScope;

use crate::errors::ApiError;
use crate::http::body::nullable;
use crate::http::checks::length;
use crate::routing::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().merge(scopes::routes()).merge(roles_api::routes()).merge(role_scopes::routes())
}

/// Name and description, as roles and scopes have them.
#[derive(Debug, Clone, Default, Deserialize)]
struct Text {
    name: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    description: Option<Option<String>>,
}

impl Text {
    fn check(&self) -> Result<(), ApiError> {
        if let Some(name) = &self.name {
            length(&["name"], name, 1..=128)?;
        }
        match &self.description {
            Some(Some(description)) => length(&["description"], description, 0..=256),
            _ => Ok(()),
        }
    }

    fn name(&self) -> Result<&str, ApiError> {
        self.name.as_deref().ok_or_else(|| crate::http::checks::fault(&["name"], "Required"))
    }

    /// The description to store.
    fn description(&self) -> Option<String> {
        crate::organizations::stored(self.description.clone().flatten())
    }
}

/// The answer to a deletion: 404 `entity.not_found` when nothing was there.
fn deleted(rows: u64) -> Result<StatusCode, ApiError> {
    if rows == 0 { Err(ApiError::not_found()) } else { Ok(StatusCode::NO_CONTENT) }
}
