//! The application state.

use std::ops::Deref;
use std::sync::Arc;

use ::scripts::Pool;
use db::Db;
use federation::{Federation, PublishedKeys};
use kernel::ids::UserId;
use kernel::{Clock, Rng};
use outbound::Outbound;

use crate::assets::Assets;
use crate::audit::{AuditEntry, AuditQueue, AuditRow};
use crate::breached_passwords::PasswordLookups;
use crate::callers::TokenCache;
use crate::captcha::CallLimit;
use crate::client_documents::ClientDocuments;
use crate::connectors::{Deliveries, Inbox};
use crate::dashboard::ActiveUser;
use crate::fair_share::{ClientNetwork, Places};
use crate::hashing::{Hasher, HashingError};
use crate::network_budget::{INTERACTIONS, NetworkBudget};
use crate::oidc::client_keys;
use crate::outbox::{self, Outbox};
use crate::refusals::{RefusalKind, RefusalRow};
use crate::scripts;
use crate::sealing::{Sealer, Vault};
use crate::serve::Storage;
use crate::settings::Settings;
use crate::tenants::Tenants;

/// Requests for the keys of clients at the same time: strangers name the addresses of some.
const MAX_KEY_REQUESTS: usize = 32;
/// Sign-ins that begin or are completed at providers at the same time, of a tenant and of one network.
const MAX_PROVIDER_CALLS: usize = 24;
const MAX_PROVIDER_CALLS_OF_NETWORK: usize = 8;
/// Wrong passwords that wait for an action at the same time, of a tenant and of one network: a part of those that may wait for a script.
const MAX_PASSWORD_ACTIONS: usize = 64;
const MAX_PASSWORD_ACTIONS_OF_NETWORK: usize = 8;

/// The state that all handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppInner>);

/// The contents of [`App`].
pub struct AppInner {
    pub db: Db,
    /// Opens and seals the secrets in the database.
    pub sealer: Sealer,
    /// Opens and seals the tokens of social providers.
    pub vault: Vault,
    pub clock: Clock,
    pub rng: Rng,
    pub settings: Settings,
    pub tenants: Tenants,
    /// Verified management tokens.
    pub token_cache: TokenCache,
    pub hasher: Hasher,
    audit_queue: AuditQueue,
    /// Deliveries of events.
    pub outbox: Outbox,
    /// The only way to call other servers.
    pub outbound: Outbound,
    /// Asks for breached passwords.
    pub password_lookups: PasswordLookups,
    /// For what leaves from the outbox, whose receivers may be slow.
    pub outbox_client: Outbound,
    /// Public keys that clients publish.
    pub client_keys: PublishedKeys,
    /// What clients say of themselves that nobody registered.
    pub client_documents: ClientDocuments,
    /// Completes sign-ins at other providers.
    pub federation: Federation,
    /// Files that people upload.
    pub assets: Assets,
    /// Messages on a developer's machine.
    pub inbox: Inbox,
    /// Of the last message that was sent.
    pub deliveries: Deliveries,
    /// Completions of sign-ins at providers, by tenant.
    pub(crate) provider_calls: Places<&'static str>,
    /// Wrong passwords that an action is asked about, by tenant.
    pub(crate) password_actions: Places<&'static str>,
    /// Of sign-ins that begin, and of what their steps add.
    pub interaction_budget: NetworkBudget,
    /// Runs the scripts of tenants.
    pub(crate) scripts: Pool,
    /// Of calls to captcha providers.
    pub captcha_calls: CallLimit,
}

impl Deref for App {
    type Target = AppInner;

    fn deref(&self) -> &AppInner {
        &self.0
    }
}

impl App {
    /// Creates the state for an open, migrated and seeded database. Call it inside a Tokio runtime.
    ///
    /// # Errors
    /// When the settings of password hashing are out of range.
    pub fn new(
        storage: Storage,
        clock: Clock,
        rng: Rng,
        settings: Settings,
        outbound: Outbound,
    ) -> Result<Self, HashingError> {
        let Storage { db, sealer, vault } = storage;
        let tenants = Tenants::new(&settings);
        let audit_queue = AuditQueue::start(db.clone(), clock.clone(), rng.clone());
        let hasher = Hasher::start(&settings.hash, rng.clone())?;
        let inbox = Inbox::new(settings.development_inbox);
        let interaction_budget = NetworkBudget::new(INTERACTIONS, clock.now());
        let federation = Federation::new(outbound.clone(), clock.clone(), rng.clone());
        let assets = Assets::new(&settings.asset_storage, outbound.clone(), clock.clone());
        let client_keys = client_keys::start(outbound.apart(MAX_KEY_REQUESTS), clock.clone());
        let scripts = scripts::pool(&outbound);
        let client_documents = ClientDocuments::start(&outbound, clock.clone());
        Ok(Self(Arc::new(AppInner {
            db,
            sealer,
            vault,
            clock,
            rng,
            settings,
            tenants,
            token_cache: TokenCache::default(),
            hasher,
            audit_queue,
            outbox: Outbox::default(),
            password_lookups: PasswordLookups::new(&outbound),
            outbox_client: outbound.apart(outbox::MAX_RUNNING),
            outbound,
            client_keys,
            client_documents,
            federation,
            assets,
            inbox,
            deliveries: Deliveries::default(),
            provider_calls: Places::new(MAX_PROVIDER_CALLS, MAX_PROVIDER_CALLS_OF_NETWORK),
            password_actions: Places::new(MAX_PASSWORD_ACTIONS, MAX_PASSWORD_ACTIONS_OF_NETWORK),
            interaction_budget,
            scripts,
            captcha_calls: CallLimit::default(),
        })))
    }

    /// Queues an audit entry, which a background task writes. Use [`crate::work::Work::audit`] for entries that must not be
    /// lost.
    pub fn audit(&self, tenant_id: &str, entry: &AuditEntry) {
        self.audit_queue.push(tenant_id, entry);
    }

    /// Queues the audit entry of a refused request. A network that causes very many gets some left out: `false`.
    pub fn audit_refusal(&self, network: ClientNetwork, tenant_id: &str, entry: &AuditEntry) -> bool {
        self.audit_queue.push_refusal(network, tenant_id, entry)
    }

    /// Queues what is kept of a refused request, if its network and all together caused few enough at this tenant. Else `row` is not
    /// called.
    pub(crate) fn keep_refusal(
        &self,
        tenant_id: &'static str,
        kind: RefusalKind,
        network: ClientNetwork,
        row: impl FnOnce() -> RefusalRow,
    ) {
        self.audit_queue.push_kept_refusal(tenant_id, kind, network, row);
    }

    /// Counts a user as active, off the request's path.
    pub(crate) fn count_active(&self, tenant_id: &str, user_id: &UserId) {
        self.audit_queue.push_active(ActiveUser::new(tenant_id, user_id.clone(), self.clock.now()));
    }

    /// Whether the entry of a sign-in that begins is to be written: a network that begins very many gets some left out.
    pub(crate) fn admits_beginning(&self, network: ClientNetwork, row: &AuditRow) -> bool {
        self.audit_queue.admits_beginning(network, row)
    }

    /// Waits until all queued audit entries are written, for shutdown and tests.
    pub async fn flush_audit(&self) {
        self.audit_queue.flush().await;
    }
}
