//! Organizations: groups of a tenant's users and machine applications, with roles from the organization template
//! (inventory M128–M159). A member's roles and a machine's roles go when the membership goes; the schema sees to it.

pub mod memberships;
mod model;

use crate::routing::Routes;

pub use model::{Named, Organization, OrganizationWithRoles};

pub(crate) fn routes() -> Routes {
    Routes::new()
}
