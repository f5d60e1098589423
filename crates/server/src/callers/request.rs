//! One request: its tenant, the tenant's configuration at its start, and what it says of itself.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use db::DbError;
use kernel::{Locale, Timestamp};

use super::{Access, Caller};
use crate::errors::ApiError;
use crate::hashing::Hasher;
use crate::http::{ClientIp, RequestId, request_locale};
use crate::tenants::{TenantSnapshot, UnitOrigin};
use crate::tls::ClientCertificate;
use crate::work::{Actor, Answer, Durability, Undone, View, Work, WorkUnit};
use crate::{App, Tenant};

/// Longer values of `User-Agent` are cut: they are stored with interactions and in the audit log.
const MAX_USER_AGENT_CHARS: usize = 256;

/// One request and its caller. It is built once per request and cheap to clone into a unit of work.
#[derive(Clone)]
pub struct RequestContext {
    request: Arc<RequestFacts>,
    actor: Actor,
}

/// What is behind a [`RequestContext`].
pub struct RequestFacts {
    pub app: App,
    pub tenant: Tenant,
    /// The tenant's configuration when the request came.
    pub config: Arc<TenantSnapshot>,
    /// When the request came.
    pub now: Timestamp,
    /// For messages; pages choose by their tenant's settings.
    pub locale: Locale,
    pub ip: ClientIp,
    /// At most 256 characters.
    pub user_agent: String,
    pub id: RequestId,
    /// The declared path, with its placeholders.
    pub route: Option<String>,
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    certificate: Option<ClientCertificate>,
}

impl Deref for RequestContext {
    type Target = RequestFacts;

    fn deref(&self) -> &RequestFacts {
        &self.request
    }
}

impl RequestContext {
    /// The context of a request. The first extractor that asks builds it; it stays in the request's extensions.
    ///
    /// # Errors
    /// 503 when the tenant's configuration cannot be read.
    pub async fn of(parts: &mut Parts) -> Result<Self, ApiError> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let tenant = Tenant::of(&parts.extensions)?;
        let config = tenant.config().await?;
        let context = Self::new(parts, tenant, config);
        parts.extensions.insert(context.clone());
        Ok(context)
    }

    /// The context of a request with a given configuration.
    pub(crate) fn new(parts: &Parts, tenant: Tenant, config: Arc<TenantSnapshot>) -> Self {
        let user_agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let request = RequestFacts {
            app: tenant.app().clone(),
            now: tenant.app().clock.now(),
            config,
            locale: request_locale(&parts.uri, &parts.headers),
            ip: ClientIp::of(parts),
            user_agent: user_agent.chars().take(MAX_USER_AGENT_CHARS).collect(),
            id: RequestId::of(&parts.extensions),
            route: parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()),
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
            certificate: parts.extensions.get().cloned(),
            tenant,
        };
        Self { request: Arc::new(request), actor: Actor::Anyone }
    }

    /// The same request of a caller who is known by now.
    #[must_use]
    pub fn with_actor(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    fn origin(&self) -> UnitOrigin<'_> {
        UnitOrigin { actor: &self.actor, request: Some(&self.request) }
    }

    /// On whose behalf its units of work run.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The password hasher, whose queue the client's network shares fairly with others.
    pub fn hasher(&self) -> Hasher {
        self.app.hasher.for_network(self.ip.network())
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> &'static str {
        self.tenant.id()
    }

    /// The tenant's issuer.
    pub fn issuer(&self) -> &str {
        self.tenant.issuer()
    }

    /// The client certificate of the connection, if it has one that is good now.
    pub fn certificate(&self) -> Option<&ClientCertificate> {
        self.certificate.as_ref().filter(|certificate| certificate.is_valid_at(self.now))
    }

    /// A header as text; none when it is absent or not text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A unit that may look at many rows.
    ///
    /// # Errors
    /// As [`Tenant::read`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&View<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.tenant.read(&self.actor, work).await
    }

    /// A unit that reads few rows, each by an index.
    ///
    /// # Errors
    /// As [`Tenant::read_inline`].
    pub async fn read_inline<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&View<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.tenant.read_inline(&self.actor, work).await
    }

    /// A unit that changes something. It is on the disk once this returns `Ok`.
    ///
    /// # Errors
    /// As [`Tenant::write`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_work(work);
        answer.take(self.run(Durability::Durable, unit).await)
    }

    /// A unit whose changes a person can simply make again.
    ///
    /// # Errors
    /// As [`Tenant::write_relaxed`].
    pub async fn write_relaxed<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_work(work);
        answer.take(self.run(Durability::Relaxed, unit).await)
    }

    /// Runs a unit that changes something.
    ///
    /// # Errors
    /// Those of the unit, and of the database.
    pub(super) async fn run(&self, durability: Durability, unit: WorkUnit) -> Result<(), Undone> {
        self.tenant.transaction(self.origin(), durability, unit).await
    }
}

/// Whoever sent the request: the route looks after itself.
#[derive(Clone)]
pub struct Anyone(pub RequestContext);

impl Caller for Anyone {
    const ACCESS: Access = Access::Public;
}

impl Deref for Anyone {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Anyone {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        RequestContext::of(parts).await.map(Self)
    }
}
