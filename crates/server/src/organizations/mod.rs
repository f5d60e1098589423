//! Organizations: groups of a tenant's users and machine applications, with roles from the organization template
//! (inventory M128–M159). A member's roles and a machine's roles go when the membership goes; the schema sees to it.

mod api;
mod applications;
pub mod jit;
pub mod memberships;
mod model;
mod party;
pub mod relation;
pub mod store;
mod users;

use crate::routing::Routes;

pub use model::{Named, Organization, OrganizationPatch, OrganizationWithRoles, stored};

pub(crate) fn routes() -> Routes {
    api::routes().merge(users::routes()).merge(applications::routes()).merge(jit::routes())
}
