//! Entries that are written off the request's path, several in one transaction.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::{Db, DbError};
use kernel::{Clock, Rng};
use tokio::sync::{mpsc, oneshot};

use super::{AuditEntry, AuditRow};
use crate::dashboard::{self, ActiveUser, ActivityLog};
use crate::fair_share::ClientNetwork;
use crate::network_budget::{AUDIT_ENTRIES, NetworkBudget};
use crate::refusals::{RefusalBudgets, RefusalKind, RefusalRow};

/// Entries that may wait. Beyond this and [`MAX_QUEUED_BYTES`] new ones are dropped rather than slowing requests down.
const QUEUE_CAPACITY: usize = 10_000;
/// The memory that waiting entries may take.
const MAX_QUEUED_BYTES: usize = 8 << 20;
/// What a refusal takes from a budget before its size is known.
const USUAL_REFUSAL_BYTES: usize = 1 << 10;
/// Entries per transaction.
const MAX_BATCH: usize = 256;
/// How long an entry waits for others: an own commit for each would cost as much as its request.
const BATCH_WINDOW: Duration = Duration::from_millis(100);
/// Time between two tries to write while the database is away.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// How long a stopping server waits for what is queued.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// Time between two warnings of entries that were left out: a flood must not fill the log of the process instead.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

enum Message {
    Entry(AuditRow),
    Active(ActiveUser),
    Refusal(Box<RefusalRow>),
    Flush(oneshot::Sender<()>),
}

pub(crate) struct AuditQueue {
    queue: mpsc::Sender<Message>,
    clock: Clock,
    load: Arc<QueueLoad>,
    refusals: NetworkBudget,
    /// Of sign-ins that begin: they must not crowd out what was refused.
    beginnings: NetworkBudget,
    /// Of what is kept of refused requests beside the log.
    kept_refusals: RefusalBudgets,
}

/// What the two ends of the queue share.
#[derive(Default)]
struct QueueLoad {
    bytes: AtomicUsize,
    dropped: AtomicU64,
    /// Entries beyond their budget.
    left_out: AtomicU64,
    /// The server stops: what can't be written now is given up.
    stopping: AtomicBool,
    activity: Mutex<ActivityLog>,
}

impl QueueLoad {
    fn activity(&self) -> MutexGuard<'_, ActivityLog> {
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuditQueue {
    pub(crate) fn start(db: Db, clock: Clock, rng: Rng) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_CAPACITY);
        let load = Arc::<QueueLoad>::default();
        tokio::spawn(write_loop(Writer { db, rng, load: Arc::clone(&load) }, waiting));
        let [refusals, beginnings] = [(); 2].map(|()| NetworkBudget::new(AUDIT_ENTRIES, clock.now()));
        Self { queue, clock, load, refusals, beginnings, kept_refusals: RefusalBudgets::default() }
    }

    pub(crate) fn push(&self, tenant_id: &str, entry: &AuditEntry) {
        self.push_row(entry.row(tenant_id, self.clock.now()));
    }

    /// Like [`AuditQueue::push`], for a request that was refused: anybody can send those, as many as they like.
    pub(crate) fn push_refusal(&self, network: ClientNetwork, tenant_id: &str, entry: &AuditEntry) -> bool {
        let row = entry.row(tenant_id, self.clock.now());
        let is_taken = self.takes(&self.refusals, network, &row);
        if is_taken {
            self.push_row(row);
        }
        is_taken
    }

    /// Takes the place of the entry of a sign-in that begins from the budget of a network; false where nothing is left, and the entry
    /// is to be left out.
    pub(crate) fn admits_beginning(&self, network: ClientNetwork, row: &AuditRow) -> bool {
        self.takes(&self.beginnings, network, row)
    }

    fn takes(&self, budget: &NetworkBudget, network: ClientNetwork, row: &AuditRow) -> bool {
        let is_taken = budget.take(network, row.size(), self.clock.now());
        if !is_taken {
            self.load.left_out.fetch_add(1, Ordering::Relaxed);
        }
        is_taken
    }

    /// Counts a user as active. Most are written already, and take no place.
    pub(crate) fn push_active(&self, user: ActiveUser) {
        if !self.load.activity().has(&user) {
            self.send(user.size(), Message::Active(user));
        }
    }

    /// What is kept of a refused request; nothing beyond the budget of its network. The row is made only where there is room for one.
    pub(crate) fn push_kept_refusal(
        &self,
        tenant_id: &'static str,
        kind: RefusalKind,
        network: ClientNetwork,
        row: impl FnOnce() -> RefusalRow,
    ) {
        let takes = |bytes| self.kept_refusals.take(tenant_id, kind, network, bytes, self.clock.now());
        if !takes(USUAL_REFUSAL_BYTES) {
            return;
        }
        let row = row();
        let size = row.size();
        if takes(size.saturating_sub(USUAL_REFUSAL_BYTES)) {
            self.send(size, Message::Refusal(Box::new(row)));
        }
    }

    fn push_row(&self, row: AuditRow) {
        self.send(row.size(), Message::Entry(row));
    }

    fn send(&self, size: usize, message: Message) {
        if self.load.bytes.fetch_add(size, Ordering::Relaxed) + size > MAX_QUEUED_BYTES
            || self.queue.try_send(message).is_err()
        {
            self.load.bytes.fetch_sub(size, Ordering::Relaxed);
            self.load.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) async fn flush(&self) {
        self.load.stopping.store(true, Ordering::Relaxed);
        let (done, written) = oneshot::channel();
        let flushed = async {
            if self.queue.send(Message::Flush(done)).await.is_ok() {
                // An error means the writer is gone, so there is nothing left to wait for.
                let _ = written.await;
            }
        };
        if tokio::time::timeout(FLUSH_TIMEOUT, flushed).await.is_err() {
            tracing::warn!("audit entries could not be written before the end");
        }
    }
}

async fn write_loop(writer: Writer, mut waiting: mpsc::Receiver<Message>) {
    let mut batch = Vec::new();
    let mut next_warning = tokio::time::Instant::now();
    while waiting.recv_many(&mut batch, MAX_BATCH).await > 0 {
        fill_batch(&mut batch, &mut waiting).await;
        let mut flushes = Vec::new();
        let mut found = Batch::default();
        let mut size = 0;
        for message in batch.drain(..) {
            match message {
                Message::Entry(row) => {
                    size += row.size();
                    found.rows.push(row);
                }
                Message::Active(user) => {
                    size += user.size();
                    found.active.insert(user);
                }
                Message::Refusal(row) => {
                    size += row.size();
                    found.refusals.push(*row);
                }
                Message::Flush(done) => flushes.push(done),
            }
        }
        if size > 0 {
            let found = Arc::new(found);
            if writer.write(&found).await {
                writer.load.activity().remember(&found.active);
            }
        }
        writer.load.bytes.fetch_sub(size, Ordering::Relaxed);
        match writer.load.dropped.swap(0, Ordering::Relaxed) {
            0 => {}
            dropped => tracing::warn!(dropped, "the audit queue was full; entries were dropped"),
        }
        let now = tokio::time::Instant::now();
        if (now >= next_warning || !flushes.is_empty())
            && let left_out @ 1.. = writer.load.left_out.swap(0, Ordering::Relaxed)
        {
            tracing::warn!(left_out, "very many requests of nobody in particular; the audit log leaves some out");
            next_warning = now + WARNING_INTERVAL;
        }
        for done in flushes {
            let _ = done.send(());
        }
    }
}

/// Waits for more entries, unless somebody waits for these.
async fn fill_batch(batch: &mut Vec<Message>, waiting: &mut mpsc::Receiver<Message>) {
    let end = tokio::time::Instant::now() + BATCH_WINDOW;
    let is_awaited = |message: &Message| matches!(message, Message::Flush(_));
    while batch.len() < MAX_BATCH && !batch.iter().any(is_awaited) {
        let room = MAX_BATCH - batch.len();
        match tokio::time::timeout_at(end, waiting.recv_many(batch, room)).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
}

/// What is written together: refusals, which strangers cause, in a transaction of their own.
#[derive(Default)]
struct Batch {
    rows: Vec<AuditRow>,
    active: BTreeSet<ActiveUser>,
    refusals: Vec<RefusalRow>,
}

/// Writes a part of a batch.
type Insertion = fn(&Batch, &db::Tx<'_>, &Rng) -> Result<(), DbError>;

struct Writer {
    db: Db,
    rng: Rng,
    load: Arc<QueueLoad>,
}

impl Writer {
    /// Writes a batch. Whether entries and activity were written: refusals that can't be written are lost alone.
    async fn write(&self, batch: &Arc<Batch>) -> bool {
        let is_written = (batch.rows.is_empty() && batch.active.is_empty())
            || self
                .commit(batch, |batch, tx, rng| {
                    batch.rows.iter().try_for_each(|row| row.insert(tx, rng))?;
                    dashboard::write(tx, &batch.active)
                })
                .await;
        if !batch.refusals.is_empty() {
            self.commit(batch, |batch, tx, _| batch.refusals.iter().try_for_each(|row| row.insert(tx))).await;
        }
        is_written
    }

    /// Writes a part of a batch, again and again while the database is away: meanwhile the queue fills and then refuses, so memory
    /// stays bounded. Whether it was written.
    async fn commit(&self, batch: &Arc<Batch>, insert: Insertion) -> bool {
        loop {
            let (rng, batch) = (self.rng.clone(), Arc::clone(batch));
            match self.db.write(move |tx| insert(&batch, tx, &rng)).await {
                Ok(()) => return true,
                Err(DbError::Busy | DbError::Unavailable(_)) if !self.load.stopping.load(Ordering::Relaxed) => {
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "audit entries could not be written");
                    return false;
                }
            }
        }
    }
}
