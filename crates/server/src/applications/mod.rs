//! Applications: the OAuth clients of a tenant, their secrets, roles, branding and what third-party ones may ask for.
//!
//! Invariants: secrets leave the server only through the routes of secrets; no address with a scriptable scheme is
//! stored; only machine-to-machine applications hold roles; only third-party ones have consent settings.

mod api;
mod consent_organizations;
mod consent_scopes;
mod metadata;
mod model;
mod roles;
mod secrets;
mod sign_in_experience;
mod store;

pub use consent_organizations::allow as allow_organizations;
pub use model::{Application, ApplicationPatch, NewApplication};
pub use roles::grant_management_api;
pub use secrets::ApplicationSecret;
pub use store::{Created, FIELDS, Filter, by_id, create, delete, list, page, update};

use crate::routing::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .merge(api::routes())
        .merge(consent_organizations::routes())
        .merge(consent_scopes::routes())
        .merge(roles::routes())
        .merge(secrets::routes())
        .merge(sign_in_experience::routes())
}
