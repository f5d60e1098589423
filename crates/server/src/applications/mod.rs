//! Applications: the OAuth clients of a tenant with their secrets, roles, branding and consent settings.
//! Invariants: only the routes of secrets return secrets; no URI with a scriptable scheme is stored; only
//! machine-to-machine applications have roles; only third-party applications have consent settings.

pub mod access_control;
mod api;
mod client_authentication;
mod client_metadata;
mod consent_organizations;
pub(crate) mod consent_scopes;
mod model;
pub(crate) mod own_addresses;
pub mod published_settings;
mod secrets;
mod sign_in_experience;
mod store;

pub use ::api::applications::{CreateApplication, UpdateApplication};
pub(crate) use api::response_algorithms;
pub use consent_organizations::allow_organizations;
pub use consent_scopes::{set_user_scopes, user_scopes};
pub use model::{Application, check_new};
pub use secrets::{ApplicationSecret, first_valid as first_valid_secret};
pub use store::{
    ApplicationFilter, CreatedApplication, SEARCHABLE_COLUMNS, begin_consent_epoch, create, delete, find, get,
    get_for_update, grant_management_api, list_all, list_page, set_third_party, told_of_logout, types_by_id, update,
};

use crate::roles;
use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .merge(access_control::routes())
        .merge(api::routes())
        .merge(consent_organizations::routes())
        .merge(consent_scopes::routes())
        .merge(roles::holder_routes::<roles::Applications>("/api/applications/{id}/roles"))
        .merge(secrets::routes())
        .merge(sign_in_experience::routes())
}
