//! The provider's metadata (OpenID Connect Discovery 1.0 section 3): what a relying party needs of it.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::Error;

/// The members this crate reads.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProviderMetadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// RFC 7009: where refresh tokens end at sign-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// RFC 7662: where resource servers ask about opaque tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// RFC 9207: callbacks without `iss` are then refused.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl ProviderMetadata {
    /// Refuses metadata with an address to which no secret, token or browser may be sent.
    ///
    /// # Errors
    /// `InsecureUrl` with the name of the member.
    pub(crate) fn check_urls(&self, allow_insecure_http: bool) -> Result<(), Error> {
        let required = [
            ("issuer", &self.issuer),
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("userinfo_endpoint", &self.userinfo_endpoint),
            ("jwks_uri", &self.jwks_uri),
        ];
        let optional = [
            ("end_session_endpoint", &self.end_session_endpoint),
            ("revocation_endpoint", &self.revocation_endpoint),
            ("introspection_endpoint", &self.introspection_endpoint),
        ];
        let given = optional.into_iter().filter_map(|(name, url)| url.as_ref().map(|url| (name, url)));
        required.into_iter().chain(given).try_for_each(|(name, url)| check_url(name, url, allow_insecure_http))
    }

    /// The issuer must be the one whose document was asked for (Discovery 1.0 section 4.3, RFC 8414 section 3.3).
    ///
    /// # Errors
    /// `DiscoveryIssuerMismatch`.
    pub(crate) fn check_issuer(&self, discovery_url: &str) -> Result<(), Error> {
        let expected = issuer_of(discovery_url);
        let same = |expected: &Url| Url::parse(&self.issuer).is_ok_and(|issuer| issuer == *expected);
        if expected.as_ref().is_some_and(same) {
            return Ok(());
        }
        Err(Error::DiscoveryIssuerMismatch { url: discovery_url.to_owned(), issuer: self.issuer.clone() })
    }
}

/// Refuses what is not https; http is for loopback addresses, or for those who allow it.
///
/// # Errors
/// `InsecureUrl` with `name`.
pub(crate) fn check_url(name: &'static str, url: &str, allow_insecure_http: bool) -> Result<(), Error> {
    let safe = Url::parse(url).is_ok_and(|url| {
        let scheme = match url.scheme() {
            "https" => true,
            "http" => allow_insecure_http || is_loopback(&url),
            _ => false,
        };
        scheme && url.has_host() && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
    });
    if safe { Ok(()) } else { Err(Error::InsecureUrl { name, url: url.to_owned() }) }
}

/// Whether an address names this machine (RFC 6761 section 6.3 for `localhost`).
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The issuer that a discovery address belongs to: the suffix of OpenID Connect, or the infix of RFC 8414.
fn issuer_of(discovery_url: &str) -> Option<Url> {
    const NAMES: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    let mut url = Url::parse(discovery_url).ok()?;
    let path = url.path().to_owned();
    let rest = NAMES.iter().find_map(|name| path.strip_suffix(name).or_else(|| path.strip_prefix(name)))?;
    url.set_path(rest);
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_or_of_this_machine() {
        for (url, allow_insecure_http, safe) in [
            ("https://auth.example.com/oidc/token", false, true),
            ("http://auth.example.com/oidc/token", false, false),
            ("http://auth.example.com/oidc/token", true, true),
            ("http://localhost:3001/oidc", false, true),
            ("http://one.localhost/oidc", false, true),
            ("http://127.8.8.8/oidc", false, true),
            ("http://[::1]:3001/oidc", false, true),
            ("http://localhost.evil.example/oidc", false, false),
            ("http://0.0.0.0/oidc", false, false),
            ("http://192.168.1.5/oidc", false, false),
            ("file:///etc/passwd", true, false),
            ("ftp://auth.example.com/", true, false),
            ("javascript:alert(1)", true, false),
            ("https://user:password@auth.example.com/", false, false),
            ("https://auth.example.com/#part", false, false),
            ("/oidc/token", true, false),
            ("", true, false),
        ] {
            assert_eq!(check_url("token_endpoint", url, allow_insecure_http).is_ok(), safe, "{url}");
        }
    }

    #[test]
    fn every_address_of_the_metadata_is_checked() {
        let url = || "https://p/oidc".to_owned();
        let metadata = ProviderMetadata {
            issuer: url(),
            authorization_endpoint: url(),
            token_endpoint: url(),
            userinfo_endpoint: url(),
            jwks_uri: url(),
            end_session_endpoint: Some(url()),
            revocation_endpoint: Some(url()),
            introspection_endpoint: Some(url()),
            authorization_response_iss_parameter_supported: true,
        };
        assert!(metadata.check_urls(false).is_ok());
        let members: [fn(&mut ProviderMetadata) -> &mut String; 8] = [
            |one| &mut one.issuer,
            |one| &mut one.authorization_endpoint,
            |one| &mut one.token_endpoint,
            |one| &mut one.userinfo_endpoint,
            |one| &mut one.jwks_uri,
            |one| one.end_session_endpoint.get_or_insert_default(),
            |one| one.revocation_endpoint.get_or_insert_default(),
            |one| one.introspection_endpoint.get_or_insert_default(),
        ];
        for member in members {
            let mut changed = metadata.clone();
            *member(&mut changed) = "http://p/oidc".to_owned();
            assert!(changed.check_urls(false).is_err(), "{changed:?}");
        }
    }

    #[test]
    fn the_issuer_is_the_one_that_was_asked_for() {
        for (url, issuer, same) in [
            ("https://p/oidc/.well-known/openid-configuration", "https://p/oidc", true),
            ("https://P:443/oidc/.well-known/openid-configuration", "https://p/oidc", true),
            ("https://p/.well-known/openid-configuration", "https://p", true),
            ("https://p/.well-known/oauth-authorization-server/oidc", "https://p/oidc", true),
            ("https://p/oidc/.well-known/openid-configuration", "https://p/oidc/", false),
            ("https://p/oidc/.well-known/openid-configuration", "https://p", false),
            ("https://p/oidc/.well-known/openid-configuration", "https://evil/oidc", false),
            ("https://p/oidc/.well-known/openid-configuration", "http://p/oidc", false),
            ("https://p/metadata.json", "https://p", false),
        ] {
            let metadata = ProviderMetadata { issuer: issuer.to_owned(), ..ProviderMetadata::default() };
            assert_eq!(metadata.check_issuer(url).is_ok(), same, "{url} {issuer}");
        }
    }
}
