//! What every response shares: request id, security headers, language, and how bodies and pages of lists are read.

pub mod body;
pub mod client;
mod layers;
pub mod paging;

pub use body::Body;
pub use client::ClientIp;
pub use layers::{RequestId, request_locale};
pub(crate) use layers::{finish, localise};
pub use paging::{MaybePaged, Paged};
