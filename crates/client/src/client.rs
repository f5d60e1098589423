//! The relying party: one per application and provider, shared by all of its users' sessions.

use std::sync::Arc;

use kernel::{Clock, Rng};

use crate::access_token::AccessTokenUpdate;
use crate::authorization_response::AuthorizationResponse;
use crate::discovery::{DiscoveredProvider, Discovery};
use crate::refresh_coordinator::RefreshCoordinator;
use crate::storage::TOKENS;
use crate::{
    ClientCredentials, ClockOffset, CodeExchange, Config, Connection, Deadline, Error, Operation, PendingSave,
    PersistKey, Provider, SignInAttempt, SignInOptions, Storage, TokenResponse, Transport, UreqTransport, access_token,
    authorization_response, authorization_url, random_text, sign_in_attempt, storage,
};

/// The shared core of an application. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: Config,
    rng: Rng,
    discovery: Discovery,
    coordinator: RefreshCoordinator,
}

impl Client {
    /// A client over HTTPS.
    ///
    /// # Errors
    /// `Config` when the endpoint is no URL, or the CA file, proxy or time limit is unusable; `InsecureUrl` for an endpoint
    /// that is not https.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::with_clock(config, Clock::system())
    }

    /// A client over HTTPS that goes by this clock.
    ///
    /// # Errors
    /// Those of [`Client::new`].
    pub fn with_clock(config: Config, clock: Clock) -> Result<Self, Error> {
        let transport = Arc::new(UreqTransport::new(config.ca_file.as_deref(), &config.proxy)?);
        Self::with_parts(config, transport, clock, Rng::system())
    }

    /// A client over any transport, clock and randomness.
    ///
    /// # Errors
    /// `Config` when the endpoint is no URL or the time limit is unusable; `InsecureUrl` for an endpoint that is not https.
    pub fn with_parts(config: Config, transport: Arc<dyn Transport>, clock: Clock, rng: Rng) -> Result<Self, Error> {
        config.check_timeout()?;
        let discovery_url = config.discovery_url()?;
        let coordinator = RefreshCoordinator::new(clock.clone());
        let (timeout, allow_insecure_http) = (config.timeout, config.allow_insecure_http);
        let clock_offset = ClockOffset::default();
        let connection = Connection { transport, clock, timeout, allow_insecure_http, clock_offset };
        let discovery = Discovery::new(discovery_url, connection);
        Ok(Self(Arc::new(Inner { config, rng, discovery, coordinator })))
    }

    pub fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn connection(&self) -> &Connection {
        self.0.discovery.connection()
    }

    pub(crate) fn coordinator(&self) -> &RefreshCoordinator {
        &self.0.coordinator
    }

    pub(crate) fn credentials(&self) -> ClientCredentials<'_> {
        let secret = self.config().app_secret.as_ref().map(|secret| secret.expose().as_str());
        ClientCredentials { id: &self.config().app_id, secret }
    }

    /// The provider and its discovery document as JSON text, fetched on first use. One fetch serves all who wait for it.
    ///
    /// # Errors
    /// Those of [`Provider::discover`].
    pub fn discovery(&self) -> Result<(Provider, Arc<str>), Error> {
        self.discover(self.connection().deadline()).map(|found| (found.provider, found.document))
    }

    pub(crate) fn provider(&self, deadline: Deadline) -> Result<Provider, Error> {
        self.discover(deadline).map(|found| found.provider)
    }

    fn discover(&self, deadline: Deadline) -> Result<DiscoveredProvider, Error> {
        self.0.discovery.get(deadline)
    }

    /// Verifies a logout token for this application; gives its claims.
    ///
    /// # Errors
    /// Those of [`Provider::verify_logout_token`].
    pub fn verify_logout_token(&self, token: &str) -> Result<jose::DecodedToken, Error> {
        let (config, deadline) = (self.config(), self.connection().deadline());
        self.provider(deadline)?.verify_logout_token(token, &config.app_id, config.leeway_seconds, deadline)
    }

    /// Starts a sign-in; gives the address for the browser. Tokens of an earlier sign-in are removed.
    pub fn sign_in(&self, options: SignInOptions) -> Operation<String> {
        let (client, deadline) = (self.clone(), self.connection().deadline());
        Operation::new(move || {
            let started = client.start(&options, deadline);
            let now = client.connection().clock.now();
            PendingSave::new(move |storage| {
                let (attempt, url) = started?;
                sign_in_attempt::add(storage, attempt, now)?;
                storage::remove(storage, &TOKENS)?;
                Ok(url)
            })
        })
    }

    fn start(&self, options: &SignInOptions, deadline: Deadline) -> Result<(SignInAttempt, String), Error> {
        let attempt = SignInAttempt {
            redirect_uri: options.redirect_uri.clone(),
            code_verifier: random_text(&self.0.rng),
            state: random_text(&self.0.rng),
            nonce: Some(random_text(&self.0.rng)),
            started_at: Some(self.connection().clock.now().seconds()),
        };
        let url = authorization_url(self.provider(deadline)?.metadata(), self.config(), options, &attempt)?;
        Ok((attempt, url))
    }

    /// Finishes a sign-in from the address that the browser was sent back to.
    ///
    /// # Errors
    /// At once: `SignInSessionNotFound`, `Redirect…Mismatch`, `InvalidState`, `AuthorizationRefused`, `MissingCode`. From the operation:
    /// `IssuerMismatch`, whatever the token endpoint refuses, and an ID token that is not to be trusted.
    pub fn handle_callback(&self, storage: &dyn Storage, uri: &str) -> Result<Operation<()>, Error> {
        let callback =
            authorization_response::read(uri, sign_in_attempt::load(storage)?, self.config().callback_match)?;
        let (client, deadline) = (self.clone(), self.connection().deadline());
        let ahead = self.config().refresh_ahead_seconds;
        Ok(Operation::new(move || {
            let response = client.exchange(&callback, deadline);
            let at = client.connection().clock.now();
            PendingSave::new(move |storage| {
                access_token::store(storage, AccessTokenUpdate { key: "", response: &response?, at, ahead })?;
                sign_in_attempt::take(storage, &callback.attempt.state)
            })
        }))
    }

    fn exchange(&self, callback: &AuthorizationResponse, deadline: Deadline) -> Result<TokenResponse, Error> {
        let provider = self.provider(deadline)?;
        callback.check_issuer(provider.metadata())?;
        let exchange = CodeExchange {
            credentials: self.credentials(),
            redirect_uri: &callback.attempt.redirect_uri,
            code: &callback.code,
            code_verifier: &callback.attempt.code_verifier,
        };
        let response = provider.token_by_code(exchange, deadline)?;
        let id_token = response.id_token.as_deref().ok_or(Error::NoIdToken)?;
        let (config, nonce) = (self.config(), callback.attempt.nonce.as_deref());
        provider.verify_id_token(id_token, &config.app_id, nonce, config.leeway_seconds, deadline)?;
        Ok(response)
    }

    /// Ends the session here and revokes its refresh token; gives the address that ends the session at the provider.
    pub fn sign_out(
        &self,
        storage: &dyn Storage,
        post_logout_redirect_uri: Option<&str>,
    ) -> Result<Operation<String>, Error> {
        let refresh_token = storage::read(storage, PersistKey::RefreshToken)?;
        let (client, deadline) = (self.clone(), self.connection().deadline());
        let target = post_logout_redirect_uri.map(str::to_owned);
        let used = refresh_token.clone();
        let operation = Operation::new(move || {
            let url = client.provider(deadline).and_then(|provider| {
                if let Some(stored) = refresh_token {
                    let newest = client.coordinator().newest(&stored, deadline);
                    // A provider that cannot be reached, or will not, must not keep anybody signed in here.
                    let _ = provider.revoke(client.credentials(), &newest, deadline);
                }
                provider.end_session_url(&client.config().app_id, target.as_deref())
            });
            PendingSave::new(move |storage| {
                storage::remove(storage, &TOKENS)?;
                storage::remove(storage, &[PersistKey::SignInSession])?;
                url
            })
        });
        Ok(operation.using(used.as_deref()))
    }
}
