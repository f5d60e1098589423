//! Captchas: whether a person, or a machine that took some trouble, begins an interaction (inventory E085, E086, H105–H107).
//! Invariants: a tenant has one provider at most; its secret is stored sealed and reaches no browser; a proof counts once; what a
//! stranger sends is checked without a write until it is a proof.

mod api;
mod check;
mod prompt;
mod proof_of_work;
mod provider;
mod recaptcha;
mod store;
mod turnstile;

pub use check::{CallLimit, check};
pub use prompt::prompt;
pub use proof_of_work::WAIT_PREFIX;
pub use provider::CaptchaProvider;
pub(crate) use store::{exists, load};

use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}
