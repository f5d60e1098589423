//! The dashboard: how many users there are, are new and are active (inventory O145, M275–M277). A user is active on a day of UTC on which
//! a token was issued for them. Invariant: counting never delays a token; what is counted is written with the audit log.

mod activity;
mod api;
mod day;
mod store;

pub(crate) use activity::{ActiveUser, ActivityLog, write};
pub(crate) use day::Day;

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
