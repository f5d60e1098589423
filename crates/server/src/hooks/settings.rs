//! The enabled hooks of a tenant in its snapshot.

use std::fmt;
use std::sync::Arc;

use ::api::hooks::HookEvent;
use aws_lc_rs::hmac;
use outbound::OutboundRequest;

use super::subscriber;

/// What an enabled hook asks for, and how to reach it.
pub struct HookSettings {
    pub(super) id: String,
    /// Its name in the outbox.
    subscriber: String,
    events: Vec<HookEvent>,
    pub(super) receiver: Receiver,
    /// Further attempts after the first one; none given means those of the outbox.
    pub(super) retries: Option<i64>,
}

/// Where requests go: all of a request but its body and signature.
#[derive(Clone)]
pub(super) struct Receiver {
    pub(super) request: OutboundRequest,
    pub(super) signing_key: hmac::Key,
}

/// The enabled hooks of a tenant.
#[derive(Debug, Default)]
pub struct Hooks(Vec<Arc<HookSettings>>);

impl fmt::Debug for HookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookSettings").field("id", &self.id).field("events", &self.events).finish_non_exhaustive()
    }
}

impl HookSettings {
    pub(super) fn new(id: String, events: Vec<HookEvent>, receiver: Receiver, retries: Option<i64>) -> Self {
        Self { subscriber: subscriber(&id), id, events, receiver, retries }
    }
}

impl Hooks {
    pub(super) fn new(hooks: impl IntoIterator<Item = HookSettings>) -> Self {
        Self(hooks.into_iter().map(Arc::new).collect())
    }

    /// The names in the outbox of those that asked for a kind.
    pub(crate) fn subscribers_of(&self, kind: HookEvent) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |hook| hook.events.contains(&kind)).map(|hook| hook.subscriber.as_str())
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<HookSettings>> {
        self.0.iter().find(|hook| hook.id == id).cloned()
    }
}
