//! The OpenID Connect provider under `/oidc`: storage, endpoints and browser cookies. The protocol rules without I/O are in
//! the crate `oauth`.

pub mod audit;
pub mod authorization_codes;
mod authorize;
mod body;
mod client_request;
pub mod clients;
pub mod consent;
mod consent_api;
pub mod cookies;
mod cors;
mod end_session;
pub mod error;
mod fallback;
pub mod grants;
pub mod interactions;
mod introspection;
mod locked;
mod metadata;
pub mod provider_request;
mod response;
mod resume;
mod revocation;
pub mod scopes;
pub mod sessions;
pub mod subject;
mod token;
pub mod tokens;
mod userinfo;

pub use consent_api::consent_view;
pub use error::ProviderError;
pub(crate) use fallback::{preflight, unrecognized_route};
pub(crate) use metadata::fast_path;
pub use provider_request::ProviderRequest;

use crate::routes::{Access, Routes};

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .old_get(metadata::DISCOVERY, Access::Public, metadata::get_discovery)
        .old_get(metadata::DISCOVERY_ALIAS, Access::Public, metadata::get_discovery)
        .old_get(metadata::JWKS, Access::Public, metadata::get_jwks)
        .old_get("/oidc/auth", Access::Public, authorize::get_authorization)
        .old_post("/oidc/auth", Access::Public, authorize::post_authorization)
        .old_get("/oidc/auth/{uid}", Access::Public, resume::resume_authorization)
        .get("/api/interaction/consent", consent_api::get_consent)
        .post("/api/interaction/consent", consent_api::submit_consent)
        .old_post("/oidc/token", Access::Public, token::exchange_token)
        .old_post("/oidc/token/introspection", Access::Public, introspection::introspect_token)
        .old_post("/oidc/token/revocation", Access::Public, revocation::revoke_token)
        .old_get("/oidc/me", Access::Public, userinfo::get_userinfo)
        .old_post("/oidc/me", Access::Public, userinfo::get_userinfo)
        .old_get("/oidc/session/end", Access::Public, end_session::get_end_session)
        .old_post("/oidc/session/end", Access::Public, end_session::post_end_session)
        .post("/oidc/session/end/confirm", end_session::confirm_end_session)
        .old_get("/oidc/session/end/success", Access::Public, end_session::show_signed_out)
}
