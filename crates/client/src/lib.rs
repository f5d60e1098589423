//! The Rust SDK: a relying party for Loggia and Logto.
//!
//! Blocking on purpose, without an async runtime: callers that must not block run the middle part of a [`Job`] elsewhere.
//! Each operation is a `Job` of three parts, so that a caller's storage is only ever touched on the caller's thread:
//!
//! 1. `client.sign_in(…)`, `client.access_token(&storage, …)`, …: reads the storage, does no network;
//! 2. [`Job::run`]: network and cryptography, no storage, any thread;
//! 3. [`Finish::save`]: writes the storage and gives the result.
//!
//! [`Job::complete`] does 2 and 3 at once.

mod access_token;
mod attempt;
mod authorization;
mod callback;
mod client;
mod config;
mod error;
mod id_token;
mod job;
mod jwks;
mod metadata;
mod pkce;
mod provider;
mod refresh;
mod seal;
mod storage;
mod token;
mod transport;

pub use access_token::{AccessToken, organization_key};
pub use attempt::Attempt;
pub use authorization::{SignIn, authorization_url};
pub use client::Client;
pub use config::{CallbackMatch, Config};
pub use error::{Error, Kind};
pub use job::{Finish, Job};
pub use metadata::Metadata;
pub use pkce::{challenge, random_text};
pub use provider::{CodeExchange, Provider};
pub use seal::Seal;
pub use storage::{MemoryStorage, PersistKey, Storage, StorageError};
pub use token::TokenResponse;
pub use transport::{Https, Request, Response, Transport, TransportError};

/// Scopes that every sign-in asks for, after the configured ones.
pub const DEFAULT_SCOPES: [&str; 3] = ["openid", "offline_access", "profile"];
/// The scope without which organization tokens are not given out.
pub const ORGANIZATIONS_SCOPE: &str = "urn:logto:scope:organizations";
/// The resource that stands for all organizations at the authorization endpoint.
pub const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
/// What precedes an organization's id in the key of its access token.
pub const ORGANIZATION_PREFIX: &str = "urn:logto:organization:";
