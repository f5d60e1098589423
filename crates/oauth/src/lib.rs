//! The OAuth 2.1 and OpenID Connect rules, without IO.

pub mod client;
pub mod error;
pub mod params;
pub mod redirect;

pub use client::{ApplicationType, Client, GrantType};
pub use error::OAuthError;
pub use params::Params;
