//! Calls to one provider whose metadata is known.

use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use crate::id_token::{self, IdTokenExpectations};
use crate::key_cache::KeyCache;
use crate::transport::{Connection, Request};
use crate::{Deadline, Error, ORGANIZATION_PREFIX, ProviderMetadata, TokenResponse, logout_token, token_response};

/// A provider with its metadata and cached keys. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    metadata: ProviderMetadata,
    keys: KeyCache,
    connection: Connection,
}

/// Who an application is to the provider. Credentials go into the body, as the published SDKs send them; without a secret
/// there is no `client_secret` at all.
#[derive(Debug, Clone, Copy)]
pub struct ClientCredentials<'a> {
    pub id: &'a str,
    pub secret: Option<&'a str>,
}

/// Trades an authorization code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
#[derive(Debug, Clone, Copy)]
pub struct CodeExchange<'a> {
    pub credentials: ClientCredentials<'a>,
    pub redirect_uri: &'a str,
    pub code: &'a str,
    pub code_verifier: &'a str,
}

impl Provider {
    /// A provider from metadata that the caller already has.
    ///
    /// # Errors
    /// `InsecureUrl` for an address that is not https; http is for loopback, unless the connection allows more.
    pub fn new(metadata: ProviderMetadata, connection: Connection) -> Result<Self, Error> {
        metadata.check_urls(connection.allow_insecure_http)?;
        let keys = KeyCache::new(&metadata.jwks_uri, connection.clone());
        Ok(Self(Arc::new(Inner { metadata, keys, connection })))
    }

    /// Fetches the metadata; gives the document too, for callers who want members that this crate does not read.
    ///
    /// # Errors
    /// `Network`, `Discovery` for any status but 200, `UnexpectedResponse` when required members are missing,
    /// `DiscoveryIssuerMismatch` and `InsecureUrl` for metadata that is not to be trusted.
    pub fn discover(url: &str, connection: Connection, deadline: Deadline) -> Result<(Self, String), Error> {
        crate::metadata::check_url("discovery address", url, connection.allow_insecure_http)?;
        let response = connection.send(Request::get(url), deadline)?;
        if response.status != 200 {
            return Err(Error::Discovery { url: url.to_owned(), status: response.status });
        }
        let metadata: ProviderMetadata = serde_json::from_str(&response.body).map_err(|_| {
            Error::UnexpectedResponse { url: url.to_owned(), expected: "an OpenID Connect discovery document" }
        })?;
        metadata.check_issuer(url)?;
        Ok((Self::new(metadata, connection)?, response.body))
    }

    pub fn metadata(&self) -> &ProviderMetadata {
        &self.0.metadata
    }

    pub(crate) fn keys(&self) -> &KeyCache {
        &self.0.keys
    }

    /// A deadline for a call that begins now.
    pub fn deadline(&self) -> Deadline {
        self.0.connection.deadline()
    }

    /// The code exchange.
    ///
    /// # Errors
    /// As the provider says, or `Network`.
    pub fn token_by_code(&self, exchange: CodeExchange<'_>, deadline: Deadline) -> Result<TokenResponse, Error> {
        let fields = [
            ("grant_type", Some("authorization_code")),
            ("client_id", Some(exchange.credentials.id)),
            ("client_secret", exchange.credentials.secret),
            ("redirect_uri", Some(exchange.redirect_uri)),
            ("code", Some(exchange.code)),
            ("code_verifier", Some(exchange.code_verifier)),
        ];
        self.token(&fields, deadline)
    }

    /// A refresh for `key`: a resource indicator, an organization's URN, or empty for the userinfo token.
    ///
    /// # Errors
    /// `ReauthenticationRequired` when the refresh token is refused, else as the provider says, or `Network`.
    pub fn token_by_refresh(
        &self,
        credentials: ClientCredentials<'_>,
        refresh_token: &str,
        key: &str,
        deadline: Deadline,
    ) -> Result<TokenResponse, Error> {
        let organization = key.strip_prefix(ORGANIZATION_PREFIX);
        let resource = if organization.is_some() { None } else { Some(key) };
        let fields = [
            ("grant_type", Some("refresh_token")),
            ("client_id", Some(credentials.id)),
            ("client_secret", credentials.secret),
            ("refresh_token", Some(refresh_token)),
            ("resource", resource),
            ("organization_id", organization),
        ];
        self.token(&fields, deadline).map_err(token_response::or_reauthentication)
    }

    fn token(&self, fields: &[(&str, Option<&str>)], deadline: Deadline) -> Result<TokenResponse, Error> {
        let (url, form) = (&self.0.metadata.token_endpoint, token_response::form(fields));
        let response = self.0.connection.send(Request::post(url, &form), deadline)?;
        token_response::read(url, response)
    }

    /// Ends a refresh token, and with it what was given out for it (RFC 7009). Nothing happens at providers that cannot.
    ///
    /// # Errors
    /// As the provider says, or `Network`.
    pub fn revoke(
        &self,
        credentials: ClientCredentials<'_>,
        refresh_token: &str,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let Some(url) = &self.0.metadata.revocation_endpoint else { return Ok(()) };
        let form = token_response::form(&[
            ("token", Some(refresh_token)),
            ("token_type_hint", Some("refresh_token")),
            ("client_id", Some(credentials.id)),
            ("client_secret", credentials.secret),
        ]);
        let response = self.0.connection.send(Request::post(url, &form), deadline)?;
        if response.status == 200 { Ok(()) } else { Err(token_response::error_response(response)) }
    }

    /// The claims about the user as the JSON text of the userinfo endpoint (OpenID Connect Core 1.0 section 5.3).
    ///
    /// # Errors
    /// As the provider says, or `Network`.
    pub fn user_info(&self, access_token: &str, deadline: Deadline) -> Result<String, Error> {
        let request = Request { bearer: Some(access_token), ..Request::get(&self.0.metadata.userinfo_endpoint) };
        let response = self.0.connection.send(request, deadline)?;
        if response.status == 200 { Ok(response.body) } else { Err(token_response::error_response(response)) }
    }

    /// Verifies an ID token completely and gives its claims.
    ///
    /// # Errors
    /// `IdToken…` for a token that is not to be trusted; `Network` and `UnexpectedResponse` when the keys cannot be had.
    pub fn verify_id_token(
        &self,
        token: &str,
        client_id: &str,
        nonce: Option<&str>,
        leeway_seconds: i64,
        deadline: Deadline,
    ) -> Result<jose::DecodedToken, Error> {
        let verified = self.0.keys.verify(token, deadline)?;
        let expected = IdTokenExpectations { issuer: &self.0.metadata.issuer, client_id, nonce, leeway_seconds };
        let connection = &self.0.connection;
        id_token::check(&verified, expected, connection.clock.now()).map_err(|error| match error {
            Error::IdToken(error) => Error::of_id_token(error, &connection.clock_offset, leeway_seconds),
            other => other,
        })?;
        Ok(verified)
    }

    /// What the provider says about an opaque token (RFC 7662 section 2); None where it cannot be asked.
    ///
    /// # Errors
    /// As the provider says, or `Network`.
    pub(crate) fn introspect(
        &self,
        credentials: ClientCredentials<'_>,
        token: &str,
        deadline: Deadline,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let Some(url) = &self.0.metadata.introspection_endpoint else { return Ok(None) };
        let form = token_response::form(&[
            ("token", Some(token)),
            ("token_type_hint", Some("access_token")),
            ("client_id", Some(credentials.id)),
            ("client_secret", credentials.secret),
        ]);
        let response = self.0.connection.send(Request::post(url, &form), deadline)?;
        if response.status != 200 {
            return Err(token_response::error_response(response));
        }
        let read = serde_json::from_str(&response.body);
        read.map(Some)
            .map_err(|_| Error::UnexpectedResponse { url: url.clone(), expected: "an introspection response" })
    }

    /// Verifies a logout token, all but its being new, and gives its claims (OpenID Connect Back-Channel Logout 1.0
    /// section 2.6).
    ///
    /// # Errors
    /// `LogoutToken` for a token that is not to be trusted; `Network` and `UnexpectedResponse` when the keys cannot be had.
    pub fn verify_logout_token(
        &self,
        token: &str,
        client_id: &str,
        leeway_seconds: i64,
        deadline: Deadline,
    ) -> Result<jose::DecodedToken, Error> {
        let verified = self.0.keys.verify(token, deadline).map_err(|error| match error {
            Error::IdToken(reason) => Error::LogoutToken(reason.to_string()),
            other => other,
        })?;
        let connection = &self.0.connection;
        logout_token::check(&verified, &self.0.metadata.issuer, client_id)?;
        jose::check_times(&verified.claims, connection.clock.now(), leeway_seconds).map_err(|error| {
            let hint = connection.clock_offset.hint_for(&error, leeway_seconds).unwrap_or_default();
            Error::LogoutToken(format!("{error}{hint}"))
        })?;
        Ok(verified)
    }

    /// The address that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0).
    ///
    /// # Errors
    /// `NoEndSessionEndpoint`.
    pub fn end_session_url(&self, client_id: &str, post_logout_redirect_uri: Option<&str>) -> Result<String, Error> {
        let endpoint = self.0.metadata.end_session_endpoint.as_deref().ok_or(Error::NoEndSessionEndpoint)?;
        let mut url = Url::parse(endpoint).map_err(|_| Error::NoEndSessionEndpoint)?;
        url.query_pairs_mut().append_pair("client_id", client_id);
        if let Some(target) = post_logout_redirect_uri.filter(|target| !target.is_empty()) {
            url.query_pairs_mut().append_pair("post_logout_redirect_uri", target);
        }
        Ok(url.into())
    }
}
