//! The OpenID Connect provider.

mod audit_log;
mod authorize;
mod client_credentials;
mod code_flow;
mod consent;
mod end_session;
pub mod fixtures;
mod interactions;
mod metadata;
mod opaque_tokens;
mod refresh;
mod refresh_rotation;
mod sessions;
mod token_errors;
mod userinfo;
