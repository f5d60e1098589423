//! The console at `/console` on the admin endpoint (issue 15, inventory C001 to C034). Invariants: it has no way of its own to any row:
//! every page calls routes of the Management API in this process, for the person who looks at it, with that person's rights
//! ([`crate::callers::rights`]) and the audit entries of those routes; every form carries the secret of its own session.
//!
//! An entity's pages are its list and its form ([`entity`]; docs/adding/console.md).

mod account_center;
mod administrators;
mod api;
mod applications;
mod assets;
mod bulk;
mod cells;
mod client_documents;
mod configured;
mod connectors;
mod dashboard;
mod enterprise_sso;
mod entity;
mod experience;
mod export;
mod fields;
mod form_errors;
mod form_tab;
mod gallery;
mod get_started;
mod guides;
mod id_token_claims;
mod invitation;
mod keys;
mod linked;
mod list;
mod logs;
mod meanwhile;
mod mfa;
mod named_secrets;
mod navigation;
mod open_form;
mod organization_tabs;
mod organization_template;
mod organizations;
mod page;
mod phrases;
mod pictures;
mod preview;
mod profile_fields;
pub(crate) mod refusals;
mod refused_requests;
mod resources;
mod roles;
mod script_fields;
mod scripts;
mod search;
mod security;
mod settings;
mod setup;
mod several;
mod sign_in;
mod sign_in_experience;
mod times;
mod user_tabs;
mod user_tokens;
mod users;
mod webhooks;
mod welcome;

pub(crate) use api::InnerRoutes;
pub(crate) use setup::was_entered as setup_code_was_entered;
pub use setup::{announce as announce_setup, code as setup_code};

use crate::routes::Routes;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .merge(account_center::routes())
        .merge(administrators::routes())
        .merge(applications::routes())
        .merge(assets::routes())
        .merge(client_documents::routes())
        .merge(connectors::routes())
        .merge(dashboard::routes())
        .merge(enterprise_sso::routes())
        .merge(gallery::routes())
        .merge(get_started::routes())
        .merge(id_token_claims::routes())
        .merge(invitation::routes())
        .merge(keys::routes())
        .merge(logs::routes())
        .merge(mfa::routes())
        .merge(organization_tabs::routes())
        .merge(organization_template::routes())
        .merge(organizations::routes())
        .merge(phrases::routes())
        .merge(profile_fields::routes())
        .merge(refused_requests::routes())
        .merge(resources::routes())
        .merge(roles::routes())
        .merge(security::routes())
        .merge(search::routes())
        .merge(scripts::routes())
        .merge(sign_in::routes())
        .merge(sign_in_experience::routes())
        .merge(user_tabs::routes())
        .merge(user_tokens::routes())
        .merge(users::routes())
        .merge(webhooks::routes())
        .merge(welcome::routes())
}
