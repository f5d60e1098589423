//! The tenant snapshot.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderValue;
use jose::{JwkSet, SigningKey, VerifyingKeys};
use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::oidc::clients::RegisteredClient;

/// The cached configuration of a tenant.
#[derive(Debug)]
pub struct TenantSnapshot {
    /// The configuration version.
    pub version: i64,
    pub keys: Keys,
    pub documents: PublicDocuments,
    /// Secrets that sign cookies, newest first.
    pub cookie_keys: Vec<String>,
    /// By id.
    pub applications: HashMap<String, ApplicationConfig>,
    /// The OAuth clients by id: all applications, and the built-in clients.
    pub clients: HashMap<String, Arc<RegisteredClient>>,
    /// By indicator.
    pub resources: HashMap<String, ResourceConfig>,
    /// Role id → ids of its API scopes.
    pub role_scopes: HashMap<String, BTreeSet<String>>,
    /// Organization role id → names of its organization scopes.
    pub organization_role_scopes: HashMap<String, BTreeSet<String>>,
    /// Organization role id → ids of its API scopes.
    pub organization_role_resource_scopes: HashMap<String, BTreeSet<String>>,
    /// Organization role id → its name.
    pub organization_role_names: HashMap<String, String>,
    /// Organization scope id → its name.
    pub organization_scopes: HashMap<String, String>,
    /// The settings of the sign-in experience, without `tenantId` and `id`.
    pub sign_in_experience: Map<String, Value>,
    /// The same settings, typed for the interaction flow.
    pub policy: Arc<flow::TenantPolicy>,
    /// Keyed configuration (`idToken`, `oidc.session`, …).
    pub configs: HashMap<String, Value>,
}

/// The serialized public documents, which depend on the issuer and the keys.
#[derive(Debug, Clone)]
pub struct PublicDocuments {
    /// OpenID Connect Discovery 1.0 section 3.
    pub discovery: Document,
    /// RFC 7517 section 5.
    pub jwks: Document,
}

/// A serialized document with its entity tag.
#[derive(Debug, Clone)]
pub struct Document {
    pub text: Bytes,
    pub etag: HeaderValue,
}

impl PublicDocuments {
    /// Serializes both documents.
    pub fn build(issuer: &str, keys: &Keys) -> Self {
        let discovery = oauth::discovery::document(issuer, keys.current.algorithm().as_str());
        // Serializing can't fail: all map keys are strings.
        let jwks = serde_json::to_vec(&keys.public).unwrap_or_default();
        Self { discovery: Document::of(discovery.to_string().into()), jwks: Document::of(jwks.into()) }
    }
}

impl Document {
    fn of(text: Bytes) -> Self {
        let etag = crate::http::etag(&text);
        Self { text, etag }
    }
}

/// The signing keys of a tenant.
#[derive(Debug)]
pub struct Keys {
    /// Signs new tokens.
    pub current: SigningKey,
    /// The public keys in the order Current, Next, Previous (inventory O002).
    pub public: JwkSet,
    /// Verifies tokens of all keys.
    pub verifying: VerifyingKeys,
}

/// An application with its secrets, roles, consent scopes and branding.
#[derive(Debug, Clone)]
pub struct ApplicationConfig {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub description: Option<String>,
    pub oidc_client_metadata: Value,
    pub custom_client_metadata: Value,
    pub is_third_party: bool,
    pub secrets: Vec<SecretConfig>,
    /// Ids of its machine-to-machine roles.
    pub roles: BTreeSet<String>,
    /// kind (`user-scopes`, `resource-scopes`, …) → values; for third-party applications.
    pub consent_scopes: HashMap<String, BTreeSet<String>>,
    /// Its own branding: color, branding, customCss, termsOfUseUrl, privacyPolicyUrl, displayName.
    pub sign_in_experience: Option<Value>,
}

/// A named client secret.
#[derive(Clone)]
pub struct SecretConfig {
    pub name: String,
    pub value: String,
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for SecretConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretConfig({}, ******)", self.name)
    }
}

/// An API resource and its scopes.
#[derive(Debug, Clone)]
pub struct ResourceConfig {
    pub id: String,
    pub indicator: String,
    pub name: String,
    pub is_default: bool,
    /// Seconds.
    pub access_token_ttl: i64,
    /// Scope id → name.
    pub scopes: HashMap<String, String>,
}
