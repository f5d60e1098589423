//! Calls of the Management API with the token of a machine-to-machine application (RFC 6749 section 4.4).

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kernel::{Clock, Secret, Timestamp};
use url::Url;

use crate::deadline::MAX_TIMEOUT;
use crate::metadata::check_url;
use crate::transport::{ApiRequest, ApiResponse, Request, Transport, UreqTransport};
use crate::{Deadline, Error, ProxySetting, token_response};

/// A token is renewed this long before it ends, at most after half its life, in seconds.
const RENEWED_AHEAD: i64 = 60;
/// While the old token is good, a renewal that failed is tried again after this time, in seconds.
const RETRY_INTERVAL: i64 = 5;

/// Settings of a [`ManagementConnection`].
#[derive(Debug, Clone)]
pub struct ManagementConfig {
    /// The tenant's public address, for example `https://auth.example.com/`.
    pub endpoint: String,
    pub app_id: String,
    pub app_secret: Secret<String>,
    /// The resource indicator of the Management API, for example `https://default.logto.app/api`.
    pub resource: String,
    pub scope: String,
    /// Limit for one call, the request for a token included.
    pub timeout: Duration,
    pub ca_file: Option<String>,
    pub proxy: ProxySetting,
    /// Whether addresses other than loopback may be plain http.
    pub allow_insecure_http: bool,
}

/// One application's way to the Management API. All threads share its connections and its token.
pub struct ManagementConnection {
    config: ManagementConfig,
    base: String,
    transport: UreqTransport,
    clock: Clock,
    /// Held during a request for a token, so that there is one at a time.
    token: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    value: Secret<String>,
    renewed_at: Timestamp,
    expires_at: Timestamp,
}

impl ManagementConnection {
    /// # Errors
    /// `Config` for settings that cannot work, `InsecureUrl` for an endpoint that is http and not loopback.
    pub fn new(config: ManagementConfig, clock: Clock) -> Result<Self, Error> {
        let base = config.endpoint.trim().trim_end_matches('/').to_owned();
        if !Url::parse(&base).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none()) {
            return Err(Error::Config(format!(
                "The endpoint {:?} is not a URL; it should look like https://auth.example.com",
                config.endpoint
            )));
        }
        check_url("endpoint", &base, config.allow_insecure_http)?;
        if config.timeout.is_zero() || config.timeout > MAX_TIMEOUT {
            let most = MAX_TIMEOUT.as_secs();
            return Err(Error::Config(format!("The timeout must be more than 0 and at most {most} seconds")));
        }
        let transport = UreqTransport::new(config.ca_file.as_deref().map(Path::new), &config.proxy)?;
        Ok(Self { config, base, transport, clock, token: Mutex::new(None) })
    }

    /// Sends one request; `path` begins with `/` and may have a query, `body` is JSON. A token that is refused is replaced once.
    ///
    /// # Errors
    /// `Network`, and those of the token endpoint. Every status of the API itself is a response.
    pub fn send(&self, method: &str, path: &str, body: Option<&str>) -> Result<ApiResponse, Error> {
        let (url, deadline) = (format!("{}{path}", self.base), Deadline::after(self.config.timeout));
        let token = self.token(None, deadline)?;
        let response = self.ask(method, &url, body, &token, deadline)?;
        if response.status != 401 {
            return Ok(response);
        }
        // Nothing was done: the token was withdrawn, or the server has new keys.
        let token = self.token(Some(&token), deadline)?;
        self.ask(method, &url, body, &token, deadline)
    }

    fn ask(
        &self,
        method: &str,
        url: &str,
        body: Option<&str>,
        token: &Token,
        deadline: Deadline,
    ) -> Result<ApiResponse, Error> {
        let timeout = deadline.remaining();
        if timeout.is_zero() {
            return Err(Error::timed_out(url));
        }
        let request = ApiRequest { method, url, body, bearer: token.value.expose(), timeout };
        self.transport.exchange(&request).map_err(|error| error.at(url))
    }

    /// A token that is good for a while, and is not `refused`.
    fn token(&self, refused: Option<&Token>, deadline: Deadline) -> Result<Token, Error> {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let is_refused = |token: &Token| refused.is_some_and(|one| one.value.expose() == token.value.expose());
        let usable = held.clone().filter(|token| token.expires_at > now && !is_refused(token));
        if let Some(token) = usable.as_ref().filter(|token| token.renewed_at > now) {
            return Ok(token.clone());
        }
        match (self.new_token(now, deadline), usable) {
            (Ok(token), _) => Ok(held.insert(token).clone()),
            // The old one still serves; all other callers need not wait for the next attempt.
            (Err(_), Some(token)) => {
                Ok(held.insert(Token { renewed_at: now.plus_seconds(RETRY_INTERVAL), ..token }).clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    fn new_token(&self, now: Timestamp, deadline: Deadline) -> Result<Token, Error> {
        let url = format!("{}/oidc/token", self.base);
        let form = token_response::form(&[
            ("grant_type", Some("client_credentials")),
            ("client_id", Some(&self.config.app_id)),
            ("client_secret", Some(self.config.app_secret.expose())),
            ("resource", Some(&self.config.resource)),
            ("scope", Some(&self.config.scope)),
        ]);
        let timeout = deadline.remaining();
        if timeout.is_zero() {
            return Err(Error::timed_out(&url));
        }
        let request = Request { timeout, ..Request::post(&url, &form) };
        let response = self.transport.send(&request).map_err(|error| error.at(&url))?;
        let response = token_response::read(&url, response)?;
        let life = response.expires_in.max(0);
        Ok(Token {
            value: Secret::new(response.access_token),
            renewed_at: now.plus_seconds(life - RENEWED_AHEAD.min(life / 2)),
            expires_at: now.plus_seconds(life),
        })
    }
}
