//! The request of a provider endpoint, with the configuration of its tenant.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use kernel::Timestamp;
use oauth::{OAuthError, Params};

use super::clients::RegisteredClient;
use super::cookies::{self, SetCookies};
use crate::errors::ApiError;
use crate::http::ClientIp;
use crate::tenants::TenantSnapshot;
use crate::{App, Tenant};

/// One request, with the tenant's configuration at its start. Cheap to clone into a transaction.
#[derive(Clone)]
pub struct ProviderRequest(Arc<ProviderRequestInner>);

/// The data of a [`ProviderRequest`].
pub struct ProviderRequestInner {
    pub app: App,
    pub tenant: Tenant,
    pub config: Arc<TenantSnapshot>,
    pub now: Timestamp,
    pub method: Method,
    pub headers: HeaderMap,
    pub query: String,
    pub ip: ClientIp,
}

impl Deref for ProviderRequest {
    type Target = ProviderRequestInner;

    fn deref(&self) -> &ProviderRequestInner {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for ProviderRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(parts).await
    }
}

impl ProviderRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// 503 when the tenant's configuration cannot be read.
    pub async fn of(parts: &Parts) -> Result<Self, ApiError> {
        let tenant = Tenant::of(&parts.extensions)?;
        let config = tenant.config().await?;
        Ok(Self(Arc::new(ProviderRequestInner {
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

    /// The same request, as the provider knows it.
    pub fn of_context(request: &crate::callers::RequestContext) -> Self {
        Self(Arc::new(ProviderRequestInner {
            now: request.now,
            config: request.config.clone(),
            app: request.app.clone(),
            tenant: request.tenant.clone(),
            method: request.method.clone(),
            headers: request.headers.clone(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            ip: request.ip,
        }))
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
    pub fn client(&self, id: &str) -> Option<Arc<RegisteredClient>> {
        self.config.clients.get(id).cloned()
    }

    /// An empty collection of cookies for the response.
    pub fn set_cookies(&self) -> SetCookies {
        SetCookies::new(&self.config.cookie_keys, self.tenant.endpoint().starts_with("https:"))
    }

    /// The value of a cookie whose signature is valid.
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookies::read(&self.headers, &self.config.cookie_keys, name)
    }

    /// A header as text; `None` when absent or not visible ASCII.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
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
