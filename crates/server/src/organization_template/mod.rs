//! The organization template: roles and scopes that all organizations of a tenant share (inventory M171–M188).
//! Invariant: every change touches [`crate::tenants::Section::Access`], which the configuration of the tenant loads it by.

mod role_scopes;
pub mod roles;
mod roles_api;
mod scopes;

pub use scopes::OrganizationScope;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().merge(scopes::routes()).merge(roles_api::routes()).merge(role_scopes::routes())
}
