//! Who may register clients by themselves, and which clients were (RFC 7591, RFC 7592). Invariants: nobody registers without an initial
//! access token, which an administrator made and which counts for so many clients and so long; only digests of tokens are stored.

mod api;
mod store;

pub use store::{Registration, end, find_usable, open_until, record, redeem, registration};

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
