//! Tenants: whose request this is, and the tenant's slow-changing configuration in memory.

mod clients;
pub mod config;
mod further;
mod load;
pub mod management;
pub mod password_epoch;
mod section;
mod slot;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use db::{DbError, Read};

pub use clients::{ApplicationRow, StoredApplication};
pub use config::{AccessRules, Keys, ResourceConfig, TenantSnapshot};
pub use section::{Section, Sections, Versions};

use clients::ClientCache;
use further::FurtherTenants;
use load::Asked;
use slot::Slot;

use crate::App;
use crate::callers::RequestFacts;
use crate::client_documents;
use crate::errors::ApiError;
use crate::hooks::{self, Hooks};
use crate::oidc::clients::RegisteredClient;
use crate::settings::Settings;
use crate::work::{self, Actor, Answer, Durability, Effects, Undone, UnitContext, View, ViewUnit, Work, WorkUnit};

/// How long a snapshot is used without asking the database for a newer version: the staleness that another process's
/// change can have. A change by this process shows at once.
pub const MAX_STALENESS: Duration = Duration::from_millis(250);

/// The snapshots of all tenants.
pub struct Tenants {
    slots: HashMap<&'static str, Slot>,
    further: FurtherTenants,
    /// The hosts of `default`.
    main_hosts: Vec<String>,
}

impl Tenants {
    pub(crate) fn new(settings: &Settings) -> Self {
        let slot = |endpoint: &str| Slot::new(endpoint, settings.demo_apps);
        let slots = [("default", slot(&settings.endpoint)), ("admin", slot(&settings.admin_endpoint))];
        let main_hosts = further::hosts_of(&settings.endpoint);
        Self { slots: slots.into_iter().collect(), further: FurtherTenants::default(), main_hosts }
    }

    fn slot(&self, id: &str) -> Option<&Slot> {
        self.slots.get(id).or_else(|| self.further.slot(id).map(|(_, slot)| slot))
    }

    /// Whether a host is that of `default`.
    pub fn is_main_host(&self, host: &str) -> bool {
        self.main_hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// The tenant that a request on the main port is for, by another host than that of `default` (RFC 9110 section 7.2).
    pub async fn at_host(&self, host: &str, app: &App) -> &'static str {
        self.further.find(host, app).await.unwrap_or("default")
    }

    /// Reads which tenants there are.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn refresh(&self, app: &App) -> Result<(), DbError> {
        self.further.refresh(app).await
    }

    /// The ids of all tenants that are known.
    pub fn ids(&self) -> Vec<&'static str> {
        self.slots.keys().copied().chain(self.further.ids()).collect()
    }

    /// The issuer of a tenant, empty for an unknown one.
    pub fn issuer(&self, id: &str) -> &str {
        self.slot(id).map_or("", |slot| &slot.issuer)
    }

    /// The id of a tenant as it lives as long as the process; none for an unknown one.
    pub fn known(&self, id: &str) -> Option<&'static str> {
        let own = self.slots.get_key_value(id).map(|(known, _)| *known);
        own.or_else(|| self.further.slot(id).map(|(known, _)| known))
    }

    /// As [`Self::known`], for one that another process may have made a moment ago.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) async fn find(&self, id: &str, app: &App) -> Result<Option<&'static str>, DbError> {
        if let Some(known) = self.known(id) {
            return Ok(Some(known));
        }
        self.further.refresh(app).await?;
        Ok(self.known(id))
    }

    /// The public base URL of a tenant without a trailing slash, empty for an unknown one.
    pub fn endpoint(&self, id: &str) -> &str {
        self.slot(id).map_or("", |slot| &slot.endpoint)
    }

    /// The configuration, at most [`MAX_STALENESS`] old.
    ///
    /// # Errors
    /// 404 for an unknown tenant, 503 when the database can't be asked.
    pub async fn get(&self, id: &str, app: &App) -> Result<Arc<TenantSnapshot>, ApiError> {
        let slot = self.slot(id).ok_or_else(ApiError::not_found)?;
        let now = app.clock.now();
        if let Some(config) = slot.fresh(now) {
            return Ok(config);
        }
        let _turn = slot.loading.lock().await;
        let now = app.clock.now();
        if let Some(config) = slot.fresh(now) {
            return Ok(config);
        }
        let asked = Instant::now();
        let (known, changes) = {
            let state = slot.lock();
            (state.config.clone(), state.changes)
        };
        let tenant = id.to_owned();
        let versions =
            app.db.read_inline(move |r| load::versions(r, &tenant)).await?.ok_or_else(ApiError::not_found)?;
        let loaded = match known {
            Some(known) if known.versions == versions && known.keys.are_current(now) => None,
            Some(known) if load::is_same_but_for_clients(&known, versions, now) => Some(known.at(versions)),
            known => {
                let (tenant, endpoint, sealer) = (id.to_owned(), slot.endpoint.clone(), app.sealer.clone());
                let certificates = app.settings.client_certificates.clone();
                let case_sensitive_username = app.settings.case_sensitive_username;
                let load = move |r: &Read<'_>| {
                    let client_certificates = certificates.as_ref();
                    let asked = Asked {
                        sealer: &sealer,
                        tenant: &tenant,
                        endpoint: &endpoint,
                        client_certificates,
                        case_sensitive_username,
                        versions,
                        now,
                    };
                    load::load(r, &asked, known.as_deref())
                };
                Some(app.db.read(load).await?)
            }
        };
        let mut state = slot.lock();
        if state.changes == changes {
            state.checked = Some(asked);
        }
        if let Some(config) = loaded {
            state.config = Some(Arc::new(config));
        }
        state.config.clone().ok_or_else(ApiError::not_found)
    }

    /// The configuration as it was last read, however long ago: for what must be said while the database is away.
    pub fn last(&self, id: &str) -> Option<Arc<TenantSnapshot>> {
        self.slot(id)?.lock().config.clone()
    }

    /// Makes the next [`Tenants::get`] ask the database: call after a committed change.
    pub fn invalidate(&self, id: &str) {
        if let Some(slot) = self.slot(id) {
            let mut state = slot.lock();
            state.checked = None;
            state.changes += 1;
        }
    }
}

/// The tenant that a request is for: by the port it came in on, and there by its host.
#[derive(Clone)]
pub struct Tenant {
    id: &'static str,
    app: App,
}

impl Tenant {
    /// The tenant with this id.
    pub fn new(id: &'static str, app: &App) -> Self {
        Self { id, app: app.clone() }
    }

    /// The tenant of a request, from its extensions.
    ///
    /// # Errors
    /// 500 when the router did not set one.
    pub fn of(extensions: &Extensions) -> Result<Self, ApiError> {
        extensions.get::<Self>().cloned().ok_or_else(|| ApiError::internal("the request has no tenant"))
    }

    /// The id.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The server it is served by.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The public base URL without a trailing slash.
    pub fn endpoint(&self) -> &str {
        self.app.tenants.endpoint(self.id)
    }

    /// The OpenID Connect issuer: `{endpoint}/oidc`.
    pub fn issuer(&self) -> &str {
        self.app.tenants.issuer(self.id)
    }

    /// The configuration.
    ///
    /// # Errors
    /// As [`Tenants::get`].
    pub async fn config(&self) -> Result<Arc<TenantSnapshot>, ApiError> {
        self.app.tenants.get(self.id, &self.app).await
    }

    /// The client with this id, no older than `config`. Of one that nobody registered nothing is fetched
    /// ([`crate::callers::RequestContext::current_client`]).
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn client(&self, config: &TenantSnapshot, id: &str) -> Result<Option<Arc<RegisteredClient>>, DbError> {
        if client_documents::is_address(id) {
            return Ok(client_documents::find_kept(&self.app, config, id));
        }
        if let Some(kept) = self.clients()?.find_kept(config.versions.of(Section::Clients), id) {
            return Ok(kept);
        }
        let (tenant, id) = (self.clone(), id.to_owned());
        self.app.db.read_inline(move |r| tenant.clients()?.load(r, &tenant.app.sealer, tenant.id, &id)).await
    }

    /// As [`Tenant::client`], inside a unit of work.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn client_in(
        &self,
        view: &View<'_>,
        config: &TenantSnapshot,
        id: &str,
    ) -> Result<Option<Arc<RegisteredClient>>, DbError> {
        if client_documents::is_address(id) {
            return Ok(client_documents::find_kept(&self.app, config, id));
        }
        let kept = self.clients()?.find_kept(config.versions.of(Section::Clients), id);
        kept.map_or_else(|| self.clients()?.load(view, &self.app.sealer, self.id, id), Ok)
    }

    fn clients(&self) -> Result<&ClientCache, DbError> {
        self.app.tenants.slot(self.id).map(|slot| &slot.clients).ok_or(DbError::NotFound)
    }

    fn unit(&self, actor: &Actor, request: Option<&Arc<RequestFacts>>) -> UnitContext {
        UnitContext {
            tenant_id: self.id,
            now: self.app.clock.now(),
            rng: self.app.rng.clone(),
            sealer: self.app.sealer.clone(),
            vault: self.app.vault.clone(),
            actor: actor.clone(),
            request: request.cloned(),
            hooks: Arc::default(),
        }
    }

    /// Who is told of events.
    async fn hooks(&self) -> Result<Arc<Hooks>, DbError> {
        match self.config().await {
            Ok(config) => Ok(Arc::clone(&config.hooks)),
            // The unit may be there to mend the configuration.
            Err(_) => {
                let (id, sealer) = (self.id, self.app.sealer.clone());
                self.app.db.read_inline(move |r| hooks::load(r, &sealer, id)).await.map(Arc::new)
            }
        }
    }

    /// Runs a unit of work that only reads and may look at many rows. Few of these run at the same time, each for 2 s at most.
    ///
    /// # Errors
    /// Those of `work` and of [`db::Db::read_scan`].
    pub async fn read<T, E, F>(&self, actor: &Actor, work: F) -> Result<T, E>
    where
        F: FnOnce(&View<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_view(work);
        answer.take(self.scan(actor, unit).await)
    }

    async fn scan(&self, actor: &Actor, work: ViewUnit) -> Result<(), Undone> {
        let unit = self.unit(actor, None);
        self.app.db.read_scan(move |r| work(&View::new(r, &unit))).await
    }

    /// Runs a unit of work that reads few rows, each by an index.
    ///
    /// # Errors
    /// Those of `work` and of [`db::Db::read_inline`].
    pub async fn read_inline<T, E, F>(&self, actor: &Actor, work: F) -> Result<T, E>
    where
        F: FnOnce(&View<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_view(work);
        answer.take(self.look_up(actor, unit).await)
    }

    async fn look_up(&self, actor: &Actor, work: ViewUnit) -> Result<(), Undone> {
        let unit = self.unit(actor, None);
        self.app.db.read_inline(move |r| work(&View::new(r, &unit))).await
    }

    /// Runs a unit of work that changes something. What it did is on the disk once this returns `Ok`; an `Err` leaves
    /// nothing behind. Changed sections of the configuration show here at once, in other processes within
    /// [`MAX_STALENESS`].
    ///
    /// # Errors
    /// Those of `work` and of [`db::Db::write`].
    pub async fn write<T, E, F>(&self, actor: &Actor, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_work(work);
        answer.take(self.transaction(UnitOrigin { actor, request: None }, Durability::Durable, unit).await)
    }

    /// As [`Tenant::write`], answered once it is committed and before it is on the disk, unless the unit changes what must
    /// not be lost ([`Work::require_durable`]). For what a person can simply do again (docs/adr/0007-relaxed-units.md).
    ///
    /// # Errors
    /// As [`Tenant::write`].
    pub async fn write_relaxed<T, E, F>(&self, actor: &Actor, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_work(work);
        answer.take(self.transaction(UnitOrigin { actor, request: None }, Durability::Relaxed, unit).await)
    }

    /// Runs a unit that a request asked for.
    pub(crate) async fn transaction(
        &self,
        origin: UnitOrigin<'_>,
        durability: Durability,
        work: WorkUnit,
    ) -> Result<(), Undone> {
        let effects = Effects::default();
        let unit = UnitContext { hooks: self.hooks().await?, ..self.unit(origin.actor, origin.request) };
        let result = work::transaction(&self.app, unit, durability, effects.clone(), work).await;
        if !effects.touched().is_empty() {
            self.app.tenants.invalidate(self.id);
        }
        if effects.emitted() {
            self.app.outbox.wake();
        }
        result
    }
}

/// Who asked for a unit.
#[derive(Clone, Copy)]
pub(crate) struct UnitOrigin<'a> {
    pub actor: &'a Actor,
    pub request: Option<&'a Arc<RequestFacts>>,
}

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(&parts.extensions)
    }
}
