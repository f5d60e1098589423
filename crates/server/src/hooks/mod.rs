//! Webhooks (inventory M265–M272, H001–H019): a tenant's own receivers of events. An event is written to the outbox for
//! each enabled hook that asked for its kind, in the transaction that caused it ([`crate::work::Work::emit`]), and sent
//! afterwards ([`crate::outbox`]). Each hook is a subscriber of its own.

mod api;
mod delivery;
mod example;
mod headers;
mod masking;
mod message;
mod recent;
mod settings;
mod store;

pub(crate) use delivery::deliver;
pub use settings::Hooks;
pub(crate) use store::load;

use crate::routes::Routes;

/// The names of these subscribers in the outbox begin so; the hook's id follows.
const SUBSCRIBER: &str = "hook:";
/// Requests to one receiver at the same time.
pub(crate) const MAX_REQUESTS: usize = 16;

/// Whether a subscriber is a webhook.
pub(crate) fn owns(subscriber: &str) -> bool {
    subscriber.starts_with(SUBSCRIBER)
}

fn subscriber(id: &str) -> String {
    format!("{SUBSCRIBER}{id}")
}

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
