//! The device flow (RFC 8628; inventory O010, O017, O095–O097; traces 30-08 and 30-09): a device without a browser shows a user
//! code, its user enters it in a browser, signs in and consents as in any authorization, and the device polls for its tokens
//! (`token/device_code.rs`).
//!
//! Invariants: one browser decides on a code, the first in which it was entered (attack B20); a code is decided once and its
//! tokens are issued once; polling writes nothing; wrong user codes are counted per network (attack B21).

mod authorization;
mod browser_secret;
pub mod codes;
mod verification;

pub use authorization::{authorize_device, verification_uri_complete};
pub use browser_secret::BrowserSecret;
pub use verification::{get_verification, post_verification, respond_approved, respond_error};
