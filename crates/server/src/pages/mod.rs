//! The hosted pages: forms over the interaction and OpenID Connect slices.

pub mod branding;
mod explain;
pub mod language;
mod still;
mod visit;

pub(crate) use explain::explain;
pub use visit::{Visit, redirect};

use crate::routing::Routes;

/// The routes.
pub fn routes() -> Routes {
    still::routes()
}
