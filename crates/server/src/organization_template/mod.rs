//! The organization template: roles and scopes that all organizations of a tenant share (inventory M171–M188).
//! Invariant: every change touches [`crate::tenants::Section::Access`], which the configuration of the tenant loads it by.

mod role_scopes;
pub mod roles;
mod roles_api;
mod scopes;

use serde::Deserialize;

pub use scopes::OrganizationScope;

use crate::errors::ApiError;
use crate::http::body::double_option;
use crate::http::validate::require_length;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().merge(scopes::routes()).merge(roles_api::routes()).merge(role_scopes::routes())
}

/// Name and description of a role or scope.
#[derive(Debug, Clone, Default, Deserialize)]
struct NameAndDescription {
    name: Option<String>,
    #[serde(default, deserialize_with = "double_option")]
    description: Option<Option<String>>,
}

impl NameAndDescription {
    fn check(&self) -> Result<(), ApiError> {
        if let Some(name) = &self.name {
            require_length(&["name"], name, 1..=128)?;
        }
        match &self.description {
            Some(Some(description)) => require_length(&["description"], description, 0..=256),
            _ => Ok(()),
        }
    }

    fn name(&self) -> Result<&str, ApiError> {
        self.name.as_deref().ok_or_else(|| crate::http::validate::invalid_member(&["name"], "Required"))
    }

    /// The description to store.
    fn description(&self) -> Option<String> {
        crate::organizations::empty_to_null(self.description.clone().flatten())
    }
}
