//! What every response shares: request id, security headers, language, and how bodies and pages of lists are read.

mod asked;
pub mod body;
pub mod checks;
pub mod client;
pub(crate) mod cors;
mod deadline;
mod finish;
pub mod paging;
pub mod query;
mod representation;
pub mod text;

pub(crate) use asked::Asked;
pub use asked::{RequestId, request_locale};
pub use body::Body;
pub use client::ClientIp;
pub(crate) use deadline::Deadline;
pub(crate) use finish::{finish, localise, plain_status, refuse_nul};
pub use paging::{MaybePaged, Paged};
pub use query::QueryParams;
pub(crate) use representation::{etag, represent};
