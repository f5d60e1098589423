//! The OpenID Connect provider.

mod code_flow;
mod metadata;
