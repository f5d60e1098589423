//! The OpenID Connect provider under `/oidc` (inventory section 1). The rules are in the crate `oauth`; here are their
//! storage, their endpoints and the browser's cookies.

pub mod cookies;
pub mod failure;
pub mod grants;
pub mod interactions;
pub mod sessions;

pub use failure::Failure;
