//! Sign-in at other providers, as their client: OAuth 2.0 (RFC 6749) and OpenID Connect Core 1.0, with the settings of the
//! social connectors of the contract (H045, H046, H051, H053, H060, H061) and of its enterprise connectors (H096–H098, H100).
//!
//! [`Provider::from_config`] reads what an administrator saved of a social connector, [`EnterpriseConfig`] of an
//! enterprise's. [`Provider::authorization_uri`] sends a person away, and [`Federation::complete`] turns what came back into an [`Account`]; [`Federation::refresh`] renews its tokens. PKCE (RFC 7636) is always used; `state`, `nonce` and `iss`
//! (RFC 9207) are checked whenever the provider can send them. [`Federation::verify_one_tap`] takes what Google gave to a page.

mod account;
mod authorization;
mod client_authentication;
mod complete;
mod config;
mod discovery;
mod documents;
mod enterprise;
mod error;
mod id_token;
mod keys;
mod one_tap;
mod profile_map;
mod provider;
mod published;
mod refresh;
mod services;
mod shared_issuers;
mod tokens;

pub use account::{Account, UserInfo};
pub use authorization::{AuthorizationRequest, ProviderSession};
pub use complete::Federation;
pub use config::InvalidConfig;
pub use discovery::ProviderMetadata;
pub use documents::Lifetimes;
pub use enterprise::{EnterpriseConfig, EnterpriseProvider};
pub use error::FederationError;
pub use keys::PublishedKeys;
pub use one_tap::{OneTap, OneTapProof};
pub use provider::Provider;
pub use published::PublishedDocuments;
pub use services::FACTORIES;
pub use tokens::TokenSet;
