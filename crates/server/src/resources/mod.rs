//! API resources (RFC 8707) and their scopes.
//! Invariants: an indicator is unique in its tenant and never changes; at most one resource is the default; the
//! Management API and its scopes can't be changed.

mod api;
mod model;
mod scopes;
mod store;

pub use model::{Resource, is_management_api};
pub use scopes::{Scope, ScopeWithResource, require_no_management_scope, scopes_by_id};
pub use store::{create, delete, get, list_page, update};

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().merge(api::routes()).merge(scopes::routes())
}
