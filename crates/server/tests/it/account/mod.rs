//! The account API (inventory A001 to A051, M264).

mod avatar;
mod deletion;
mod factors;
pub mod fixture;
mod identifiers;
mod needs;
mod password;
mod profile;
mod races;
mod sessions;
mod settings;
mod told;
mod verifications;
