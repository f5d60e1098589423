//! The OpenID Connect provider under `/oidc`: storage, endpoints and browser cookies. The protocol rules without I/O are in
//! the crate `oauth`.

pub mod audit;
pub mod authorization_codes;
mod authorize;
pub(crate) mod backchannel_logout;
mod body;
pub mod browser_proofs;
mod client_assertion;
mod client_certificate;
pub mod client_keys;
mod client_request;
pub mod clients;
pub mod consent;
mod consent_api;
pub mod cookies;
mod cors;
pub mod device;
pub(crate) mod dpop;
mod end_session;
pub mod ended_grants;
pub mod error;
mod fallback;
mod foreign_form;
mod grant_limit;
pub mod grants;
mod interaction_cookie;
pub mod interactions;
mod introspection;
mod locked;
mod metadata;
mod pushed_requests;
mod registration;
mod request;
mod request_object;
mod response;
mod resume;
mod revocation;
pub mod scopes;
pub mod sessions;
pub mod stored_name;
pub mod subject;
pub(crate) mod token;
pub mod tokens;
pub(crate) mod used_jwts;
mod userinfo;

pub use consent_api::consent_view;
pub(crate) use end_session::end_sign_in;
pub use error::ProviderError;
pub(crate) use fallback::{preflight, unreadable_address, unrecognized_route};
pub(crate) use metadata::fast_path;
pub(crate) use token::{OwnCode, own_access_token, redeem_own_code};

use crate::routes::Routes;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get(metadata::DISCOVERY, metadata::get_discovery)
        .get(metadata::DISCOVERY_ALIAS, metadata::get_discovery)
        .get(metadata::DISCOVERY_BY_ISSUER, metadata::get_discovery)
        .get(metadata::JWKS, metadata::get_jwks)
        .get("/oidc/auth", authorize::get_authorization)
        .post("/oidc/auth", authorize::post_authorization)
        .get("/oidc/auth/{uid}", resume::resume_authorization)
        .post("/oidc/device/auth", device::authorize_device)
        .get("/oidc/device", device::get_verification)
        .post("/oidc/device", device::post_verification)
        .get("/oidc/device/{uid}", resume::resume_device)
        .get("/api/interaction/consent", consent_api::get_consent)
        .post("/api/interaction/consent", consent_api::submit_consent)
        .post("/oidc/register", registration::register_client)
        .get("/oidc/register/{clientId}", registration::read_client)
        .put("/oidc/register/{clientId}", registration::replace_client)
        .delete("/oidc/register/{clientId}", registration::delete_client)
        .post("/oidc/request", pushed_requests::push_request)
        .post("/oidc/token", token::exchange_token)
        .post("/oidc/token/introspection", introspection::introspect_token)
        .post("/oidc/token/revocation", revocation::revoke_token)
        .get("/oidc/me", userinfo::get_userinfo)
        .post("/oidc/me", userinfo::get_userinfo)
        .get("/oidc/session/end", end_session::get_end_session)
        .post("/oidc/session/end", end_session::post_end_session)
        .post("/oidc/session/end/confirm", end_session::confirm_end_session)
        .get("/oidc/session/end/success", end_session::show_signed_out)
}
