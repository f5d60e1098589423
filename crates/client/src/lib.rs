//! The Rust SDK: a relying party for Loggia and Logto.
//!
//! It blocks and needs no async runtime: callers that must not block run the middle part of an [`Operation`] on another thread.
//! Each operation has three parts, so that the caller's storage is only used on the caller's thread:
//!
//! 1. `client.sign_in(…)`, `client.access_token(&storage, …)`, …: reads the storage, does no input or output;
//! 2. [`Operation::run`]: network and cryptography, no storage, any thread;
//! 3. [`PendingSave::save`]: writes the storage and returns the result.
//!
//! [`Operation::run_blocking`] does 2 and 3 at once.

mod access_token;
mod access_token_error;
mod authorization;
mod authorization_response;
mod bounded_cache;
mod client;
mod clock_offset;
mod config;
mod deadline;
mod discovery;
mod encrypted_storage;
mod error;
mod fetch_cache;
mod id_token;
mod key_cache;
mod logout_token;
mod management;
mod metadata;
mod operation;
mod pkce;
mod presented_token;
mod provider;
mod proxy;
mod refresh_coordinator;
mod resource_metadata;
mod sign_in_attempt;
mod storage;
mod token_response;
mod token_validator;
mod tokens;
mod transport;

pub use access_token::{AccessToken, organization_key};
pub use access_token_error::AccessTokenError;
pub use authorization::{SignInOptions, authorization_url};
pub use client::Client;
pub use clock_offset::ClockOffset;
pub use config::{CallbackMatch, Config};
pub use deadline::Deadline;
pub use encrypted_storage::ValueCipher;
pub use error::{Error, ErrorKind};
pub use management::{ManagementConfig, ManagementConnection};
pub use metadata::ProviderMetadata;
pub use operation::{Operation, PendingSave};
pub use pkce::{challenge, random_text};
pub use presented_token::{OrganizationRule, PresentedToken};
pub use provider::{ClientCredentials, CodeExchange, Provider};
pub use proxy::ProxySetting;
pub use resource_metadata::ResourceMetadata;
pub use sign_in_attempt::SignInAttempt;
pub use storage::{MemoryStorage, PersistKey, Storage, StorageError};
pub use token_response::TokenResponse;
pub use token_validator::TokenValidator;
pub use transport::{ApiResponse, Connection, Request, Response, Transport, TransportError, UreqTransport};

/// Scopes that every sign-in asks for, after the configured ones.
pub const DEFAULT_SCOPES: [&str; 3] = ["openid", "offline_access", "profile"];
/// The scope without which organization tokens are not given out.
pub const ORGANIZATIONS_SCOPE: &str = "urn:logto:scope:organizations";
/// The resource that stands for all organizations at the authorization endpoint.
pub const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
/// The prefix of an organization's id in the key of its access token.
pub const ORGANIZATION_PREFIX: &str = "urn:logto:organization:";
