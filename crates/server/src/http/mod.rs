//! What every response shares: request id, security headers, language, and how bodies and pages of lists are read.

pub mod body;
pub mod checks;
pub mod client;
mod cors;
mod layers;
pub mod paging;
pub mod query;
mod representation;
pub mod text;

pub use body::Body;
pub use client::ClientIp;
pub(crate) use cors::allow_console;
pub use layers::{RequestId, request_locale};
pub(crate) use layers::{finish, localise, refuse_nul};
pub use paging::{MaybePaged, Paged};
pub use query::QueryParams;
pub(crate) use representation::represent;
