//! The audit log (inventory 6.2): entries in the transaction they describe, or queued off the request's path.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use db::{Db, DbError, Json, Tx, params, sql};
use kernel::{Clock, Rng, Timestamp, id};
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};

/// Entries that may wait; beyond it new ones are dropped with a warning rather than slowing sign-ins down.
const QUEUE: usize = 10_000;
/// Entries that are written in one transaction at most.
const BATCH: usize = 256;
/// How long an entry waits for company: each request's entry alone would be a commit more, as dear as the request's own.
const GATHER: Duration = Duration::from_millis(100);
/// Time between two tries to write while the database is away.
const RETRY: Duration = Duration::from_millis(500);
/// How long a stopping server waits for what is queued.
const FLUSH: Duration = Duration::from_secs(10);

/// One entry: its key, as in `docs/contract/audit-log-keys.json`, and the payload without `key`.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    pub key: String,
    pub payload: Map<String, Value>,
}

struct QueuedEntry {
    tenant_id: String,
    entry: AuditEntry,
    at: Timestamp,
}

enum Message {
    Entry(QueuedEntry),
    Flush(oneshot::Sender<()>),
}

pub(crate) struct AuditLog {
    queue: mpsc::Sender<Message>,
    clock: Clock,
    /// Somebody waits for the end: what can't be written now is given up.
    ending: Arc<AtomicBool>,
}

impl AuditLog {
    pub(crate) fn start(db: Db, clock: Clock, rng: Rng) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let ending = Arc::<AtomicBool>::default();
        tokio::spawn(write_loop(Writer { db, rng, ending: Arc::clone(&ending) }, waiting));
        Self { queue, clock, ending }
    }

    pub(crate) fn push(&self, tenant_id: &str, entry: AuditEntry) {
        let message = Message::Entry(QueuedEntry { tenant_id: tenant_id.to_owned(), entry, at: self.clock.now() });
        if self.queue.try_send(message).is_err() {
            tracing::warn!("the audit queue is full; an entry was dropped");
        }
    }

    pub(crate) async fn flush(&self) {
        self.ending.store(true, Ordering::Relaxed);
        let (done, written) = oneshot::channel();
        let flushed = async {
            if self.queue.send(Message::Flush(done)).await.is_ok() {
                // An error means the writer is gone, so there is nothing left to wait for.
                let _ = written.await;
            }
        };
        if tokio::time::timeout(FLUSH, flushed).await.is_err() {
            tracing::warn!("audit entries could not be written before the end");
        }
    }
}

async fn write_loop(writer: Writer, mut waiting: mpsc::Receiver<Message>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        gather(&mut batch, &mut waiting).await;
        let mut flushes = Vec::new();
        let mut entries = Vec::new();
        for message in batch.drain(..) {
            match message {
                Message::Entry(entry) => entries.push(entry),
                Message::Flush(done) => flushes.push(done),
            }
        }
        if !entries.is_empty() {
            writer.write(Arc::new(entries)).await;
        }
        for done in flushes {
            let _ = done.send(());
        }
    }
}

/// Waits for more entries, unless somebody waits for these.
async fn gather(batch: &mut Vec<Message>, waiting: &mut mpsc::Receiver<Message>) {
    let end = tokio::time::Instant::now() + GATHER;
    let is_awaited = |message: &Message| matches!(message, Message::Flush(_));
    while batch.len() < BATCH && !batch.iter().any(is_awaited) {
        let room = BATCH - batch.len();
        match tokio::time::timeout_at(end, waiting.recv_many(batch, room)).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
}

struct Writer {
    db: Db,
    rng: Rng,
    ending: Arc<AtomicBool>,
}

impl Writer {
    /// Writes entries, while the database is away again and again: meanwhile the queue fills and then refuses, so memory
    /// stays bounded.
    async fn write(&self, entries: Arc<Vec<QueuedEntry>>) {
        loop {
            let (rng, batch) = (self.rng.clone(), Arc::clone(&entries));
            let written =
                self.db.write(move |tx| batch.iter().try_for_each(|entry| insert(tx, &id::entity_id(&rng), entry)));
            match written.await {
                Ok(()) => return,
                Err(DbError::Busy | DbError::Unavailable(_)) if !self.ending.load(Ordering::Relaxed) => {
                    tokio::time::sleep(RETRY).await;
                }
                Err(error) => return tracing::warn!(%error, "audit entries could not be written"),
            }
        }
    }
}

impl AuditEntry {
    /// The payload as stored: with the key.
    pub(crate) fn stored_payload(&self) -> Map<String, Value> {
        let mut payload = self.payload.clone();
        payload.insert("key".into(), self.key.clone().into());
        payload
    }
}

fn insert(tx: &Tx<'_>, id: &str, entry: &QueuedEntry) -> Result<(), DbError> {
    tx.exec_pipelined(
        sql!("insert into logs (tenant_id, id, key, payload, created_at) values ($1, $2, $3, $4, $5)"),
        params![&entry.tenant_id, id, &entry.entry.key, Json(entry.entry.stored_payload()), entry.at],
    )
}
