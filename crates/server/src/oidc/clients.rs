//! The clients of a tenant: its applications, and the built-in clients without a row (inventory O027, O032).

use std::collections::HashMap;
use std::sync::Arc;

use kernel::Secret;
use oauth::client::authentication::ApplicationSecret;
use oauth::client::{CustomClientMetadata, OidcClientMetadata};
use oauth::redirect::{self, RedirectUriUse};
use oauth::{ApplicationType, Client, ScopeSet, scope};

use crate::tenants::ApplicationConfig;

/// A client with its secrets and enabled user scopes.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    pub client: Client,
    pub secrets: Vec<ApplicationSecret>,
    /// User scopes enabled for a third-party application.
    pub user_scopes: ScopeSet,
}

impl RegisteredClient {
    /// The part of `scopes` that the client may have now: a third-party application has only the user scopes that are
    /// enabled for it. It is asked whenever something is given out, because a scope may be taken away after the consent.
    pub fn permitted_scopes(&self, scopes: &ScopeSet) -> ScopeSet {
        let is_third_party = self.client.is_third_party;
        scopes.filter(|name| !is_third_party || !scope::is_about_user(name) || self.user_scopes.contains(name))
    }

    /// Whether the server makes the client itself.
    pub fn is_built_in(&self) -> bool {
        self.client.id == CONSOLE || BUILT_IN.iter().any(|(id, ..)| *id == self.client.id)
    }

    /// Whether the client may still get an authorization response at this URI.
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        redirect::is_registered(&self.client, uri, RedirectUriUse::Authorization)
    }
}

/// All clients of a tenant by exact id. A client whose metadata cannot be parsed has no redirect URIs.
pub fn build_all(
    applications: &HashMap<String, ApplicationConfig>,
    endpoint: &str,
) -> HashMap<String, Arc<RegisteredClient>> {
    let built_in = BUILT_IN.iter().map(|(id, name, path, issue)| built_in_client(endpoint, (id, name), path, *issue));
    let registered = applications.values().filter_map(|application| from_application(application, endpoint));
    built_in.chain(registered).map(|found| (found.client.id.clone(), Arc::new(found))).collect()
}

fn from_application(application: &ApplicationConfig, endpoint: &str) -> Option<RegisteredClient> {
    let mut client = Client {
        id: application.id.clone(),
        name: application.name.clone(),
        application_type: ApplicationType::from_name(&application.kind)?,
        is_third_party: application.is_third_party,
        oidc: serde_json::from_value(application.oidc_client_metadata.clone()).unwrap_or_default(),
        custom: serde_json::from_value(application.custom_client_metadata.clone()).unwrap_or_default(),
    };
    // The console has a row, but its URIs depend on where the server is reached.
    if application.id == CONSOLE {
        client.oidc.redirect_uris.push(format!("{endpoint}/console/callback"));
        client.oidc.post_logout_redirect_uris.push(format!("{endpoint}/console"));
    }
    let secrets = application.secrets.iter().map(|secret| ApplicationSecret {
        name: secret.name.clone(),
        value: Secret::new(secret.value.clone()),
        expires_at: secret.expires_at,
    });
    let user_scopes = application.consent_scopes.get("user-scopes");
    Some(RegisteredClient {
        client,
        secrets: secrets.collect(),
        user_scopes: user_scopes.into_iter().flatten().map(String::as_str).collect(),
    })
}

/// The console's application, a row of the tenant `admin`.
const CONSOLE: &str = "admin-console";

/// Single-page applications on the tenant's own endpoint: id, name, path, whether refresh tokens are always issued.
const BUILT_IN: [(&str, &str, &str, Option<bool>); 2] =
    [("demo-app", "Live Preview", "/demo-app", None), ("account-center", "Account center", "/account", Some(true))];

fn built_in_client(
    endpoint: &str,
    (id, name): (&str, &str),
    path: &str,
    always_issue: Option<bool>,
) -> RegisteredClient {
    let uris = vec![format!("{endpoint}{path}")];
    let oidc = OidcClientMetadata {
        redirect_uris: uris.clone(),
        post_logout_redirect_uris: uris,
        ..OidcClientMetadata::default()
    };
    let client = Client {
        id: id.to_owned(),
        name: name.to_owned(),
        application_type: ApplicationType::Spa,
        is_third_party: false,
        oidc,
        custom: CustomClientMetadata { always_issue_refresh_token: always_issue, ..CustomClientMetadata::default() },
    };
    RegisteredClient { client, secrets: Vec::new(), user_scopes: ScopeSet::default() }
}
