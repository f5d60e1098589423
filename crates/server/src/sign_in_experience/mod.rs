//! The sign-in experience: how people sign in, register and reset, and what the pages look like (inventory M212–M221).
//!
//! The settings are one JSON object per tenant, typed by [`flow::SignInExperience`]; stored settings always read as that
//! type, because a tenant whose rules can't be read is stopped (attack F7).

mod api;
mod conflicts;
mod languages;
mod patch;
mod public;
mod rules;
mod store;

use crate::routing::Routes;

pub(crate) fn routes() -> Routes {
    api::routes().merge(public::routes())
}
