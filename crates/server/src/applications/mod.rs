//! Applications: the OAuth clients of a tenant with their secrets, roles, branding and consent settings.
//! Invariants: only the routes of secrets return secrets; no URI with a scriptable scheme is stored; only
//! machine-to-machine applications have roles; only third-party applications have consent settings.

mod api;
mod client_metadata;
mod consent_organizations;
mod consent_scopes;
mod model;
mod roles;
mod secrets;
mod sign_in_experience;
mod store;

pub use consent_organizations::allow_organizations;
pub use model::{Application, CreateApplication, UpdateApplication};
pub use roles::grant_management_api;
pub use secrets::ApplicationSecret;
pub use store::{
    ApplicationFilter, CreatedApplication, SEARCHABLE_COLUMNS, create, delete, get, list_all, list_page,
    set_third_party, update,
};

use crate::routes::Routes;

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
