//! The OpenID Connect provider.

mod authorize;
mod code_flow;
mod consent;
mod end_session;
pub mod fixtures;
mod interactions;
mod log;
mod machine;
mod metadata;
mod refresh;
mod rotation;
mod sessions;
mod stored;
mod token_errors;
mod userinfo;
