//! The OAuth 2.1 and OpenID Connect rules, without IO.

pub mod acr;
pub mod authorize;
pub mod claims;
pub mod claims_request;
pub mod client;
pub mod confirmation;
pub mod discovery;
pub mod dpop;
pub mod end_session;
pub mod error;
pub mod grant;
pub mod logout_token;
pub mod params;
pub mod pkce;
pub mod redirect;
pub mod scope;
pub mod token;
pub mod ttl;
pub mod user_code;

pub use client::{ApplicationType, Client, GrantType};
pub use error::OAuthError;
pub use params::Params;
pub use scope::ScopeSet;
pub use user_code::UserCode;
