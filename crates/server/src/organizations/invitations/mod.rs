//! Invitations to an organization (inventory M164–M169). Invariants: of an organization and an address at most one is pending;
//! an invitation ends once, and who accepts it is a member with its roles from that moment; one whose time is over counts as
//! `Expired` wherever it is read, whatever its row says.

mod api;
mod message;
mod store;

pub(crate) use store::forget_user;

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
