//! The relying party: one per application and provider, shared by all of its users' sessions.

use std::sync::{Arc, Mutex, PoisonError};

use jose::JoseError;
use kernel::{Clock, Rng, Timestamp};

use crate::refresh_coordinator::RefreshCoordinator;
use crate::{
    CodeExchange, Config, Error, ORGANIZATION_PREFIX, Operation, PendingSave, PersistKey, Provider, SignInAttempt,
    SignInOptions, Storage, TokenResponse, Transport, UreqTransport, access_token, authorization_response,
    authorization_url, random_text, sign_in_attempt, storage,
};

/// ProviderMetadata is fetched again after this time, in milliseconds; until a fetch succeeds the old stays in use.
const METADATA_AGE: i64 = 60 * 60 * 1000;

/// The shared core of an application. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: Config,
    discovery_url: String,
    transport: Arc<dyn Transport>,
    clock: Clock,
    rng: Rng,
    provider: Mutex<Option<DiscoveredProvider>>,
    coordinator: RefreshCoordinator,
}

struct DiscoveredProvider {
    provider: Provider,
    /// The document as it came, for callers who want members this crate does not read.
    document: Arc<str>,
    at: Timestamp,
}

impl Client {
    /// A client over HTTPS.
    ///
    /// # Errors
    /// `Config` when the endpoint is no URL or the CA file is unusable.
    pub fn new(config: Config) -> Result<Self, Error> {
        let transport = Arc::new(UreqTransport::new(config.timeout, config.ca_file.as_deref())?);
        Self::with_parts(config, transport, Clock::system(), Rng::system())
    }

    /// A client over any transport, clock and randomness.
    ///
    /// # Errors
    /// `Config` when the endpoint is no URL.
    pub fn with_parts(config: Config, transport: Arc<dyn Transport>, clock: Clock, rng: Rng) -> Result<Self, Error> {
        let discovery_url = config.discovery_url()?;
        let (provider, coordinator) = (Mutex::default(), RefreshCoordinator::default());
        Ok(Self(Arc::new(Inner { config, discovery_url, transport, clock, rng, provider, coordinator })))
    }

    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The provider, discovery on first use. One fetch serves all who wait for it.
    pub fn provider(&self) -> Result<Provider, Error> {
        self.discovery().map(|(provider, _)| provider)
    }

    /// The provider and its discovery document as JSON text.
    pub fn discovery(&self) -> Result<(Provider, Arc<str>), Error> {
        let mut known = self.0.provider.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.0.clock.now();
        if let Some(one) = known.as_ref().filter(|one| now.millis() - one.at.millis() < METADATA_AGE) {
            return Ok((one.provider.clone(), one.document.clone()));
        }
        match Provider::discover(&self.0.discovery_url, self.0.transport.clone(), self.0.clock.clone()) {
            Ok((provider, document)) => {
                // The same metadata keeps its provider, and with it the cached keys.
                let kept = known.take().map(|one| one.provider).filter(|one| one.metadata() == provider.metadata());
                let fresh = DiscoveredProvider {
                    provider: kept.unwrap_or(provider),
                    document: document.into(),
                    at: self.0.clock.now(),
                };
                let result = (fresh.provider.clone(), fresh.document.clone());
                *known = Some(fresh);
                Ok(result)
            }
            Err(error) => match known.as_mut() {
                Some(old) => {
                    old.at = now;
                    Ok((old.provider.clone(), old.document.clone()))
                }
                None => Err(error),
            },
        }
    }

    /// Starts a sign-in; gives the address for the browser. Tokens of an earlier sign-in are removed.
    pub fn sign_in(&self, options: SignInOptions) -> Operation<String> {
        let client = self.clone();
        Operation::new(move || {
            let started = client.start(&options);
            let now = client.0.clock.now();
            PendingSave::new(move |storage| {
                let (attempt, url) = started?;
                sign_in_attempt::add(storage, attempt, now)?;
                storage::remove(storage, &[PersistKey::IdToken, PersistKey::AccessTokenMap, PersistKey::RefreshToken])?;
                Ok(url)
            })
        })
    }

    fn start(&self, options: &SignInOptions) -> Result<(SignInAttempt, String), Error> {
        let attempt = SignInAttempt {
            redirect_uri: options.redirect_uri.clone(),
            code_verifier: random_text(&self.0.rng),
            state: random_text(&self.0.rng),
            nonce: Some(random_text(&self.0.rng)),
            started_at: Some(self.0.clock.now().seconds()),
        };
        let url = authorization_url(self.provider()?.metadata(), self.config(), options, &attempt)?;
        Ok((attempt, url))
    }

    /// Finishes a sign-in from the address that the browser was sent back to.
    ///
    /// # Errors
    /// At once: `SignInSessionNotFound`, `Redirect…Mismatch`, `AuthorizationResponse`, `InvalidState`, `MissingCode`. From the operation:
    /// `IssuerMismatch`, whatever the token endpoint refuses, and an ID token that is not to be trusted.
    pub fn handle_callback(&self, storage: &dyn Storage, uri: &str) -> Result<Operation<()>, Error> {
        let callback =
            authorization_response::read(uri, sign_in_attempt::load(storage)?, self.config().callback_match)?;
        let client = self.clone();
        Ok(Operation::new(move || {
            let response = client.exchange(&callback);
            let at = client.0.clock.now();
            PendingSave::new(move |storage| {
                access_token::store(storage, "", &response?, at)?;
                sign_in_attempt::take(storage, &callback.attempt.state)
            })
        }))
    }

    fn exchange(&self, callback: &authorization_response::AuthorizationResponse) -> Result<TokenResponse, Error> {
        let provider = self.provider()?;
        callback.check_issuer(provider.metadata())?;
        let response = provider.token_by_code(CodeExchange {
            client_id: &self.config().app_id,
            client_secret: self.secret(),
            redirect_uri: &callback.attempt.redirect_uri,
            code: &callback.code,
            code_verifier: &callback.attempt.code_verifier,
        })?;
        let id_token = response.id_token.as_deref().ok_or(Error::NoIdToken)?;
        self.verify(&provider, id_token, callback.attempt.nonce.as_deref())?;
        Ok(response)
    }

    /// The access token for a resource, an organization's URN, or (empty) for userinfo: the stored one while it is good,
    /// else a fresh one. `None` without a refresh token.
    pub fn access_token(&self, storage: &dyn Storage, key: &str) -> Result<Operation<Option<String>>, Error> {
        if key.starts_with(ORGANIZATION_PREFIX) && !self.config().wants_organizations() {
            return Err(Error::OrganizationsScopeRequired);
        }
        if let Some(token) = access_token::cached(storage, key, self.0.clock.now())? {
            return Ok(Operation::ready(Some(token)));
        }
        let Some(refresh_token) = storage::read(storage, PersistKey::RefreshToken)? else {
            return Ok(Operation::ready(None));
        };
        let (client, key) = (self.clone(), key.to_owned());
        Ok(Operation::new(move || {
            let response = client.refresh(&refresh_token, &key);
            PendingSave::new(move |storage| match response {
                Ok((response, at)) => {
                    access_token::store(storage, &key, &response, at)?;
                    Ok(Some(response.access_token))
                }
                Err(error) => {
                    clear_ended_session(storage, &refresh_token, &error)?;
                    Err(error)
                }
            })
        }))
    }

    fn refresh(&self, refresh_token: &str, key: &str) -> Result<(TokenResponse, Timestamp), Error> {
        let provider = self.provider()?;
        self.0.coordinator.refresh_once(refresh_token, key, &self.0.clock, |current| {
            let response = provider.token_by_refresh(&self.config().app_id, self.secret(), current, key)?;
            if let Some(id_token) = &response.id_token {
                // The nonce of the first request may or may not be repeated, so it is not asked for (Core 1.0 12.2).
                self.verify(&provider, id_token, None)?;
            }
            Ok(response)
        })
    }

    /// What the provider says about the user, as JSON text; `None` without a token. An access token that was revoked
    /// before its time is replaced once.
    pub fn user_info(&self, storage: &dyn Storage) -> Result<Operation<Option<String>>, Error> {
        let cached = access_token::cached(storage, "", self.0.clock.now())?;
        let refresh_token = storage::read(storage, PersistKey::RefreshToken)?;
        let client = self.clone();
        Ok(Operation::new(move || {
            let mut renewed = None;
            let info = client.fetch_user_info(cached, refresh_token.as_deref(), &mut renewed);
            PendingSave::new(move |storage| {
                if let Some((response, at)) = renewed {
                    access_token::store(storage, "", &response, at)?;
                }
                if let (Err(error), Some(used)) = (&info, refresh_token) {
                    clear_ended_session(storage, &used, error)?;
                }
                info
            })
        }))
    }

    fn fetch_user_info(
        &self,
        cached: Option<String>,
        refresh_token: Option<&str>,
        renewed: &mut Option<(TokenResponse, Timestamp)>,
    ) -> Result<Option<String>, Error> {
        let provider = self.provider()?;
        if let Some(token) = cached {
            match (provider.user_info(&token), refresh_token) {
                (Err(Error::Provider { status: 401, .. }), Some(_)) => {}
                (response, _) => return response.map(Some),
            }
        }
        let Some(refresh_token) = refresh_token else { return Ok(None) };
        let fresh = self.refresh(refresh_token, "")?;
        let token = fresh.0.access_token.clone();
        *renewed = Some(fresh);
        provider.user_info(&token).map(Some)
    }

    /// The verified claims of the stored ID token as JSON text.
    ///
    /// An ended ID token counts as long as a refresh token is there to renew it: the session is over when the provider
    /// refuses that one (see [`Error::ReauthenticationRequired`]), not every hour.
    pub fn id_token_claims(&self, storage: &dyn Storage) -> Result<Operation<String>, Error> {
        let token = storage::read(storage, PersistKey::IdToken)?.ok_or(Error::NoIdToken)?;
        let renewable = storage::read(storage, PersistKey::RefreshToken)?.is_some();
        // What is refused without a key needs no network.
        let unverified = jose::decode_unverified(&token)?;
        if !unverified.has_audience(&self.config().app_id) {
            return Err(Error::IdTokenClaim { claim: "aud" });
        }
        let leeway = self.config().leeway_seconds;
        match jose::check_times(&unverified.claims, self.0.clock.now(), leeway) {
            Err(JoseError::Expired) if renewable => {}
            other => other?,
        }
        let client = self.clone();
        Ok(Operation::reading(move || {
            let (provider, app_id) = (client.provider()?, &client.config().app_id);
            match provider.verify_id_token(&token, app_id, None, leeway) {
                // Times are checked last, so everything else about the token is right, and its claims are those of above.
                Err(Error::IdToken(JoseError::Expired)) if renewable => {}
                other => _ = other?,
            }
            Ok(serde_json::Value::Object(unverified.claims).to_string())
        }))
    }

    /// Ends the session here and gives the address that ends it at the provider.
    pub fn sign_out(&self, post_logout_redirect_uri: Option<&str>) -> Operation<String> {
        let (client, target) = (self.clone(), post_logout_redirect_uri.map(str::to_owned));
        Operation::new(move || {
            let url = client
                .provider()
                .and_then(|provider| provider.end_session_url(&client.config().app_id, target.as_deref()));
            PendingSave::new(move |storage| {
                storage::remove(storage, &[PersistKey::IdToken, PersistKey::AccessTokenMap, PersistKey::RefreshToken])?;
                url
            })
        })
    }

    fn verify(&self, provider: &Provider, token: &str, nonce: Option<&str>) -> Result<(), Error> {
        let config = self.config();
        provider.verify_id_token(token, &config.app_id, nonce, config.leeway_seconds).map(|_| ())
    }

    fn secret(&self) -> Option<&str> {
        self.config().app_secret.as_ref().map(|secret| secret.expose().as_str())
    }
}

/// Removes the tokens of a session that the provider has ended, unless another request has put a newer one in place.
fn clear_ended_session(storage: &dyn Storage, used: &str, error: &Error) -> Result<(), Error> {
    let ended = matches!(error, Error::ReauthenticationRequired { .. });
    if ended && storage::read(storage, PersistKey::RefreshToken)?.as_deref() == Some(used) {
        storage::remove(storage, &[PersistKey::IdToken, PersistKey::AccessTokenMap, PersistKey::RefreshToken])?;
    }
    Ok(())
}
