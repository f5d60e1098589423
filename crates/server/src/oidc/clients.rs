//! The clients of a tenant: its applications, and the built-in clients without a row (inventory O027, O032).

use std::collections::{BTreeSet, HashMap};

use db::DbError;
use jose::{JwkSet, VerifyingKeys};
use kernel::ids::UserId;
use oauth::authorize::AuthorizationRequest;
use oauth::client::authentication::ApplicationSecret;
use oauth::client::{CustomClientMetadata, OidcClientMetadata};
use oauth::redirect::{self, RedirectUriUse};
use oauth::{ApplicationType, Client, OAuthError, ScopeSet, scope};

use serde_json::Value;

use super::ProviderError;
use crate::applications::access_control;
use crate::tenants::{ApplicationRow, StoredApplication};
use crate::work::View;

/// A client with its secrets, roles, enabled scopes and branding.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    pub client: Client,
    pub secrets: Vec<ApplicationSecret>,
    /// Of its `jwks`.
    pub keys: Option<VerifyingKeys>,
    /// User scopes enabled for a third-party application.
    pub user_scopes: ScopeSet,
    /// Ids of its machine-to-machine roles.
    pub roles: BTreeSet<String>,
    /// kind (`resource-scopes`, …) → values that are enabled for a third-party application.
    pub consent_scopes: HashMap<String, BTreeSet<String>>,
    /// Its own branding: color, branding, customCss, termsOfUseUrl, privacyPolicyUrl, displayName.
    pub branding: Option<Value>,
    /// Whether only the users of its rules may use it ([`access_control`]).
    pub is_access_controlled: bool,
    /// How often it became another one to people ([`super::grants::end_all_of_client`]).
    pub consent_epoch: i64,
}

impl RegisteredClient {
    /// Checks that a user may use the application (inventory O122). It is asked whenever something is given out.
    ///
    /// # Errors
    /// `access_denied`; a failure of the database.
    pub fn require_access(&self, view: &View<'_>, user_id: &UserId) -> Result<(), ProviderError> {
        match self.is_open_to(view, user_id)? {
            true => Ok(()),
            false => Err(OAuthError::access_denied("user may not use the application").into()),
        }
    }

    /// As [`RegisteredClient::require_access`], for tokens that exist.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn is_open_to(&self, view: &View<'_>, user_id: &UserId) -> Result<bool, DbError> {
        Ok(!self.is_access_controlled || access_control::is_allowed(view, &self.client.id, user_id)?)
    }

    /// The part of `scopes` that the client may have now: a third-party application has only the user scopes that are
    /// enabled for it. It is asked whenever something is given out, because a scope may be taken away after the consent.
    pub fn permitted_scopes(&self, scopes: &ScopeSet) -> ScopeSet {
        let is_third_party = self.client.is_third_party;
        scopes.filter(|name| !is_third_party || !scope::is_about_user(name) || self.user_scopes.contains(name))
    }

    /// Takes from a request what the client may not have now.
    pub fn limit(&self, request: &mut AuthorizationRequest) {
        request.limit(|scopes| self.permitted_scopes(scopes));
    }

    /// Whether the server makes the client itself.
    pub fn is_built_in(&self) -> bool {
        self.client.id == CONSOLE || BUILT_IN.iter().any(|known| self.client.id == known.id)
    }

    /// Whether the client may still get an authorization response at this URI.
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        redirect::is_registered(&self.client, uri, RedirectUriUse::Authorization)
    }
}

/// The client of an application, at the endpoint of its tenant. Metadata that cannot be parsed counts as none.
pub fn build(application: StoredApplication, endpoint: &str) -> Option<RegisteredClient> {
    let StoredApplication { row, secrets, roles, consent_scopes } = application;
    let ApplicationRow {
        id,
        name,
        kind,
        oidc_client_metadata,
        custom_client_metadata,
        is_third_party,
        app_level_access_control_enabled,
        consent_epoch,
        settings,
    } = row;
    let mut client = Client {
        id,
        name,
        application_type: ApplicationType::from_name(&kind)?,
        is_third_party,
        oidc: serde_json::from_value(oidc_client_metadata).unwrap_or_default(),
        custom: serde_json::from_value(custom_client_metadata).unwrap_or_default(),
    };
    // The console has a row, but its URIs depend on where the server is reached.
    if client.id == CONSOLE {
        let own = console_metadata(endpoint);
        client.oidc.redirect_uris.extend(own.redirect_uris);
        client.oidc.post_logout_redirect_uris.extend(own.post_logout_redirect_uris);
    }
    let user_scopes = consent_scopes.get("user-scopes").into_iter().flatten().map(String::as_str).collect();
    let keys = client.custom.jwks.as_ref().map(JwkSet::verifier);
    Some(RegisteredClient {
        client,
        secrets,
        keys,
        user_scopes,
        roles,
        consent_scopes,
        branding: settings.map(|settings| settings.0),
        is_access_controlled: app_level_access_control_enabled,
        consent_epoch,
    })
}

/// The account pages, a client on the tenant's own endpoint.
pub(crate) const ACCOUNT_CENTER: &str = "account-center";

/// The console's application, a row of the tenant `admin`.
pub(crate) const CONSOLE: &str = "admin-console";
pub(crate) const CONSOLE_NAME: &str = "Admin Console";

fn console_metadata(endpoint: &str) -> OidcClientMetadata {
    OidcClientMetadata {
        redirect_uris: vec![format!("{endpoint}/console/callback")],
        post_logout_redirect_uris: vec![format!("{endpoint}/console")],
        ..OidcClientMetadata::default()
    }
}

/// The console as the Management API of another tenant describes it (inventory M065). It is a client of `admin` alone.
pub fn describe_console(id: &str, admin_endpoint: &str) -> Option<Client> {
    (id == CONSOLE).then(|| Client {
        id: CONSOLE.into(),
        name: CONSOLE_NAME.to_owned(),
        application_type: ApplicationType::Spa,
        is_third_party: false,
        oidc: console_metadata(admin_endpoint),
        custom: CustomClientMetadata::default(),
    })
}

/// An application on the tenant's own endpoint that has no row.
struct BuiltIn {
    id: &'static str,
    name: &'static str,
    path: &'static str,
    application_type: ApplicationType,
    /// Whether its users have a device without a browser.
    is_device_flow: bool,
    /// Whether it is there only to try a sign-in.
    is_demo: bool,
    always_issue_refresh_token: bool,
}

const BUILT_IN: [BuiltIn; 3] = [
    BuiltIn {
        id: "demo-app",
        name: "Live Preview",
        path: "/demo-app",
        application_type: ApplicationType::Spa,
        is_device_flow: false,
        is_demo: true,
        always_issue_refresh_token: false,
    },
    BuiltIn {
        id: ACCOUNT_CENTER,
        name: "Account center",
        path: "/account",
        application_type: ApplicationType::Spa,
        is_device_flow: false,
        is_demo: false,
        always_issue_refresh_token: true,
    },
    BuiltIn {
        id: "device-demo-app",
        name: "Device flow preview",
        path: "/device-demo-app",
        application_type: ApplicationType::Native,
        is_device_flow: true,
        is_demo: true,
        always_issue_refresh_token: false,
    },
];

/// The built-in client with this id.
pub fn built_in(id: &str, endpoint: &str, has_demo_apps: bool) -> Option<RegisteredClient> {
    let built_in = BUILT_IN.iter().find(|known| known.id == id && (has_demo_apps || !known.is_demo))?;
    let uris = vec![format!("{endpoint}{}", built_in.path)];
    let oidc = OidcClientMetadata {
        redirect_uris: if built_in.is_device_flow { Vec::new() } else { uris.clone() },
        post_logout_redirect_uris: uris,
        ..OidcClientMetadata::default()
    };
    let custom = CustomClientMetadata {
        is_device_flow: built_in.is_device_flow.then_some(true),
        always_issue_refresh_token: built_in.always_issue_refresh_token.then_some(true),
        ..CustomClientMetadata::default()
    };
    let client = Client {
        id: built_in.id.into(),
        name: built_in.name.to_owned(),
        application_type: built_in.application_type,
        is_third_party: false,
        oidc,
        custom,
    };
    Some(RegisteredClient {
        client,
        secrets: Vec::new(),
        keys: None,
        user_scopes: ScopeSet::default(),
        roles: BTreeSet::new(),
        consent_scopes: HashMap::new(),
        branding: None,
        is_access_controlled: false,
        consent_epoch: 0,
    })
}
