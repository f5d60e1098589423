//! Clients that nobody registered: each describes itself in a document at its `client_id` (inventory O123–O128,
//! [`oauth::client::metadata_document`]). A tenant allows them or not, and says once for all of them what they may ask people for.
//! Invariants: they are off unless the tenant turned them on; a document is fetched only through the guarded client, within a budget
//! (attack E3); without its document a client gets nothing new; nobody but the tenant says what they may ask for.

mod api;
mod fetching;
pub mod grants;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use db::{DbError, Read, params, sql};
use jose::{Algorithm, JwkSet};
use oauth::client::MetadataDocument;
use oauth::client::metadata_document::{client_without_document, parse_address};
use oauth::{Client, OAuthError};
use serde_json::{Map, Value, json};
use url::Url;

pub use api::routes;
pub use fetching::ClientDocuments;
pub use oauth::client::metadata_document::is_address;

use crate::App;
use crate::callers::RequestContext;
use crate::oidc::ProviderError;
use crate::oidc::clients::RegisteredClient;
use crate::tenant_settings;
use crate::tenants::TenantSnapshot;

/// The key of the setting.
const KEY: &str = "cimd";

/// What a tenant says of all these clients.
#[derive(Debug, Default)]
pub struct DocumentClientRules {
    is_enabled: bool,
    /// kind (`user-scopes`, `resource-scopes`, …) → values that they may ask for.
    consent_scopes: HashMap<String, BTreeSet<String>>,
}

/// Loads the rules of a tenant.
///
/// # Errors
/// A failure of the database.
pub fn load(r: &Read<'_>, tenant: &str) -> Result<DocumentClientRules, DbError> {
    let mut rules = DocumentClientRules { is_enabled: is_enabled(r, tenant)?, ..DocumentClientRules::default() };
    let text = sql!("select kind, value from cimd_consent_scopes where tenant_id = $1");
    for (kind, value) in r.query_all::<(String, String)>(text, params![tenant])? {
        rules.consent_scopes.entry(kind).or_default().insert(value);
    }
    Ok(rules)
}

/// Whether a tenant allows these clients.
///
/// # Errors
/// A failure of the database.
pub fn is_enabled(r: &Read<'_>, tenant: &str) -> Result<bool, DbError> {
    Ok(tenant_settings::load(r, tenant, KEY)?.is_some_and(|value| value["enabled"] == Value::Bool(true)))
}

impl DocumentClientRules {
    /// Whether the tenant allows these clients.
    pub fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    fn registered(&self, client: Client, document: Option<&MetadataDocument>) -> RegisteredClient {
        let user_scopes = self.consent_scopes.get("user-scopes").into_iter().flatten().map(String::as_str).collect();
        RegisteredClient {
            keys: client.custom.jwks.as_ref().map(JwkSet::verifier),
            client,
            secrets: Vec::new(),
            user_scopes,
            roles: BTreeSet::new(),
            consent_scopes: self.consent_scopes.clone(),
            branding: document.map(branding),
            is_access_controlled: false,
            consent_epoch: 0,
        }
    }
}

/// What the consent page shows, with the names of an application's branding.
fn branding(document: &MetadataDocument) -> Value {
    let mut members = Map::new();
    if let Some(logo) = &document.logo_uri {
        members.insert("branding".to_owned(), json!({"logoUrl": logo}));
    }
    for (name, link) in [("termsOfUseUrl", &document.tos_uri), ("privacyPolicyUrl", &document.policy_uri)] {
        members.extend(link.as_ref().map(|link| (name.to_owned(), link.as_str().into())));
    }
    Value::Object(members)
}

/// The address of a client, where the tenant allows such clients.
fn allowed_address(app: &App, config: &TenantSnapshot, client_id: &str) -> Option<Url> {
    // The guard may have been opened since they were turned on.
    let are_allowed = config.document_clients.is_enabled && app.client_documents.is_guarded();
    are_allowed.then(|| parse_address(client_id).ok()).flatten()
}

/// Whether the document wants its ID tokens signed as the tenant signs them.
fn is_signed_for(document: &MetadataDocument, config: &TenantSnapshot) -> bool {
    let wanted = document.id_token_signed_response_alg.as_deref();
    wanted.is_none_or(|wanted| wanted.parse::<Algorithm>().ok() == Some(config.keys.current.algorithm()))
}

/// The client with its document, as far as that is known already. It is asked for where tokens and grants that exist name the client:
/// nothing is fetched for them.
pub fn find_kept(app: &App, config: &TenantSnapshot, client_id: &str) -> Option<Arc<RegisteredClient>> {
    let address = allowed_address(app, config, client_id)?;
    let rules = &config.document_clients;
    let kept = app.client_documents.kept(client_id).filter(|document| is_signed_for(document, config));
    Some(Arc::new(match kept {
        Some(document) => rules.registered(document.client(), Some(&document)),
        None => rules.registered(client_without_document(&address), None),
    }))
}

/// The client as its document describes it now.
///
/// # Errors
/// `temporarily_unavailable` when too many documents are asked for.
async fn find_current(req: &RequestContext, client_id: &str) -> Result<Option<Arc<RegisteredClient>>, ProviderError> {
    let config = &req.config;
    if allowed_address(&req.app, config, client_id).is_none() {
        return Ok(None);
    }
    let found = req.app.client_documents.get(client_id, req.ip.network(), req.now).await;
    let document = found.map_err(|_| OAuthError::temporarily_unavailable())?;
    let document = document.filter(|document| is_signed_for(document, config));
    Ok(document.map(|document| Arc::new(config.document_clients.registered(document.client(), Some(&document)))))
}

impl RequestContext {
    /// The client with this id, who is about to be given something new: the document of one that nobody registered is fetched, unless it
    /// was a while ago.
    ///
    /// # Errors
    /// `temporarily_unavailable`; a failure of the database.
    pub async fn current_client(&self, id: &str) -> Result<Option<Arc<RegisteredClient>>, ProviderError> {
        match is_address(id) {
            true => find_current(self, id).await,
            false => Ok(self.client(id).await?),
        }
    }
}

/// The name under which webhooks, the audit log and users show a client (inventory O128): `applicationId`, or for one that nobody
/// registered `cimdClientId`.
pub fn member_of(client_id: &str) -> &'static str {
    if is_address(client_id) { "cimdClientId" } else { "applicationId" }
}
