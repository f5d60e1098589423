//! One unit of work: what it knows, and what must happen together with its rows.
//!
//! A handler opens one unit through its caller ([`crate::callers::RequestContext::write`]). Rows, audit entries, events and
//! versions of the configuration that are said inside it are committed together or not at all.

mod answer;

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use db::{DbError, FromRow, Read, Sql, Tx, Value, params, placeholders, sql};
use kernel::ids::UserId;
use kernel::{Rng, Timestamp};
use serde_json::{Map, Value as JsonValue};

pub(crate) use answer::{Answer, Undone, ViewUnit, WorkUnit};

use crate::App;
use crate::audit::AuditEntry;
use crate::audit::changes::ChangeNotes;
use crate::callers::RequestFacts;
use crate::errors::ApiError;
use crate::events::{Event, EventBody, EventKind, InteractionOrigin, origin};
use crate::fair_share::ClientNetwork;
use crate::hooks::Hooks;
use crate::outbox::{self, Outbox};
use crate::sealing::{Sealer, Vault};
use crate::tenants::{Section, Sections};

/// On whose behalf a unit of work runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The server itself: start, jobs.
    Server,
    /// A person at the command line of the installation.
    CommandLine,
    /// Whoever sent a request that names nobody.
    Anyone,
    /// The subject of a management token: a user's or an application's id.
    Management { id: String, is_application: bool },
    /// A person who changes their own account.
    Person { id: UserId },
    /// The browser of an interaction, by the interaction's name in the audit log.
    Browser { interaction: String },
}

/// What a unit knows of its surroundings.
#[derive(Clone)]
pub struct UnitContext {
    pub tenant_id: &'static str,
    /// When the unit was asked for.
    pub now: Timestamp,
    pub rng: Rng,
    pub sealer: Sealer,
    pub vault: Vault,
    pub actor: Actor,
    /// The request that asked for it, if one did.
    pub request: Option<Arc<RequestFacts>>,
    /// Who is told of events; nobody in a unit that only reads.
    pub hooks: Arc<Hooks>,
}

/// What a unit that only reads has: the rows of one tenant. Derefs to [`db::Read`].
#[derive(Clone, Copy)]
pub struct View<'a> {
    read: &'a Read<'a>,
    context: &'a UnitContext,
}

/// A unit of work in a transaction: everything a [`View`] has, and changes. [`crate::Tenant::write`] and
/// [`crate::Tenant::write_relaxed`] make it.
pub struct Work<'a> {
    view: View<'a>,
    tx: &'a Tx<'a>,
    outbox: &'a Outbox,
    effects: &'a Effects,
    durable: Cell<bool>,
    interaction: RefCell<Option<InteractionOrigin>>,
    notes: ChangeNotes,
}

/// What must follow a commit in this process. It is shared with the caller, so that a commit whose answer was lost still
/// makes this process look again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Effects(Arc<EffectFlags>);

#[derive(Debug, Default)]
struct EffectFlags {
    touched: AtomicU8,
    emitted: AtomicBool,
}

/// Whether a unit is answered before its commit has reached the disk (docs/adr/0007-relaxed-units.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Durable,
    Relaxed,
}

impl Effects {
    /// The sections of the configuration that were touched.
    pub(crate) fn touched(&self) -> Sections {
        Sections::from_bits(self.0.touched.load(Ordering::Relaxed))
    }

    /// Whether there are deliveries.
    pub(crate) fn emitted(&self) -> bool {
        self.0.emitted.load(Ordering::Relaxed)
    }

    /// Whether `section` was not touched before.
    fn touch(&self, section: Section) -> bool {
        let bit = section.bit();
        self.0.touched.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }
}

impl<'a> View<'a> {
    /// A view of the rows of `context.tenant_id`.
    pub(crate) fn new(read: &'a Read<'a>, context: &'a UnitContext) -> Self {
        Self { read, context }
    }

    /// The tenant whose rows these are.
    pub fn tenant_id(&self) -> &'static str {
        self.context.tenant_id
    }

    /// When the unit was asked for.
    pub fn now(&self) -> Timestamp {
        self.context.now
    }

    /// Opens and seals the secrets in the rows.
    pub fn sealer(&self) -> &Sealer {
        &self.context.sealer
    }

    /// Opens and seals the tokens of providers.
    pub fn vault(&self) -> &Vault {
        &self.context.vault
    }

    /// The rows whose last named column is one of `ids`. `text` begins a statement whose `$1` is the tenant:
    /// `select id, type from roles where tenant_id = $1 and id`.
    ///
    /// # Errors
    /// As [`Read::query_all`].
    pub fn query_by_ids<T: FromRow>(&self, text: &str, ids: &[impl AsRef<str>]) -> Result<Vec<T>, DbError> {
        let mut found = Vec::new();
        // SQLite takes 32,766 parameters.
        for ids in ids.chunks(1000) {
            let text = Sql::dynamic(format!("{text} in ({})", placeholders(2, ids.len())));
            let params: Vec<Value> =
                [self.tenant_id()].into_iter().chain(ids.iter().map(AsRef::as_ref)).map(Value::from).collect();
            found.extend(self.query_all(&text, &params)?);
        }
        Ok(found)
    }
}

impl<'a> Deref for View<'a> {
    type Target = Read<'a>;

    fn deref(&self) -> &Read<'a> {
        self.read
    }
}

impl<'a> Deref for Work<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &View<'a> {
        &self.view
    }
}

impl<'a> Work<'a> {
    fn new(tx: &'a Tx<'a>, context: &'a UnitContext, outbox: &'a Outbox, effects: &'a Effects) -> Self {
        Self {
            view: View::new(tx, context),
            tx,
            outbox,
            effects,
            durable: Cell::new(false),
            interaction: RefCell::new(None),
            notes: ChangeNotes::default(),
        }
    }

    /// The transaction itself, for what makes or deletes another tenant: nothing else writes rows of one that is not its own.
    pub(crate) fn across_tenants(&self) -> &'a Tx<'a> {
        self.tx
    }

    /// The source of randomness.
    pub fn rng(&self) -> &Rng {
        &self.view.context.rng
    }

    /// On whose behalf this runs.
    pub fn actor(&self) -> &Actor {
        &self.view.context.actor
    }

    /// The request that asked for it, if one did.
    pub(crate) fn request(&self) -> Option<&RequestFacts> {
        self.view.context.request.as_deref()
    }

    /// The sign-in whose step this is.
    pub(crate) fn interaction(&self) -> Option<InteractionOrigin> {
        self.interaction.borrow().clone()
    }

    /// Says that what follows is a step of a sign-in.
    pub(crate) fn enter_interaction(&self, origin: InteractionOrigin) {
        self.interaction.replace(Some(origin));
    }

    /// What is noted of the changes of an administrator.
    pub(crate) fn notes(&self) -> &ChangeNotes {
        &self.notes
    }

    /// As [`Read::query_one`], also for statements that change something.
    ///
    /// # Errors
    /// As [`Read::query_one`].
    pub fn query_one<T: FromRow>(&self, sql: &Sql, params: &[Value]) -> Result<T, DbError> {
        self.notes.see(sql, params);
        self.view.query_one(sql, params)
    }

    /// Executes a statement and returns the number of rows it changed.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub fn exec(&self, sql: &Sql, params: &[Value]) -> Result<u64, DbError> {
        self.notes.see(sql, params);
        self.tx.exec(sql, params)
    }

    /// Executes a compare-and-swap: exactly one row must change.
    ///
    /// # Errors
    /// As [`Tx::exec_one`].
    pub fn exec_one(&self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
        self.notes.see(sql, params);
        self.tx.exec_one(sql, params)
    }

    /// Executes a statement about rows of which at least one must be there.
    ///
    /// # Errors
    /// 404 `entity.not_found` when it changed none; a failure of the database.
    pub fn exec_existing(&self, sql: &Sql, params: &[Value]) -> Result<(), ApiError> {
        match self.exec(sql, params)? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    }

    /// Executes a statement of which nobody needs to know how many rows it changed.
    ///
    /// # Errors
    /// As [`Tx::exec_pipelined`].
    pub fn exec_pipelined(&self, sql: &Sql, params: &[Value]) -> Result<(), DbError> {
        self.notes.see(sql, params);
        self.tx.exec_pipelined(sql, params)
    }

    /// Makes the answer wait for the disk, also in a unit that began relaxed: what was changed must not be lost.
    pub fn require_durable(&self) {
        self.durable.set(true);
    }

    /// Marks a section of the tenant's configuration as changed: this process sees it at once, others within
    /// [`crate::tenants::MAX_STALENESS`]. Call it before reading what is to be changed: on PostgreSQL no other change of the
    /// section comes in between then.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn touch(&self, section: Section) -> Result<(), DbError> {
        self.require_durable();
        if !self.effects.touch(section) {
            return Ok(());
        }
        self.exec_one(
            sql!("update config_versions set version = version + 1 where tenant_id = $1 and section = $2"),
            params![self.tenant_id(), section.as_str()],
        )
    }

    /// Writes an entry of the audit log.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn audit(&self, entry: &AuditEntry) -> Result<(), DbError> {
        entry.row(self.tenant_id(), self.now()).insert(self.tx, self.rng())
    }

    /// Like [`Work::audit`], for a sign-in that begins: a network that begins very many gets some left out.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn audit_beginning(&self, app: &App, network: ClientNetwork, entry: &AuditEntry) -> Result<(), DbError> {
        let row = entry.row(self.tenant_id(), self.now());
        if app.admits_beginning(network, &row) { row.insert(self.tx, self.rng()) } else { Ok(()) }
    }

    /// Whether anybody asked to be told of such events.
    pub fn has_subscribers(&self, kind: EventKind) -> bool {
        self.hooks().subscribers_of(kind).next().is_some() || !self.outbox.subscribers_of(kind).is_empty()
    }

    fn hooks(&self) -> &Hooks {
        &self.view.context.hooks
    }

    /// Hands something over to the outbox for one subscriber, to be delivered after the commit, at least once.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) fn enqueue(
        &self,
        subscriber: &str,
        event: &str,
        payload: Map<String, JsonValue>,
    ) -> Result<(), DbError> {
        self.require_durable();
        self.effects.0.emitted.store(true, Ordering::Relaxed);
        outbox::insert_row(self, subscriber, event, payload)
    }

    /// Says that something happened: its subscribers are told after the commit, at least once ([`crate::outbox`]). `body` is
    /// the entity it happened to, as the API shows it, or an [`EventBody`]; it is asked for only if there is a subscriber.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn emit<B: Into<EventBody>>(&self, kind: EventKind, body: impl FnOnce() -> B) -> Result<(), DbError> {
        if !self.has_subscribers(kind) {
            return Ok(());
        }
        self.require_durable();
        self.effects.0.emitted.store(true, Ordering::Relaxed);
        let mut body: EventBody = body().into();
        let said = std::mem::replace(&mut body.members, origin::members(self, kind)?);
        body.members.extend(said);
        let event = Event { kind, body };
        let registered = self.outbox.subscribers_of(kind);
        let mut all = registered.into_iter().chain(self.hooks().subscribers_of(kind));
        all.try_for_each(|subscriber| outbox::insert(self, subscriber, &event))
    }
}

/// Runs `work` in a transaction over the rows of one tenant. The caller looks at `effects` afterwards.
///
/// # Errors
/// Those of `work` and of [`db::Db::write`].
pub(crate) async fn transaction(
    app: &App,
    context: UnitContext,
    durability: Durability,
    effects: Effects,
    work: WorkUnit,
) -> Result<(), Undone> {
    let state = app.clone();
    app.db
        .write(move |tx| {
            let unit = Work::new(tx, &context, &state.outbox, &effects);
            work(&unit)?;
            if durability == Durability::Relaxed && !unit.durable.get() {
                tx.relax();
            }
            Ok(())
        })
        .await
}
