//! API resources: what access tokens are for, and the scopes they may carry.
//!
//! Invariants: an indicator names one resource of a tenant and never changes; at most one resource is the default; the
//! resource of the Management API, its scopes included, can't be changed by anyone.

mod api;
mod model;
mod scopes;
mod store;

pub use model::{NewResource, Resource, ResourcePatch, is_management_api};
pub use scopes::{NewScope, Scope};
pub use store::{by_id, create, delete, page, update};

use crate::routing::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().merge(api::routes()).merge(scopes::routes())
}
