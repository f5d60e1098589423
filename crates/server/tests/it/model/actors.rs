//! The actors of the model: clients, redirect URIs, verifiers, scopes.

use kernel::id;
use oauth::client::{ApplicationType, Client, CustomClientMetadata, OidcClientMetadata};

pub const ITEMS: &str = "https://items.example.com";
pub const ORDERS: &str = "https://orders.example.com";
/// Requested at refreshes; only the first is ever granted.
pub const RESOURCES: [&str; 2] = [ITEMS, ORDERS];
/// The scopes of authorization requests; those with a scope of items name the resource. Both users may read and write
/// items.
pub const SCOPES: [&str; 5] = [
    "openid offline_access profile email",
    "openid offline_access profile read:items",
    "openid profile",
    "openid offline_access",
    "openid offline_access read:items write:items delete:items",
];
/// The scopes of refresh requests.
pub const NARROWED: [&str; 5] =
    ["openid", "openid profile", "read:items", "openid email admin", "write:items read:orders"];
pub const CLIENTS: usize = 4;
pub const WRONG_SECRET: &str = "not-the-secret";
pub const SECRET: &str = "the-secret-of-a-confidential-client";

/// A unique code verifier.
pub fn verifier(index: usize) -> String {
    format!("verifier-{index}-{}", "v".repeat(43))
}

/// Its S256 challenge.
pub fn challenge(index: usize) -> String {
    id::token_digest(&verifier(index))
}

/// A single-page application that always gets a refresh token, two web applications (the second does not rotate), a
/// native one with a single redirect URI.
pub fn client(index: usize) -> Client {
    let application_type =
        [ApplicationType::Spa, ApplicationType::Traditional, ApplicationType::Traditional, ApplicationType::Native]
            [index];
    let count = if index == 3 { 1 } else { 2 };
    Client {
        id: format!("model-client-{index}").into(),
        name: format!("model {index}"),
        application_type,
        is_third_party: false,
        oidc: OidcClientMetadata {
            redirect_uris: (0..count).map(|uri| format!("https://app{index}.example.com/callback/{uri}")).collect(),
            ..OidcClientMetadata::default()
        },
        custom: CustomClientMetadata {
            always_issue_refresh_token: (index == 0).then_some(true),
            rotate_refresh_token: (index == 2).then_some(false),
            ..CustomClientMetadata::default()
        },
    }
}
