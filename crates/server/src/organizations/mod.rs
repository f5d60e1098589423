//! Organizations: groups of users and machine-to-machine applications of a tenant, with roles of the organization
//! template (inventory M128–M159). Foreign keys delete the roles of a member together with the membership.

mod api;
mod applications;
pub mod jit;
mod member_kind;
pub mod memberships;
mod model;
pub mod store;
mod users;

use crate::routes::Routes;

pub use model::{IdAndName, Organization, OrganizationWithRoles, empty_to_null};

pub(crate) fn routes() -> Routes {
    api::routes().merge(users::routes()).merge(applications::routes()).merge(jit::routes())
}
