//! Connectors: the services through which a tenant sends messages (inventory M189–M198, H075, H081, H087).
//! Invariants: a tenant has one connector for e-mail and one for SMS at most; settings are checked before they are stored,
//! and stored sealed; only factories whose service works are offered.

mod api;
mod channel;
mod factories;
mod http_sender;
mod inbox;
mod message;
mod model;
mod send;
mod settings;
mod smtp;
mod store;
mod templates;

pub use channel::{AvailableConnectors, Channel, Deliveries, channel, deliver};
pub use factories::Service;
pub use inbox::{Inbox, KeptMessage, is_local, read as read_inbox};
pub use message::{Message, Recipient, UsageType};
pub use send::{SendError, send};
pub use settings::ServiceSettings;

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes().merge(inbox::routes())
}
