//! Scripts of a tenant (inventory M241–M252, O129–O134): they add claims to access tokens and take part in sign-ins. Where they run
//! is the crate `scripts`; here is what they are told and what becomes of what they say (docs/adr/0017-scripts.md).
//!
//! A script never runs inside a transaction, and never sees a digest of a password, a secret of the server or a token.

pub(crate) mod actions;
mod api;
pub(crate) mod claims;
mod context;
mod execution;
mod fetching;
pub(crate) mod patch;
mod store;

pub(crate) use execution::pool;
pub(crate) use store::{ReadyAction, Scripts, load};

use crate::routes::Routes;

/// The routes of this slice.
pub(crate) fn routes() -> Routes {
    api::routes()
}
