//! What the provider reads from a request beside what every request has.

use std::sync::Arc;

use db::DbError;
use kernel::Timestamp;
use oauth::{OAuthError, Params};

use super::clients::RegisteredClient;
use super::cookies::{self, SetCookies};
use crate::callers::RequestContext;
use crate::work::View;

impl RequestContext {
    /// The query's parameters.
    ///
    /// # Errors
    /// `invalid_request` for too many, too long or NUL.
    pub fn query_params(&self) -> Result<Params, OAuthError> {
        Params::parse(self.uri.query().unwrap_or_default())
    }

    /// The client with this id.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn client(&self, id: &str) -> Result<Option<Arc<RegisteredClient>>, DbError> {
        self.tenant.client(&self.config, id).await
    }

    /// The client with this id, inside a unit of work.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn client_in(&self, view: &View<'_>, id: &str) -> Result<Option<Arc<RegisteredClient>>, DbError> {
        self.tenant.client_in(view, &self.config, id)
    }

    /// An empty collection of cookies for the response.
    pub fn set_cookies(&self) -> SetCookies {
        SetCookies::new(&self.config.keys.cookie_keys, self.tenant.endpoint().starts_with("https:"))
    }

    /// The value of a cookie whose signature is valid.
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookies::read(&self.headers, &self.config.keys.cookie_keys, name)
    }

    /// Lifetime of browser sessions in seconds (`oidc.session` of the tenant).
    pub fn session_ttl(&self) -> i64 {
        let configured = self.config.configs.get("oidc.session").and_then(|value| value.get("ttl")?.as_i64());
        configured.filter(|ttl| (1..=31_536_000).contains(ttl)).unwrap_or(oauth::ttl::SESSION)
    }

    /// The expiry of a session that is used now.
    pub fn session_end(&self) -> Timestamp {
        self.now.plus_seconds(self.session_ttl())
    }
}
