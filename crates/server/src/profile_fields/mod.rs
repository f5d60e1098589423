//! The catalogue of custom profile fields: what people are asked for at registration (inventory M227–M233, D026).
//! Invariants: a name is unique in its tenant and never changes; no definition is stored that nothing could fit.

mod api;
mod definition;
mod store;

pub(crate) use store::{list, missing, unknown_names};

use crate::routes::Routes;

/// The routes of this slice.
pub(crate) fn routes() -> Routes {
    api::routes()
}
