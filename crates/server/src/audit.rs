//! The audit log (inventory 6.2): entries in the transaction they describe, or queued off the request's path.

use db::{Db, DbError, Json, Tx, params, sql};
use kernel::{Clock, Rng, Timestamp, id};
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};

/// Entries that may wait; beyond it new ones are dropped with a warning rather than slowing sign-ins down.
const QUEUE: usize = 10_000;

/// One entry: its key, as in `contract/audit-log-keys.json`, and the payload without `key`.
#[derive(Debug, Clone)]
pub struct Entry {
    pub key: String,
    pub payload: Map<String, Value>,
}

enum Message {
    Entry { tenant_id: String, entry: Entry, at: Timestamp },
    Flush(oneshot::Sender<()>),
}

pub(crate) struct AuditLog {
    queue: mpsc::Sender<Message>,
    clock: Clock,
}

impl AuditLog {
    pub(crate) fn start(db: Db, clock: Clock, rng: Rng) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write_loop(db, rng, waiting));
        Self { queue, clock }
    }

    pub(crate) fn push(&self, tenant_id: &str, entry: Entry) {
        let message = Message::Entry { tenant_id: tenant_id.to_owned(), entry, at: self.clock.now() };
        if self.queue.try_send(message).is_err() {
            tracing::warn!("the audit queue is full; an entry was dropped");
        }
    }

    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            // An error means the writer is gone, so there is nothing left to wait for.
            let _ = written.await;
        }
    }
}

async fn write_loop(db: Db, rng: Rng, mut waiting: mpsc::Receiver<Message>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, 256).await > 0 {
        let mut flushes = Vec::new();
        let mut entries = Vec::new();
        for message in batch.drain(..) {
            match message {
                Message::Entry { tenant_id, entry, at } => entries.push((tenant_id, entry, at)),
                Message::Flush(done) => flushes.push(done),
            }
        }
        if !entries.is_empty() {
            let rng = rng.clone();
            let written = db.write(move |tx| {
                entries.iter().try_for_each(|(tenant, entry, at)| insert(tx, &rng, tenant, (entry, *at)))
            });
            if let Err(error) = written.await {
                tracing::warn!(%error, "audit entries could not be written");
            }
        }
        for done in flushes {
            let _ = done.send(());
        }
    }
}

/// Writes an entry as part of `tx`.
///
/// # Errors
/// A failure of the database.
pub fn insert(tx: &Tx<'_>, rng: &Rng, tenant_id: &str, (entry, at): (&Entry, Timestamp)) -> Result<(), DbError> {
    let mut payload = entry.payload.clone();
    payload.insert("key".into(), entry.key.clone().into());
    tx.exec_one(
        sql!("insert into logs (tenant_id, id, key, payload, created_at) values ($1, $2, $3, $4, $5)"),
        params![tenant_id, id::long(rng), &entry.key, Json(payload), at],
    )
}
