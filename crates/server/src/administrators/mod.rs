//! Who uses the console: people of the tenant `admin` with one of its roles, and invitations to become one (inventory C034). Invariants:
//! an invitation is found by the digest of its link, counts once, until its time is over and only while whoever made it may still
//! manage administrators; who has a role gets no other by a link; an installation keeps an owner ([`crate::roles::keep_an_owner`]).

mod api;
mod invitations;
mod message;
mod people;

pub(crate) use invitations::{Invitation, accept, forget_user, require_valid};
pub(crate) use people::is_built_in;

use crate::callers::ManagementCaller;
use crate::callers::console::ADMIN;
use crate::errors::ApiError;
use crate::routes::Routes;

/// The routes of this slice, which only the tenant `admin` has.
pub(crate) fn routes() -> Routes {
    api::routes()
}

/// Administrators of all tenants are people of `admin`.
fn require_admin(caller: &ManagementCaller) -> Result<(), ApiError> {
    if caller.tenant_id() == ADMIN { Ok(()) } else { Err(ApiError::not_found()) }
}
