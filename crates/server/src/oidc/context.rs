//! What every endpoint of the provider needs of a request.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use kernel::Timestamp;
use oauth::{OAuthError, Params};

use super::cookies::{self, Jar};
use super::registry::Registered;
use crate::errors::ApiError;
use crate::http::ClientIp;
use crate::tenants::TenantSnapshot;
use crate::{App, Tenant};

/// One request, with the tenant's configuration at its start. Cheap to clone into a unit of work.
#[derive(Clone)]
pub struct Context(Arc<Facts>);

/// What is behind a [`Context`].
pub struct Facts {
    pub app: App,
    pub tenant: Tenant,
    pub config: Arc<TenantSnapshot>,
    pub now: Timestamp,
    pub method: Method,
    pub headers: HeaderMap,
    pub query: String,
    pub ip: ClientIp,
}

impl Deref for Context {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(parts).await
    }
}

impl Context {
    /// Reads the request.
    ///
    /// # Errors
    /// 503 when the tenant's configuration cannot be read.
    pub async fn of(parts: &Parts) -> Result<Self, ApiError> {
        let tenant = Tenant::of(&parts.extensions)?;
        let config = tenant.config().await?;
        Ok(Self(Arc::new(Facts {
            now: tenant.app().clock.now(),
            config,
            app: tenant.app().clone(),
            tenant,
            method: parts.method.clone(),
            headers: parts.headers.clone(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            ip: ClientIp::of(parts),
        })))
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> &'static str {
        self.tenant.id()
    }

    /// The issuer.
    pub fn issuer(&self) -> &str {
        self.tenant.issuer()
    }

    /// The query's parameters.
    ///
    /// # Errors
    /// `invalid_request` for too many, too long or NUL.
    pub fn query_params(&self) -> Result<Params, OAuthError> {
        Params::parse(&self.query)
    }

    /// The client with this id.
    pub fn client(&self, id: &str) -> Option<Arc<Registered>> {
        self.config.clients.get(id).cloned()
    }

    /// An empty jar for the answer's cookies.
    pub fn jar(&self) -> Jar {
        Jar::new(&self.config.cookie_keys, self.tenant.endpoint().starts_with("https:"))
    }

    /// A cookie with a right signature.
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookies::read(&self.headers, &self.config.cookie_keys, name)
    }

    /// A header as text, none when absent or not text.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Lifetime of browser sessions in seconds (`oidc.session` of the tenant).
    pub fn session_ttl(&self) -> i64 {
        let configured = self.config.configs.get("oidc.session").and_then(|value| value.get("ttl")?.as_i64());
        configured.filter(|ttl| (1..=31_536_000).contains(ttl)).unwrap_or(oauth::ttl::SESSION)
    }

    /// When a session used now ends.
    pub fn session_end(&self) -> Timestamp {
        self.now.plus_seconds(self.session_ttl())
    }
}
