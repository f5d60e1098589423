//! The OpenID Connect provider under `/oidc` (inventory section 1). The rules are in the crate `oauth`; here are their
//! storage, their endpoints and the browser's cookies.

pub mod account;
mod around;
pub mod audit;
mod authorize;
mod body;
mod call;
pub mod codes;
pub mod consent;
mod consent_api;
pub mod context;
pub mod cookies;
mod cors;
mod decision;
mod end_session;
pub mod failure;
pub mod grants;
mod held;
pub mod interactions;
mod issue;
mod metadata;
pub mod registry;
mod reply;
mod resume;
pub mod rights;
pub mod sessions;
mod stored;
mod token;
pub mod tokens;
mod userinfo;

pub(crate) use around::{name_unknown, preflight};
pub use consent_api::describe;
pub use context::Context;
pub use failure::Failure;
pub(crate) use metadata::document;

use crate::routing::{Access, Routes};

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get(metadata::DISCOVERY, Access::Public, metadata::get_discovery)
        .get(metadata::DISCOVERY_ALIAS, Access::Public, metadata::get_discovery)
        .get(metadata::JWKS, Access::Public, metadata::get_jwks)
        .get("/oidc/auth", Access::Public, authorize::get)
        .post("/oidc/auth", Access::Public, authorize::post)
        .get("/oidc/auth/{uid}", Access::Public, resume::get)
        .get("/api/interaction/consent", Access::Interaction, consent_api::get)
        .post("/api/interaction/consent", Access::Interaction, consent_api::post)
        .post("/oidc/token", Access::Public, token::post)
        .post("/oidc/token/introspection", Access::Public, stored::introspect)
        .post("/oidc/token/revocation", Access::Public, stored::revoke)
        .get("/oidc/me", Access::Public, userinfo::handle)
        .post("/oidc/me", Access::Public, userinfo::handle)
        .get("/oidc/session/end", Access::Public, end_session::get)
        .post("/oidc/session/end", Access::Public, end_session::post)
        .post("/oidc/session/end/confirm", Access::Public, end_session::confirm)
        .get("/oidc/session/end/success", Access::Public, end_session::success)
}
