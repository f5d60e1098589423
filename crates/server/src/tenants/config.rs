//! The tenant snapshot.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderValue;
use jose::{Algorithm, JwkSet, SigningKey, VerifyingKeys};
use kernel::Timestamp;
use oauth::discovery::Features;
use serde_json::Value;
use views::Languages;

use super::section::Versions;
use crate::captcha::CaptchaProvider;
use crate::client_documents::DocumentClientRules;
use crate::hooks::Hooks;
use crate::scripts::Scripts;

/// The cached configuration of a tenant: sections that are loaded, and shared with older snapshots, each by itself. Its
/// clients are not part of it ([`crate::Tenant::client`]).
#[derive(Debug)]
pub struct TenantSnapshot {
    pub versions: Versions,
    pub keys: Arc<Keys>,
    pub access: Arc<AccessRules>,
    /// The sign-in experience, typed for the interaction flow.
    pub policy: Arc<flow::TenantPolicy>,
    /// Who checks captchas; loaded with the sign-in experience.
    pub captcha: Option<Arc<CaptchaProvider>>,
    /// Keyed configuration (`idToken`, `oidc.session`, …).
    pub configs: Arc<HashMap<String, Value>>,
    /// What is said of clients that nobody registered; loaded with the keyed configuration.
    pub document_clients: Arc<DocumentClientRules>,
    /// The languages of the hosted pages, with the texts of the tenant.
    pub languages: Arc<Languages>,
    /// Who is told of events.
    pub hooks: Arc<Hooks>,
    /// Scripts that add claims and run during sign-ins; loaded with the keyed configuration.
    pub(crate) scripts: Arc<Scripts>,
}

impl TenantSnapshot {
    /// The same sections at other versions.
    pub(super) fn at(&self, versions: Versions) -> Self {
        Self {
            versions,
            keys: Arc::clone(&self.keys),
            access: Arc::clone(&self.access),
            policy: Arc::clone(&self.policy),
            captcha: self.captcha.clone(),
            configs: Arc::clone(&self.configs),
            document_clients: Arc::clone(&self.document_clients),
            languages: Arc::clone(&self.languages),
            hooks: Arc::clone(&self.hooks),
            scripts: Arc::clone(&self.scripts),
        }
    }

    /// The same with a sign-in experience that is not saved.
    pub(crate) fn with_experience(&self, experience: flow::SignInExperience) -> Self {
        let policy = flow::TenantPolicy { experience, ..flow::TenantPolicy::clone(&self.policy) };
        Self { policy: Arc::new(policy), ..self.at(self.versions) }
    }
}

/// API resources, and what roles give.
#[derive(Debug)]
pub struct AccessRules {
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
    /// Serializes both documents. Tokens are, or will soon be, signed with these algorithms.
    pub(super) fn build(issuer: &str, algorithms: &[String], public: &JwkSet, features: Features) -> Self {
        let discovery = oauth::discovery::document(issuer, algorithms, features);
        // Serializing can't fail: all map keys are strings.
        let jwks = serde_json::to_vec(public).unwrap_or_default();
        Self { discovery: Document::of(discovery.to_string().into()), jwks: Document::of(jwks.into()) }
    }
}

impl Document {
    fn of(text: Bytes) -> Self {
        let etag = crate::http::etag(&text);
        Self { text, etag }
    }
}

/// The signing keys of a tenant, and the secrets of its cookies.
#[derive(Debug)]
pub struct Keys {
    /// Signs new tokens.
    pub current: SigningKey,
    /// Sign ID tokens and logout tokens of the applications that ask for their algorithm.
    pub(super) of_applications: Vec<SigningKey>,
    /// Verifies tokens of all keys.
    pub verifying: VerifyingKeys,
    /// The public keys are in it in the order Current, Next, Previous (inventory O002).
    pub documents: PublicDocuments,
    /// Secrets of cookies: the first signs, all verify.
    pub cookie_keys: Vec<String>,
    /// When other keys sign, or the documents change.
    pub until: Option<Timestamp>,
}

impl Keys {
    /// The key for ID tokens and logout tokens of an application that asks for an algorithm, or for none.
    pub fn for_application(&self, algorithm: Option<Algorithm>) -> &SigningKey {
        let asked_for = self.of_applications.iter().find(|key| Some(key.algorithm()) == algorithm);
        asked_for.unwrap_or(&self.current)
    }

    /// Whether there is a key for the applications that ask for an algorithm.
    pub fn has_application_key(&self, algorithm: Algorithm) -> bool {
        self.of_applications.iter().any(|key| key.algorithm() == algorithm)
    }

    /// Whether these are still the keys that sign.
    pub(super) fn are_current(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
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
