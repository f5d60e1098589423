//! The console at `/console` on the admin endpoint (issue 15, inventory C001 to C034). Invariants: it has no way of its own to any row:
//! every page calls routes of the Management API in this process, for the person who looks at it, with that person's rights
//! ([`crate::callers::rights`]) and the audit entries of those routes; every form carries the secret of its own session.
//!
//! An entity's pages are its list and its form ([`entity`]; docs/adding/console.md).

mod api;
mod applications;
mod assets;
mod configured;
mod connectors;
mod dashboard;
mod enterprise_sso;
mod entity;
mod fields;
mod gallery;
mod linked;
mod logs;
mod navigation;
mod organizations;
mod page;
pub(crate) mod refusals;
mod resources;
mod roles;
mod setup;
mod several;
mod sign_in;
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
        .merge(applications::routes())
        .merge(assets::routes())
        .merge(connectors::routes())
        .merge(dashboard::routes())
        .merge(enterprise_sso::routes())
        .merge(gallery::routes())
        .merge(logs::routes())
        .merge(organizations::routes())
        .merge(resources::routes())
        .merge(roles::routes())
        .merge(sign_in::routes())
        .merge(users::routes())
        .merge(webhooks::routes())
        .merge(welcome::routes())
}
