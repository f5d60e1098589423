//! Providers of enterprises: credentials and an issuer, which tells the rest of itself (H096–H098, H100).

use serde_json::{Map, Value, json};
use url::Url;

use crate::client_authentication::{ClientAuthentication, Method};
use crate::config::{ConfigReader, is_endpoint};
use crate::id_token::IdTokenRules;
use crate::provider::Identity;
use crate::{InvalidConfig, Provider, ProviderMetadata, shared_issuers};

/// The scopes that every request has (H100).
const SCOPES: [&str; 3] = ["openid", "profile", "email"];
/// An ID token comes straight from the token endpoint, so an older one was not made for this sign-in. In seconds (H100).
const MAX_TOKEN_AGE: i64 = 600;
const GOOGLE: &str = "https://accounts.google.com";

/// The kinds of provider whose connectors work here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnterpriseProvider {
    Oidc,
    Okta,
    EntraId,
    GoogleWorkspace,
}

impl EnterpriseProvider {
    pub const ALL: [Self; 4] = [Self::Oidc, Self::Okta, Self::EntraId, Self::GoogleWorkspace];

    /// As the member `providerName` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oidc => "OIDC",
            Self::Okta => "Okta",
            Self::EntraId => "AzureAdOidc",
            Self::GoogleWorkspace => "GoogleWorkspace",
        }
    }

    /// The kind with this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }
}

/// The checked settings of a connector.
#[derive(Clone, PartialEq)]
pub struct EnterpriseConfig {
    pub provider: EnterpriseProvider,
    pub issuer: String,
    client_id: String,
    client_secret: String,
    /// Further scopes than [`SCOPES`].
    scope: Option<String>,
    trust_unverified_email: bool,
    offline_access: bool,
}

impl std::fmt::Debug for EnterpriseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnterpriseConfig").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl EnterpriseConfig {
    /// Reads the member `config` of a connector.
    ///
    /// # Errors
    /// The first setting that can't be used; a setting that no connector of the provider has is one.
    pub fn read(provider: EnterpriseProvider, config: &Map<String, Value>) -> Result<Self, InvalidConfig> {
        let mut reader = ConfigReader::new(config);
        let issuer = match provider {
            EnterpriseProvider::GoogleWorkspace => GOOGLE.to_owned(),
            _ => issuer(provider, &mut reader)?,
        };
        let google = provider == EnterpriseProvider::GoogleWorkspace;
        let read = Self {
            provider,
            issuer,
            client_id: reader.required("clientId")?,
            client_secret: reader.required("clientSecret")?,
            scope: reader.scope("scope")?,
            trust_unverified_email: reader.flag("trustUnverifiedEmail")?,
            offline_access: google && reader.flag("offlineAccess")?,
        };
        reader.finish()?;
        Ok(read)
    }

    /// The settings as they are stored and shown, the secret included.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut shown = Map::from_iter([
            ("clientId".to_owned(), json!(self.client_id)),
            ("clientSecret".to_owned(), json!(self.client_secret)),
            ("trustUnverifiedEmail".to_owned(), json!(self.trust_unverified_email)),
        ]);
        if let Some(scope) = &self.scope {
            shown.insert("scope".to_owned(), json!(scope));
        }
        match self.provider {
            EnterpriseProvider::GoogleWorkspace => shown.insert("offlineAccess".to_owned(), json!(self.offline_access)),
            _ => shown.insert("issuer".to_owned(), json!(self.issuer)),
        };
        shown
    }

    /// The issuer and the client there, as one text: with another one the connector is one of somebody else.
    pub fn registration(&self) -> String {
        format!("{} {}", self.issuer, self.client_id)
    }

    /// Whether accounts of many enterprises, and of nobody's, have the same issuer: then only the address says whose they are.
    pub fn has_shared_issuer(&self) -> bool {
        shared_issuers::is_shared(&self.issuer)
    }

    /// The scopes of a request, separated by spaces.
    pub fn scopes(&self) -> String {
        let further = self.scope.as_deref().unwrap_or_default().split(' ');
        let further = further.filter(|scope| !scope.is_empty() && !SCOPES.contains(scope));
        SCOPES.into_iter().chain(further).collect::<Vec<_>>().join(" ")
    }

    /// The provider that the issuer describes.
    pub fn provider(&self, metadata: &ProviderMetadata) -> Provider {
        let supported = metadata.token_endpoint_auth_methods_supported.as_ref();
        // `client_secret_basic` is the default (OpenID Connect Discovery 1.0 section 3).
        let basic = supported.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
        let authentication = ClientAuthentication {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            method: if basic { Method::Basic } else { Method::Post },
        };
        let mut rules = IdTokenRules::new(metadata.jwks_uri.clone(), vec![metadata.issuer.clone()], &self.client_id);
        rules.max_age_seconds = Some(MAX_TOKEN_AGE);
        rules.trust_unverified_email = self.trust_unverified_email;
        rules.user_info_endpoint.clone_from(&metadata.userinfo_endpoint);
        rules.needs_hosted_domain = self.provider == EnterpriseProvider::GoogleWorkspace;
        let mut parameters = Vec::new();
        if self.provider == EnterpriseProvider::GoogleWorkspace {
            parameters.push(("prompt".to_owned(), "select_account".to_owned()));
        }
        if self.offline_access {
            parameters.push(("access_type".to_owned(), "offline".to_owned()));
        }
        Provider {
            authorization_endpoint: metadata.authorization_endpoint.clone(),
            response_type: "code",
            client_id: self.client_id.clone(),
            scope: self.scopes(),
            parameters,
            token_endpoint: Some((metadata.token_endpoint.clone(), authentication)),
            one_tap: None,
            identity: Identity::IdToken(Box::new(rules)),
        }
    }
}

/// OpenID Connect Discovery 1.0 section 3: a URL without query and fragment.
fn issuer(provider: EnterpriseProvider, config: &mut ConfigReader<'_>) -> Result<String, InvalidConfig> {
    let text = config.required("issuer")?;
    let url = Url::parse(&text).ok().filter(|url| is_endpoint(url) && url.query().is_none());
    let url = url.ok_or_else(|| config.invalid("issuer", "must be an https or http URL without query and fragment"))?;
    let is_shared = shared_issuers::is_shared_tenant(shared_issuers::tenant_of(&url));
    if provider == EnterpriseProvider::EntraId && (is_shared || text.contains('{')) {
        return Err(
            config.invalid("issuer", "must be that of one tenant, with its id instead of a name for all of them")
        );
    }
    Ok(text)
}
