//! The OpenID Connect provider.

mod audit_log;
mod authorize;
mod backchannel_logout;
mod client_credentials;
mod code_flow;
mod conformance_page;
pub mod consent;
mod discovery;
pub mod end_session;
pub mod fixtures;
mod interactions;
mod metadata;
mod opaque_tokens;
mod organization_rights;
mod refresh;
mod refresh_rotation;
mod rfc7523;
mod rfc8628;
mod rfc8693;
mod rfc9126;
mod rfc9449;
mod rights;
mod sessions;
mod token_errors;
mod userinfo;
mod wire;
