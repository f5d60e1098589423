//! E-mail templates by language (inventory M285–M290, H040, D030). Invariant: a language has one template of a type at most.

mod api;
mod store;

pub(crate) use store::choose;

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
