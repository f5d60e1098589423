//! What every handler shares.

use std::ops::Deref;
use std::sync::Arc;

use db::Db;
use kernel::{Clock, Rng};

use crate::audit::{self, AuditLog};
use crate::hashing::{Hasher, HashingError};
use crate::rights::Remembered;
use crate::settings::Settings;
use crate::tenants::Tenants;

/// The running server's shared parts. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts behind [`App`].
pub struct Parts {
    pub db: Db,
    pub clock: Clock,
    pub rng: Rng,
    pub settings: Settings,
    pub tenants: Tenants,
    /// Management tokens that were checked already.
    pub management_tokens: Remembered,
    pub hasher: Hasher,
    audit_log: AuditLog,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together over an open, migrated and seeded database. Call inside a Tokio runtime.
    ///
    /// # Errors
    /// When the settings of password hashing are out of range.
    pub fn new(db: Db, clock: Clock, rng: Rng, settings: Settings) -> Result<Self, HashingError> {
        let tenants = Tenants::new(&settings);
        let audit_log = AuditLog::start(db.clone(), clock.clone(), rng.clone());
        let hasher = Hasher::start(&settings.hash, rng.clone())?;
        Ok(Self(Arc::new(Parts {
            db,
            clock,
            rng,
            settings,
            tenants,
            management_tokens: Remembered::default(),
            hasher,
            audit_log,
        })))
    }

    /// Queues an audit entry; it is written soon, off the request's path. Entries that must not be lost go through
    /// [`audit::insert`] in the transaction they describe.
    pub fn audit(&self, tenant_id: &str, entry: audit::Entry) {
        self.audit_log.push(tenant_id, entry);
    }

    /// Waits until all queued audit entries are written: at shutdown and in tests.
    pub async fn flush_audit(&self) {
        self.audit_log.flush().await;
    }
}
