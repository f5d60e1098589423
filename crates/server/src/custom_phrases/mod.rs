//! A tenant's own texts of the hosted pages, by language (inventory M223–M226, A054, H110, H112). They lie over those that ship,
//! key by key, and a language may have no others.

mod api;
mod store;
mod texts;

use crate::routes::Routes;

pub(crate) use store::{exist, load};

pub(crate) fn routes() -> Routes {
    api::routes()
}
