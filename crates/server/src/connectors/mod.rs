//! Connectors: the services through which a tenant sends messages (inventory M189–M198, H075, H081, H087).
//! Invariants: a tenant has one connector for e-mail and one for SMS at most; settings are checked before they are stored,
//! and stored sealed; only factories whose service works are offered.

mod api;
mod factories;
mod http_sender;
mod message;
mod model;
mod send;
mod settings;
mod smtp;
mod store;
mod templates;

pub use factories::Service;
pub use message::{Message, Recipient, UsageType};
pub use send::{SendError, send};
pub use settings::ServiceSettings;

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
