//! One-time tokens: what a magic link holds (inventory M291–M296, E091, D037). Invariants: a token is for one address and counts
//! once; it is found by its digest and stored sealed, so that a copy of the database opens no account.

mod api;
mod store;

pub(crate) use store::{StoredToken, consume, fault, find};

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
