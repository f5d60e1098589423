//! Connectors: the services through which a tenant sends messages, and the social providers at which its people sign in
//! (inventory M189–M198, H045–H061, H075, H081, H087). Invariants: a tenant has one connector for e-mail and one for SMS at
//! most; accounts at two social connectors are never the same, because their targets differ; settings are checked before they are stored,
//! and stored sealed; only factories whose service works are offered.

mod api;
mod channel;
mod deliveries;
mod factories;
mod http_sender;
mod inbox;
mod message;
mod metadata;
mod model;
mod notice;
mod send;
mod settings;
mod smtp;
pub mod social;
mod store;
mod templates;

pub use channel::{AvailableConnectors, Channel, channel, choose_template};
pub(crate) use channel::{MailService, mail_service};
pub use deliveries::{Deliveries, deliver};
pub use factories::Service;
pub use inbox::{Inbox, KeptMessage, is_local, read as read_inbox};
pub use message::{Message, PreparedMessage, Recipient, UsageType};
pub use notice::Notice;
pub use send::{SendError, send};
pub use settings::ServiceSettings;

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes().merge(inbox::routes())
}
