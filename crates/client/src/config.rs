//! The settings of a relying party.

use std::path::PathBuf;
use std::time::Duration;

use kernel::Secret;
use url::Url;

use crate::deadline::MAX_TIMEOUT;
use crate::metadata::check_url;
use crate::{Error, ORGANIZATIONS_RESOURCE, ORGANIZATIONS_SCOPE, ProxySetting};

/// How the address of a callback is compared with the redirect URI of its sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CallbackMatch {
    /// Scheme, host, port, path and the redirect URI's own query parameters.
    #[default]
    Full,
    /// The path only: for applications that cannot see their public address behind a proxy.
    Path,
}

/// Settings of one application at one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The provider's public address, for example `https://auth.example.com/`.
    pub endpoint: String,
    pub app_id: String,
    /// None for public clients; then no secret is sent.
    pub app_secret: Option<Secret<String>>,
    /// `consent` or `login`.
    pub prompt: String,
    /// Resource indicators for which access tokens will be wanted.
    pub resources: Vec<String>,
    /// Asked for in addition to the default scopes.
    pub scopes: Vec<String>,
    /// Tolerated difference of clocks in seconds when an ID token is checked.
    pub leeway_seconds: i64,
    /// Limit for one call of the client, all its requests included; at most five minutes.
    pub timeout: Duration,
    pub callback_match: CallbackMatch,
    /// The certificate authorities to trust instead of the system's: a PEM file, or a directory of them.
    pub ca_file: Option<PathBuf>,
    pub proxy: ProxySetting,
    /// Lets the provider be reached by plain http at other addresses than loopback: for development.
    pub allow_insecure_http: bool,
    /// Access tokens are renewed this long before they have to be, at most after half their life, in seconds.
    pub refresh_ahead_seconds: u32,
}

impl Config {
    /// Settings with every default.
    pub fn new(endpoint: &str, app_id: &str, app_secret: Option<&str>) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            app_id: app_id.to_owned(),
            app_secret: app_secret.filter(|secret| !secret.is_empty()).map(|secret| Secret::new(secret.to_owned())),
            prompt: "consent".to_owned(),
            resources: Vec::new(),
            scopes: Vec::new(),
            leeway_seconds: 30,
            timeout: Duration::from_secs(10),
            callback_match: CallbackMatch::Full,
            ca_file: None,
            proxy: ProxySetting::default(),
            allow_insecure_http: false,
            refresh_ahead_seconds: 0,
        }
    }

    /// `{endpoint}/oidc/.well-known/openid-configuration`.
    ///
    /// # Errors
    /// `Config` when the endpoint is not an http(s) URL, `InsecureUrl` when it is http and not loopback.
    pub fn discovery_url(&self) -> Result<String, Error> {
        let url = Url::parse(self.endpoint.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = url else {
            return Err(Error::Config(format!(
                "The endpoint {:?} is not a URL; it should look like https://auth.example.com",
                self.endpoint
            )));
        };
        check_url("endpoint", url.as_str(), self.allow_insecure_http)?;
        Ok(format!("{}/oidc/.well-known/openid-configuration", url.as_str().trim_end_matches('/')))
    }

    pub(crate) fn check_timeout(&self) -> Result<(), Error> {
        if self.timeout.is_zero() || self.timeout > MAX_TIMEOUT {
            let most = MAX_TIMEOUT.as_secs();
            return Err(Error::Config(format!("The timeout must be more than 0 and at most {most} seconds")));
        }
        Ok(())
    }

    pub(crate) fn wants_organizations(&self) -> bool {
        self.scopes.iter().any(|scope| scope == ORGANIZATIONS_SCOPE)
    }

    /// Configured resources in their order, each once, with the organizations' one when its scope is asked for.
    pub(crate) fn all_resources(&self) -> Vec<&str> {
        let extra = self.wants_organizations().then_some(ORGANIZATIONS_RESOURCE);
        let mut all: Vec<&str> = Vec::new();
        for resource in self.resources.iter().map(String::as_str).chain(extra) {
            if !all.contains(&resource) {
                all.push(resource);
            }
        }
        all
    }
}
