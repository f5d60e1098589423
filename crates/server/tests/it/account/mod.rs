//! The account API (inventory A001 to A051, M264).

mod avatar;
mod deletion;
mod factors;
pub mod fixture;
mod identifiers;
mod needs;
mod password;
mod profile;
mod provider_token_races;
mod provider_tokens;
mod races;
mod sessions;
mod settings;
mod social;
mod social_attacks;
mod told;
mod verifications;
