//! What is kept of one tenant.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use kernel::Timestamp;

use super::clients::ClientCache;
use super::{MAX_STALENESS, TenantSnapshot};

/// The configuration of a tenant in memory, and where it answers.
pub(super) struct Slot {
    pub endpoint: String,
    pub issuer: String,
    pub clients: ClientCache,
    state: Mutex<State>,
    /// One load at a time; the others wait for it.
    pub loading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
pub(super) struct State {
    pub config: Option<Arc<TenantSnapshot>>,
    pub checked: Option<Instant>,
    /// Counts invalidations: one that happens during a load must not be overwritten by it.
    pub changes: u64,
}

impl Slot {
    /// The slot of a tenant with this endpoint; nothing is loaded yet.
    pub fn new(endpoint: &str, has_demo_apps: bool) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            issuer: format!("{endpoint}/oidc"),
            clients: ClientCache::new(endpoint, has_demo_apps),
            state: Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    /// The state, for a moment.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration, if it was compared with the database a moment ago.
    pub fn fresh(&self, now: Timestamp) -> Option<Arc<TenantSnapshot>> {
        let state = self.lock();
        let config = state.checked.filter(|at| at.elapsed() < MAX_STALENESS).and(state.config.as_ref());
        config.filter(|config| config.keys.are_current(now)).cloned()
    }
}
