//! A resource server's check of access tokens (RFC 9068 section 4, RFC 7662).

use std::str::FromStr as _;
use std::sync::{Arc, OnceLock};

use jose::{Algorithm, JoseError, VerifyingKeys, decode_unverified};
use kernel::Clock;
use serde_json::{Map, Value};

use crate::bounded_cache::{BoundedCache, token_digest};
use crate::discovery::Discovery;
use crate::{
    AccessTokenError, ClientCredentials, ClockOffset, Config, Connection, Deadline, Error, OrganizationRule,
    PresentedToken, Provider, Transport, UreqTransport,
};

/// How many tokens are remembered.
const CAPACITY: usize = 4096;
/// Longer tokens are verified anew each time, so that memory is bounded too.
const MAX_REMEMBERED: usize = 8 * 1024;
/// What the server said about an opaque token counts this long, in seconds (RFC 7662 section 4).
const INTROSPECTION_LIFETIME: i64 = 30;
/// Longer opaque tokens are refused without asking.
const MAX_OPAQUE: usize = 1024;

/// Checks access tokens for one API. Cheap to clone.
#[derive(Clone)]
pub struct TokenValidator(Arc<Inner>);

struct Inner {
    config: Config,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    discovery: Discovery,
    /// Tokens whose signature was right under these keys: another key set verifies anew.
    verified: BoundedCache<(VerifyingKeys, Arc<PresentedToken>)>,
    introspected: BoundedCache<Arc<Introspection>>,
}

/// One question about an opaque token; whoever has the same one waits for its answer.
type Introspection = OnceLock<(Result<Arc<PresentedToken>, Error>, i64)>;

impl TokenValidator {
    /// A validator over HTTPS. `config.app_id` and its secret are for introspection, and may be empty.
    ///
    /// # Errors
    /// `Config` for unusable settings and unknown algorithms.
    pub fn new(config: Config, audiences: Vec<String>, algorithms: &[String], clock: Clock) -> Result<Self, Error> {
        let transport = Arc::new(UreqTransport::new(config.ca_file.as_deref(), &config.proxy)?);
        Self::with_parts(config, audiences, algorithms, transport, clock)
    }

    /// A validator over any transport and clock.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_parts(
        config: Config,
        audiences: Vec<String>,
        algorithms: &[String],
        transport: Arc<dyn Transport>,
        clock: Clock,
    ) -> Result<Self, Error> {
        config.check_timeout()?;
        let url = config.discovery_url()?;
        let algorithms = algorithms.iter().map(|name| known_algorithm(name)).collect::<Result<Vec<_>, _>>()?;
        let (timeout, allow_insecure_http) = (config.timeout, config.allow_insecure_http);
        let clock_offset = ClockOffset::default();
        let connection = Connection { transport, clock, timeout, allow_insecure_http, clock_offset };
        let discovery = Discovery::new(url, connection);
        let (verified, introspected) = (BoundedCache::new(CAPACITY), BoundedCache::new(CAPACITY));
        Ok(Self(Arc::new(Inner { config, audiences, algorithms, discovery, verified, introspected })))
    }

    /// A deadline for a call that begins now.
    pub fn deadline(&self) -> Deadline {
        self.0.discovery.connection().deadline()
    }

    /// Seconds that this machine's clock is ahead of the server's, where it is known.
    pub fn clock_offset(&self) -> Option<i64> {
        self.0.discovery.connection().clock_offset.seconds()
    }

    /// Whether a token is a question for the server: then a call with it may block each time.
    pub fn is_opaque(token: &str) -> bool {
        token.bytes().filter(|byte| *byte == b'.').count() != 2
    }

    /// Checks a token completely; gives it and the audience it was accepted by.
    ///
    /// # Errors
    /// `AccessToken` for a token that is refused; `Network` and the like when nobody can tell.
    pub fn validate(
        &self,
        token: &str,
        rule: OrganizationRule<'_>,
        scopes: &[String],
        deadline: Deadline,
    ) -> Result<(Arc<PresentedToken>, String), Error> {
        let (found, audience) = if Self::is_opaque(token) {
            let found = self.introspect(token, deadline)?;
            let audience = self.audience_of_opaque(&found, rule)?;
            (found, audience)
        } else {
            let found = self.verify(token, deadline)?;
            let audience =
                found.accepted_audience(&self.0.audiences, rule).ok_or(AccessTokenError::Audience)?.to_owned();
            (found, audience)
        };
        self.check_times(&found)?;
        found.check_rights(rule, scopes)?;
        Ok((found, audience))
    }

    fn check_times(&self, token: &PresentedToken) -> Result<(), AccessTokenError> {
        let (connection, leeway) = (self.0.discovery.connection(), self.0.config.leeway_seconds);
        let checked = token.check_times(connection.clock.now(), leeway);
        checked.map_err(|error| match connection.clock_offset.hint_for(&error, leeway) {
            Some(hint) => AccessTokenError::Time { error, hint },
            None => AccessTokenError::Jose(error),
        })
    }

    fn verify(&self, token: &str, deadline: Deadline) -> Result<Arc<PresentedToken>, Error> {
        // What is no token is refused before anything is fetched or remembered for it.
        if token.len() > jose::MAX_TOKEN_LENGTH {
            return Err(AccessTokenError::Jose(JoseError::TooLarge).into());
        }
        let key = token_digest(token);
        let remembered = self.0.verified.get(&key);
        let header = match &remembered {
            Some(_) => None,
            None => Some(decode_unverified(token).map_err(AccessTokenError::Jose)?.header),
        };
        if header.as_ref().is_some_and(|header| !self.0.algorithms.contains(&header.alg)) {
            return Err(AccessTokenError::Jose(JoseError::UnsupportedAlgorithm).into());
        }
        let provider = self.0.discovery.get(deadline)?.provider;
        let keys = provider.keys().current(header.as_ref().and_then(|header| header.kid.as_deref()), deadline)?;
        if let Some((under, found)) = remembered
            && under.is_same(&keys)
        {
            return Ok(found);
        }
        self.verify_anew(token, &provider, deadline)
    }

    fn verify_anew(&self, token: &str, provider: &Provider, deadline: Deadline) -> Result<Arc<PresentedToken>, Error> {
        let kid = decode_unverified(token).map_err(AccessTokenError::Jose)?.header.kid;
        let keys = provider.keys().current(kid.as_deref(), deadline)?;
        let verified = keys.verify(token).map_err(AccessTokenError::Jose)?;
        let found = Arc::new(PresentedToken::from_jwt(verified, &provider.metadata().issuer)?);
        if token.len() <= MAX_REMEMBERED {
            self.0.verified.insert(token_digest(token), (keys, found.clone()));
        }
        Ok(found)
    }

    fn introspect(&self, token: &str, deadline: Deadline) -> Result<Arc<PresentedToken>, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if token.is_empty() || token.len() > MAX_OPAQUE || !token.bytes().all(plain) {
            return Err(AccessTokenError::Jose(JoseError::Malformed).into());
        }
        if self.0.config.app_id.is_empty() {
            return Err(AccessTokenError::Opaque.into());
        }
        let provider = self.0.discovery.get(deadline)?.provider;
        let now = self.0.discovery.connection().clock.now().seconds();
        let key = token_digest(token);
        let counts = |slot: &Arc<Introspection>| slot.get().is_none_or(|(_, until)| *until > now);
        let slot = self.0.introspected.get_or_insert(key, counts, Arc::default);
        let (answer, _) = slot.get_or_init(|| (self.ask(token, &provider, deadline), now + INTROSPECTION_LIFETIME));
        if answer.as_ref().is_err_and(|error| !matches!(error, Error::AccessToken(_))) {
            // Nobody could tell: the next one asks again.
            self.0.introspected.remove(&key);
        }
        answer.clone()
    }

    fn ask(&self, token: &str, provider: &Provider, deadline: Deadline) -> Result<Arc<PresentedToken>, Error> {
        let secret = self.0.config.app_secret.as_ref().map(|secret| secret.expose().as_str());
        let credentials = ClientCredentials { id: &self.0.config.app_id, secret };
        let claims: Map<String, Value> =
            provider.introspect(credentials, token, deadline)?.ok_or(AccessTokenError::Opaque)?;
        let kind = claims.get("token_type").and_then(Value::as_str).unwrap_or_default();
        // Refresh tokens may be active too, but have no type (attack B17).
        if claims.get("active") != Some(&Value::Bool(true)) || !kind.eq_ignore_ascii_case("bearer") {
            return Err(AccessTokenError::Inactive.into());
        }
        if claims.get("iss").is_some_and(|iss| iss.as_str() != Some(&provider.metadata().issuer)) {
            return Err(AccessTokenError::Issuer.into());
        }
        Ok(Arc::new(PresentedToken::from_claims(claims)?))
    }

    /// Opaque tokens often name no audience; then only those of this application itself are taken.
    fn audience_of_opaque(
        &self,
        token: &PresentedToken,
        rule: OrganizationRule<'_>,
    ) -> Result<String, AccessTokenError> {
        if token.audiences.is_empty() {
            let own = token.client_id.as_deref() == Some(self.0.config.app_id.as_str());
            return if own { Ok(self.0.config.app_id.clone()) } else { Err(AccessTokenError::Audience) };
        }
        token.accepted_audience(&self.0.audiences, rule).map(str::to_owned).ok_or(AccessTokenError::Audience)
    }
}

fn known_algorithm(name: &str) -> Result<Algorithm, Error> {
    Algorithm::from_str(name).map_err(|_| {
        let known: Vec<_> = Algorithm::ALL.iter().map(|one| one.as_str()).collect();
        Error::Config(format!("The algorithm {name:?} is not one of {}", known.join(", ")))
    })
}
