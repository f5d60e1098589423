//! Calls to one provider whose metadata is known.

use std::sync::Arc;

use kernel::Clock;

use crate::id_token::{self, IdTokenExpectations};
use crate::key_cache::KeyCache;
use crate::transport::{Request, Transport, send};
use crate::{Error, ORGANIZATION_PREFIX, ProviderMetadata, TokenResponse, token_response};

/// A provider with its metadata and cached keys. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    metadata: ProviderMetadata,
    jwks: KeyCache,
    transport: Arc<dyn Transport>,
    clock: Clock,
}

/// Trades an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
#[derive(Debug, Clone, Copy)]
pub struct CodeExchange<'a> {
    pub client_id: &'a str,
    pub client_secret: Option<&'a str>,
    pub redirect_uri: &'a str,
    pub code: &'a str,
    pub code_verifier: &'a str,
}

impl Provider {
    /// A provider from metadata that the caller already has.
    pub fn new(metadata: ProviderMetadata, transport: Arc<dyn Transport>, clock: Clock) -> Self {
        Self(Arc::new(Inner { metadata, jwks: KeyCache::default(), transport, clock }))
    }

    /// Fetches the metadata.
    ///
    /// # Errors
    /// `Network`, `Discovery` for any status but 200, `UnexpectedResponse` when required members are missing.
    pub fn discover(url: &str, transport: Arc<dyn Transport>, clock: Clock) -> Result<(Self, String), Error> {
        let response = send(transport.as_ref(), &Request { url, form: None, bearer: None })?;
        if response.status != 200 {
            return Err(Error::Discovery { url: url.to_owned(), status: response.status });
        }
        let metadata = serde_json::from_str(&response.body).map_err(|_| Error::UnexpectedResponse {
            url: url.to_owned(),
            expected: "an OpenID Connect discovery document",
        })?;
        Ok((Self::new(metadata, transport, clock), response.body))
    }

    pub fn metadata(&self) -> &ProviderMetadata {
        &self.0.metadata
    }

    /// The code exchange. Credentials go into the body, as the published SDKs send them; without a secret there is no
    /// `client_secret` at all.
    pub fn token_by_code(&self, exchange: CodeExchange<'_>) -> Result<TokenResponse, Error> {
        self.token(&[
            ("grant_type", Some("authorization_code")),
            ("client_id", Some(exchange.client_id)),
            ("client_secret", exchange.client_secret),
            ("redirect_uri", Some(exchange.redirect_uri)),
            ("code", Some(exchange.code)),
            ("code_verifier", Some(exchange.code_verifier)),
        ])
    }

    /// A refresh for `key`: a resource indicator, an organization's URN, or empty for the userinfo token.
    ///
    /// # Errors
    /// `ReauthenticationRequired` when the refresh token is refused, else as the provider says.
    pub fn token_by_refresh(
        &self,
        client_id: &str,
        client_secret: Option<&str>,
        refresh_token: &str,
        key: &str,
    ) -> Result<TokenResponse, Error> {
        let organization = key.strip_prefix(ORGANIZATION_PREFIX);
        let resource = if organization.is_some() { None } else { Some(key) };
        self.token(&[
            ("grant_type", Some("refresh_token")),
            ("client_id", Some(client_id)),
            ("client_secret", client_secret),
            ("refresh_token", Some(refresh_token)),
            ("resource", resource),
            ("organization_id", organization),
        ])
        .map_err(token_response::or_reauthentication)
    }

    fn token(&self, fields: &[(&str, Option<&str>)]) -> Result<TokenResponse, Error> {
        let url = &self.0.metadata.token_endpoint;
        let form = token_response::form(fields);
        let response = send(self.0.transport.as_ref(), &Request { url, form: Some(&form), bearer: None })?;
        token_response::read(url, response)
    }

    /// The claims about the user as the JSON text of the userinfo endpoint (OpenID Connect Core 1.0 section 5.3).
    pub fn user_info(&self, access_token: &str) -> Result<String, Error> {
        let url = &self.0.metadata.userinfo_endpoint;
        let response = send(self.0.transport.as_ref(), &Request { url, form: None, bearer: Some(access_token) })?;
        if response.status == 200 { Ok(response.body) } else { Err(token_response::error_response(response)) }
    }

    /// Verifies an ID token completely and gives its claims.
    pub fn verify_id_token(
        &self,
        token: &str,
        client_id: &str,
        nonce: Option<&str>,
        leeway_seconds: i64,
    ) -> Result<jose::DecodedToken, Error> {
        let verified = self.0.jwks.verify(token, &self.0.metadata, self.0.transport.as_ref(), &self.0.clock)?;
        let expected = IdTokenExpectations { issuer: &self.0.metadata.issuer, client_id, nonce, leeway_seconds };
        id_token::check(&verified, expected, self.0.clock.now())?;
        Ok(verified)
    }

    /// The address that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0).
    pub fn end_session_url(&self, client_id: &str, post_logout_redirect_uri: Option<&str>) -> Result<String, Error> {
        let endpoint = self.0.metadata.end_session_endpoint.as_deref().ok_or(Error::NoEndSessionEndpoint)?;
        let query = token_response::form(&[
            ("client_id", Some(client_id)),
            ("post_logout_redirect_uri", post_logout_redirect_uri),
        ]);
        Ok(format!("{endpoint}?{query}"))
    }
}
