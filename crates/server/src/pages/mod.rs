//! The hosted pages: forms over the interaction and OpenID Connect slices.

pub mod branding;
mod consent;
mod continuation;
mod deeper;
mod entry;
mod explain;
mod form;
mod identifiers;
pub mod language;
mod recovery;
mod register;
mod sign_in;
mod still;
mod visit;

pub(crate) use explain::{document, explain};
pub use visit::{Visit, redirect};

use crate::routing::Routes;

/// The routes.
pub fn routes() -> Routes {
    still::routes()
        .merge(sign_in::routes())
        .merge(register::routes())
        .merge(consent::routes())
        .merge(continuation::routes())
        .merge(deeper::routes())
        .merge(recovery::routes())
}
